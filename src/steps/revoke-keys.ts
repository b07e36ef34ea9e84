import { ActionError, messageOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import type { KeyRecord, KeyRecords } from '../names/records.ts'
import type { Gateway, GatewayName, PinataApi } from '../pinata/api.ts'
import { count, printable } from '../text.ts'
import type { KeyId, RevokeInputs, Selector } from './inputs.ts'
import { type Selection, select } from './selection.ts'
import { openApi, openRecords, patienceOf, type Step } from './step.ts'
import { addToSummary, gatewayCell, nameOf, readableTime, table } from './summary.ts'

/** How many keys are revoked at the same time. */
const SIDE_BY_SIDE = 4
/** How long a step may take altogether, in milliseconds: more for many keys, each a second on the smallest plan. */
const LIMIT_MS = 15 * 60_000
const LIMIT_PER_KEY_MS = 2_000
/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const MAX_NAMED = 50
const MAX_ROWS = 1000
/** As many lines as the log takes of them. */
const MAX_LINES = 120

type Fate = 'revoked' | 'gone' | 'kept' | 'would be revoked' | 'not revoked' | 'not tried'

/** What became of each selected key, in the order of the selection. */
type Fates = Map<KeyId, Fate>

const FATE: Record<Fate, string> = {
  revoked: 'revoked',
  gone: 'not on the gateway: it was revoked before, or belongs to another gateway',
  kept: 'kept, as asked',
  'would be revoked': 'would be revoked (dry run)',
  'not revoked': 'not revoked',
  'not tried': 'not revoked, as it was not tried after the error of another',
}

/** Revokes the keys, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
export async function revokeKeys(inputs: RevokeInputs, step: Step): Promise<void> {
  const deadline = new Deadline(step.clock, LIMIT_MS)
  const patience = patienceOf(step, deadline)
  const api = openApi(step, inputs, patience)
  const id = await api.resolve(inputs.gateway)
  const { selector } = inputs
  const records = 'token' in selector ? openRecords(step, selector.token, id, patienceOf(step, deadline)) : undefined
  // Before the gateway's keys are read: see KeyRecords.find().
  const recorded = await findRecords(records, selector, step)
  const details = await readDetails(api, id, inputs)
  const existing = details instanceof ActionError ? undefined : details
  const gateway = existing ?? { id, url: '' }
  const sorted = existing?.keys && records?.sort(recorded, existing.keys)
  const selection = select(selector, existing, sorted, step.clock.now())
  records?.warnOfUnproven(sorted?.unproven ?? [])
  deadline.extend(selection.keyIds.length * LIMIT_PER_KEY_MS)

  const fates: Fates = new Map(selection.keyIds.map(keyId => [keyId, fateBefore(keyId, selection, inputs)]))
  const wanted = having(fates, 'not tried')
  const opens = existing !== undefined && removesLastControl(existing, wanted)
  if (opens && inputs.lastKey === 'fail' && !inputs.dryRun) {
    throw new ActionError(
      `Nothing was revoked, as last-key is fail and gateway ${nameOf(gateway)} would be left without access control: anybody could read its pinned content then. If that is meant, set last-key to allow.`,
    )
  }

  let firstError: ActionError | undefined
  if (inputs.dryRun) {
    const live = new Set(existing?.keys?.map(key => key.id))
    for (const keyId of wanted) fates.set(keyId, live.has(keyId) ? 'would be revoked' : 'gone')
  } else {
    const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => openApi(step, inputs, patience))]
    firstError = await revokeSideBySide(apis, { id, existing, fates })
    const gone = new Set(goneOf(fates))
    await records?.remove(selection.records.filter(({ keyId }) => gone.has(keyId)))
  }

  await report({ gateway, existing, selection, fates }, inputs, step)
  const removed = inputs.dryRun ? having(fates, 'would be revoked') : goneOf(fates)
  if (existing && removesLastControl(existing, removed)) tellOfOpenGateway(nameOf(gateway), inputs, step)
  if (details instanceof ActionError && inputs.lastKey === 'warn') {
    step.log.warning(
      `Whether gateway ${id} has an access control left could not be read; if not, anybody can read its pinned content. ${details.message}`,
    )
  }
  const untaken = setRevoked(having(fates, 'revoked'), step)
  if (firstError !== undefined) {
    const left = [...having(fates, 'not revoked'), ...having(fates, 'not tried')]
    throw new ActionError(
      `${left.length} of ${count(wanted.length, 'key')} could not be revoked: ${listed(left)}. ${firstError.message}`,
    )
  }
  if (untaken !== undefined) throw untaken
}

/** Sets the outputs. @returns why the runner did not take them, if it did not: what was revoked is told all the same */
function setRevoked(revoked: KeyId[], { core }: Step): ActionError | undefined {
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

function fateBefore(keyId: KeyId, { gone }: Selection, { keep }: RevokeInputs): Fate {
  if (gone.has(keyId)) return 'gone'
  return keep.has(keyId) ? 'kept' : 'not tried'
}

function having(fates: Fates, fate: Fate): KeyId[] {
  return [...fates].filter(([, each]) => each === fate).map(([keyId]) => keyId)
}

function goneOf(fates: Fates): KeyId[] {
  return [...having(fates, 'revoked'), ...having(fates, 'gone')]
}

/** `, 2 kept`, or nothing if there are none. */
function also(fates: Fates, fate: Fate, words: string): string {
  const { length } = having(fates, fate)
  return length === 0 ? '' : `, ${length} ${words}`
}

/** IDs in a sentence, as many as it can hold. */
function listed(keyIds: KeyId[]): string {
  const more = keyIds.length > MAX_NAMED ? ` and ${keyIds.length - MAX_NAMED} more` : ''
  return `${keyIds.slice(0, MAX_NAMED).join(', ')}${more}`
}

/** What there is to report about. */
interface Outcome {
  gateway: GatewayName
  existing: Gateway | undefined
  selection: Selection
  fates: Fates
}

async function report(outcome: Outcome, { dryRun }: RevokeInputs, { core, log }: Step): Promise<void> {
  const { gateway, selection, fates } = outcome
  const named = (keyId: KeyId) => (selection.names.has(keyId) ? `${keyId} (${selection.names.get(keyId)})` : keyId)
  const lines = [...fates].map(([keyId, fate]) => `Key ${named(keyId)}: ${FATE[fate]}.`)
  const staying = [...selection.stay].map(([keyId, why]) => `Key ${named(keyId)}: ${why}.`)
  for (const line of lines.slice(0, MAX_LINES)) log.info(line)
  for (const line of staying.slice(0, MAX_NAMED)) log.info(line)
  const [moreLines, moreStay] = [lines.length - MAX_LINES, staying.length - MAX_NAMED]
  if (moreLines > 0) log.info(`${count(moreLines, 'more key was', 'more keys were')} selected.`)
  if (moreStay > 0) log.info(`${count(moreStay, 'more key stays', 'more keys stay')}.`)
  const revoked = having(fates, 'revoked')
  const stay = selection.stay.size === 0 ? '' : `, ${count(selection.stay.size, 'key stays', 'keys stay')}`
  log.info(
    dryRun
      ? `Dry run: nothing was revoked; ${count(having(fates, 'would be revoked').length, 'key')} would be${stay}.`
      : `${count(revoked.length, 'key')} of gateway ${nameOf(gateway)} revoked${also(fates, 'gone', 'already gone')}${also(fates, 'kept', 'kept')}${stay}.`,
  )
  await addToSummary(core, log, summaryOf(outcome))
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
    const details = await api.gateway(id)
    if (details.accessControls === undefined)
      throw new ActionError(
        'Pinata did not tell the access controls of the gateway. Look at them there, or run the job again later.',
      )
    return details
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    if (dryRun || selector.by !== 'key-id' || (error.status !== undefined && [401, 403, 404].includes(error.status)))
      throw error
    if (lastKey === 'fail') {
      throw new ActionError(
        `Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`,
      )
    }
    return error
  }
}

function removesLastControl(gateway: Gateway, wanted: KeyId[]): boolean {
  const ids = new Set(wanted)
  const removed = gateway.keys?.filter(key => ids.has(key.id)).length ?? 0
  return removed > 0 && removed === gateway.accessControls
}

/** Revokes the keys, a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(
  apis: PinataApi[],
  { id, existing, fates }: { id: Gateway['id']; existing: Gateway | undefined; fates: Fates },
): Promise<ActionError | undefined> {
  const queue = having(fates, 'not tried')
  const listed = existing?.keys && new Set(existing.keys.map(key => key.id))
  let firstError: ActionError | undefined
  const work = async (api: PinataApi) => {
    for (let keyId = queue.shift(); keyId !== undefined; keyId = queue.shift()) {
      try {
        fates.set(keyId, await api.revokeKey(id, keyId, listed?.has(keyId)))
      } catch (error) {
        fates.set(keyId, 'not revoked')
        firstError ??= error instanceof ActionError ? error : new ActionError(messageOf(error))
        // What is refused for one key is refused for all.
        if (error instanceof ActionError && [401, 403, 429].includes(error.status ?? 0)) queue.length = 0
      }
    }
  }
  await Promise.all(apis.map(work))
  return firstError
}

function tellOfOpenGateway(name: string, { lastKey, dryRun }: RevokeInputs, { log }: Step): void {
  const open = 'anybody can read its pinned content, and it serves nothing else'
  if (dryRun) {
    const refused = lastKey === 'fail' ? ' As last-key is fail, nothing would be revoked at all.' : ''
    log.info(`That would remove the last access control of gateway ${name}: ${open} then.${refused}`)
  } else if (lastKey === 'allow') log.info(`Gateway ${name} has no access control any more: ${open}.`)
  else {
    log.warning(
      `Gateway ${name} has no access control any more: ${open}. Set last-key to fail to prevent this, or to allow if it is meant.`,
    )
  }
}

function summaryOf({ gateway, existing, selection, fates }: Outcome): string {
  const made = new Map(existing?.keys?.map(key => [key.id, key.createdAt]))
  const { names, stay } = selection
  const all: [KeyId, string][] = [...[...fates].map(([keyId, fate]): [KeyId, string] => [keyId, FATE[fate]]), ...stay]
  const rows = all
    .slice(0, MAX_ROWS)
    .map(([keyId, fate]) => [
      gatewayCell(gateway),
      `\`${keyId}\``,
      ...(names.size > 0 ? [`\`${names.get(keyId)}\``] : []),
      made.has(keyId) ? readableTime(made.get(keyId) ?? '') : '–',
      fate,
    ])
  const where = stay.size === 0 ? ', which are in the log' : ''
  const more = all.length > MAX_ROWS ? `\n…and ${all.length - MAX_ROWS} more${where}.\n` : ''
  const columns = ['Gateway', 'Key ID', ...(names.size > 0 ? ['Name'] : []), 'Made', 'What became of it']
  return table('Pinata gateway keys', columns, rows) + more
}
