import { ActionError, resultOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type ControlSpec, controlsOf, type GatewayAddress, isMatch } from '../pinata/types.ts'
import { count, listOf, MAX_LISTED, readableTime } from '../printable-text.ts'
import type { Step } from '../step/step.ts'
import { newSince, type Snapshot, snapshotOf } from './snapshot.ts'

/** The maximum number of IDs in the warning and in the log lines that follow it. */
const MAX_IDS = 20 * MAX_LISTED
/** How much earlier the search starts, in milliseconds, in case the runner's clock is set back while a step runs. */
const CLOCK_MARGIN_MS = 10 * 60_000

/** A create request whose response may have been lost. */
export interface UnconfirmedCreation {
  gateway: GatewayAddress
  wanted: ControlSpec
  /** The gateway's latest snapshot, updated by `reportUnclaimed`, or `undefined` if the gateway could not be read. */
  before?: Snapshot | undefined
  /** When the step began to create the access control, by the runner's clock, in milliseconds since 1970. */
  startedAtMs: number
}

/** Warns about a lost response. Returns new access controls, but revokes none, because other jobs may own them. */
export async function reportUnclaimed(pinata: PinataApi, creation: UnconfirmedCreation, { clock, log }: Step) {
  const { gateway, wanted, before, startedAtMs } = creation
  const current = await resultOf(pinata.gateway(gateway.id))
  if (current instanceof ActionError) {
    log.warning(uncheckedSentence(creation, ` ${current.message}`))
    return []
  }
  // The earliest time, by Pinata's clock, at which the step may have begun to create the access control.
  const beganAtMs = (current.readAtMs ?? Number.NaN) - Math.max(0, clock.now() - startedAtMs) - CLOCK_MARGIN_MS
  const since = Number.isNaN(beganAtMs) ? '' : new Date(beganAtMs).toISOString()
  const found = newSince(before ?? { prints: '', since }, controlsOf(current)).filter(each => isMatch(wanted, each))
  const { title, revoke, created } = LABELS[wanted.kind]
  const ids = [...new Set(found.map(({ subject }) => subject))]
  const candidates = `${title}s ${since ? `${created} around that time or later` : 'on the gateway, newest first'}`
  const what = before ? 'New on the gateway' : `${candidates} (the gateway could not be read earlier)`
  const finding =
    found.length === 0
      ? `The gateway lists no new ${wanted.kind}s, apart from any mentioned in other warnings. If a new ${wanted.kind} appears in Pinata later and nothing uses it, ${revoke} it.`
      : `${what}: ${listOf(ids, ' (see the log)')}. If nothing uses a new ${wanted.kind} ${created} around that time, ${revoke} it with the revoke action or in Pinata.`
  log.warning(`${lostSentence(creation)} ${finding}`)
  for (let start = MAX_LISTED; start < Math.min(ids.length, MAX_IDS); start += MAX_LISTED) {
    log.info(`Also on the gateway: ${ids.slice(start, start + MAX_LISTED).join(', ')}.`)
  }
  if (ids.length > MAX_IDS) log.info(`The log omits ${count(ids.length - MAX_IDS, `more ${wanted.kind}`)}.`)
  if (found.length > 0) creation.before = snapshotOf(controlsOf(current))
  return found
}

/** Returns the warning for a lost response if the gateway wasn't checked. @param why the cause, with a leading space */
export function uncheckedSentence(creation: UnconfirmedCreation, why: string): string {
  const { kind } = creation.wanted
  const { created, revoke } = LABELS[kind]
  return `${lostSentence(creation)} The gateway was not checked.${why} In Pinata, look for a new ${kind} ${created} around that time. If nothing uses it, ${revoke} it.`
}

function lostSentence({ gateway, wanted, startedAtMs }: UnconfirmedCreation): string {
  const what = wanted.kind === 'key' ? 'an unclaimed key' : `an unclaimed entry for origin ${wanted.value}`
  // Use the runner's clock, because people compare the time with their own clocks.
  const since = readableTime(startedAtMs).replace(/:\d\d UTC$/, ' UTC')
  return `A response from Pinata was lost, so gateway ${gatewayName(gateway)} may have ${what} (since about ${since}).`
}
