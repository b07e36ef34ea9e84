import { ActionError, messageOf } from './errors.ts'
import type { KeyInputs } from './inputs.ts'
import type { Creation, Gateway, GatewayName, Key, PinataApi } from './pinata.ts'
import { addToSummary, keySummary, nameOf, REVOKED_WHEN } from './report.ts'
import { MAX_TRIES, Patience, verdict } from './retry.ts'
import { knownKeys, type State, writeState } from './state.ts'
import { openApi, patienceOf, type Step } from './step.ts'
import { count, printable } from './text.ts'
import { nameNewKeys } from './unclaimed.ts'

/** How long a step may wait for Pinata altogether. Most of it is for a rate limit that many jobs share. */
const LIMIT_MS = 10 * 60_000
/** How long the answer to a creation is still waited for after a cancellation: the runner kills 10 seconds after it. */
const CANCEL_GRACE_MS = 4_000
/** How long to try to take back a key that can't be handed over, and how long if the job was cancelled. */
const TAKE_BACK_MS = 60_000
const TAKE_BACK_CANCELLED_MS = 4_000
/** How often a key is asked for when each answer gets lost, as each may leave a key behind. */
const MAX_UNCLEAR = 3
/** How often the gateway is asked for what the creation can do without. */
const DETAILS_TRIES = 3

/** Gets a key, an existing one or a new one, and hands it to the workflow. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const patience = patienceOf(step, LIMIT_MS)
  const api = openApi(step, inputs, patience)
  const id = await api.resolve(inputs.gateway)
  if (inputs.keyId === undefined) await makeKey(api, id, patience, inputs, step)
  else await takeKey(await api.gateway(id), inputs.keyId, inputs, step)
}

async function takeKey(gateway: Gateway, keyId: Key['id'], { revoke }: KeyInputs, step: Step): Promise<void> {
  if (gateway.accessControls === undefined)
    throw new ActionError(`Pinata did not tell the keys of gateway ${nameOf(gateway)}. Run the job again later.`)
  const key = gateway.keys.find(each => each.id === keyId)
  if (key === undefined) {
    throw new ActionError(
      `Gateway ${nameOf(gateway)} has no key ${keyId}. It was revoked, or it is a key of another gateway. Make a new one by leaving key-id out.`,
    )
  }
  if (key.value === '')
    throw new ActionError(`Pinata did not give the value of key ${keyId}. Make a new one by leaving key-id out.`)
  step.secrets.add(key.value)
  setOutputs(step, gateway, key, false)
  step.log.info(
    `Took key ${key.id} of gateway ${nameOf(gateway)}. Its value is masked in this job's log. It stays when this job ends.`,
  )
  if (revoke !== 'never') {
    step.log.warning(
      `revoke: ${revoke} has no effect on key ${key.id}, which this step did not make. Use the revoke action when no job needs it any more.`,
    )
  }
  await addToSummary(step.core, step.log, keySummary(gateway, key, REVOKED_WHEN.never))
}

async function makeKey(
  api: PinataApi,
  id: Gateway['id'],
  patience: Patience,
  inputs: KeyInputs,
  step: Step,
): Promise<void> {
  const { core, secrets, log, clock } = step
  const details = await api.gateway(id, DETAILS_TRIES).catch(asActionError)
  // What a cancellation broke off is not to be followed by a creation.
  if (step.cancelled.aborted) throw new ActionError('The job was cancelled before a key was made.')
  refuseFirstKey(details, inputs)
  const gateway = details instanceof ActionError ? { id, url: '' } : details

  const before = knownKeys(details instanceof ActionError ? undefined : details, clock.now())
  const inCreation: State = { apiUrl: inputs.apiUrl, gateway: { id, url: gateway.url }, revoke: inputs.revoke, before }
  // From the request on there may be a key. Should this process be killed, the end of the job looks for it.
  writeState(core.saveState, inCreation)
  const { creation, unclear } = await create(api, id, patience, step)
  if (creation.outcome !== 'made') {
    if (!unclear) writeState(core.saveState, undefined)
    // After a cancellation there is no time left for it; the end of the job, which runs all the same, does it then.
    else if (!step.cancelled.aborted) await nameNewKeys(api, gateway, before, undefined, log)
    throw creation.error
  }

  const { key } = creation
  const { before: _before, ...certain } = inCreation
  // A lost answer may still come to a key, so after one the end of the job looks again.
  const state: State = unclear ? inCreation : certain
  secrets.add(key.value)
  try {
    if (step.cancelled.aborted) throw new ActionError('The job was cancelled while the key was made.')
    setOutputs(step, gateway, key, true)
    // Not earlier: as long as the key is no output, the end of the job has to look for it.
    writeState(core.saveState, { ...state, keyId: key.id })
  } catch (error) {
    await takeBack(key, error, state, inputs, step)
  }
  log.info(
    `Made key ${key.id} on gateway ${nameOf(gateway)}. Its value is masked in this job's log. Will be revoked: ${REVOKED_WHEN[inputs.revoke]}.`,
  )
  warnOfFirstKey(details, gateway, key, inputs, step)
  if (unclear) await nameNewKeys(api, gateway, before, key.id, log)
  await addToSummary(core, log, keySummary(gateway, key, REVOKED_WHEN[inputs.revoke]))
}

/**
 * Asks for a key until one is made. What Pinata refused for the moment is asked for again; an answer that got lost
 * may have made a key, so that is repeated only a few times, and reported as `unclear`.
 */
