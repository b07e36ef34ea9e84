import { ActionError, CreationError, STOPPED } from '../errors.ts'
import { REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import { reportUnclaimed, type UnconfirmedCreation } from '../lost/report-unclaimed.ts'
import { newSince, snapshotOf } from '../lost/snapshot.ts'
import type { Creation } from '../pinata/api.ts'
import { CHECK_API_URL, creationOf, gatewayName } from '../pinata/labels.ts'
import { controlsOf } from '../pinata/types.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import { refuseFirstControl, warnOfPossibleFirstControl } from './first-control.ts'
import type { Context, Provided } from './prepare.ts'
import { newestReusable } from './record-and-renew.ts'

/** Creates an access control. @throws CreationError if no response confirms that it was created @throws ActionError */
export async function create(context: Context): Promise<Provided> {
  refuseToStart(context)
  const creation = await requestControl(context)
  const { control } = creation
  // The entry is older than the request, so another step may own it. Reuse it like an entry that was already listed.
  if (creation.isOlderThanRequest) {
    context.trySave(undefined)
    // It may have a record under this name, because Pinata's list may have been outdated when it was read.
    const { proven = [] } = context.records?.partition(context.recordList?.records ?? [], [control]) ?? {}
    return { ...context, ...(newestReusable(proven, context.readAtMs) ?? { control, isNew: false }) }
  }
  // Log the key's ID or the origin now, because no other log line will show it if the process is killed.
  const name = gatewayName(context.address)
  const masked = control.secret ? " Its value is masked in this job's log." : ''
  if (control.kind === 'key') context.step.log.info(`Created key ${control.subject} on gateway ${name}.${masked}`)
  else context.step.log.info(`Added origin ${control.subject} to gateway ${name}.`)
  return { ...context, ...creation, isNew: true }
}

/** Throws if the access control can't or must not be created. @throws ActionError */
export function refuseToStart(context: Context): void {
  const failed = `Could not ${creationOf(context.wanted)}`
  if (context.step.stopped.aborted) throw new ActionError(`${failed}. ${STOPPED}`)
  refuseFirstControl(context)
  context.records?.requireSha()
  if (context.deadline.left < REQUEST_TIMEOUT_MS) {
    const why = context.gateway instanceof ActionError ? context.gateway.message : 'Run the job again later.'
    throw new ActionError(`${failed}: the step's time limit was reached. ${why}`)
  }
}

async function requestControl(context: Context): Promise<Creation> {
  const { pinata, address, gateway, wanted, step } = context
  const before = gateway instanceof ActionError ? undefined : snapshotOf(controlsOf(gateway))
  const unconfirmed: UnconfirmedCreation = { gateway: address, wanted, before, startedAtMs: step.clock.now() }
  context.save({ phase: 'creating', ...unconfirmed })
  // The client calls this function after each lost response. The result `true` allows the client to retry once.
  const handleLostResponse = async () => {
    const found = await reportUnclaimed(pinata.with(cleanupBackoff(step)), unconfirmed, step)
    // Save the new snapshot, so that the post step does not report the same access controls again.
    context.trySave({ phase: 'creating', ...unconfirmed })
    // If the gateway now has an entry for the origin, the step uses it (see `obtainOrigin`) instead of retrying.
    return wanted.kind === 'key' || found.length === 0
  }
  const creation = await pinata.create(address.id, wanted, handleLostResponse).catch((error: unknown) => {
    if (error instanceof CreationError && !error.isInDoubt) context.trySave(undefined)
    else warnOfPossibleFirstControl(context)
    throw error
  })
  const { control } = creation
  if (unconfirmed.before && newSince(unconfirmed.before, [control]).length === 0) {
    // This access control already existed. The request may have created another one, so check as after a lost response.
    await handleLostResponse()
    const returned = `Pinata returned ${control.kind} ${control.subject}, which already existed. ${CHECK_API_URL}`
    throw new CreationError(new ActionError(`Could not ${creationOf(wanted)}: ${returned}`), true)
  }
  return creation
}

/** Saves a new access control for the post step. @throws ActionError if readers can't use it */
export function acceptNew({ control, isAsRequested, wanted, save }: Provided): void {
  save({ phase: 'created', control })
  if (control.secret !== undefined && isAsRequested) return
  const unusable = "Pinata returned a value that readers can't send or GitHub can't mask"
  const why = isAsRequested ? unusable : 'Pinata changed it to a value that browsers do not send'
  throw new ActionError(`Could not use the new ${wanted.kind}: ${why}. ${CHECK_API_URL}`)
}
