import { messageOf } from '../errors.ts'
import type { Name, NameRecords } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import { type GatewayAddress, type HostOrigin, publicName, type Removable } from '../pinata/types.ts'
import { addToSummary, code, section, table } from '../runner/summary.ts'
import { maybeOpenGateway, openGateway } from './guards.ts'
import { parseApiUrl, readGitHubToken, readJwt } from './inputs.ts'
import { recordLostEntries, removeLostEntry } from './lost-origins.ts'
import { releaseOrigin } from './release.ts'
import type { Snapshot } from './snapshot.ts'
import type { PostWork, State } from './state.ts'
import { openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { gatewayCell, gatewayName, HEADINGS } from './summary.ts'
import { reportUnclaimedKeys } from './unclaimed-keys.ts'
import { WORDS } from './words.ts'

/**
 * How long the revocation may take, in milliseconds: over the rate limit of the smallest plan, a minute, more than once.
 * What follows it has a time of its own, and a step that is stopped has some seconds for all of it.
 */
const LIMIT_MS = 3 * 60_000

/**
 * What the post step owes an access control: revokes it, or reports it where it can't. Whatever goes wrong is a warning,
 * because the work of the job is done.
 */
export async function runPostStep({ state, revoke, undecided }: PostWork, step: Step): Promise<void> {
  const { core, log } = step
  const { apiUrl, gateway, before } = state
  if (undecided !== undefined) {
    const { title, revoked } = WORDS[undecided.kind]
    log.warning(
      `${title} ${publicName(undecided)} of gateway ${gatewayName(gateway)} was not ${revoked}: revoke is on-failure, but job-status does not tell how the job ended. Do not set job-status.`,
    )
  }
  const open = (ms?: number) => {
    const jwt = readJwt(core.getInput, step.masks)
    return openPinata(step, { apiUrl: parseApiUrl(apiUrl), jwt }, reserveOf(step, ms)())
  }
  try {
    if (revoke !== undefined && state.phase !== 'creating') {
      await revokeControl(open(LIMIT_MS), state, revoke, step)
    }
  } catch (error) {
    log.warning(failureOf(state, revoke, messageOf(error)))
  }
  try {
    if (before !== undefined) await lookForLost(open, { state, before, isRevoked: revoke !== undefined }, step)
  } catch (error) {
    log.warning(failureOf(state, undefined, messageOf(error)))
  }
}

/** The state of a step that created something. */
type AfterCreation = Exclude<State, { phase: 'creating' }>

/** @throws ActionError if it may still be there */
async function revokeControl(api: PinataApi, state: AfterCreation, control: Removable, step: Step): Promise<void> {
  const { gateway, name } = state
  const where = gatewayName(gateway)
  const subject = publicName(control)
  if (control.kind === 'origin' && name !== undefined && (await isHeld(control, name, state, step))) return
  const outcome = await api.remove(gateway.id, control)
  const { revoked, created } = WORDS[control.kind]
  step.log.info(
    outcome === 'not-listed'
      ? `Gateway ${where} lists no ${control.kind} ${subject}: it was ${revoked} before.`
      : control.kind === 'key'
        ? `Revoked key ${subject} of gateway ${where}.`
        : `Removed origin ${subject} from gateway ${where}.`,
  )
  const { title, column } = HEADINGS[control.kind]
  const why = state.phase === 'rollback' ? `, as the step that ${created} it failed` : ''
  const rows = [[gatewayCell(gateway), code(subject)]]
  const summary = section(`${title} ${revoked}`, `The post step ${revoked} it${why}.`)
  await addToSummary(step, summary + table(['Gateway', column], rows))
  if (name !== undefined) await removeRecords(name, control, gateway, step)
  if (state.mayBeFirst) await warnOfOpenGateway(api, gateway, step)
}

/**
 * Whether another record than this step's stands for an origin, so that it has to stay. Then this step's are removed.
 *
 * @throws ActionError if that can't be told; what was not handed over is to be removed then all the same
 */
async function isHeld(control: HostOrigin, name: Name, state: AfterCreation, step: Step): Promise<boolean> {
  const { gateway, record: deployment, phase } = state
  try {
    const records = openRecordsOf(gateway, step)
    const { own, holder } = await releaseOrigin(records, control, { name, deployment })
    if (holder === undefined) return false
    await records.remove(own, record => `The name ${record.name} is not needed any more`)
    step.log.info(
      `Origin ${control.value} stays on gateway ${gatewayName(gateway)}, as another record of the name ${holder.name} stands for it.`,
    )
    return true
  } catch (error) {
    if (phase === 'rollback') return false
    throw error
  }
}

/** After a lost answer: reports the keys that nobody claims, and removes or records the entries of an origin. */
async function lookForLost(
  open: () => PinataApi,
  { state, before, isRevoked }: { state: State; before: Snapshot; isRevoked: boolean },
  step: Step,
): Promise<void> {
  const { gateway, wanted } = state
  const control = state.phase === 'creating' ? undefined : state.control
  if (wanted.kind === 'key') {
    const own = control?.kind === 'key' ? control.id : undefined
    await reportUnclaimedKeys(open(), { gateway, before, own }, step)
    return
  }
  const own = control?.kind === 'origin' ? control : undefined
  const lost = { gateway, value: wanted.value, before, own }
  const records = step.core.getInput('name') === '' ? undefined : openRecordsOf(gateway, step)
  if (state.phase === 'creating' || isRevoked) {
    await removeLostEntry(lost, open(), records, step)
  } else {
    const all = records && own ? records.sort(await records.find(), [own]).live : []
    const record = all.find(({ deployment }) => deployment === state.record)
    await recordLostEntries(lost, { api: open(), records, record }, step)
  }
}

function openRecordsOf(gateway: GatewayAddress, step: Step): NameRecords {
  const token = readGitHubToken(step.core.getInput, step.masks)
  return openRecords(step, token, gateway.id, reserveOf(step)())
}

/** Warns if the gateway has no access control any more. */
async function warnOfOpenGateway(api: PinataApi, gateway: GatewayAddress, { log }: Step): Promise<void> {
  try {
    const { accessControls } = await api.gateway(gateway.id)
    if (accessControls === 0) log.warning(openGateway(gateway))
  } catch (error) {
    log.warning(maybeOpenGateway(gateway, messageOf(error)))
  }
}

async function removeRecords(name: Name, control: Removable, gateway: GatewayAddress, step: Step): Promise<void> {
  try {
    await openRecordsOf(gateway, step).removeRecordsOf(name, control)
  } catch (error) {
    step.log.warning(
      `The name ${name} still stands for ${control.kind} ${publicName(control)} on GitHub. ${messageOf(error)}`,
    )
  }
}

/** What a failure of the post step leaves behind. @param revoke what it was to revoke, if anything */
export function failureOf({ gateway, wanted }: State, revoke: Removable | undefined, why: string): string {
  if (revoke === undefined) {
    return `Gateway ${gatewayName(gateway)} may have a new ${wanted.kind} that nobody knows of, and could not be looked at. ${why}`
  }
  const { title, revoke: verb, revoked } = WORDS[revoke.kind]
  return `${title} ${publicName(revoke)} of gateway ${gatewayName(gateway)} could not be ${revoked}: ${verb} it with the revoke action or in Pinata. ${why}`
}
