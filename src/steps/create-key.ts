import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { type Backoff, type Deadline, REQUEST_TIMEOUT_MS } from '../http/retry.ts'
import type { Named } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { Gateway, GatewayAddress, Key, KeyId } from '../pinata/types.ts'
import { addToSummary } from '../runner/summary.ts'
import { printable } from '../text.ts'
import { refuseFirstKey, reportFirstKey } from './guards.ts'
import type { KeyInputs } from './inputs.ts'
import { StateWriter } from './state.ts'
import { backoffOf, openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { addressOf, gatewayName, keySummary, nameNote, REVOKED_WHEN, setOutputs, type UsableKey } from './summary.ts'
import { isKnown, reportUnclaimedKeys, snapshotOf } from './unclaimed-keys.ts'

/** Where a key is to be created. */
interface Place {
  api: PinataApi
  id: Gateway['id']
  /** The gateway, or why it could not be read. */
  details: Gateway | ActionError
  /** Of the step. */
  deadline: Deadline
}

/** Creates a key and hands it to the workflow, or leaves none. @throws ActionError */
export async function createKey(place: Place, inputs: KeyInputs, step: Step): Promise<void> {
  const { api, id, details, deadline } = place
  // What was stopped before is not to be followed by a creation.
  if (step.stopped.aborted) throw new ActionError(`No key was created. ${STOPPED}`)
  refuseFirstKey(details, inputs.firstKey)
  if (deadline.left < REQUEST_TIMEOUT_MS) {
    throw new ActionError('No key was created, as the step has used up its time. Run the job again later.')
  }
  const read = details instanceof ActionError ? undefined : details
  const gateway = addressOf(inputs.gateway, read ?? { id, url: '' })
  const before = snapshotOf(read?.keys, api.dateMs)
  const mayBeFirst = read === undefined || read.accessControls === 0
  const target = { apiUrl: inputs.apiUrl, gateway: { id, url: gateway.url }, mayBeFirst }
  const state = new StateWriter(step.core.saveState, target, before)
  try {
    state.creating()
  } catch (error) {
    throw new ActionError(
      `No key was created, as the state for the post step could not be saved: ${printable(messageOf(error))}.`,
    )
  }

  const creation = await api.createKey(id)
  const { hasLostAnswer } = creation
  if ('error' in creation) {
    if (hasLostAnswer) await reportRest({ gateway, state, own: undefined, reserve: reserveOf(step) }, inputs, step)
    safely(() => (hasLostAnswer ? state.creating() : state.clear()))
    throw creation.error
  }
  const { key } = creation
  if (isKnown(before, key.id)) {
    throw new ActionError(
      `Pinata answered with key ${key.id}, which the gateway had before, so it is not this step's to use or to revoke. Run the job again later.`,
    )
  }

  const created: CreatedKey = { key, gateway, hasLostAnswer, state }
  let named: Named | undefined
  try {
    named = await handOver(created, place, inputs, step)
  } catch (error) {
    throw await rollBack(created, error, inputs, step)
  }
  reportFirstKey(details, { gateway, keyId: key.id, firstKey: inputs.firstKey }, step)
  if (hasLostAnswer) {
    await reportRest({ gateway, state, own: key.id, reserve: reserveOf(step) }, inputs, step)
    safely(() => state.ready({ keyId: key.id, name: named?.name, revoke: inputs.revoke }, true))
  }
  await addToSummary(step, keySummary(gateway, key, REVOKED_WHEN[inputs.revoke], named))
}

/** A key that was created, before it is handed over. */
interface CreatedKey {
  key: Key
  gateway: GatewayAddress
  hasLostAnswer: boolean
  state: StateWriter
}

/** Records the name of a new key, and hands the key to the workflow. @throws Error if it could not be handed over */
async function handOver(
  { key, gateway, hasLostAnswer, state }: CreatedKey,
  { api, id, deadline }: Place,
  { naming, revoke }: KeyInputs,
  step: Step,
): Promise<Named | undefined> {
  if (key.value !== undefined) step.masks.add(key.value.reveal())
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  if (!isUsable(key)) {
    throw new ActionError(
      'The value of the new key is not what Pinata documents: a reader could not send it, or GitHub could not mask it.',
    )
  }
  state.rollback({ keyId: key.id, name: naming?.name }, hasLostAnswer)
  let named: Named | undefined
  if (naming) {
    const { name, expiresInMs = Number.POSITIVE_INFINITY, token } = naming
    // By Pinata's clock, as far as it is known.
    const createdAtMs = Date.parse(key.createdAt) || api.dateMs || step.clock.now()
    named = { name, expiresAtMs: createdAtMs + expiresInMs }
    await openRecords(step, token, id, backoffOf(step, deadline)).add(named, key, gateway)
  }
  setOutputs(step.core, { gateway, key, named, created: true })
  // Not after the state: if this process is killed between the two, nothing else would tell of the key.
  step.log.info(
    `Created key ${key.id} on gateway ${gatewayName(gateway)}. Its value is masked in this job's log. Will be revoked: ${REVOKED_WHEN[revoke]}.${nameNote(named)}`,
  )
  state.ready({ keyId: key.id, name: naming?.name, revoke }, hasLostAnswer)
  return named
}

function isUsable(key: Key): key is UsableKey {
  return key.value !== undefined
}

/**
 * Revokes a key that could not be handed over.
 *
 * @param why it could not
 * @returns what to tell of it
 */
async function rollBack(
  { key, gateway, hasLostAnswer, state }: CreatedKey,
  why: unknown,
  inputs: KeyInputs,
  step: Step,
): Promise<ActionError> {
  const { naming } = inputs
  const reserve = reserveOf(step)
  const reason =
    why instanceof ActionError
      ? why.message
      : `The key could not be handed to the workflow: ${printable(messageOf(why))}.`
  // Should this process be killed meanwhile, the post step revokes it. It gets a second try as well.
  const save = () => safely(() => state.rollback({ keyId: key.id, name: naming?.name }, hasLostAnswer))
  save()
  try {
    await openPinata(step, inputs, reserve()).revokeKey(gateway.id, key.id)
  } catch (error) {
    if (hasLostAnswer) await reportRest({ gateway, state, own: key.id, reserve }, inputs, step)
    save()
    return new ActionError(
      `${reason} Key ${key.id} was created on gateway ${gatewayName(gateway)} and could not be revoked: revoke it with the revoke action or in Pinata. ${messageOf(error)}`,
    )
  }
  safely(() => (hasLostAnswer ? state.creating() : state.clear()))
  // Not with the records from before: when the step is stopped, their time is over.
  if (naming) await openRecords(step, naming.token, gateway.id, reserve()).removeRecordsOf(naming.name, key.id)
  if (hasLostAnswer) {
    await reportRest({ gateway, state, own: key.id, reserve }, inputs, step)
    safely(() => state.creating())
  }
  return new ActionError(`${reason} Key ${key.id}, created just before, was revoked.`)
}

/** After a lost answer: reports the keys that may be left, so that the post step need not report them again. */
async function reportRest(
  {
    gateway,
    state,
    own,
    reserve,
  }: { gateway: GatewayAddress; state: StateWriter; own: KeyId | undefined; reserve: () => Backoff },
  inputs: KeyInputs,
  step: Step,
): Promise<void> {
  const api = openPinata(step, inputs, reserve())
  state.before = await reportUnclaimedKeys(api, { gateway, before: state.before, own }, step)
}

function safely(action: () => void): void {
  try {
    action()
  } catch {
    // The error that is being handled says more.
  }
}
