import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { type Deadline, MAX_TRIES, type Patience, verdict } from '../http/retry.ts'
import {
  type Creation,
  type Gateway,
  type GatewayName,
  type Key,
  type PinataApi,
  REQUEST_TIMEOUT_MS,
} from '../pinata/api.ts'
import { count, printable } from '../text.ts'
import type { KeyInputs } from './inputs.ts'
import { isKnown, type Snapshot, snapshotOf } from './snapshot.ts'
import { type State, writeState } from './state.ts'
import { openApi, openRecords, patienceOf, reserveOf, type Step } from './step.ts'
import { addToSummary, keySummary, type Named, nameNote, nameOf, REVOKED_WHEN, setOutputs } from './summary.ts'
import { nameNewKeys } from './unclaimed-keys.ts'

/** How often a key is asked for when each answer gets lost, as each may leave a key behind. */
const MAX_UNCLEAR = 3

/** Where a key is to be made. */
export interface Site {
  api: PinataApi
  id: Gateway['id']
  /** The gateway, or why it could not be read. */
  details: Gateway | ActionError
  /** Of the step. */
  deadline: Deadline
  /** With Pinata. */
  patience: Patience
}

/** Makes a key and hands it to the workflow, or leaves none. @throws ActionError */
export async function makeKey(site: Site, inputs: KeyInputs, step: Step): Promise<void> {
  const { api, id, details, deadline } = site
  const { naming } = inputs
  const { core, secrets, log, clock } = step
  // What was stopped before is not to be followed by a creation.
  if (step.cancelled.aborted) throw new ActionError(`No key was made. ${STOPPED}`)
  refuseFirstKey(details, inputs)
  const gateway = details instanceof ActionError ? { id, url: '' } : details

  const before = snapshotOf(details instanceof ActionError ? undefined : details, api.dateMs)
  const inCreation: State = { apiUrl: inputs.apiUrl, gateway: { id, url: gateway.url }, revoke: inputs.revoke, before }
  // From the request on there may be a key. Should this process be killed, the end of the job looks for it.
  try {
    writeState(core.saveState, inCreation)
  } catch (error) {
    throw new ActionError(
      `No key was made, as the runner did not take what the end of the job has to know: ${printable(messageOf(error))}.`,
    )
  }
  const { creation, unclear } = await create(site, before, step)
  if (creation.outcome !== 'made') {
    if (unclear) await nameAndRemember(undefined, inCreation, reserveOf(step))
    else safely(() => writeState(core.saveState, undefined))
    throw step.cancelled.aborted ? new ActionError(STOPPED) : creation.error
  }

  const { key } = creation
  const { before: _before, ...certain } = inCreation
  // A lost answer may still come to a key, so after one the end of the job looks again.
  const state: State = {
    ...(unclear ? inCreation : certain),
    ...(naming && { name: naming.name }),
  }
  secrets.add(key.value)
  let named: Named | undefined
  try {
    if (step.cancelled.aborted) throw new ActionError(STOPPED)
    if (key.value === '') {
      throw new ActionError(
        'The value of the new key is not what Pinata documents: a reader could not send it, or GitHub could not mask it.',
      )
    }
    if (naming) {
      // Should this process be killed before the key is recorded and handed over, the end of the job revokes it.
      writeState(core.saveState, { ...state, revoke: 'after-job', keyId: key.id })
      const { name, expiresInMs = Number.POSITIVE_INFINITY, token } = naming
      named = { name, expiresAtMs: clock.now() + expiresInMs }
      const records = openRecords(step, token, id, patienceOf(step, deadline))
      await records.add(named, key, gateway)
    }
    setOutputs(core, gateway, key, true)
    // Not after the state: should this process be killed between the two, nothing else would tell of the key.
    log.info(
      `Made key ${key.id} on gateway ${nameOf(gateway)}. Its value is masked in this job's log. Will be revoked: ${REVOKED_WHEN[inputs.revoke]}.${nameNote(named)}`,
    )
    // Not earlier: as long as the key is no output, the end of the job has to look for it.
    writeState(core.saveState, { ...state, keyId: key.id })
  } catch (error) {
    const reserve = reserveOf(step)
    const { failure, left } = await takeBack(key, error, state, { inputs, step, reserve })
    if (unclear) await nameAndRemember(key.id, left, reserve)
    throw failure
  }
  warnOfFirstKey(details, gateway, key, inputs, step)
  if (unclear) await nameAndRemember(key.id, { ...state, keyId: key.id }, reserveOf(step))
  await addToSummary(core, log, keySummary(gateway, key, REVOKED_WHEN[inputs.revoke], named))

  async function nameAndRemember(own: Key['id'] | undefined, saved: State, reserve: () => Patience): Promise<void> {
    const now = await nameNewKeys(openApi(step, inputs, reserve()), gateway, before, own, step)
    // What is named now the end of the job need not name again.
    safely(() => writeState(core.saveState, { ...saved, before: now }))
  }
}

/**
 * Asks for a key until one is made. What Pinata refused for the moment is asked for again; an answer that got lost
 * may have made a key, so that is repeated only a few times, and reported as `unclear`.
 */
