import { ActionError } from '../errors.ts'
import type { Gateway, GatewayAddress, KeyId } from '../pinata/types.ts'
import { count } from '../text.ts'
import type { Guard, RevokeInputs } from './inputs.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'

/** `first-key: fail` creates a key only on a gateway that is known to have an access control. @throws ActionError */
export function refuseFirstKey(details: Gateway | ActionError, firstKey: Guard): void {
  if (firstKey !== 'fail') return
  if (details instanceof ActionError) {
    throw new ActionError(
      `No key was created, as first-key is fail and the gateway's access controls could not be read. ${details.message}`,
      details.kind,
    )
  }
  if (details.accessControls === 0) {
    throw new ActionError(
      `No key was created, as first-key is fail and gateway ${gatewayName(details)} has no access control: a first key would cut off every reader without one. When all readers send a key, set first-key to allow.`,
    )
  }
}

/** Says what a new key means for the readers without one. @param details of the gateway before, or why they are unknown */
export function reportFirstKey(
  details: Gateway | ActionError,
  { gateway, keyId, firstKey }: { gateway: GatewayAddress; keyId: KeyId; firstKey: Guard },
  { log }: Step,
): void {
  const name = gatewayName(gateway)
  if (details instanceof ActionError) {
    const tell = firstKey === 'allow' ? log.info : log.warning
    tell(
      `Whether gateway ${name} had an access control before key ${keyId} could not be read; if not, readers without a key are cut off now. ${details.message}`,
    )
  } else if (details.accessControls > 0) {
    log.debug(`Gateway ${name} had ${count(details.accessControls, 'access control')} before.`)
  } else if (firstKey === 'warn') {
    log.warning(
      `Key ${keyId} is the first access control of gateway ${name}: readers without a key are cut off as long as it lives. Set first-key to fail to prevent this, or to allow if it is meant.`,
    )
  } else {
    log.info(`It is the gateway's first access control: readers without a key are cut off as long as it lives.`)
  }
}

/** Whether a gateway has no access control left without these keys. */
export function removesLastControl(gateway: Gateway, keyIds: KeyId[]): boolean {
  const ids = new Set(keyIds)
  const removed = gateway.keys.filter(key => ids.has(key.id)).length
  return removed > 0 && removed === gateway.accessControls
}

/** `last-key: fail` revokes nothing if the gateway would be left without access control. @throws ActionError */
export function refuseLastKey(gateway: Gateway, keyIds: KeyId[], { lastKey, dryRun }: RevokeInputs): void {
  if (lastKey !== 'fail' || dryRun || !removesLastControl(gateway, keyIds)) return
  throw new ActionError(
    `Nothing was revoked, as last-key is fail and gateway ${gatewayName(gateway)} would be left without access control: anybody could read its pinned content then. If that is meant, set last-key to allow.`,
  )
}

/** What is so of a gateway without access control. */
const OPEN = 'anybody can read its pinned content, and it serves nothing else'

/** A gateway was left without access control. */
export function openGateway(gateway: GatewayAddress): string {
  return `Gateway ${gatewayName(gateway)} has no access control any more: ${OPEN}.`
}

/** A gateway may have been left without access control. @param why its access controls could not be read */
export function maybeOpenGateway(gateway: GatewayAddress, why: string): string {
  return `Whether gateway ${gatewayName(gateway)} has an access control left could not be read; if not, anybody can read its pinned content. ${why}`
}

/** Says that a gateway has no access control any more, or would have none after a dry run. */
export function reportOpenGateway(gateway: GatewayAddress, { lastKey, dryRun }: RevokeInputs, { log }: Step): void {
  if (dryRun) {
    const refused = lastKey === 'fail' ? ' As last-key is fail, nothing would be revoked at all.' : ''
    log.info(`That would remove the last access control of gateway ${gatewayName(gateway)}: ${OPEN} then.${refused}`)
  } else if (lastKey === 'allow') log.info(openGateway(gateway))
  else {
    log.warning(`${openGateway(gateway)} Set last-key to fail to prevent this, or to allow if it is meant.`)
  }
}
