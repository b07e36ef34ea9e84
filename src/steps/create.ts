import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { type Backoff, type Deadline, REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import type { ProvenRecord } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import { type AccessControl, type Gateway, type GatewayAddress, publicName, type Wanted } from '../pinata/types.ts'
import { addToSummary } from '../runner/summary.ts'
import { printable } from '../text.ts'
import { refuseFirstControl, reportFirstControl } from './guards.ts'
import type { CreateInputs } from './inputs.ts'
import { lostEntries, maybeTwice, originsOf, removeLostEntries } from './lost-origins.ts'
import { isKnown, newSince, type Snapshot, snapshotOf } from './snapshot.ts'
import { StateWriter } from './state.ts'
import { backoffOf, openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { addressOf, controlSummary, gatewayName, nameNote, notHandedOver, REVOKED_WHEN, setOutputs } from './summary.ts'
import { reportUnclaimedKeys } from './unclaimed-keys.ts'
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
  const before = snapshotOf(read && sameAs(wanted, read), place.api.dateMs)
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

/** An access control that was created, before it is handed over. */
interface Created {
  control: AccessControl
  gateway: GatewayAddress
  hasLostAnswer: boolean
  state: StateWriter
}

/** Asks Pinata for the access control. @throws ActionError if there is none */
async function ask(
  { api, id }: Place,
  { gateway, before, state }: { gateway: GatewayAddress; before: Snapshot; state: StateWriter },
  inputs: CreateInputs,
  step: Step,
): Promise<Created> {
  const { wanted } = inputs
  const creation = await api.create(id, wanted, wanted.kind === 'key' ? undefined : findLost)
  const { hasLostAnswer } = creation
  if ('error' in creation) {
    if (hasLostAnswer) await cleanUp({ gateway, state, control: undefined, reserve: reserveOf(step) }, inputs, step)
    safely(() => (hasLostAnswer ? state.creating() : state.clear()))
    throw creation.error
  }
  const { created: control } = creation
  if (isKnown(before, control)) {
    throw new ActionError(
      `Pinata answered with ${control.kind} ${publicName(control)}, which the gateway had before, so it is not this step's to use or to ${WORDS[control.kind].revoke}. Run the job again later.`,
    )
  }
  return { control, gateway, hasLostAnswer, state }

  // Not for keys: nobody can tell whether a new one is this step's.
  async function findLost(): Promise<AccessControl | undefined> {
    const now = await api.gateway(id).catch(() => undefined)
    return now && newSince(before, sameAs(wanted, now))[0]
  }
}

/** The access controls among which a new one is to be found. */
function sameAs(wanted: Wanted, { keys, origins }: Gateway): AccessControl[] {
  return wanted.kind === 'key' ? keys : originsOf(origins, wanted.value)
}

/** Records the name of what was created, and hands it to the workflow. @throws Error if it could not be handed over */
async function handOver(
  { control, gateway, hasLostAnswer, state }: Created,
  { api, id, deadline }: Place,
  { naming, revoke, wanted }: CreateInputs,
  step: Step,
): Promise<ProvenRecord | undefined> {
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  refuseUnusable(control, wanted)
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
  step.log.info(`${what}: ${REVOKED_WHEN[revoke]}.${nameNote(record)}`)
  state.ready({ control, record, revoke }, hasLostAnswer)
  return record
}

/** @throws ActionError if what Pinata created is of no use */
function refuseUnusable(control: AccessControl, wanted: Wanted): void {
  if (control.kind === 'key' && control.value === undefined) {
    throw new ActionError(
      'The value of the new key is not what Pinata documents: a reader could not send it, or GitHub could not mask it.',
    )
  }
  if (wanted.kind === 'origin' && control.value !== wanted.value) {
    throw new ActionError(`Pinata added another origin than ${wanted.value}, which browsers would not send.`)
  }
}

/**
 * Removes what could not be handed over.
 *
 * @param why it could not
 * @returns what to tell of it
 */
async function rollBack(
  { control, gateway, hasLostAnswer, state }: Created,
  why: unknown,
  inputs: CreateInputs,
  step: Step,
): Promise<ActionError> {
  const { naming } = inputs
  const { kind } = control
  const { title, created, revoke, revoked } = WORDS[kind]
  // Not what Pinata says of an origin, which may be anything.
  const subject = inputs.wanted.kind === 'key' ? publicName(control) : inputs.wanted.value
  const reserve = reserveOf(step)
  const reason = why instanceof ActionError ? why.message : `${notHandedOver(kind)}: ${printable(messageOf(why))}.`
  // Should this process be killed meanwhile, the post step revokes it. It gets a second try as well.
  const save = () => safely(() => state.rollback({ control, name: naming?.name }, hasLostAnswer))
  save()
  try {
    await openPinata(step, inputs, reserve()).remove(gateway.id, control)
  } catch (error) {
    if (hasLostAnswer) await cleanUp({ gateway, state, control, reserve }, inputs, step)
    save()
    return new ActionError(
      `${reason} ${title} ${subject} was ${created} on gateway ${gatewayName(gateway)} and could not be ${revoked}: ${revoke} it with the revoke action or in Pinata. ${messageOf(error)}`,
    )
  }
  safely(() => (hasLostAnswer ? state.creating() : state.clear()))
  // Not with the records from before: when the step is stopped, their time is over.
  if (naming) {
    await openRecords(step, naming.token, gateway.id, reserve()).removeRecordsOf(naming.name, control)
  }
  if (hasLostAnswer) {
    await cleanUp({ gateway, state, control, reserve }, inputs, step)
    safely(() => state.creating())
  }
  return new ActionError(`${reason} ${title} ${subject}, ${created} just before, was ${revoked}.`)
}

/** What there may be more of after a lost answer. */
interface Rest {
  gateway: GatewayAddress
  state: StateWriter
  /** What the step created for certain. */
  control: AccessControl | undefined
  reserve: () => Backoff
}

/** After a lost answer in a step that fails: reports the keys that may be left, and removes the origins. */
async function cleanUp({ gateway, state, control, reserve }: Rest, inputs: CreateInputs, step: Step): Promise<void> {
  const { wanted, naming } = inputs
  const api = openPinata(step, inputs, reserve())
  if (wanted.kind === 'key') {
    const own = control?.kind === 'key' ? control.id : undefined
    // So that the post step need not report them again.
    state.before = await reportUnclaimedKeys(api, { gateway, before: state.before, own }, step)
  } else {
    const records = naming && openRecords(step, naming.token, gateway.id, reserve())
    await removeLostEntries({ gateway, value: wanted.value, before: state.before }, api, records, step)
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
  } else if (naming && record && revoke !== 'after-job') {
    // With after-job, the post step removes them.
    const lost = { gateway, value: control.value, before: state.before }
    const records = openRecords(step, naming.token, gateway.id, reserve())
    try {
      for (const entry of await lostEntries(lost, openPinata(step, inputs, reserve()), records)) {
        await records.add(record, entry, gateway)
      }
    } catch (error) {
      step.log.warning(`${maybeTwice(lost)} ${messageOf(error)}`)
    }
  }
}

function safely(action: () => void): void {
  try {
    action()
  } catch {
    // The error that is being handled says more.
  }
}
