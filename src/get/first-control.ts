import { ActionError } from '../errors.ts'
import { creationOf, gatewayName, LABELS } from '../pinata/labels.ts'
import type { Context, Provided } from './prepare.ts'

/** With `first-control: fail`, throws unless the gateway has an access control. @throws ActionError */
export function refuseFirstControl({ gateway, replaced, address, wanted, inputs }: Context): void {
  if (inputs.firstControl !== 'fail') return
  const failed = `Could not ${creationOf(wanted)}: first-control is set to fail, and`
  if (gateway instanceof ActionError) {
    throw new ActionError(`${failed} the gateway's access controls are unknown. ${gateway.message}`, gateway.kind)
  }
  if (gateway.controlCount > replaced) return
  const detail = replaced > 0 ? ' except an expired entry for the origin' : ', so anyone can read its pinned content'
  const first = replaced > 0 ? 'A new entry would still' : 'Its first access control would'
  const effect = `${first} cut off ${LABELS[wanted.kind].cutOff}. To allow this, set first-control to allow.`
  throw new ActionError(`${failed} gateway ${gatewayName(address)} has no access controls${detail}. ${effect}`)
}

/** Warns, after an unconfirmed request or a rollback, that the gateway may now have its first access control. */
export function warnOfPossibleFirstControl({ gateway, replaced, address, wanted, inputs, step }: Context): void {
  if (gateway instanceof ActionError || gateway.controlCount > replaced || inputs.firstControl === 'allow') return
  const { cutOff, revoke } = LABELS[wanted.kind]
  const effect = `If so, ${cutOff} are cut off. To let them in again, ${revoke} any new ${wanted.kind}s that nothing uses.`
  step.log.warning(`Gateway ${gatewayName(address)} may now have its first access control. ${effect}`)
}

/** Reports an access control that is, or may be, the gateway's first, which cuts off other readers. */
export function reportFirstControl({ control, gateway, replaced, address, inputs, step: { log } }: Provided): void {
  const isUnknown = gateway instanceof ActionError
  if (!isUnknown && gateway.controlCount > replaced) return
  const { title, cutOff } = LABELS[control.kind]
  const on = `gateway ${gatewayName(address)}`
  const effect = isUnknown
    ? `may be the first access control of ${on}. If so, ${cutOff} are now cut off.`
    : `is the first access control of ${on}, so ${cutOff} are now cut off.`
  const message = `${isUnknown ? `${gateway.message} ` : ''}${title} ${control.subject} ${effect}`
  const undo = isUnknown
    ? "Check the gateway's access controls in Pinata."
    : 'To let them in again, remove all access controls from the gateway.'
  const advice = `${undo} To prevent this in the future, set first-control to fail. To allow it without a warning, set first-control to allow.`
  if (inputs.firstControl === 'allow') log.info(message)
  else log.warning(`${message} ${advice}`)
}
