import { ActionError, CreationError, STOPPED } from '../errors.ts'
import { REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import { reportUnclaimed } from '../lost/report-unclaimed.ts'
import { newSince, snapshotOf } from '../lost/snapshot.ts'
import type { Creation } from '../pinata/api.ts'
import { CHECK_API_URL, gatewayName, LABELS } from '../pinata/labels.ts'
import { type AccessControl, controlsOf, publicName } from '../pinata/types.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import type { Context, Obtained } from './context.ts'
import { refuseFirstControl, warnOfPossibleFirstControl } from './first-control.ts'
import { rollBackUnlessRecorded } from './roll-back.ts'

/**
 * Creates an access control. Unless it is then recorded or passed on, the post step revokes it.
 * @returns the new access control, or an entry that may be another step's, which this step never removes
 * @throws CreationError if no response names a new access control @throws ActionError
 */
export async function create(context: Context): Promise<Obtained> {
  refuseToStart(context)
  const creation = await requestControl(context)
  const { control } = creation
  // The entry may be another step's, so this step uses it, but does not claim it.
  if (creation.isOlderThanRequest) {
    context.trySave(undefined)
    return { control, isNew: false }
  }
  // Log the creation as soon as the ID is known: if the process is killed, no other line will show the ID.
  const on = gatewayName(context.address)
  context.step.log.info(
    control.kind === 'key'
      ? `Created key ${control.id} on gateway ${on}.${control.value ? " Its value is masked in this job's log." : ''}`
      : `Added origin ${control.value} to gateway ${on}.`,
  )
  const obtained = { control, isNew: true }
  try {
    context.save({ phase: 'created', control })
    refuseUnusable(control, creation.isAsRequested)
  } catch (error) {
    throw await rollBackUnlessRecorded({ ...context, ...obtained }, error)
  }
  return obtained
}

/** Refuses a creation that can't succeed or is not allowed, before anything changes. @throws ActionError */
export function refuseToStart(context: Context): void {
  const failed = `Could not ${LABELS[context.inputs.wanted.kind].create}`
  if (context.step.stopped.aborted) throw new ActionError(`${failed}. ${STOPPED}`)
  refuseFirstControl(context)
  context.records?.requireSha()
  if (context.deadline.left < REQUEST_TIMEOUT_MS) {
    const why = context.gateway instanceof ActionError ? context.gateway.message : 'Run the job again later.'
    throw new ActionError(`${failed}: the step's time limit was reached. ${why}`)
  }
}

async function requestControl(context: Context): Promise<Creation> {
  const { pinata, address, gateway, inputs, step } = context
  const { wanted } = inputs
  const { kind } = wanted
  let before = gateway instanceof ActionError ? undefined : snapshotOf(controlsOf(gateway))
  const startedAtMs = step.clock.now()
  context.save({ phase: 'creating', before, startedAtMs })
  // The client calls this after each lost response, and may retry once, if this returns true.
  const afterLostResponse = async () => {
    const lost = { gateway: address, wanted, before, startedAtMs }
    const report = await reportUnclaimed(pinata.with(cleanupBackoff(step)), lost, step)
    // The next call, and the post step, must not report the same access controls again.
    before = report.before
    context.trySave({ phase: 'creating', before, startedAtMs })
    // If there is an entry for the origin now, the step uses it (see provideOrigin) instead of adding one.
    return kind === 'key' || report.found.length === 0
  }
  const creation = await pinata.create(address.id, wanted, afterLostResponse).catch((error: unknown) => {
    if (error instanceof CreationError && !error.isInDoubt) context.trySave(undefined)
    else warnOfPossibleFirstControl(context)
    throw error
  })
  if (before && newSince(before, [creation.control]).length === 0) {
    // It existed before. If the request created another one, no response named that one.
    await afterLostResponse()
    const returned = `Pinata returned ${kind} ${publicName(creation.control)}, which already existed. ${CHECK_API_URL}`
    throw new CreationError(new ActionError(`Could not ${LABELS[kind].create}: ${returned}`), true)
  }
  return creation
}

function refuseUnusable(control: AccessControl, isAsRequested: boolean): void {
  if (control.kind === 'key' && control.value === undefined) {
    const why = "Pinata returned a value that readers can't send or GitHub can't mask"
    throw new ActionError(`Could not create a key: ${why}. ${CHECK_API_URL}`)
  }
  if (!isAsRequested) {
    const why = 'Pinata changed it to one that browsers do not send'
    throw new ActionError(`Could not add the origin ${publicName(control)}: ${why}. ${CHECK_API_URL}`)
  }
}
