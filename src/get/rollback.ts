import { ActionError, messageOf, resultOf } from '../errors.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { oneLine } from '../printable-text.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import { warnIfUnprotected } from '../step/unprotected.ts'
import { reportFirstControl, warnOfPossibleFirstControl } from './first-control.ts'
import type { Provided } from './prepare.ts'

/** Revokes a new, unrecorded access control. If this fails, the post step tries again. Returns the error to throw. */
export async function rollBackUnlessRecorded(provided: Provided, error: unknown): Promise<unknown> {
  const { control, isNew, named, entries, replaced, pinata, address, step } = provided
  const { title, revoke, revoked } = LABELS[control.kind]
  const keyOrOrigin = `${title} ${control.subject}`
  if (!isNew) return error
  if (named !== undefined) {
    reportFirstControl(provided)
    const kept = `${keyOrOrigin} is recorded under the name ${named.name}, so other runs may use it.`
    const input = control.kind === 'key' ? 'key-id' : 'origin'
    const advice = `To ${revoke} only this ${control.kind}, set the revoke action's ${input} to ${control.subject}.`
    return new ActionError(`${messageOf(error)} ${kept} ${advice}`)
  }
  const reason = error instanceof ActionError ? error.message : `Unexpected error: ${oneLine(messageOf(error))}.`
  const removal = await resultOf(pinata.with(cleanupBackoff(step)).remove(address.id, control))
  const hasFailed = removal instanceof ActionError
  if (!hasFailed) provided.trySave(undefined)
  // Exclude the removed access control (and any entries it replaced), because Pinata's list may still contain them.
  const isUnprotected = await warnIfUnprotected(provided, hasFailed ? removal : [control, ...(replaced ? entries : [])])
  // After a lost response, the gateway may also have an unclaimed access control, but not if its list is empty.
  if (hasFailed || !isUnprotected) warnOfPossibleFirstControl(provided)
  if (!hasFailed) return new ActionError(`${reason} ${keyOrOrigin} was ${revoked}.`)
  return new ActionError(
    `${reason} The step may have left the new ${control.kind} ${control.subject} on gateway ${gatewayName(address)}. ${removal.message} If the post step does not ${revoke} the ${control.kind}, use the revoke action or Pinata.`,
  )
}
