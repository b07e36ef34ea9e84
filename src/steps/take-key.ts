import { ActionError } from '../errors.ts'
import type { KeyRecord, KeyRecords, Named } from '../names/records.ts'
import type { Gateway, GatewayAddress, Key, KeyId } from '../pinata/types.ts'
import { addToSummary } from '../runner/summary.ts'
import type { KeyInputs } from './inputs.ts'
import type { Step } from './step.ts'
import { addressOf, gatewayName, keySummary, nameNote, REVOKED_WHEN, setOutputs } from './summary.ts'

/** Hands over the key with this ID. @throws ActionError if the gateway has none */
export async function takeKey(
  details: Gateway,
  keyId: KeyId,
  { gateway: ref, revoke }: KeyInputs,
  step: Step,
): Promise<void> {
  const gateway = addressOf(ref, details)
  const key = details.keys.find(each => each.id === keyId)
  if (key === undefined) {
    throw new ActionError(
      `Gateway ${gatewayName(gateway)} has no key ${keyId}. It was revoked, or it is a key of another gateway. Leave key-id out to create a new one.`,
    )
  }
  await handOver(gateway, key, undefined, step)
  if (revoke !== 'never') {
    step.log.warning(
      `revoke: ${revoke} has no effect on key ${key.id}, which this step did not create. Use the revoke action when no job needs it any more.`,
    )
  }
}

/** A key that a name stands for. */
export interface Found {
  gateway: Gateway
  key: Key
  named: Named
}

/**
 * The newest key that the records of a name stand for and that has not expired. Removes the records whose keys are gone.
 *
 * @param recorded the newest first, read before the details
 * @param nowMs by which an expiry is measured, in milliseconds since 1970
 */
export async function findNamed(
  records: KeyRecords,
  recorded: KeyRecord[],
  details: Gateway | ActionError,
  nowMs: number,
): Promise<Found | undefined> {
  // Without the gateway's keys nobody knows whether there is one of this name, and another would be one too many.
  if (details instanceof ActionError) throw details
  const { keys } = details
  const { live, gone, unproven } = records.sort(recorded, keys)
  await records.remove(gone)
  records.warnOfUnproven(unproven)
  const record = live.find(({ expiresAtMs }) => expiresAtMs > nowMs)
  const key = record && keys.find(({ id }) => id === record.keyId)
  return record && key && { gateway: details, key, named: record }
}

/** Hands over the key that a name stands for. @throws ActionError */
export async function takeNamed({ gateway, key, named }: Found, inputs: KeyInputs, step: Step): Promise<void> {
  const { revoke } = inputs
  await handOver(addressOf(inputs.gateway, gateway), key, named, step)
  if (revoke !== 'never') step.log.info(`revoke: ${revoke} does not apply to it, as this step did not create it.`)
}

async function handOver(gateway: GatewayAddress, key: Key, named: Named | undefined, step: Step): Promise<void> {
  const { value } = key
  if (value === undefined) {
    throw new ActionError(`The value of key ${key.id} is not what Pinata documents. Create a new key.`)
  }
  step.masks.add(value.reveal())
  setOutputs(step.core, { gateway, key: { ...key, value }, named, created: false })
  step.log.info(
    `Took key ${key.id} of gateway ${gatewayName(gateway)}. Its value is masked in this job's log. This job does not revoke it.${nameNote(named)}`,
  )
  await addToSummary(step, keySummary(gateway, key, REVOKED_WHEN.never, named))
}
