import { ActionError } from '../errors.ts'
import type { KeyRecord, KeyRecords } from '../names/records.ts'
import type { Gateway, Key } from '../pinata/api.ts'
import type { KeyInputs } from './inputs.ts'
import type { Step } from './step.ts'
import { addToSummary, keySummary, type Named, nameNote, nameOf, REVOKED_WHEN, setOutputs } from './summary.ts'

/** Hands over the key with this ID. @throws ActionError if the gateway has none */
export async function takeKey(gateway: Gateway, keyId: Key['id'], { revoke }: KeyInputs, step: Step): Promise<void> {
  if (gateway.keys === undefined) throw keysUntold(gateway)
  const key = gateway.keys.find(each => each.id === keyId)
  if (key === undefined) {
    throw new ActionError(
      `Gateway ${nameOf(gateway)} has no key ${keyId}. It was revoked, or it is a key of another gateway. Make a new one by leaving key-id out.`,
    )
  }
  if (key.value === '')
    throw new ActionError(`Pinata did not give the value of key ${keyId}. Make a new one by leaving key-id out.`)
  await handOverExisting(gateway, key, undefined, step)
  if (revoke !== 'never') {
    step.log.warning(
      `revoke: ${revoke} has no effect on key ${key.id}, which this step did not make. Use the revoke action when no job needs it any more.`,
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
 */
export async function findNamed(
  records: KeyRecords,
  recorded: KeyRecord[],
  details: Gateway | ActionError,
  { clock }: Step,
): Promise<Found | undefined> {
  // Without the gateway's keys nobody knows whether there is one of this name, and another would be one too many.
  if (details instanceof ActionError) throw details
  const { keys } = details
  if (keys === undefined) throw keysUntold(details)
  const { live, gone, unproven } = records.sort(recorded, keys)
  await records.remove(gone)
  records.warnOfUnproven(unproven)
  const record = live.find(({ expiresAtMs }) => expiresAtMs > clock.now())
  const key = record && keys.find(({ id }) => id === record.keyId)
  return record && key && { gateway: details, key, named: record }
}

/** Hands over a key that a name stands for. */
export async function handOverNamed({ gateway, key, named }: Found, { revoke }: KeyInputs, step: Step): Promise<void> {
  await handOverExisting(gateway, key, named, step)
  if (revoke !== 'never') step.log.info(`revoke: ${revoke} does not apply to it, as this step did not make it.`)
}

async function handOverExisting(gateway: Gateway, key: Key, named: Named | undefined, step: Step): Promise<void> {
  step.secrets.add(key.value)
  setOutputs(step.core, gateway, key, false)
  step.log.info(
    `Took key ${key.id} of gateway ${nameOf(gateway)}. Its value is masked in this job's log. This job does not revoke it.${nameNote(named)}`,
  )
  await addToSummary(step.core, step.log, keySummary(gateway, key, REVOKED_WHEN.never, named))
}

function keysUntold(gateway: Gateway): ActionError {
  return new ActionError(`Pinata did not tell the keys of gateway ${nameOf(gateway)}. Run the job again later.`)
}
