import { ActionError, messageOf } from '../errors.ts'
import type { GatewayName, PinataApi } from '../pinata/api.ts'
import { count } from '../text.ts'
import type { KeyId } from './inputs.ts'
import { newKeys, type Snapshot, snapshotOf } from './snapshot.ts'
import type { Step } from './step.ts'
import { nameOf } from './summary.ts'

/** As many IDs as a warning can hold. */
const MAX_NAMED = 50
/** As many as the log takes. */
const MAX_LISTED = 300

/**
 * After a lost answer: names the keys that appeared on the gateway meanwhile and that nobody claims. They are not
 * revoked, because another job may have created them at the same time.
 *
 * @param own the key that this step created after all
 * @returns what is known of the gateway's keys now, so that nothing is named twice
 */
export async function nameNewKeys(
  api: PinataApi,
  gateway: GatewayName,
  before: Snapshot,
  own: KeyId | undefined,
  { log, clock }: Pick<Step, 'log' | 'clock'>,
): Promise<Snapshot> {
  const lost = `An answer to a request for a key on gateway ${nameOf(gateway)} got lost, so Pinata may have made a key that nobody knows of.`
  try {
    const details = await api.gateway(gateway.id)
    if (details.keys === undefined) throw new ActionError('Pinata did not tell the keys of the gateway.')
    const { ids, unusable } = newKeys(details, before)
    const unclaimed = ids.filter(keyId => keyId !== own)
    if (unclaimed.length === 0 && unusable === 0) {
      log.info(`${lost} There is none that was not there before or named already.`)
      return before
    }
    const named = unclaimed.slice(0, MAX_NAMED).join(', ')
    const inLog = unclaimed.length > MAX_LISTED ? `of which the newest ${MAX_LISTED - MAX_NAMED}` : 'which'
    const more =
      unclaimed.length > MAX_NAMED ? ` and ${unclaimed.length - MAX_NAMED} more, ${inLog} are in the log` : ''
    const others =
      unusable > 0 ? `${named && ', and '}${count(unusable, 'key')} with an ID that is none of Pinata's` : ''
    log.warning(
      `${lost} ${whatTheyAre(before)}: ${named}${more}${others}. Revoke what no other job made, with the revoke action or in Pinata.`,
    )
    for (let from = MAX_NAMED; from < Math.min(unclaimed.length, MAX_LISTED); from += MAX_NAMED) {
      log.info(`New on the gateway as well: ${unclaimed.slice(from, from + MAX_NAMED).join(', ')}`)
    }
    return snapshotOf(details, undefined)
  } catch (error) {
    // By the runner's clock, as a person at a computer would read it.
    log.warning(
      `${lost} Look there for a key made at about ${new Date(clock.now()).toISOString().slice(0, 16)}Z that no job uses. ${messageOf(error)}`,
    )
    return before
  }
}

function whatTheyAre({ read, since }: Snapshot): string {
  if (read) return 'New on the gateway and not used by this step'
  return since === undefined
    ? "Which keys are new can't be told, as the gateway could not be read before. Not used by this step, the newest first"
    : 'The gateway could not be read before. Created since then, or just before, and not used by this step'
}
