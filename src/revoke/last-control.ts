import { ActionError, messageOf } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName } from '../pinata/labels.ts'
import type { Gateway, GatewayAddress, GatewayId, GatewayResult } from '../pinata/types.ts'
import { controlsOf, idOf } from '../pinata/types.ts'
import type { Step } from '../step/step.ts'
import type { Item } from './select.ts'

type Guard = Pick<RevokeInputs, 'lastControl' | 'dryRun'>

/** The consequence for a gateway without access controls. */
const OPEN = 'Anyone can read its pinned content, and it serves nothing else.'

/** Whether a gateway would have no access control without these. */
function wouldBeOpen(gateway: Gateway, removed: Item[]): boolean {
  const ids = new Set(removed.map(({ control }) => control && idOf(control)))
  const listed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length
  return listed > 0 && listed === gateway.accessControls
}

/** With `last-control: fail`, revokes nothing if no access control would be left. @throws ActionError */
export function refuseLastControl(gateway: Gateway, removed: Item[], { lastControl, dryRun }: Guard): void {
  if (lastControl !== 'fail' || dryRun || !wouldBeOpen(gateway, removed)) return
  throw new ActionError(
    `Nothing was revoked: last-control is fail, and gateway ${gatewayName(gateway)} would have no access control left, so anyone could read its pinned content. To allow this, set last-control to allow.`,
  )
}

/** Reports that a dry run would have removed the last access control. */
export function reportDryRun(gateway: Gateway, removed: Item[], { lastControl }: Guard, { log }: Step): void {
  if (!wouldBeOpen(gateway, removed)) return
  const refused = lastControl === 'fail' ? ' Because last-control is fail, nothing would be revoked.' : ''
  log.info(`This would remove the last access control of gateway ${gatewayName(gateway)}.${refused}`)
}

/**
 * Reports, after a removal, that the gateway has no access control left, or that this is unknown.
 * @param after the gateway, read after the removal
 * @returns an error with `last-control: fail`
 */
export function reportLastControl(
  after: GatewayResult,
  address: GatewayAddress,
  { lastControl }: Guard,
  { log }: Pick<Step, 'log'>,
): ActionError | undefined {
  const name = gatewayName(address)
  const isUnknown = after instanceof ActionError
  if (!isUnknown && after.accessControls > 0) return undefined
  const sentence = isUnknown
    ? `Could not check whether gateway ${name} still has an access control. If not, anyone can read its pinned content. ${after.message}`
    : `Gateway ${name} no longer has an access control. ${OPEN}`
  if (lastControl === 'fail') return new ActionError(sentence)
  if (lastControl === 'allow') log.info(sentence)
  else log.warning(`${sentence} To prevent this, set last-control to fail. To allow it, set last-control to allow.`)
  return undefined
}

/** Reads the gateway, as a result. */
export async function readResult(pinata: PinataApi, id: GatewayId): Promise<GatewayResult> {
  try {
    return await pinata.gateway(id)
  } catch (error) {
    return error instanceof ActionError ? error : new ActionError(messageOf(error))
  }
}

/**
 * After a removal in another step than the revoke action's: warns if no access control is left.
 * @param failure of the removal, which may have taken effect
 */
export async function warnIfOpen(
  pinata: PinataApi,
  address: GatewayAddress,
  step: Step,
  failure?: ActionError,
): Promise<void> {
  const after = await readResult(pinata, address.id)
  // The message about the failure is enough then.
  if (failure !== undefined && after instanceof ActionError) return
  const error = reportLastControl(after, address, { lastControl: 'fail', dryRun: false }, step)
  if (error !== undefined) step.log.warning(error.message)
}
