import { messageOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type AccessControl, controlsOf, type GatewayAddress, publicName, type Wanted } from '../pinata/types.ts'
import type { Step } from '../step.ts'
import { newSince, type Snapshot, snapshotOf } from './snapshot.ts'

/** How many IDs a line lists, and how many lines there are. */
const IDS_PER_LINE = 15
const MAX_LINES = 20

/** A creation whose response was lost. */
export interface LostCreation {
  gateway: GatewayAddress
  wanted: Wanted
  /** The gateway's access controls before. */
  before: Snapshot
  /** When the step began it, by the runner's clock, in milliseconds since 1970. */
  startedAtMs: number
}

/** The access controls that appeared on the gateway, and a snapshot that contains them, so that nothing is reported twice. */
export interface Unclaimed {
  found: AccessControl[]
  before: Snapshot
}

/**
 * After a lost response to a creation: warns that the gateway may have an unclaimed access control, and names the new ones.
 * It revokes none, because another job may have created them.
 */
export async function reportUnclaimed(
  pinata: PinataApi,
  { gateway, wanted, before, startedAtMs }: LostCreation,
  { log }: Pick<Step, 'log'>,
): Promise<Unclaimed> {
  const what = wanted.kind === 'key' ? 'an unclaimed key' : `an unclaimed entry of origin ${wanted.value}`
  // By the runner's clock, because a person compares it with their own.
  const since = `${new Date(startedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const lost = `A response from Pinata was lost, so gateway ${gatewayName(gateway)} may have ${what} since about ${since}.`
  try {
    const controls = controlsOf(await pinata.gateway(gateway.id)).filter(each => isWanted(each, wanted))
    const found = newSince(before, controls)
    if (found.length === 0) {
      log.warning(
        `${lost} The gateway lists no new one now. If one appears that no job uses, ${LABELS[wanted.kind].revoke} it.`,
      )
      return { found, before }
    }
    warnOf(found, `${lost} ${introduction(before)}`, log)
    return { found, before: snapshotOf(controls, undefined) }
  } catch (error) {
    log.warning(`${lost} Could not check. Look for it at Pinata. ${messageOf(error)}`)
    return { found: [], before }
  }
}

function isWanted(control: AccessControl, wanted: Wanted): boolean {
  return control.kind === wanted.kind && (wanted.kind === 'key' || publicName(control) === wanted.value)
}

function warnOf(found: AccessControl[], introduction: string, log: Step['log']): void {
  const [first] = found
  if (first?.kind === 'origin') {
    log.warning(`${introduction} ${first.value}. If no job uses it, remove it with the revoke action or at Pinata.`)
    return
  }
  const ids = found.map(publicName)
  const lines = Array.from({ length: Math.ceil(ids.length / IDS_PER_LINE) }, (_, line) =>
    ids.slice(line * IDS_PER_LINE, (line + 1) * IDS_PER_LINE).join(', '),
  )
  const more = lines.length > 1 ? ` and ${ids.length - IDS_PER_LINE} more (see the log)` : ''
  log.warning(
    `${introduction} ${lines[0]}${more}. Revoke the keys that no other job created, with the revoke action or at Pinata.`,
  )
  for (const line of lines.slice(1, MAX_LINES)) log.info(`Also new on the gateway: ${line}`)
  if (lines.length > MAX_LINES) log.info(`And ${ids.length - MAX_LINES * IDS_PER_LINE} more.`)
}

function introduction({ read, sinceMs }: Snapshot): string {
  if (read) return 'New on the gateway:'
  return sinceMs === undefined
    ? 'The gateway could not be read before. On the gateway, the newest first:'
    : 'The gateway could not be read before. Created since then or just before:'
}
