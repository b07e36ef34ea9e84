import { ActionError } from '../errors.ts'
import type { Named } from '../names/records.ts'
import type { AccessControl, Gateway, GatewayAddress, KeyId } from '../pinata/types.ts'
import { addToSummary } from '../runner/summary.ts'
import type { KeyInputs } from './inputs.ts'
import type { Step } from './step.ts'
import { addressOf, controlSummary, gatewayName, nameNote, REVOKED_WHEN, setOutputs } from './summary.ts'

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
  await handOverTaken({ gateway, control: key, record: undefined }, step)
  if (revoke !== 'never') {
    step.log.warning(
      `revoke: ${revoke} has no effect on key ${key.id}, which this step did not create. Use the revoke action when no job needs it any more.`,
    )
  }
}

/** An access control that the gateway had before. */
export interface Taken {
  gateway: GatewayAddress
  control: AccessControl
  record: Named | undefined
}

/** Hands an existing access control to the workflow. @throws ActionError if it is of no use, or the runner does not take it */
export async function handOverTaken({ gateway, control, record }: Taken, step: Step): Promise<void> {
  if (control.kind === 'key') {
    if (control.value === undefined) {
      throw new ActionError(`The value of key ${control.id} is not what Pinata documents. Create a new key.`)
    }
    step.masks.add(control.value.reveal())
  }
  setOutputs(step.core, { gateway, control, named: record, created: false })
  const name = gatewayName(gateway)
  step.log.info(
    control.kind === 'key'
      ? `Took key ${control.id} of gateway ${name}. Its value is masked in this job's log. This job does not revoke it.${nameNote(control.kind, record)}`
      : `Gateway ${name} has origin ${control.value} already. This job does not remove it.${nameNote(control.kind, record)}`,
  )
  const sentence =
    control.kind === 'key' ? 'A key that was there, masked in the log.' : 'Pages of this origin could read already.'
  const revoked = REVOKED_WHEN.never
  await addToSummary(step, controlSummary(sentence, { gateway, control, revoked, named: record }))
}
