import { ActionError, messageOf } from './errors.ts'
import type { KeyId, RevokeInputs } from './inputs.ts'
import type { Gateway, GatewayName, PinataApi } from './pinata.ts'
import { addToSummary, gatewayCell, nameOf, readableTime, table } from './report.ts'
import { openApi, patienceOf, type Step } from './step.ts'
import { count } from './text.ts'

/** How many keys are revoked at the same time. */
const SIDE_BY_SIDE = 4
/** How long a step may wait for Pinata altogether: more for many keys, which the smallest plan takes a second each for. */
const LIMIT_MS = 10 * 60_000
const LIMIT_PER_KEY_MS = 2_000
/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const MAX_NAMED = 50
const MAX_ROWS = 1000

type Fate = 'revoked' | 'gone' | 'kept' | 'would be revoked' | 'not revoked'

/** What became of each key, in the order the user named them. */
type Fates = Map<KeyId, Fate>

const FATE: Record<Fate, string> = {
  revoked: 'revoked',
  gone: 'was already gone',
  kept: 'kept, as asked',
  'would be revoked': 'would be revoked (dry run)',
  'not revoked': 'not revoked',
}

/** Revokes the keys, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
export async function revokeKeys(inputs: RevokeInputs, step: Step): Promise<void> {
  const patience = patienceOf(step, LIMIT_MS + inputs.keyIds.length * LIMIT_PER_KEY_MS)
  const api = openApi(step, inputs, patience)
  const id = await api.resolve(inputs.gateway)
  const details = await readDetails(api, id, inputs)
  const existing = details instanceof ActionError ? undefined : details
  const gateway = existing ?? { id, url: '' }

  const fates: Fates = new Map(inputs.keyIds.map(keyId => [keyId, inputs.keep.has(keyId) ? 'kept' : 'not revoked']))
  const wanted = having(fates, 'not revoked')
  const opens = existing !== undefined && removesLastControl(existing, wanted)
  if (opens && inputs.lastKey === 'fail') {
    throw new ActionError(
      `Nothing was revoked, as last-key is fail and gateway ${nameOf(gateway)} would be left without access control: anybody could read its pinned content then. If that is meant, set last-key to allow.`,
    )
  }

  let firstError: ActionError | undefined
  if (inputs.dryRun) {
    const live = new Set(existing?.keys.map(key => key.id))
    for (const keyId of wanted) fates.set(keyId, live.has(keyId) ? 'would be revoked' : 'gone')
  } else {
    const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => openApi(step, inputs, patience))]
    firstError = await revokeSideBySide(apis, id, fates)
  }

  await report(gateway, existing, fates, inputs, step)
  if (opens) tellOfOpenGateway(nameOf(gateway), inputs, firstError === undefined, step)
  if (details instanceof ActionError && inputs.lastKey === 'warn') {
    step.log.warning(
      `Whether gateway ${id} has an access control left could not be read; if not, anybody can read its pinned content. ${details.message}`,
    )
  }
  if (firstError !== undefined) {
    const left = having(fates, 'not revoked')
    const more = left.length > MAX_NAMED ? ` and ${left.length - MAX_NAMED} more` : ''
    throw new ActionError(
      `${left.length} of ${count(wanted.length, 'key')} could not be revoked: ${left.slice(0, MAX_NAMED).join(', ')}${more}. ${firstError.message}`,
    )
  }
}

function having(fates: Fates, fate: Fate): KeyId[] {
  return [...fates].filter(([, each]) => each === fate).map(([keyId]) => keyId)
}

/** `, 2 kept`, or nothing if there are none. */
function also(fates: Fates, fate: Fate, words: string): string {
  const { length } = having(fates, fate)
  return length === 0 ? '' : `, ${length} ${words}`
}

async function report(
  gateway: GatewayName,
  existing: Gateway | undefined,
  fates: Fates,
  { dryRun }: RevokeInputs,
  { core, log }: Step,
): Promise<void> {
  for (const [keyId, fate] of fates) log.info(`Key ${keyId}: ${FATE[fate]}.`)
  const revoked = having(fates, 'revoked')
  core.setOutput('revoked-key-ids', revoked.join('\n'))
  core.setOutput('revoked-count', String(revoked.length))
  log.info(
    dryRun
      ? `Dry run: nothing was revoked; ${count(having(fates, 'would be revoked').length, 'key')} would be.`
      : `${count(revoked.length, 'key')} of gateway ${nameOf(gateway)} revoked${also(fates, 'gone', 'already gone')}${also(fates, 'kept', 'kept')}.`,
  )
  await addToSummary(core, log, summaryOf(gateway, existing, fates))
}

/**
 * The gateway's details, or why they can't be read. Revoking can do without them, unless the access or the gateway is
 * wrong, or it was asked to be sure of something that only they tell.
 */
async function readDetails(
  api: PinataApi,
  id: Gateway['id'],
  { dryRun, lastKey }: RevokeInputs,
): Promise<Gateway | ActionError> {
  try {
    const details = await api.gateway(id)
    if (details.accessControls === undefined)
      throw new ActionError('Pinata did not tell the access controls of the gateway.')
    return details
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    if (dryRun || (error.status !== undefined && [401, 403, 404].includes(error.status))) throw error
    if (lastKey === 'fail') {
      throw new ActionError(
        `Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`,
      )
    }
    return error
  }
}

function removesLastControl(gateway: Gateway, wanted: KeyId[]): boolean {
  const removed = gateway.keys.filter(key => wanted.includes(key.id)).length
  return removed > 0 && removed === gateway.accessControls
}

/** Revokes the keys, a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(apis: PinataApi[], id: Gateway['id'], fates: Fates): Promise<ActionError | undefined> {
  const queue = having(fates, 'not revoked')
  let firstError: ActionError | undefined
  const work = async (api: PinataApi) => {
    for (let keyId = queue.shift(); keyId !== undefined; keyId = queue.shift()) {
      try {
        fates.set(keyId, await api.revokeKey(id, keyId))
      } catch (error) {
        firstError ??= error instanceof ActionError ? error : new ActionError(messageOf(error))
        // What is refused for one key is refused for all.
        if (error instanceof ActionError && (error.status === 401 || error.status === 403)) queue.length = 0
      }
    }
  }
  await Promise.all(apis.map(work))
  return firstError
}

function tellOfOpenGateway(name: string, { lastKey, dryRun }: RevokeInputs, done: boolean, { log }: Step): void {
  const open = 'anybody can read its pinned content, and it serves nothing else'
  if (dryRun) log.info(`That would remove the last access control of gateway ${name}: ${open} then.`)
  else if (!done) log.debug('What is left keeps the gateway locked.')
  else if (lastKey === 'allow') log.info(`Gateway ${name} has no access control any more: ${open}.`)
  else {
    log.warning(
      `Gateway ${name} has no access control any more: ${open}. Set last-key to fail to prevent this, or to allow if it is meant.`,
    )
  }
}

function summaryOf(gateway: GatewayName, existing: Gateway | undefined, fates: Fates): string {
  const made = new Map(existing?.keys.map(key => [key.id, key.createdAt]))
  const rows = [...fates]
    .slice(0, MAX_ROWS)
    .map(([keyId, fate]) => [
      gatewayCell(gateway),
      `\`${keyId}\``,
      made.has(keyId) ? readableTime(made.get(keyId) ?? '') : '–',
      FATE[fate],
    ])
  const more = fates.size > MAX_ROWS ? `\n…and ${fates.size - MAX_ROWS} more, which are in the log.\n` : ''
  return table('Pinata gateway keys', ['Gateway', 'Key ID', 'Made', 'What became of it'], rows) + more
}