async function create(
  { api, id, deadline, patience }: Site,
  before: Snapshot,
  step: Step,
): Promise<{ creation: Creation; unclear: boolean }> {
  if (deadline.left < REQUEST_TIMEOUT_MS) {
    throw new ActionError('No key was made, as the step has used up its time. Run the job again later.')
  }
  let unclear = 0
  let failures = 0
  for (let tries = 1; ; tries++) {
    const creation = await api.createKey(id)
    if (creation.outcome === 'made') {
      if (isKnown(before, creation.key.id)) {
        throw new ActionError(
          `Pinata answered with key ${creation.key.id}, which the gateway had before, so it is not this step's to use or to revoke. Run the job again later.`,
        )
      }
      return { creation, unclear: unclear > 0 }
    }
    if (creation.outcome === 'unclear') unclear++
    const asks = verdict(creation.reply)
    if (asks !== 'wait') failures++
    const hopeless =
      creation.outcome === 'refused' || asks === 'final' || unclear >= MAX_UNCLEAR || failures >= MAX_TRIES
    // An answer that is not waited for to its end may be lost.
    const again =
      !hopeless && !step.cancelled.aborted && (await patience.pause(creation.reply, tries).catch(() => false))
    if (!again || deadline.left < REQUEST_TIMEOUT_MS) return { creation, unclear: unclear > 0 }
  }
}

/** What it takes to undo a creation. */
interface Undo {
  inputs: KeyInputs
  step: Step
  reserve: () => Patience
}

/**
 * Revokes a key that could not be handed over.
 *
 * @returns what to tell of it, and the state that is left for the end of the job
 */
async function takeBack(
  key: Key,
  why: unknown,
  state: State,
  undo: Undo,
): Promise<{ failure: ActionError; left: State }> {
  const { inputs, step, reserve } = undo
  const { core } = step
  // Should this process be killed meanwhile, the end of the job revokes it. It gets a second try as well.
  const owing: State = { ...state, revoke: 'after-job', keyId: key.id }
  safely(() => writeState(core.saveState, owing))
  const reason =
    why instanceof ActionError
      ? why.message
      : `The key could not be handed to the workflow: ${printable(messageOf(why))}.`
  try {
    await openApi(step, inputs, reserve()).revokeKey(state.gateway.id, key.id)
  } catch (error) {
    const failure = new ActionError(
      `${reason} Key ${key.id} was made on gateway ${nameOf(state.gateway)} and could not be revoked again: revoke it with the revoke action or in Pinata. ${messageOf(error)}`,
    )
    return { failure, left: owing }
  }
  safely(() => writeState(core.saveState, state.before && state))
  await forget(state, key, undo)
  return { failure: new ActionError(`${reason} Key ${key.id}, made just before, was revoked again.`), left: state }
}

/** Removes what may have been recorded for a key that was revoked again. */
async function forget({ gateway, name }: State, key: Key, { inputs, step, reserve }: Undo): Promise<void> {
  if (name === undefined || inputs.naming === undefined) return
  // Not with the records from before: when the step is stopped, their patience is at its end.
  const records = openRecords(step, inputs.naming.token, gateway.id, reserve())
  await records.forget(name, key.id)
}

function safely(action: () => void): void {
  try {
    action()
  } catch {
    // The error that is being handled says more.
  }
}

/** `first-key: fail` makes a key only on a gateway that is known to have an access control. */
function refuseFirstKey(details: Gateway | ActionError, { firstKey }: KeyInputs): void {
  if (firstKey !== 'fail') return
  if (details instanceof ActionError) {
    throw new ActionError(
      `No key was made, as first-key is fail and the gateway's access controls could not be read. ${details.message}`,
    )
  }
  if (details.accessControls === undefined) {
    throw new ActionError(
      'No key was made, as first-key is fail and Pinata did not tell the access controls of the gateway. Run the job again later.',
    )
  }
  if (details.accessControls === 0) {
    throw new ActionError(
      `No key was made, as first-key is fail and gateway ${nameOf(details)} has no access control: a first key would cut off every reader without one. When all readers send a key, set first-key to allow.`,
    )
  }
}

function warnOfFirstKey(
  details: Gateway | ActionError,
  gateway: GatewayName,
  key: Key,
  { firstKey }: KeyInputs,
  { log }: Step,
): void {
  const name = nameOf(gateway)
  const tell = firstKey === 'allow' ? log.info : log.warning
  if (details instanceof ActionError) {
    tell(
      `Whether gateway ${name} had an access control before key ${key.id} could not be read; if not, readers without a key are cut off now. ${details.message}`,
    )
  } else if (details.accessControls === undefined) {
    tell(
      `Pinata did not tell whether gateway ${name} had an access control before key ${key.id}; if not, readers without a key are cut off now.`,
    )
  } else if (details.accessControls > 0) {
    log.debug(`Gateway ${name} had ${count(details.accessControls, 'access control')} before.`)
  } else if (firstKey === 'warn') {
    log.warning(
      `Key ${key.id} is the first access control of gateway ${name}: readers without a key are cut off as long as it lives. Set first-key to fail to prevent this, or to allow if it is meant.`,
    )
  } else {
    log.info(`It is the gateway's first access control: readers without a key are cut off as long as it lives.`)
  }
}
