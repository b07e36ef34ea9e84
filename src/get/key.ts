import { ActionError } from '../errors.ts'
import type { CreateInputs, KeyInputs } from '../inputs/read.ts'
import { gatewayName } from '../pinata/labels.ts'
import type { KeyId } from '../pinata/types.ts'
import { type Clients, openClients, type Step } from '../step/step.ts'
import { acceptNew, create } from './create.ts'
import { reportFirstControl } from './first-control.ts'
import { obtainOrigin } from './origin.ts'
import { passOn, summarize } from './outputs.ts'
import { type Context, type Obtained, type Provided, prepare } from './prepare.ts'
import { newestReusable, recordOrRenew } from './record-and-renew.ts'
import { rollBackUnlessRecorded } from './rollback.ts'
import { waitForContent } from './wait-for.ts'

/** Gets a key or allows an origin, and passes it to the job. @throws ActionError */
export async function getControl(inputs: CreateInputs, step: Step): Promise<void> {
  summarize(await provide(inputs, await openClients(inputs, step)))
}

/** Gets a key or an origin. The caller writes the summary, because a preview writes one for all. @throws ActionError */
export async function provide(inputs: CreateInputs, clients: Clients): Promise<Provided> {
  const context = await prepare(clients, inputs)
  context.records?.warnOfUnproven(context.unproven)
  const provided = await ('keyId' in inputs ? obtainKey(inputs, context) : obtainOrigin(context))
  try {
    if (provided.isNew) acceptNew(provided)
    // Once `named` is set, other runs may use the access control, so it is kept even if the step fails later.
    provided.named = await recordOrRenew(provided)
    provided.served = await waitForContent(provided)
    passOn(provided)
  } catch (error) {
    throw await rollBackUnlessRecorded(provided, error)
  }
  reportFirstControl(provided)
  return provided
}

/** Reuses and masks a key, or creates one. @throws ActionError if the key is missing or readers can't use it */
async function obtainKey({ keyId, rotate }: KeyInputs, context: Context): Promise<Provided> {
  const key = keyId ? keyById(keyId, context) : newestReusable(context.proven, context.readAtMs)
  if (key === undefined || rotate) return await create(context)
  const value = key.control.secret
  if (value === undefined) {
    const why = "Pinata returned a value that readers can't send or GitHub can't mask"
    throw new ActionError(`Could not reuse key ${key.control.subject}: ${why}. To create a new key, remove key-id.`)
  }
  context.step.masks.add(value.reveal())
  return { ...context, ...key }
}

function keyById(keyId: KeyId, { entries, address }: Context): Obtained {
  const control = entries.find(each => each.subject.toLowerCase() === keyId.toLowerCase())
  if (control !== undefined) return { control, isNew: false }
  const advice = 'If the key was not revoked, check key-id and gateway-id. To create a new key, remove key-id.'
  throw new ActionError(`Gateway ${gatewayName(address)} has no key ${keyId}. ${advice}`)
}
