import { ActionError } from '../errors.ts'
import type { CreateInputs } from '../inputs/read.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type GatewayAddress, type GatewayResult, publicName, type Removable } from '../pinata/types.ts'
import type { Step } from '../step.ts'
import { count } from '../text.ts'

type Guarded = Pick<CreateInputs, 'wanted' | 'firstControl'>

/**
 * With `first-control: fail`, creates nothing unless the gateway has an access control.
 *
 * @param replaced how many of them the step is about to remove
 * @throws ActionError
 */
export function refuseFirstControl(gateway: GatewayResult, { wanted, firstControl }: Guarded, replaced: number): void {
  if (firstControl !== 'fail') return
  const what = LABELS[wanted.kind].create
  const action = wanted.kind === 'key' ? what : `${what} ${wanted.value}`
  if (gateway instanceof ActionError) {
    throw new ActionError(
      `Could not ${action}: first-control is fail, and the gateway's access controls could not be read. ${gateway.message}`,
      gateway.kind,
    )
  }
  if (gateway.accessControls > replaced) return
  throw new ActionError(
    `Could not ${action}: first-control is fail, and gateway ${gatewayName(gateway)} has no access control. A first one would cut off ${LABELS[wanted.kind].cutOff}. To allow this, set first-control to allow.`,
  )
}

/** Reports what a new access control means for other readers. @param before the gateway before, or why it is unknown */
export function reportFirstControl(
  before: GatewayResult,
  { gateway, control }: { gateway: GatewayAddress; control: Removable },
  { inputs: { firstControl }, replaced }: { inputs: Guarded; replaced: number },
  { log }: Step,
): void {
  const { title, cutOff } = LABELS[control.kind]
  const subject = `${control.kind} ${publicName(control)}`
  if (before instanceof ActionError) {
    const report = firstControl === 'allow' ? log.info : log.warning
    report(
      `Could not check whether gateway ${gatewayName(gateway)} had an access control before ${subject}. If it had none, ${cutOff} are cut off now. ${before.message}`,
    )
  } else if (before.accessControls > replaced) {
    log.debug(
      `Gateway ${gatewayName(gateway)} had ${count(before.accessControls - replaced, 'access control')} before.`,
    )
  } else if (firstControl === 'warn') {
    log.warning(
      `${title} ${publicName(control)} is the first access control of gateway ${gatewayName(gateway)}, so ${cutOff} are cut off now. To prevent this, set first-control to fail. To allow it, set first-control to allow.`,
    )
  } else {
    log.info(`It is the gateway's first access control, so ${cutOff} are cut off now.`)
  }
}
