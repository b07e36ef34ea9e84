import { ActionError } from '../errors.ts'
import type { KeyInputs } from '../inputs/read.ts'
import type { NameRecord } from '../names/record.ts'
import { addressOf, gatewayName } from '../pinata/labels.ts'
import { type GatewayResult, publicName } from '../pinata/types.ts'
import { type Clients, openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import type { Context, Obtained, Provided } from './context.ts'
import { create } from './create.ts'
import { reportFirstControl } from './first-control.ts'
import { passOn, summarize } from './outputs.ts'
import { newestReusable, record } from './record.ts'
import { settleFault } from './roll-back.ts'
import { refuseUnknownDomain, waitForContent } from './wait-for.ts'

/** Gets a key, an existing one or a new one, and passes it on. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  const clients = await openClients(inputs, inputs.naming?.token, step)
  await summarize(await provideKey(inputs, clients, step))
}

/** Does what {@link getKey} does, but for the summary, with the clients of the step. @throws ActionError */
export async function provideKey(inputs: KeyInputs, clients: Clients, step: Step): Promise<Provided> {
  // Read the records before the gateway: see NameRecords.find().
  const recorded = inputs.naming && (await clients.records?.find(inputs.naming.name))
  const gateway = await readGateway(clients, inputs)
  const found = gateway instanceof ActionError ? { id: clients.gatewayId, url: '' } : gateway
  const context = { ...clients, inputs, step, gateway, address: addressOf(inputs.gateway, found) }
  refuseUnknownDomain(context)
  const key: Provided = { ...context, ...(findKey(context, recorded?.records ?? []) ?? (await create(context))) }
  if (!key.isNew) maskExisting(key)
  try {
    key.named = await record(key)
    key.waitedMs = await waitForContent(key)
    passOn(key)
  } catch (error) {
    throw await settleFault(key, error)
  }
  if (key.isNew) reportFirstControl(key)
  else warnOfRevoke(key)
  return key
}

/** How often a step reads the gateway if it can create the key without. */
const OPTIONAL_TRIES = 3

/** Reads the gateway. @throws ActionError if it can't be read, and the key can't be reused or created without */
async function readGateway(
  { pinata, gatewayId }: Clients,
  { keyId, naming, rotate }: KeyInputs,
): Promise<GatewayResult> {
  if (keyId !== undefined) return await pinata.gateway(gatewayId)
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

type KeyContext = Context & { inputs: KeyInputs }

/** Returns the key to reuse, if there is one. @throws ActionError if the gateway does not have the key of `key-id` */
function findKey({ gateway, address, inputs, records }: KeyContext, recorded: NameRecord[]): Obtained | undefined {
  if (gateway instanceof ActionError) return undefined
  const { keyId, rotate } = inputs
  if (keyId === undefined) {
    const { proven = [], unproven = [] } = records?.partition(recorded, gateway.keys) ?? {}
    records?.warnOfUnproven(unproven)
    return rotate ? undefined : newestReusable(proven, gateway.readAtMs)
  }
  const control = gateway.keys.find(({ id }) => id.toLowerCase() === keyId.toLowerCase())
  if (control !== undefined) return { control, isNew: false, named: undefined }
  throw new ActionError(
    `Gateway ${gatewayName(address)} has no key ${keyId}. It was revoked, or it is a key of another gateway. To create a new key, remove key-id.`,
  )
}

/** Masks a key that Pinata returned before. @throws ActionError if readers can't use it */
function maskExisting({ control, step }: Provided): void {
  if (control.kind !== 'key') return
  if (control.value === undefined) {
    throw new ActionError(
      `Could not reuse key ${control.id}: Pinata returned a value that readers can't send or GitHub can't mask. Create a new key.`,
    )
  }
  step.masks.add(control.value.reveal())
}

/** Warns that `revoke` has no effect on a key that this step did not create. */
function warnOfRevoke({ control, inputs: { revoke }, step }: Provided): void {
  if (revoke === 'never') return
  step.log.warning(
    `revoke: ${revoke} does not apply to key ${publicName(control)}, because it existed before this step. If you no longer need it, use the revoke action.`,
  )
}
