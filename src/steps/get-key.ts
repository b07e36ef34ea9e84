import { ActionError } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { makeKey } from './create-key.ts'
import type { KeyInputs } from './inputs.ts'
import { openApi, openRecords, patienceOf, type Step } from './step.ts'
import { findNamed, handOverNamed, takeKey } from './take-key.ts'

/** How long a step may take altogether, in milliseconds. Most of it is for rate limits that many jobs share. */
const LIMIT_MS = 15 * 60_000
/** How often the gateway is asked for what the creation can do without. */
const DETAILS_TRIES = 3

/** Gets a key, an existing one or a new one, and hands it to the workflow. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const deadline = new Deadline(step.clock, LIMIT_MS)
  const patience = patienceOf(step, deadline)
  const api = openApi(step, inputs, patience)
  const id = await api.resolve(inputs.gateway)
  if (inputs.keyId !== undefined) {
    await takeKey(await api.gateway(id), inputs.keyId, inputs, step)
    return
  }
  const { naming } = inputs
  const records = naming && openRecords(step, naming.token, id, patienceOf(step, deadline))
  // Before the gateway's keys are read: see KeyRecords.find().
  const recorded = naming && records ? await records.find(naming.name) : []
  const details = await api.gateway(id, DETAILS_TRIES).catch(asActionError)
  // Then api-url is not Pinata's address, and what a POST there would do nobody knows.
  if (details instanceof ActionError && isRedirect(details)) throw details
  // To rotate, nobody need know whether there is a key of this name.
  const known = !(details instanceof ActionError) && details.keys !== undefined
  if (records && recorded.length > 0 && (known || !naming?.rotate)) {
    const found = await findNamed(records, recorded, details, step)
    if (found !== undefined && !naming?.rotate) {
      await handOverNamed(found, inputs, step)
      return
    }
  }
  await makeKey({ api, id, details, deadline, patience }, inputs, step)
}

function asActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error
  throw error
}

function isRedirect({ status = 0 }: ActionError): boolean {
  return status >= 300 && status < 400
}
