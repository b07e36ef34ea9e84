import { ActionError } from '../errors.ts'
import { MAX_TRIES } from '../http/retry.ts'
import type { KeyInputs } from '../inputs/read.ts'
import { gatewayName } from '../pinata/labels.ts'
import { type GatewayResult, type KeyId, publicName, secretOf } from '../pinata/types.ts'
import { type Clients, openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { type Context, type Obtained, type Provided, readContext } from './context.ts'
import { create } from './create.ts'
import { reportFirstControl } from './first-control.ts'
import { passOn, summarize } from './outputs.ts'
import { newestReusable, recordOrRenew } from './record-name.ts'
import { rollBackUnlessRecorded } from './roll-back.ts'
import { waitForContent } from './wait-for.ts'

/** Gets an existing key or a new one, and passes it on. @throws ActionError */
export async function getKey(inputs: KeyInputs, step: Step): Promise<void> {
  summarize(await provideKey(inputs, await openClients(inputs, step)))
}

/** Gets the key, without a summary: a preview writes one for everything it gets. @throws ActionError */
export async function provideKey(inputs: KeyInputs, clients: Clients): Promise<Provided> {
  const context = await readContext(clients, inputs, () => readGateway(clients, inputs))
  return await recordAndPassOn({ ...context, ...(findKey(inputs, context) ?? (await create(context))) })
}

/** Records an access control, waits until the gateway accepts it, and passes it on. @throws after a rollback, if due */
export async function recordAndPassOn(provided: Provided): Promise<Provided> {
  try {
    // Once `named` is set, other runs may use the access control, so nothing rolls it back.
    provided.named = await recordOrRenew(provided)
    provided.waitedMs = await waitForContent(provided)
    passOn(provided)
  } catch (error) {
    throw await rollBackUnlessRecorded(provided, error)
  }
  reportFirstControl(provided)
  return provided
}

/** How many times a step tries to read the gateway if it can create the key without doing so. */
const OPTIONAL_TRIES = 3

/** Returns the gateway, or why it can't be read. @throws that error if the step can't continue without the gateway */
async function readGateway({ pinata, address }: Clients, inputs: KeyInputs): Promise<GatewayResult> {
  const { keyId, naming, rotate, firstControl, waitFor } = inputs
  // Without the gateway, the step can't recognize a key to reuse. A rotation reuses none.
  const isRequired = keyId !== undefined || (naming !== undefined && !rotate)
  try {
    // refuseFirstControl() and readContext() reject a gateway that could not be read, with their own messages.
    const isNeeded = isRequired || firstControl === 'fail' || (waitFor !== undefined && address.url === '')
    return await pinata.gateway(address.id, isNeeded ? MAX_TRIES : OPTIONAL_TRIES)
  } catch (error) {
    // A redirect shows that api-url is not Pinata's. After a 401, Pinata would reject the creation, too.
    const isFinal = isRequired || !(error instanceof ActionError) || ['redirect', 'unauthorized'].includes(error.kind)
    if (isFinal) throw error
    return error
  }
}

/** Masks and returns the key to reuse, if any. @throws ActionError if the key is missing, or readers can't use it */
function findKey(inputs: KeyInputs, context: Context): Obtained | undefined {
  const { readAtMs, proven, unproven, records, step } = context
  records?.warnOfUnproven(unproven)
  if (inputs.rotate) return undefined
  const key = inputs.keyId ? keyById(inputs.keyId, context) : newestReusable(proven, readAtMs)
  if (key === undefined) return undefined
  const value = secretOf(key.control)
  if (value === undefined) {
    throw new ActionError(
      `Could not reuse key ${publicName(key.control)}: Pinata returned a value that readers can't send or GitHub can't mask. To create a new key, remove key-id.`,
    )
  }
  step.masks.add(value.reveal())
  return key
}

function keyById(keyId: KeyId, { entries, address }: Context): Obtained {
  const control = entries.find(each => publicName(each).toLowerCase() === keyId.toLowerCase())
  if (control !== undefined) return { control, isNew: false }
  throw new ActionError(
    `Gateway ${gatewayName(address)} has no key ${keyId}. If the key was not revoked, check key-id and gateway-id. To create a new key, remove key-id.`,
  )
}
