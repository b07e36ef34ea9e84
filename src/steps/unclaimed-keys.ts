import { messageOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { GatewayAddress, KeyId } from '../pinata/types.ts'
import { newSince, type Snapshot, snapshotOf } from './snapshot.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'

/** As many IDs as a warning can hold. */
const MAX_NAMED = 50
/** As many as the log takes. */
const MAX_LISTED = 300

/**
 * After a lost answer: reports the keys that appeared on the gateway meanwhile and that nobody claims. They are not
 * revoked, because another job may have created them at the same time.
 *
 * @param own the key that this step created after all
 * @returns the gateway's keys now, so that nothing is reported twice
 */
export async function reportUnclaimedKeys(
  api: PinataApi,
  { gateway, before, own }: { gateway: GatewayAddress; before: Snapshot; own: KeyId | undefined },
  { log, clock }: Pick<Step, 'log' | 'clock'>,
): Promise<Snapshot> {
  const lost = `An answer of Pinata's got lost, so there may be a key on gateway ${gatewayName(gateway)} that nobody knows of.`
  try {
    const { keys } = await api.gateway(gateway.id)
    const unclaimed = newSince(before, keys)
      .map(({ id }) => id)
      .filter(keyId => keyId !== own)
    if (unclaimed.length === 0) {
      log.info(`${lost} No new key is on the gateway.`)
      return before
    }
    const inLog = unclaimed.length > MAX_LISTED ? `of which the newest ${MAX_LISTED - MAX_NAMED}` : 'which'
    const more =
      unclaimed.length > MAX_NAMED ? ` and ${unclaimed.length - MAX_NAMED} more, ${inLog} are in the log` : ''
    log.warning(
      `${lost} ${whatTheyAre(before)}: ${unclaimed.slice(0, MAX_NAMED).join(', ')}${more}. Revoke what no other job created, with the revoke action or in Pinata.`,
    )
    for (let from = MAX_NAMED; from < Math.min(unclaimed.length, MAX_LISTED); from += MAX_NAMED) {
      log.info(`New on the gateway as well: ${unclaimed.slice(from, from + MAX_NAMED).join(', ')}`)
    }
    return snapshotOf(keys, undefined)
  } catch (error) {
    // By the runner's clock, as a person at a computer would read it.
    log.warning(
      `${lost} Look there for a key created at about ${new Date(clock.now()).toISOString().slice(0, 16)}Z that no job uses. ${messageOf(error)}`,
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
