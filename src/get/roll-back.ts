import { ActionError, messageOf, resultOf } from '../errors.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type AccessControl, publicName } from '../pinata/types.ts'
import { printable } from '../printable-text.ts'
import { warnIfUnprotected } from '../revoke/last-control.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import type { Context, Provided } from './context.ts'
import { reportFirstControl } from './first-control.ts'

/**
 * Handles an access control that could not be passed on: revokes it if this step created it and did not record it.
 * @param why the reason it could not be passed on
 * @returns the error for the step to throw
 */
export async function rollBackUnlessRecorded(provided: Provided, why: unknown): Promise<unknown> {
  const { control, isNew, named } = provided
  if (!isNew) return why
  if (named === undefined) return await rollBack(control, why, provided)
  reportFirstControl(provided)
  const { revoke, title } = LABELS[control.kind]
  return new ActionError(
    `${messageOf(why)} ${title} ${publicName(control)} is recorded under the name ${named.name}, so other runs may use it. To ${revoke} it, use the revoke action with the name.`,
  )
}

/** Revokes a new access control. If that fails, its state is kept so that the post step tries again. */
export async function rollBack(control: AccessControl, why: unknown, context: Context): Promise<ActionError> {
  const { address, step } = context
  const { title, created, revoke, revoked } = LABELS[control.kind]
  const subject = `${title} ${publicName(control)}`
  const reason = why instanceof ActionError ? why.message : `Unexpected error: ${printable(messageOf(why))}.`
  const pinata = context.pinata.with(cleanupBackoff(step))
  const removal = await resultOf(pinata.remove(address.id, control))
  const isLeft = removal instanceof ActionError
  if (!isLeft) context.trySave(undefined)
  await warnIfUnprotected(pinata, address, step.log, removal)
  if (!isLeft) return new ActionError(`${reason} ${subject} was ${revoked}.`)
  return new ActionError(
    `${reason} ${subject} of gateway ${gatewayName(address)} was ${created} but could not be ${revoked}. ${removal.message} If the post step does not ${revoke} it, use the revoke action or Pinata.`,
  )
}
