import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import type { CreateInputs } from '../inputs/read.ts'
import { isKnown, type Snapshot, snapshotOf } from '../lost/snapshot.ts'
import { reportUnclaimed } from '../lost/unclaimed.ts'
import type { Named } from '../names/record.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import {
  type AccessControl,
  controlsOf,
  type GatewayAddress,
  type GatewayResult,
  publicName,
  type Wanted,
} from '../pinata/types.ts'
import { type Clients, cleanupBackoff, type Step } from '../step.ts'
import { refuseFirstControl, reportFirstControl } from './first-control.ts'
import { ignoreErrors, type NewControl, type SaveState, stateSaver } from './new-control.ts'
import { nameNote, REVOKED_WHEN, setOutputs, summarize } from './outputs.ts'
import { recordName } from './record-name.ts'
import { rollBack } from './roll-back.ts'

/** Where a step creates an access control. */
export interface CreateContext {
  clients: Clients
  address: GatewayAddress
  /** The gateway before, or why it could not be read. */
  before: GatewayResult
  /** How many of its access controls the step removes to replace them. */
  replaced: number
}

/** Pinata rejected the creation, or its response was lost. */
export class CreationError extends ActionError {}

/**
 * Creates an access control, records its name, and passes it on. If anything fails before it is recorded or passed on,
 * revokes it.
 *
 * @returns the entry of another step, if Pinata added none for this step
 * @throws CreationError if nothing was created @throws ActionError
 */
export async function create(
  context: CreateContext,
  inputs: CreateInputs,
  step: Step,
): Promise<AccessControl | undefined> {
  refuseToStart(context, inputs, step)
  const save = stateSaver(context.address, inputs, step)
  const { control, isOfAnotherStep, isAsRequested } = await requestControl(context, save, inputs, step)
  if (isOfAnotherStep) return control

  const created = { control, gateway: context.address, clients: context.clients, save }
  let named: Named | undefined
  try {
    save({ phase: 'created', control })
    refuseUnusable(control, isAsRequested)
    named = inputs.naming && (await recordName(created, inputs.naming, step))
    passOn(created, named, inputs, step)
  } catch (error) {
    throw named ? keptUnderName(control, named, error) : await rollBack(created, error, step)
  }
  const { before, address: gateway, replaced } = context
  reportFirstControl(before, { gateway, control }, { inputs, replaced }, step)
  const sentence = control.kind === 'key' ? 'A new key, masked in the log.' : 'Pages of this origin can read now.'
  const revoked = REVOKED_WHEN[inputs.revoke]
  await summarize({ gateway, control, named, isNew: true }, { sentence, revoked }, step)
  return undefined
}

/** @throws ActionError if nothing may be created */
function refuseToStart({ clients, before, replaced }: CreateContext, inputs: CreateInputs, { stopped }: Step): void {
  const could = `Could not ${LABELS[inputs.wanted.kind].create}`
  if (stopped.aborted) throw new ActionError(`${could}. ${STOPPED}`)
  refuseFirstControl(before, inputs, replaced)
  if (clients.deadline.left < REQUEST_TIMEOUT_MS) {
    throw new ActionError(`${could}: the step's time limit was reached. Run the job again later.`)
  }
}

/** Requests the access control. After a lost response, reports what may be unclaimed. @throws CreationError */
async function requestControl(
  { clients, address: gateway, before }: CreateContext,
  save: SaveState,
  { wanted }: CreateInputs,
  step: Step,
): Promise<{ control: AccessControl; isOfAnotherStep: boolean; isAsRequested: boolean }> {
  const { pinata, gatewayId } = clients
  const startedAtMs = step.clock.now()
  let known = snapshotBefore(before, wanted, pinata.dateMs)
  save({ phase: 'creating', before: known, startedAtMs })
  const creation = await pinata.create(gatewayId, wanted, async () => {
    const lostCreation = { gateway, wanted, before: known, startedAtMs }
    const lost = await reportUnclaimed(pinata.with(cleanupBackoff(step)), lostCreation, step)
    known = lost.before
    ignoreErrors(() => save({ phase: 'creating', before: known, startedAtMs }))
    // The step can't know whether an entry of its origin is its own. It uses the entry, and claims nothing.
    return wanted.kind === 'origin' ? lost.found[0] : undefined
  })
  if (creation.outcome === 'failed') {
    if (!creation.hasLostResponse) ignoreErrors(() => save(undefined))
    throw new CreationError(creation.error.message, creation.error.kind)
  }
  const { control } = creation
  if (creation.outcome === 'created' && isKnown(known, control)) {
    // No response named what was created, if anything was. The state stays, so that the post step reports it.
    const returned = `Pinata returned ${control.kind} ${publicName(control)}, which existed before.`
    throw new CreationError(`Could not ${LABELS[control.kind].create}: ${returned}`)
  }
  if (creation.outcome === 'found' || creation.isOlderThanRequest) {
    ignoreErrors(() => save(undefined))
    return { control, isOfAnotherStep: true, isAsRequested: true }
  }
  // Log it as soon as the ID is known: if the process is killed, no other line names it.
  step.log.info(
    control.kind === 'key'
      ? `Created key ${control.id} on gateway ${gatewayName(gateway)}. Its value is masked in this job's log.`
      : `Added origin ${control.value} to gateway ${gatewayName(gateway)}.`,
  )
  return { control, isOfAnotherStep: false, isAsRequested: creation.isAsRequested }
}

function snapshotBefore(before: GatewayResult, { kind }: Wanted, dateMs: number | undefined): Snapshot {
  const controls = before instanceof ActionError ? undefined : controlsOf(before).filter(each => each.kind === kind)
  return snapshotOf(controls, dateMs)
}

/** @throws ActionError if readers can't use the access control */
function refuseUnusable(control: AccessControl, isAsRequested: boolean): void {
  if (control.kind === 'key' && control.value === undefined) {
    throw new ActionError("Pinata returned a key value that readers can't send or GitHub can't mask.")
  }
  if (!isAsRequested) {
    throw new ActionError(`Pinata added a different origin than ${publicName(control)}, which browsers do not send.`)
  }
}

/** Sets the outputs. After that, the post step revokes only as `revoke` says. @throws ActionError */
function passOn(
  { control, gateway, save }: NewControl,
  named: Named | undefined,
  { revoke }: CreateInputs,
  step: Step,
): void {
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  setOutputs({ gateway, control, named, isNew: true }, step)
  if (named === undefined) save(revoke === 'never' ? undefined : { phase: 'ready', control, revoke })
  const { revoked } = LABELS[control.kind]
  step.log.info(named ? nameNote(control.kind, named) : `It will be ${revoked}: ${REVOKED_WHEN[revoke]}.`)
}

function keptUnderName(control: AccessControl, { name }: Named, why: unknown): ActionError {
  const { revoke, title } = LABELS[control.kind]
  return new ActionError(
    `${messageOf(why)} ${title} ${publicName(control)} is recorded under the name ${name}. The next run with this name reuses it. To ${revoke} it, use the revoke action with the name.`,
  )
}
