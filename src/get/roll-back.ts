import { ActionError, messageOf } from '../errors.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { publicName } from '../pinata/types.ts'
import { warnIfOpen } from '../revoke/last-control.ts'
import { cleanupBackoff, type Step } from '../step.ts'
import { printable } from '../text.ts'
import { ignoreErrors, type NewControl } from './new-control.ts'

/**
 * Revokes an access control that could not be passed on. If that fails, its state stays, so that the post step tries again.
 *
 * @param why it could not be passed on
 * @returns the error of the step
 */
export async function rollBack(
  { control, gateway, clients, save }: NewControl,
  why: unknown,
  step: Step,
): Promise<ActionError> {
  const { title, created, revoke, revoked } = LABELS[control.kind]
  const subject = publicName(control)
  const reason = why instanceof ActionError ? why.message : `Unexpected error: ${printable(messageOf(why))}.`
  const pinata = clients.pinata.with(cleanupBackoff(step))
  try {
    await pinata.remove(gateway.id, control)
  } catch (error) {
    return new ActionError(
      `${reason} ${title} ${subject} was ${created} on gateway ${gatewayName(gateway)} and could not be ${revoked}. ${messageOf(error)} To ${revoke} it, use the revoke action or Pinata.`,
    )
  }
  ignoreErrors(() => save(undefined))
  await warnIfOpen(pinata, gateway, step)
  return new ActionError(`${reason} ${title} ${subject} was ${revoked} again.`)
}
