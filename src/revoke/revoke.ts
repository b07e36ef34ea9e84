import { ActionError } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import type { Name } from '../names/record.ts'
import { gatewayName } from '../pinata/labels.ts'
import { type Gateway, isSameId } from '../pinata/types.ts'
import type { Step } from '../step.ts'
import { isFinal, removeLeftovers, revokeGroups } from './execute.ts'
import { findSelection, type RevokeContext } from './find.ts'
import { readResult, refuseLastControl, reportDryRun, reportLastControl } from './last-control.ts'
import { listOf, notRevoked, reportOutcomes, setOutputs, warnOfMissing } from './report.ts'
import { controlsIn, withOutcome } from './selection.ts'

/** How much time a step has for each access control, in addition. In milliseconds. */
const LIMIT_EACH_MS = 3_000

/** Revokes keys and removes origins, except those to keep, and reports each result. @throws ActionError if one is left */
export async function revoke(inputs: RevokeInputs, step: Step): Promise<void> {
  const context = await findSelection(inputs, step)
  const { clients, gateway, outcomes } = context
  const wanted = withOutcome(outcomes, 'not tried')
  if (!(gateway instanceof ActionError)) {
    refuseMissingKeep(gateway, inputs)
    refuseLastControl(gateway, controlsIn(wanted), inputs)
  }
  clients.deadline.extend(wanted.length * LIMIT_EACH_MS)

  const error = inputs.dryRun ? undefined : await revokeGroups(context)
  const followUp = inputs.dryRun ? undefined : await checkAgain(context, error, inputs, step)
  await reportOutcomes(context, inputs, step)
  warnOfMissing(context, inputs, step)
  if (inputs.dryRun)
    reportDryRun(gateway as Gateway, controlsIn(withOutcome(outcomes, 'would be revoked')), inputs, step)
  const outputError = setOutputs(outcomes, step)

  const left = withOutcome(outcomes, 'not revoked', 'not tried')
  const revocationError =
    left.length > 0
      ? new ActionError(`${left.length} of ${notRevoked(wanted)}: ${listOf(left)}. ${error?.message ?? ''}`)
      : error
  const errors = [revocationError, partialNames(context), followUp, outputError]
  const [failure, ...others] = errors.filter(each => each !== undefined)
  for (const { message } of others) step.log.warning(message)
  if (failure !== undefined) throw failure
}

/** @throws ActionError if the gateway does not list a key to keep: its ID may be mistyped */
function refuseMissingKeep(gateway: Gateway, { keep }: RevokeInputs): void {
  const missing = keep.filter(keyId => !gateway.keys.some(({ id }) => isSameId(id, keyId)))
  if (missing.length === 0) return
  throw new ActionError(
    `Nothing was revoked: keep contains ${missing.slice(0, 5).join(', ')}, which gateway ${gatewayName(gateway)} does not list. Check the ID, or remove it from keep.`,
  )
}

/** Reads the gateway after the removals, and removes the records that no access control needs. */
async function checkAgain(
  context: RevokeContext,
  error: ActionError | undefined,
  inputs: RevokeInputs,
  step: Step,
): Promise<ActionError | undefined> {
  const { clients, address, outcomes, selection } = context
  const hasRemoved = withOutcome(outcomes, 'revoked').length > 0
  const needsReading = hasRemoved || selection.unlistedRecords.length > 0
  const after = needsReading ? await readResult(clients.pinata, address) : undefined
  const open = hasRemoved && after ? reportLastControl(after, address, inputs, step) : undefined
  const leftovers = isFinal(error) ? undefined : await removeLeftovers(context, after, step)
  return open ?? leftovers
}

function partialNames({ selection }: RevokeContext): ActionError | undefined {
  const names: Name[] = selection.partialNames
  if (names.length === 0) return undefined
  return new ActionError(
    `Nothing was removed for ${names.slice(0, 15).join(', ')}: GitHub's list of the records is incomplete or keeps changing. Run the step again.`,
  )
}
