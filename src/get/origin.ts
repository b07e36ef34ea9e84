import { ActionError } from '../errors.ts'
import type { OriginInputs } from '../inputs/read.ts'
import { byControl, earlierOf, latestExpiry, SWEEP_AFTER_MS } from '../names/expiry.ts'
import type { ProvenRecord } from '../names/record.ts'
import { addressOf, gatewayName } from '../pinata/labels.ts'
import { type AccessControl, type Gateway, type GatewayAddress, type HostOrigin, originsOf } from '../pinata/types.ts'
import { warnIfOpen } from '../revoke/last-control.ts'
import { readableTime } from '../runner/summary.ts'
import { type Clients, cleanupBackoff, openClients, type Step } from '../step.ts'
import { CreationError, create } from './create.ts'
import { refuseFirstControl } from './first-control.ts'
import { newestReusable, passOnExisting, reuse } from './reuse.ts'

/** A step still reuses an origin that expired less than this ago, because pages of the preview may be open. */
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000

/** Ensures that the gateway allows the origin, and sets the outputs. @throws ActionError */
export async function allowOrigin(inputs: OriginInputs, step: Step): Promise<void> {
  const clients = await openClients(inputs, inputs.naming?.token, step)
  try {
    await allowOnce(await readExisting(clients, inputs), clients, inputs, step)
  } catch (error) {
    if (!(error instanceof CreationError) || step.stopped.aborted) throw error
    // Pinata may reject an origin that another step has added meanwhile. If it is listed now, decide again.
    const existing = await readExisting(clients, inputs).catch(() => undefined)
    if (existing === undefined || existing.entries.length === 0) throw error
    await allowOnce(existing, clients, inputs, step)
  }
}

/** A gateway, and the records of the name for an origin. */
interface Existing {
  gateway: Gateway
  address: GatewayAddress
  /** All entries of the origin. */
  entries: HostOrigin[]
  /** The records of this name that prove an entry. */
  proven: ProvenRecord[]
  /** The earlier of GitHub's and Pinata's dates, in milliseconds since 1970, if both are known. */
  nowMs: number | undefined
  /** `false` if GitHub has more records of the name than the step read. */
  isComplete: boolean
}

/** @throws ActionError if the records or the gateway can't be read: the step could not recognize its own entry */
async function readExisting({ pinata, gatewayId, records }: Clients, inputs: OriginInputs): Promise<Existing> {
  const { naming, wanted } = inputs
  // Read the records before the gateway: see NameRecords.find().
  const recorded = records && naming ? await records.find(naming.name) : undefined
  const gateway = await pinata.gateway(gatewayId).catch((error: unknown) => {
    if (!(error instanceof ActionError)) throw error
    throw new ActionError(`Could not add the origin: the gateway could not be read. ${error.message}`, error.kind)
  })
  const entries = originsOf(gateway.origins, wanted.value)
  const proven = records?.partition(recorded?.records ?? [], entries).proven ?? []
  const nowMs = earlierOf(recorded?.readAtMs, gateway.readAtMs)
  return {
    gateway,
    address: addressOf(inputs.gateway, gateway),
    entries,
    proven,
    nowMs,
    isComplete: recorded?.isComplete ?? true,
  }
}

/** Reuses, replaces or adds the origin, as the table in docs/internals.md says. */
async function allowOnce(existing: Existing, clients: Clients, inputs: OriginInputs, step: Step): Promise<void> {
  const { gateway, address, entries, proven } = existing
  const { naming } = inputs
  const { records, pinata } = clients
  const reusable = newestReusable(proven, gateway.readAtMs, REUSE_AFTER_EXPIRY_MS)
  if (reusable && records && naming) {
    return await reuse(reusable, { records, gateway: address, nowMs: gateway.readAtMs }, naming, step)
  }
  const expired = [...byControl(proven).keys()]
  const foreign = entries.find(entry => !expired.includes(entry))
  refuseYoungExpiry(existing)
  if (foreign === undefined) refuseFirstControl(gateway, inputs, expired.length)
  try {
    for (const control of expired) {
      await pinata.remove(gateway.id, control)
      step.log.info(
        `Removed an entry of the origin from gateway ${gatewayName(address)}. It expired more than an hour ago.`,
      )
    }
    const replaced = expired.length
    const other = foreign ?? (await create({ clients, address, before: gateway, replaced }, inputs, step))
    if (other) await passOnUnrecorded(other, address, inputs, step)
  } catch (error) {
    if (expired.length > 0) await warnIfOpen(pinata.with(cleanupBackoff(step)), address, step)
    throw error
  }
}

/** @throws ActionError if another step may still be renewing an expired entry */
function refuseYoungExpiry({ proven, nowMs, isComplete, address }: Existing): void {
  if (proven.length === 0) return
  const expiresAtMs = latestExpiry(proven)
  const could = `Could not replace the expired origin of gateway ${gatewayName(address)}`
  if (nowMs === undefined || !isComplete) {
    const why = isComplete ? 'a response has no usable date' : 'GitHub lists too many records of the name'
    throw new ActionError(`${could}: ${why}, so another step may be using it. Remove it with the revoke action.`)
  }
  if (expiresAtMs + SWEEP_AFTER_MS < nowMs) return
  throw new ActionError(
    `${could}: another step may still be renewing it. Run the job again after ${readableTime(expiresAtMs + SWEEP_AFTER_MS)}.`,
  )
}

/** Passes on an entry that the step promises nothing about, because no record of this name is about it. */
async function passOnUnrecorded(
  control: AccessControl,
  gateway: GatewayAddress,
  { naming, revoke, wanted }: OriginInputs,
  step: Step,
): Promise<void> {
  await passOnExisting({ gateway, control, named: undefined }, step)
  const report = naming || revoke !== 'never' ? step.log.warning : step.log.info
  const name = naming ? ` under the name ${naming.name}` : ''
  report(
    `Origin ${wanted.value} was not recorded${name}, and this job does not remove it, because it existed before this step or another step added it. Whoever added it may remove it.`,
  )
}
