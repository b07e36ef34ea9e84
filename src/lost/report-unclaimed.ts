import { messageOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type AccessControl, type ControlSpec, controlsOf, type GatewayAddress, publicName } from '../pinata/types.ts'
import { type Log, listOf, MAX_LISTED, readableTime } from '../printable-text.ts'
import type { Step } from '../step/step.ts'
import { newSince, type Snapshot, snapshotOf } from './snapshot.ts'

/** The most IDs that the warning and the lines after it list. */
const MAX_IDS = 20 * MAX_LISTED

/** How far the runner's clock may be set back while a step runs, in milliseconds. */
const CLOCK_MARGIN_MS = 10 * 60_000

export interface LostCreation {
  gateway: GatewayAddress
  wanted: ControlSpec
  /** The gateway's earlier access controls. */
  before: Snapshot
  /** When the step began the creation, by the runner's clock, in milliseconds since 1970. */
  startedAtMs: number
}

/**
 * Warns, after a lost response to a creation, that there may be an unclaimed access control, and names the new ones.
 * Revokes none, because another job may have created them.
 * @returns the new ones, and a snapshot that contains them, so that nothing is reported twice
 */
export async function reportUnclaimed(pinata: PinataApi, creation: LostCreation, { clock, log }: Step) {
  const { gateway, wanted, before, startedAtMs } = creation
  const lost = lostSentence(creation)
  try {
    const current = await pinata.gateway(gateway.id)
    const controls = controlsOf(current).filter(
      each => each.kind === wanted.kind && (wanted.kind === 'key' || publicName(each) === wanted.value),
    )
    // If no earlier response had a date, use the date of this one to derive when the creation began.
    const beganAtMs = current.readAtMs && current.readAtMs - (clock.now() - startedAtMs) - CLOCK_MARGIN_MS
    const baseline = before.read || before.since ? before : snapshotOf(undefined, beganAtMs)
    const found = newSince(baseline, controls)
    if (found.length > 0) {
      warnOf(found, `${lost} ${introduction(baseline)}`, log)
      return { found, before: snapshotOf(controls, undefined) }
    }
    const { revoke } = LABELS[wanted.kind]
    log.warning(
      `${lost} The gateway lists no new ${wanted.kind}s except any named in other warnings. If one appears in Pinata later and nothing uses it, ${revoke} it.`,
    )
  } catch (error) {
    log.warning(uncheckedSentence(creation, ` ${messageOf(error)}`))
  }
  return { found: [], before }
}

/** Returns a warning for a lost response if the gateway could not be checked. @param why begins with a space */
export function uncheckedSentence(creation: LostCreation, why: string): string {
  const { kind } = creation.wanted
  return `${lostSentence(creation)} Could not check the gateway.${why} In Pinata, look for a new ${kind} from that time, and ${LABELS[kind].revoke} it if nothing uses it.`
}

function lostSentence({ gateway, wanted, startedAtMs }: LostCreation): string {
  const what = wanted.kind === 'key' ? 'an unclaimed key' : `an unclaimed entry for origin ${wanted.value}`
  // By the runner's clock, because people compare the time with their own clocks.
  const since = readableTime(startedAtMs).replace(/:\d\d UTC$/, ' UTC')
  return `A response from Pinata was lost, so gateway ${gatewayName(gateway)} may have ${what} (since about ${since}).`
}

function introduction({ read, since }: Snapshot): string {
  if (read) return 'New on the gateway:'
  if (since === undefined) return 'On the gateway, newest first (it could not be read earlier):'
  return 'Created since then or just before (the gateway could not be read earlier):'
}

function warnOf(found: AccessControl[], introduction: string, log: Log): void {
  const [first] = found
  if (first?.kind === 'origin') {
    log.warning(`${introduction} ${first.value}. If no job uses it, remove it with the revoke action or in Pinata.`)
    return
  }
  const ids = found.map(publicName)
  const advice =
    'If nothing uses a key that was created at about that time, revoke it with the revoke action or in Pinata.'
  log.warning(`${introduction} ${listOf(ids, ' (see the log)')}. ${advice}`)
  for (let start = MAX_LISTED; start < Math.min(ids.length, MAX_IDS); start += MAX_LISTED) {
    log.info(`Also on the gateway: ${ids.slice(start, start + MAX_LISTED).join(', ')}`)
  }
  if (ids.length > MAX_IDS) log.info(`And ${ids.length - MAX_IDS} more.`)
}