async function create(
  api: PinataApi,
  id: Gateway['id'],
  patience: Patience,
  step: Step,
): Promise<{ creation: Creation; unclear: boolean }> {
  const grace = new AbortController()
  const onCancel = () => setTimeout(() => grace.abort(), CANCEL_GRACE_MS).unref()
  step.cancelled.addEventListener('abort', onCancel, { once: true })
  let unclear = 0
  let failures = 0
  for (let tries = 1; ; tries++) {
    const creation = await api.createKey(id, grace.signal)
    if (creation.outcome === 'made') return { creation, unclear: unclear > 0 }
    if (creation.outcome === 'unclear') unclear++
    const asks = verdict(creation.reply)
    if (asks !== 'wait') failures++
    const hopeless =
      creation.outcome === 'refused' || asks === 'final' || unclear >= MAX_UNCLEAR || failures >= MAX_TRIES
    if (hopeless || step.cancelled.aborted || !(await patience.pause(creation.reply, tries).catch(() => false))) {
      return { creation, unclear: unclear > 0 }
    }
  }
}

/** Revokes a key that could not be handed over. @throws ActionError always, with what became of it */
async function takeBack(key: Key, why: unknown, state: State, inputs: KeyInputs, step: Step): Promise<never> {
  const limit = step.cancelled.aborted ? TAKE_BACK_CANCELLED_MS : TAKE_BACK_MS
  const api = openApi(step, inputs, new Patience(step.clock, limit))
  const reason =
    why instanceof ActionError
      ? why.message
      : `The key could not be handed to the workflow: ${printable(messageOf(why))}.`
  try {
    await api.revokeKey(state.gateway.id, key.id)
  } catch (error) {
    // The end of the job gets a second try at it.
    safely(() => writeState(step.core.saveState, { ...state, revoke: 'after-job', keyId: key.id }))
    throw new ActionError(
      `${reason} Key ${key.id} was made on gateway ${nameOf(state.gateway)} and could not be revoked again: revoke it with the revoke action or in Pinata. ${messageOf(error)}`,
    )
  }
  safely(() => writeState(step.core.saveState, state.before && state))
  throw new ActionError(`${reason} Key ${key.id}, made just before, was revoked again.`)
}

function safely(action: () => void): void {
  try {
    action()
  } catch {
    // The error that is being handled says more.
  }
}

function setOutputs({ core }: Step, gateway: GatewayName, key: Key, created: boolean): void {
  core.setOutput('gateway-key', key.value)
  core.setOutput('key-id', key.id)
  core.setOutput('gateway-id', gateway.id)
  core.setOutput('gateway-url', gateway.url)
  core.setOutput('created-at', key.createdAt)
  core.setOutput('created', String(created))
}

function asActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error
  throw error
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
      'No key was made, as first-key is fail and Pinata did not tell the access controls of the gateway.',
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
  if (details instanceof ActionError) {
    log.warning(
      `Whether gateway ${name} had an access control before key ${key.id} could not be read; if not, readers without a key are cut off now. ${details.message}`,
    )
  } else if (details.accessControls === undefined) {
    log.warning(
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
