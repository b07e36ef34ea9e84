import { ActionError } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { createKey } from './create-key.ts'
import type { KeyInputs } from './inputs.ts'
import { backoffOf, openPinata, openRecords, STEP_LIMIT_MS, type Step } from './step.ts'
import { findNamed, takeKey, takeNamed } from './take-key.ts'

/** How often the gateway is asked for what the creation can do without. */
const DETAILS_TRIES = 3

/** Gets a key, an existing one or a new one, and hands it to the workflow. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const api = openPinata(step, inputs, backoffOf(step, deadline))
  const id = await api.resolve(inputs.gateway)
  if (inputs.keyId !== undefined) {
    await takeKey(await api.gateway(id), inputs.keyId, inputs, step)
    return
  }
  const { naming } = inputs
  const records = naming && openRecords(step, naming.token, id, backoffOf(step, deadline))
  // Before the gateway's keys are read: see KeyRecords.find().
  const recorded = naming && records ? await records.find(naming.name) : []
  const details = await api.gateway(id, DETAILS_TRIES).catch(asActionError)
  // A redirect: api-url is not Pinata's address, and what a POST there would do nobody knows. 401: the POST would be refused.
  if (details instanceof ActionError && ['redirect', 'unauthorized'].includes(details.kind)) throw details
  // To rotate, nobody need know whether there is a key of this name.
  if (records && recorded.length > 0 && !(details instanceof ActionError && naming?.rotate)) {
    const found = await findNamed(records, recorded, details, api.dateMs ?? step.clock.now())
    if (found !== undefined && !naming?.rotate) {
      await takeNamed(found, inputs, step)
      return
    }
  }
  await createKey({ api, id, details, deadline }, inputs, step)
}

function asActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error
  throw error
}
