import { ActionError, messageOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import type { KeyRecord, KeyRecords } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { Gateway, GatewayAddress, KeyId } from '../pinata/types.ts'
import { addToSummary, code, table } from '../runner/summary.ts'
import { count, printable } from '../text.ts'
import { maybeOpenGateway, refuseLastKey, removesLastControl, reportOpenGateway } from './guards.ts'
import type { RevokeInputs, Selector } from './inputs.ts'
import { type Selection, select } from './selection.ts'
import { backoffOf, openPinata, openRecords, STEP_LIMIT_MS, type Step } from './step.ts'
import { gatewayCell, gatewayName, readableTime } from './summary.ts'

/** How many keys are revoked at the same time. */
const SIDE_BY_SIDE = 4
/** How much more time a step has for each key: each takes a second on the smallest plan. In milliseconds. */
const LIMIT_PER_KEY_MS = 2_000
/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const MAX_NAMED = 50
const MAX_ROWS = 1000
/** As many lines as the log takes of them. */
const MAX_LINES = 120

type Outcome = 'revoked' | 'not-listed' | 'kept' | 'would be revoked' | 'not revoked' | 'not tried'

/** What became of each selected key, in the order of the selection. */
type Outcomes = Map<KeyId, Outcome>

const IN_WORDS: Record<Outcome, string> = {
  revoked: 'revoked',
  'not-listed': 'not on the gateway: it was revoked before, or belongs to another gateway',
  kept: 'kept, as asked',
  'would be revoked': 'would be revoked (dry run)',
  'not revoked': 'not revoked',
  'not tried': 'not revoked, as it was not tried after the error of another',
}

/** Revokes the keys, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
export async function revokeKeys(inputs: RevokeInputs, step: Step): Promise<void> {
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const backoff = backoffOf(step, deadline)
  const api = openPinata(step, inputs, backoff)
  const { gateway, details, records, selection } = await selectKeys(api, deadline, inputs, step)
  deadline.extend(selection.keyIds.length * LIMIT_PER_KEY_MS)
  const existing = details instanceof ActionError ? undefined : details
  const outcomes: Outcomes = new Map(selection.keyIds.map(keyId => [keyId, outcomeBefore(keyId, selection, inputs)]))
  const wanted = withOutcome(outcomes, 'not tried')
  if (existing) refuseLastKey(existing, wanted, inputs)

  const listed = existing && new Set(existing.keys.map(key => key.id))
  let firstError: ActionError | undefined
  if (inputs.dryRun) {
    for (const keyId of wanted) outcomes.set(keyId, listed?.has(keyId) ? 'would be revoked' : 'not-listed')
  } else {
    const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => openPinata(step, inputs, backoff))]
    firstError = await revokeSideBySide(apis, { id: gateway.id, listed, outcomes })
    const gone = new Set(goneOf(outcomes))
    await records?.remove(selection.records.filter(({ keyId }) => gone.has(keyId)))
  }

  await report({ gateway, existing, selection, outcomes }, inputs, step)
  reportLastKey(gateway, { details, outcomes }, inputs, step)
  const outputError = setOutputs(withOutcome(outcomes, 'revoked'), step)
  if (firstError !== undefined) {
    const left = [...withOutcome(outcomes, 'not revoked'), ...withOutcome(outcomes, 'not tried')]
    throw new ActionError(
      `${left.length} of ${count(wanted.length, 'key')} could not be revoked: ${listOf(left)}. ${firstError.message}`,
    )
  }
  if (outputError !== undefined) throw outputError
}

/** Reads what there is, and selects the keys. @throws ActionError */
async function selectKeys(api: PinataApi, deadline: Deadline, inputs: RevokeInputs, step: Step) {
  const { selector } = inputs
  const id = await api.resolve(inputs.gateway)
  const records = 'token' in selector ? openRecords(step, selector.token, id, backoffOf(step, deadline)) : undefined
  // Before the gateway's keys are read: see KeyRecords.find().
  const recorded = await findRecords(records, selector, step)
  const details = await readDetails(api, id, inputs)
  const existing = details instanceof ActionError ? undefined : details
  const sorted = existing && records?.sort(recorded, existing.keys)
  const selection = select(selector, existing, sorted, api.dateMs)
  records?.warnOfUnproven(sorted?.unproven ?? [])
  return { gateway: existing ?? { id, url: '' }, details, records, selection }
}

/** Reports that the gateway has no access control any more, or that nobody knows. */
function reportLastKey(
  gateway: GatewayAddress,
  { details, outcomes }: { details: Gateway | ActionError; outcomes: Outcomes },
  inputs: RevokeInputs,
  step: Step,
): void {
  if (!(details instanceof ActionError)) {
    const removed = inputs.dryRun ? withOutcome(outcomes, 'would be revoked') : goneOf(outcomes)
    if (removesLastControl(details, removed)) reportOpenGateway(gateway, inputs, step)
  } else if (inputs.lastKey === 'warn') {
    step.log.warning(maybeOpenGateway(gateway, details.message))
  }
}

/** @returns why the outputs could not be set, if so: what was revoked is reported all the same */
function setOutputs(revoked: KeyId[], { core }: Step): ActionError | undefined {
  try {
    core.setOutput('revoked-key-ids', revoked.join('\n'))
    core.setOutput('revoked-count', String(revoked.length))
    return undefined
  } catch (error) {
    return new ActionError(
      `The keys are revoked, but the outputs of the step could not be written: ${printable(messageOf(error))}.`,
    )
  }
}

/** The records that the selector is about, and none if it is about none. */
async function findRecords(records: KeyRecords | undefined, selector: Selector, step: Step): Promise<KeyRecord[]> {
  if (records === undefined) return []
  if (selector.by !== 'name') return await records.find()
  const found: KeyRecord[] = []
  for (const name of selector.names) {
    const ofName = await records.find(name)
    if (ofName.length === 0) step.log.info(`No key of this gateway has the name ${name}.`)
    found.push(...ofName)
  }
  return found
}

function outcomeBefore(keyId: KeyId, { gone }: Selection, { keep }: RevokeInputs): Outcome {
  if (gone.has(keyId)) return 'not-listed'
  return keep.has(keyId) ? 'kept' : 'not tried'
}

function withOutcome(outcomes: Outcomes, outcome: Outcome): KeyId[] {
  return [...outcomes].filter(([, each]) => each === outcome).map(([keyId]) => keyId)
}

function goneOf(outcomes: Outcomes): KeyId[] {
  return [...withOutcome(outcomes, 'revoked'), ...withOutcome(outcomes, 'not-listed')]
}

/** `, 2 kept`, or nothing if there are none. */
function also(outcomes: Outcomes, outcome: Outcome, words: string): string {
  const { length } = withOutcome(outcomes, outcome)
  return length === 0 ? '' : `, ${length} ${words}`
}

/** IDs in a sentence, as many as it can hold. */
function listOf(keyIds: KeyId[]): string {
  const more = keyIds.length > MAX_NAMED ? ` and ${keyIds.length - MAX_NAMED} more` : ''
  return `${keyIds.slice(0, MAX_NAMED).join(', ')}${more}`
}

/** What there is to report about. */
interface Result {
  gateway: GatewayAddress
  existing: Gateway | undefined
  selection: Selection
  outcomes: Outcomes
}

async function report(result: Result, { dryRun }: RevokeInputs, step: Step): Promise<void> {
  const { log } = step
  const { gateway, selection, outcomes } = result
  const named = (keyId: KeyId) => (selection.names.has(keyId) ? `${keyId} (${selection.names.get(keyId)})` : keyId)
  const lines = [...outcomes].map(([keyId, outcome]) => `Key ${named(keyId)}: ${IN_WORDS[outcome]}.`)
  const staying = [...selection.stay].map(([keyId, why]) => `Key ${named(keyId)}: ${why}.`)
  for (const line of lines.slice(0, MAX_LINES)) log.info(line)
  for (const line of staying.slice(0, MAX_NAMED)) log.info(line)
  const [moreLines, moreStay] = [lines.length - MAX_LINES, staying.length - MAX_NAMED]
  if (moreLines > 0) log.info(`${count(moreLines, 'more key was', 'more keys were')} selected.`)
  if (moreStay > 0) log.info(`${count(moreStay, 'more key stays', 'more keys stay')}.`)
  const revoked = withOutcome(outcomes, 'revoked')
  const stay = selection.stay.size === 0 ? '' : `, ${count(selection.stay.size, 'key stays', 'keys stay')}`
  log.info(
    dryRun
      ? `Dry run: nothing was revoked; ${count(withOutcome(outcomes, 'would be revoked').length, 'key')} would be${stay}.`
      : `${count(revoked.length, 'key')} of gateway ${gatewayName(gateway)} revoked${also(outcomes, 'not-listed', 'not on the gateway')}${also(outcomes, 'kept', 'kept')}${stay}.`,
  )
  await addToSummary(step, summaryOf(result))
}

/**
 * The gateway's details, or why they can't be read. Revoking keys by their IDs can do without them, unless the access or
 * the gateway is wrong, or it was asked to be sure of something that only they tell.
 */
async function readDetails(
  api: PinataApi,
  id: Gateway['id'],
  { dryRun, lastKey, selector }: RevokeInputs,
): Promise<Gateway | ActionError> {
  try {
    return await api.gateway(id)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const isRefused = ['unauthorized', 'forbidden', 'not-found'].includes(error.kind)
    if (dryRun || selector.by !== 'key-id' || isRefused) throw error
    if (lastKey === 'fail') {
      throw new ActionError(
        `Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`,
      )
    }
    return error
  }
}

/** Revokes the keys, a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(
  apis: PinataApi[],
  { id, listed, outcomes }: { id: Gateway['id']; listed: Set<KeyId> | undefined; outcomes: Outcomes },
): Promise<ActionError | undefined> {
  const queue = withOutcome(outcomes, 'not tried')
  let firstError: ActionError | undefined
  const work = async (api: PinataApi) => {
    for (let keyId = queue.shift(); keyId !== undefined; keyId = queue.shift()) {
      try {
        outcomes.set(keyId, await api.revokeKey(id, keyId, listed?.has(keyId)))
      } catch (error) {
        outcomes.set(keyId, 'not revoked')
        const known = error instanceof ActionError ? error : new ActionError(messageOf(error))
        firstError ??= known
        // What is refused for one key is refused for all.
        if (['unauthorized', 'forbidden', 'rate-limited'].includes(known.kind)) queue.length = 0
      }
    }
  }
  await Promise.all(apis.map(work))
  return firstError
}

function summaryOf({ gateway, existing, selection, outcomes }: Result): string {
  const createdAt = new Map(existing?.keys.map(key => [key.id, key.createdAt]))
  const { names, stay } = selection
  const all: [KeyId, string][] = [
    ...[...outcomes].map(([keyId, outcome]): [KeyId, string] => [keyId, IN_WORDS[outcome]]),
    ...stay,
  ]
  const rows = all
    .slice(0, MAX_ROWS)
    .map(([keyId, words]) => [
      gatewayCell(gateway),
      code(keyId),
      ...(names.size > 0 ? [code(names.get(keyId) ?? '')] : []),
      createdAt.has(keyId) ? readableTime(createdAt.get(keyId) ?? '') : '–',
      words,
    ])
  const where = stay.size === 0 ? ', which are in the log' : ''
  const more = all.length > MAX_ROWS ? `\n…and ${all.length - MAX_ROWS} more${where}.\n` : ''
  const columns = ['Gateway', 'Key ID', ...(names.size > 0 ? ['Name'] : []), 'Created', 'Result']
  return table('Pinata gateway keys', columns, rows) + more
}
