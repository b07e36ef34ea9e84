import { ActionError } from '../errors.ts'
import type { NameRecord, NameRecords } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { Gateway } from '../pinata/types.ts'
import { create } from './create.ts'
import type { KeyInputs } from './inputs.ts'
import { findUnexpired, takeForName } from './renew.ts'
import { openStep, type Step } from './step.ts'
import { addressOf } from './summary.ts'
import { handOverTaken, takeKey } from './take.ts'

/** How often the gateway is asked for what the creation can do without. */
const DETAILS_TRIES = 3

/** Gets a key, an existing one or a new one, and hands it to the workflow. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const { deadline, api, id, records } = await openStep(inputs, step)
  if (inputs.keyId !== undefined) {
    await takeKey(await api.gateway(id), inputs.keyId, inputs, step)
    return
  }
  const { naming } = inputs
  // Before the gateway is read: see NameRecords.find().
  const recorded = naming && records ? await records.find(naming.name) : []
  const details = await api.gateway(id, DETAILS_TRIES).catch(asActionError)
  // A redirect: api-url is not Pinata's address, and what a POST there would do nobody knows. 401: the POST would be refused.
  if (details instanceof ActionError && ['redirect', 'unauthorized'].includes(details.kind)) throw details
  const ofKeys = recorded.filter(({ kind }) => kind === 'key')
  if (records && ofKeys.length > 0) {
    const isTaken = await takeNamed({ api, records, recorded: ofKeys, details }, inputs, step)
    if (isTaken) return
  }
  await create({ api, id, details, deadline }, inputs, step)

  function asActionError(error: unknown): ActionError {
    if (error instanceof ActionError) return error
    throw error
  }
}

/**
 * Hands over the key that the name stands for, unless a new one is wanted, and removes the records of keys that are gone.
 *
 * @returns whether there was one
 */
async function takeNamed(
  {
    api,
    records,
    recorded,
    details,
  }: { api: PinataApi; records: NameRecords; recorded: NameRecord[]; details: Gateway | ActionError },
  inputs: KeyInputs,
  step: Step,
): Promise<boolean> {
  const { naming, rotate } = inputs
  if (details instanceof ActionError) {
    // To rotate, nobody need know whether there is a key of this name. Otherwise another would be one too many.
    if (rotate) return false
    throw details
  }
  const { live, gone, unproven } = records.sort(recorded, details.keys)
  await records.remove(gone)
  records.warnOfUnproven(unproven)
  const { dateMs } = api
  const found = naming && findUnexpired(live, naming, dateMs)
  if (naming === undefined || rotate || found === undefined) return false
  const gateway = addressOf(inputs.gateway, details)
  const record = await takeForName(found, naming, { records, gateway, dateMs }, step)
  if (record === undefined) return false
  await handOverTaken({ gateway, control: found.control, record }, step)
  if (inputs.revoke !== 'never') {
    step.log.info(`revoke: ${inputs.revoke} does not apply to it, as this step did not create it.`)
  }
  return true
}
