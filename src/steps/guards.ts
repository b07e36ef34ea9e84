import { ActionError } from '../errors.ts'
import { controlsOf, type Gateway, type GatewayAddress, idOf, publicName, type Removable } from '../pinata/types.ts'
import { count } from '../text.ts'
import type { CreateInputs, RevokeInputs } from './inputs.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'
import { WORDS } from './words.ts'

type FirstGuard = Pick<CreateInputs, 'wanted' | 'first'>

/** With `fail`, nothing is created unless the gateway is known to have an access control. @throws ActionError */
export function refuseFirstControl(details: Gateway | ActionError, { wanted, first }: FirstGuard): void {
  if (first !== 'fail') return
  const { notCreated, firstInput, others } = WORDS[wanted.kind]
  if (details instanceof ActionError) {
    throw new ActionError(
      `${notCreated}, as ${firstInput} is fail and the gateway's access controls could not be read. ${details.message}`,
      details.kind,
    )
  }
  if (details.accessControls === 0) {
    throw new ActionError(
      `${notCreated}, as ${firstInput} is fail and gateway ${gatewayName(details)} has no access control: a first ${wanted.kind} would cut off ${others}. Set ${firstInput} to allow if that is meant.`,
    )
  }
}

/** Says what a new access control means for other readers. @param details of the gateway before, or why they are unknown */
export function reportFirstControl(
  details: Gateway | ActionError,
  { gateway, control }: { gateway: GatewayAddress; control: Removable },
  { first }: FirstGuard,
  { log }: Step,
): void {
  const name = gatewayName(gateway)
  const { kind } = control
  const { title, firstInput, others } = WORDS[kind]
  const cutOff = `${others} are cut off`
  if (details instanceof ActionError) {
    const tell = first === 'allow' ? log.info : log.warning
    tell(
      `Whether gateway ${name} had an access control before ${kind} ${publicName(control)} could not be read; if not, ${cutOff} now. ${details.message}`,
    )
  } else if (details.accessControls > 0) {
    log.debug(`Gateway ${name} had ${count(details.accessControls, 'access control')} before.`)
  } else if (first === 'warn') {
    log.warning(
      `${title} ${publicName(control)} is the first access control of gateway ${name}: ${cutOff} as long as it lives. Set ${firstInput} to fail to prevent this, or to allow if it is meant.`,
    )
  } else {
    log.info(`It is the gateway's first access control: ${cutOff} as long as it lives.`)
  }
}

/** Whether a gateway has no access control left without these. */
export function removesLastControl(gateway: Gateway, removed: Removable[]): boolean {
  const ids = new Set(removed.map(idOf))
  const listed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length
  return listed > 0 && listed === gateway.accessControls
}

/** `last-key: fail` revokes nothing if the gateway would be left without access control. @throws ActionError */
export function refuseLastControl(gateway: Gateway, removed: Removable[], { lastKey, dryRun }: RevokeInputs): void {
  if (lastKey !== 'fail' || dryRun || !removesLastControl(gateway, removed)) return
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
