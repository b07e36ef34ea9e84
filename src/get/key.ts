import { ActionError } from '../errors.ts'
import type { KeyInputs } from '../inputs/read.ts'
import { addressOf, gatewayName } from '../pinata/labels.ts'
import type { Gateway, GatewayResult, KeyId } from '../pinata/types.ts'
import { type Clients, openClients, type Step } from '../step.ts'
import { create } from './create.ts'
import { newestReusable, passOnExisting, reuse } from './reuse.ts'

/** Gets a key, an existing one or a new one, and passes it on. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const { naming, rotate } = inputs
  const clients = await openClients(inputs, naming?.token, step)
  const { pinata, gatewayId, records } = clients
  if (inputs.keyId !== undefined) {
    return await passOnKeyById(await pinata.gateway(gatewayId), inputs.keyId, inputs, step)
  }
  // Read the records before the gateway: see NameRecords.find().
  const recorded = records && naming ? (await records.find(naming.name)).records : []
  const gateway = await readGateway(clients, inputs)
  const address = addressOf(inputs.gateway, gateway instanceof ActionError ? { id: gatewayId, url: '' } : gateway)

  if (records && naming && !(gateway instanceof ActionError)) {
    const { proven, unproven } = records.partition(recorded, gateway.keys)
    records.warnOfUnproven(unproven)
    const reusable = rotate ? undefined : newestReusable(proven, gateway.readAtMs)
    if (reusable) return await reuse(reusable, { records, gateway: address, nowMs: gateway.readAtMs }, naming, step)
  }
  await create({ clients, address, before: gateway, replaced: 0 }, inputs, step)
}

/** How often a step reads the gateway if it can create the key without. */
const OPTIONAL_TRIES = 3

/** Reads the gateway. @throws ActionError if it can't be read, and the key can't be created without */
async function readGateway({ pinata, gatewayId }: Clients, { naming, rotate }: KeyInputs): Promise<GatewayResult> {
  try {
    return await pinata.gateway(gatewayId, OPTIONAL_TRIES)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    // After a redirect, api-url is not Pinata's address. After a 401, Pinata would reject the creation, too.
    if (['redirect', 'unauthorized'].includes(error.kind)) throw error
    // Without the gateway, the step can't recognize a key to reuse. A rotation does not need it.
    if (naming !== undefined && !rotate) throw error
    return error
  }
}

/** Passes on the key with this ID. @throws ActionError if the gateway has no such key */
async function passOnKeyById(gateway: Gateway, keyId: KeyId, inputs: KeyInputs, step: Step): Promise<void> {
  const address = addressOf(inputs.gateway, gateway)
  const key = gateway.keys.find(({ id }) => id.toLowerCase() === keyId.toLowerCase())
  if (key === undefined) {
    throw new ActionError(
      `Gateway ${gatewayName(address)} has no key ${keyId}. It was revoked, or it is a key of another gateway. To create a new key, remove key-id.`,
    )
  }
  await passOnExisting({ gateway: address, control: key, named: undefined }, step)
  if (inputs.revoke === 'never') return
  step.log.warning(
    `revoke: ${inputs.revoke} does not apply to key ${key.id}, because it existed before this step. If you no longer need it, use the revoke action.`,
  )
}
