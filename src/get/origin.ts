import { ActionError, CreationError } from '../errors.ts'
import { latestExpiry, SWEEP_AFTER_MS } from '../names/expiry-and-renewal.ts'
import { gatewayName } from '../pinata/labels.ts'
import { type AccessControl, idOf } from '../pinata/types.ts'
import { readableTime } from '../printable-text.ts'
import { warnIfUnprotected } from '../step/unprotected.ts'
import { create, refuseToStart } from './create.ts'
import { type Context, type Provided, prepare } from './prepare.ts'
import { newestReusable } from './record-and-renew.ts'

/** Reuses, replaces, or adds an origin. @throws ActionError */
export async function obtainOrigin(context: Context): Promise<Provided> {
  // If the create request failed, another step or the request itself may have added the origin, so decide again.
  return await reuseOrAdd(context).catch(async error => await reuseOrAdd(await readAgain(context, error)))
}

async function reuseOrAdd(context: Context): Promise<Provided> {
  const { address, entries, proven, pinata, step } = context
  const reusable = newestReusable(proven, context.readAtMs)
  if (reusable) return { ...context, ...reusable }
  refusePossibleRenewal(context)
  // The check above passed, so all entries with proven records expired more than an hour ago. The step replaces them.
  const expired = [...new Set(proven.map(({ control }) => control))]
  context.replaced = expired.length
  const unrecorded = entries.find(entry => !expired.includes(entry))
  // Before removing entries, check whether a new entry can be added. `create()` would not check this until afterward.
  if (unrecorded === undefined) refuseToStart(context)
  const removed: AccessControl[] = []
  try {
    for (const control of expired) {
      // Log the removal before the request, because no other log line will show it if the process is killed.
      const entry = `origin ${control.subject}, which expired more than an hour ago,`
      step.log.info(`Removing ${entry} from gateway ${gatewayName(address)}.`)
      await pinata.remove(address.id, control)
      removed.push(control)
    }
    if (unrecorded === undefined) return await create(context)
  } catch (error) {
    if (expired.length > 0 && error instanceof ActionError) {
      // A stopped step has not checked whether the entry is gone, so check the gateway as if the removal had succeeded.
      await warnIfUnprotected(context, removed.length > 0 || step.stopped.aborted ? removed : error)
    }
    throw error
  }
  if (removed.length > 0) await warnIfUnprotected(context, removed)
  // Reuse an entry that is not recorded under this name.
  return { ...context, control: unrecorded, isNew: false }
}

/** Reads everything again, because another step may have added the origin. @throws `error` if no new entry is listed */
async function readAgain(before: Context, error: unknown): Promise<Context> {
  if (!(error instanceof CreationError) || before.step.stopped.aborted) throw error
  const again = await prepare(before, before.inputs).catch(() => Promise.reject(error))
  // The step has removed all earlier entries for the origin, but the list may still contain them.
  const isOther = (entry: AccessControl) => !before.entries.some(each => idOf(each) === idOf(entry))
  const entries = again.entries.filter(isOther)
  if (entries.length === 0) throw error
  // The step uses the entry that its own request may have added, so the post step has nothing left to report.
  again.trySave(undefined)
  return { ...again, entries, proven: again.proven.filter(({ control }) => isOther(control)) }
}

/** Throws if another step may have renewed, or may be renewing, an expired entry. @throws ActionError */
function refusePossibleRenewal({ recordList, entries: [entry], proven, readAtMs, address }: Context): void {
  if (recordList === undefined || entry === undefined) return
  const origin = `origin ${entry.subject} on gateway ${gatewayName(address)}`
  if (!recordList.isComplete) {
    throw new ActionError(
      `Could not use ${origin}: GitHub's list of the name's records is incomplete or keeps changing, so another step may be renewing the origin. Run the job again. If it fails again, remove the origin with the revoke action.`,
    )
  }
  // If the origin expired before the earlier of GitHub's and Pinata's dates, it has expired according to both clocks.
  const nowMs = Math.min(recordList.readAtMs ?? Number.NaN, readAtMs ?? Number.NaN)
  const replaceableAtMs = latestExpiry(proven) + SWEEP_AFTER_MS
  if (proven.length === 0 || replaceableAtMs < nowMs) return
  const why = Number.isNaN(nowMs)
    ? 'a response has no valid Date header, so another step may still be using the origin. If no step is using it, remove it with the revoke action.'
    : `another step may still be renewing it. Run the job again after ${readableTime(replaceableAtMs)}.`
  throw new ActionError(`Could not replace the expired ${origin}: ${why}`)
}
