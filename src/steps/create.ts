import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { type Deadline, REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import type { ProvenRecord } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import { type AccessControl, type Gateway, type GatewayAddress, publicName } from '../pinata/types.ts'
import { addToSummary } from '../runner/summary.ts'
import { printable } from '../text.ts'
import { refuseFirstControl, reportFirstControl } from './guards.ts'
import type { CreateInputs } from './inputs.ts'
import { lostEntries, recordLostEntries } from './lost-origins.ts'
import { type Created, cleanUp, rollBack, safely } from './roll-back.ts'
import { isKnown, type Snapshot, snapshotOf } from './snapshot.ts'
import { StateWriter } from './state-writer.ts'
import { backoffOf, openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { addressOf, controlSummary, gatewayName, nameNote, REVOKED_WHEN, setOutputs } from './summary.ts'
import { WORDS } from './words.ts'

/** Where an access control is to be created. */
interface Place {
  api: PinataApi
  id: Gateway['id']
  /** The gateway, or why it could not be read. */
  details: Gateway | ActionError
  /** Of the step. */
  deadline: Deadline
}

/** Creates an access control and hands it to the workflow, or leaves none. @throws ActionError */
export async function create(place: Place, inputs: CreateInputs, step: Step): Promise<void> {
  const { id, details, deadline } = place
  const { wanted } = inputs
  const { notCreated } = WORDS[wanted.kind]
  // What was stopped before is not to be followed by a creation.
  if (step.stopped.aborted) throw new ActionError(`${notCreated}. ${STOPPED}`)
  refuseFirstControl(details, inputs)
  if (deadline.left < REQUEST_TIMEOUT_MS) {
    throw new ActionError(`${notCreated}, as the step has used up its time. Run the job again later.`)
  }
  const read = details instanceof ActionError ? undefined : details
  const gateway = addressOf(inputs.gateway, read ?? { id, url: '' })
  const before = snapshotOf(read && (wanted.kind === 'key' ? read.keys : read.origins), place.api.dateMs)
  const mayBeFirst = read === undefined || read.accessControls === 0
  const target = { apiUrl: inputs.apiUrl, gateway: { id, url: gateway.url }, mayBeFirst, wanted }
  const state = new StateWriter(step.core.saveState, target, before)
  try {
    state.creating()
  } catch (error) {
    throw new ActionError(
      `${notCreated}, as the state for the post step could not be saved: ${printable(messageOf(error))}.`,
    )
  }
  const created = await ask(place, { gateway, before, state }, inputs, step)
  let record: ProvenRecord | undefined
  try {
    record = await handOver(created, place, inputs, step)
  } catch (error) {
    throw await rollBack(created, error, inputs, step)
  }
  reportFirstControl(details, created, inputs, step)
  if (created.hasLostAnswer) await lookForMore(created, record, inputs, step)
  const { control } = created
  const sentence = control.kind === 'key' ? 'A new key, masked in the log.' : 'Pages of this origin can read now.'
  const revoked = REVOKED_WHEN[inputs.revoke]
  await addToSummary(step, controlSummary(sentence, { gateway, control, revoked, named: record }))
}

/** Asks Pinata for the access control. @throws ActionError if there is none */
async function ask(
  { api, id }: Place,
  { gateway, before, state }: { gateway: GatewayAddress; before: Snapshot; state: StateWriter },
  inputs: CreateInputs,
  step: Step,
): Promise<Created> {
  const { wanted, naming } = inputs
  const records = naming && openRecords(step, naming.token, id, reserveOf(step)())
  const creation = await api.create(id, wanted, wanted.kind === 'origin' ? () => findLost(wanted.value) : undefined)
  const { hasLostAnswer } = creation
  if ('error' in creation) {
    if (hasLostAnswer) await cleanUp({ gateway, state, control: undefined, reserve: reserveOf(step) }, inputs, step)
    safely(() => (hasLostAnswer ? state.creating() : state.clear()))
    throw creation.error
  }
  const { created: control, isAsAsked } = creation
  if (isKnown(before, control)) {
    const advice = control.kind === 'origin' ? ' If it has expired, revoke what is expired first.' : ''
    throw new ActionError(
      `Pinata answered with ${control.kind} ${publicName(control)}, which the gateway had before, so it is not this step's to use or to ${WORDS[control.kind].revoke}. Run the job again later.${advice}`,
    )
  }
  return { control, isAsAsked, gateway, hasLostAnswer, state }

  // Not for keys: nobody can tell whether a new one is this step's, nor which of several origins.
  async function findLost(value: string): Promise<AccessControl | undefined> {
    const found = await lostEntries({ gateway, value, before }, api, records).catch(() => [])
    return found.length === 1 ? found[0] : undefined
  }
}

/** Records the name of what was created, and hands it to the workflow. @throws Error if it could not be handed over */
async function handOver(
  { control, isAsAsked, gateway, hasLostAnswer, state }: Created,
  { api, id, deadline }: Place,
  { naming, revoke }: CreateInputs,
  step: Step,
): Promise<ProvenRecord | undefined> {
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  refuseUnusable(control, isAsAsked)
  state.rollback({ control, name: naming?.name }, hasLostAnswer)
  let record: ProvenRecord | undefined
  if (naming) {
    const { name, expiresInMs = Number.POSITIVE_INFINITY, token } = naming
    // By Pinata's clock, as far as it is known.
    const createdAtMs = Date.parse(control.createdAt) || api.dateMs || step.clock.now()
    const named = { name, expiresAtMs: createdAtMs + expiresInMs }
    record = await openRecords(step, token, id, backoffOf(step, deadline)).add(named, control, gateway)
  }
  setOutputs(step.core, { gateway, control, named: record, created: true })
  // Not after the state: if this process is killed between the two, nothing else would tell of it.
  const on = `gateway ${gatewayName(gateway)}`
  const what =
    control.kind === 'key'
      ? `Created key ${control.id} on ${on}. Its value is masked in this job's log. Will be revoked`
      : `Added origin ${control.value} to ${on}. Will be removed`
  step.log.info(`${what}: ${REVOKED_WHEN[revoke]}.${nameNote(control.kind, record)}`)
  state.ready({ control, record, revoke }, hasLostAnswer)
  return record
}

/** @throws ActionError if what Pinata created is of no use */
function refuseUnusable(control: AccessControl, isAsAsked: boolean): void {
  if (control.kind === 'key' && control.value === undefined) {
    throw new ActionError(
      'The value of the new key is not what Pinata documents: a reader could not send it, or GitHub could not mask it.',
    )
  }
  if (!isAsAsked) {
    throw new ActionError(`Pinata added another origin than ${publicName(control)}, which browsers would not send.`)
  }
}

/** After a lost answer in a step that succeeds: reports the keys that may be left, and records the origins. */
async function lookForMore(
  created: Created,
  record: ProvenRecord | undefined,
  inputs: CreateInputs,
  step: Step,
): Promise<void> {
  const { control, gateway, state } = created
  const { naming, revoke } = inputs
  const reserve = reserveOf(step)
  if (control.kind === 'key') {
    await cleanUp({ gateway, state, control, reserve }, inputs, step)
    safely(() => state.ready({ control, record, revoke }, true))
    return
  }
  const lost = { gateway, value: control.value, before: state.before, own: control }
  const records = naming && openRecords(step, naming.token, gateway.id, reserve())
  const api = openPinata(step, inputs, reserve())
  // Otherwise the post step removes them.
  if (revoke === 'never') await recordLostEntries(lost, { api, records, record }, step)
}
