import { messageOf } from './errors.ts'
import type { KeyId } from './inputs.ts'
import type { Log } from './log.ts'
import type { GatewayName, PinataApi } from './pinata.ts'
import { nameOf } from './report.ts'
import { type KnownKeys, newKeys } from './state.ts'

/** As many IDs as a warning can hold. */
const MAX_NAMED = 50

/**
 * After an answer that got lost: names the keys that appeared on the gateway meanwhile and that nobody claims. They
 * are not revoked, because another job may have made them at the same time.
 *
 * @param own the key that this step made after all
 */
export async function nameNewKeys(
  api: PinataApi,
  gateway: GatewayName,
  before: KnownKeys,
  own: KeyId | undefined,
  log: Log,
): Promise<void> {
  const lost = `An answer to a request for a key on gateway ${nameOf(gateway)} got lost, so Pinata may have made a key that nobody knows of.`
  try {
    const details = await api.gateway(gateway.id)
    if (details.accessControls === undefined) throw new Error('Pinata did not tell the keys of the gateway.')
    const unclaimed = newKeys(details.keys, before).filter(keyId => keyId !== own)
    if (unclaimed.length === 0) {
      log.info(`${lost} It did not: there is no new key.`)
      return
    }
    const more = unclaimed.length > MAX_NAMED ? ` and ${unclaimed.length - MAX_NAMED} more` : ''
    log.warning(
      `${lost} New on the gateway and not used by this step: ${unclaimed.slice(0, MAX_NAMED).join(', ')}${more}. Revoke what no other job made, with the revoke action or in Pinata.`,
    )
  } catch (error) {
    log.warning(
      `${lost} Look there for a key made at about ${new Date().toISOString().slice(0, 16)}Z that no job uses. ${messageOf(error)}`,
    )
  }
}
