import { ActionError, resultOf } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName } from '../pinata/labels.ts'
import { controlsOf, type Gateway, type GatewayAddress, type GatewayResult, idOf } from '../pinata/types.ts'
import type { Step } from '../step/step.ts'
import { type Item, type RevokeContext, withOutcome } from './select.ts'

/** Whether a gateway would have no access control without these. */
function wouldBeOpen(gateway: GatewayResult, removed: Item[]): gateway is Gateway {
  if (gateway instanceof ActionError) return false
  const ids = new Set(removed.map(({ control }) => control && idOf(control)))
  const listed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length
  return listed > 0 && listed === gateway.accessControls
}

/** With `last-control: fail`, revokes nothing if no access control would be left. @throws ActionError */
export function refuseLastControl(gateway: GatewayResult, removed: Item[], inputs: RevokeInputs): void {
  if (inputs.lastControl !== 'fail' || inputs.dryRun || !wouldBeOpen(gateway, removed)) return
  throw new ActionError(
    `Nothing was revoked: last-control is fail, and gateway ${gatewayName(gateway)} would have no access control left, so anyone could read its pinned content. To allow this, set last-control to allow.`,
  )
}

/** Reports that a dry run would have removed the last access control. */
export function reportDryRun({ gateway, selection, inputs, step }: RevokeContext): void {
  if (!wouldBeOpen(gateway, withOutcome(selection.items, 'would be revoked'))) return
  const refused = inputs.lastControl === 'fail' ? ' Because last-control is fail, nothing would be revoked.' : ''
  step.log.info(`This would remove the last access control of gateway ${gatewayName(gateway)}.${refused}`)
}

/** Reports that a gateway has no access control after a removal, or may have none. With `fail`, returns it as an error. */
export function reportLastControl(
  after: GatewayResult,
  { address, inputs: { lastControl }, step: { log } }: RevokeContext,
): ActionError | undefined {
  const sentence = openSentence(after, address)
  if (sentence === undefined) return undefined
  if (lastControl === 'fail') return new ActionError(sentence)
  if (lastControl === 'allow') log.info(sentence)
  else log.warning(`${sentence} To prevent this, set last-control to fail. To allow it, set last-control to allow.`)
  return undefined
}

/**
 * After a removal in another step than the revoke action's: warns if no access control is left.
 * @param failure of the removal, which may have taken effect
 */
export async function warnIfOpen(
  pinata: PinataApi,
  address: GatewayAddress,
  { log }: Step,
  failure?: ActionError,
): Promise<void> {
  const after = await resultOf(pinata.gateway(address.id))
  const sentence = openSentence(after, address)
  // If the gateway could not be read either, the message about the failure is enough.
  if (sentence !== undefined && !(failure && after instanceof ActionError)) log.warning(sentence)
}

function openSentence(after: GatewayResult, address: GatewayAddress): string | undefined {
  const name = gatewayName(address)
  if (after instanceof ActionError) {
    return `Could not check whether gateway ${name} still has an access control. If not, anyone can read its pinned content. ${after.message}`
  }
  if (after.accessControls > 0) return undefined
  return `Gateway ${name} no longer has an access control. Anyone can read its pinned content, and it serves nothing else.`
}
