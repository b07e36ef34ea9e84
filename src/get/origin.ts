import { ActionError, CreationError } from '../errors.ts'
import type { OriginInputs } from '../inputs/read.ts'
import { byControl, earlierOf, latestExpiry, SWEEP_AFTER_MS } from '../names/expiry-and-renewal.ts'
import { gatewayName } from '../pinata/labels.ts'
import { readableTime } from '../printable-text.ts'
import { warnIfUnprotected } from '../revoke/last-control.ts'
import { type Clients, openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import { contextOf, type Obtained, type Provided } from './context.ts'
import { create } from './create.ts'
import { refuseFirstControl, reportFirstControl } from './first-control.ts'
import { passOn, summarize } from './outputs.ts'
import { newestReusable, record } from './record-name.ts'
import { rollBackUnlessRecorded } from './roll-back.ts'
import { waitForContent } from './wait-for.ts'

/** How long a step still reuses an origin after its expiry, because pages of the preview may be open. */
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000

/** Ensures that the gateway allows the origin, and passes the origin on. @throws ActionError */
export async function allowOrigin(inputs: OriginInputs, step: Step): Promise<void> {
  summarize(await provideOrigin(inputs, await openClients(inputs, step)))
}

/** Runs {@link allowOrigin} with the given clients and without the summary. @throws ActionError */
export async function provideOrigin(inputs: OriginInputs, clients: Clients): Promise<Provided> {
  const existing = await readExisting(clients, inputs)
  const origin = await obtain(existing).catch(async error => await obtain(await readAgain(existing, error)))
  try {
    // Once the origin is recorded, other runs may use it, so nothing rolls it back.
    origin.named = await record(origin)
    origin.waitedMs = await waitForContent(origin)
    passOn(origin)
  } catch (error) {
    throw await rollBackUnlessRecorded(origin, error)
  }
  reportFirstControl(origin)
  return origin
}

/** Reuses, replaces, or adds the origin. */
async function obtain(existing: Existing): Promise<Existing & Obtained> {
  const reusable = newestReusable(existing.proven, existing.gateway.readAtMs, REUSE_AFTER_EXPIRY_MS)
  const context = reusable ? existing : withoutExpired(existing)
  return { ...context, ...(reusable ?? (await replaceOrAdd(context))) }
}

type Existing = Awaited<ReturnType<typeof readExisting>>

/**
 * Reads the origin from the gateway and the name's records: all its `entries`, and their `proven` records.
 * @throws ActionError if the records or the gateway can't be read, because the step could not recognize its own entry
 */
async function readExisting(clients: Clients, inputs: OriginInputs) {
  const { pinata, address, records } = clients
  // Read the records before the gateway: see NameRecords.find().
  const recorded = inputs.naming && (await records?.find(inputs.naming.name))
  const gateway = await pinata.gateway(address.id).catch((error: unknown) => {
    if (!(error instanceof ActionError)) throw error
    throw new ActionError(`Could not add the origin: the gateway could not be read. ${error.message}`, error.kind)
  })
  const entries = gateway.origins.filter(({ value }) => value === inputs.wanted.value)
  const { proven = [] } = records?.partition(recorded?.records ?? [], entries) ?? {}
  return { ...contextOf(clients, inputs, gateway), recorded, entries, proven }
}

/** Reads the origin again, because another step may have added it. @throws `error` unless the origin is listed */
async function readAgain({ inputs, gateway, ...clients }: Existing, error: unknown): Promise<Existing> {
  if (!(error instanceof CreationError) || clients.step.stopped.aborted) throw error
  const existing = await readExisting(clients, inputs).catch(() => undefined)
  if (existing === undefined || existing.entries.length === 0) throw error
  // The step uses the entry that a request with a lost response may have added, so nothing is left to report.
  existing.trySave(undefined)
  // first-control depends on the access controls that the gateway had before.
  return { ...existing, gateway: { ...existing.gateway, accessControls: gateway.accessControls } }
}

/** Returns `existing` without counting the entries to replace, which are irrelevant to `first-control`. */
function withoutExpired(existing: Existing): Existing {
  const { gateway, proven } = existing
  const accessControls = gateway.accessControls - byControl(proven).size
  return { ...existing, gateway: { ...gateway, accessControls } }
}

/** Adds the origin in place of its expired entries, or reuses an entry that has no record under this name. */
async function replaceOrAdd(existing: Existing): Promise<Obtained> {
  const { gateway, address, entries, proven, pinata, step } = existing
  const expired = [...byControl(proven).keys()]
  refuseYoungExpiry(existing)
  const foreign = entries.find(entry => !expired.includes(entry))
  if (foreign === undefined) refuseFirstControl(existing)
  try {
    for (const control of expired) {
      // Log the removal first: if the process is killed, no other line will show it.
      step.log.info(
        `Removing an entry for the origin from gateway ${gatewayName(address)}. It expired more than an hour ago.`,
      )
      await pinata.remove(gateway.id, control)
    }
    return foreign ? { control: foreign, isNew: false, named: undefined } : await create(existing)
  } finally {
    if (expired.length > 0) await warnIfUnprotected(pinata.with(cleanupBackoff(step)), address, step.log)
  }
}

/** @throws ActionError if another step may have renewed, or may be renewing, an expired entry */
function refuseYoungExpiry({ recorded, entries, proven, gateway, address }: Existing): void {
  if (recorded === undefined || entries.length === 0) return
  const on = `origin of gateway ${gatewayName(address)}`
  if (!recorded.isComplete) {
    const why =
      "GitHub's list of the name's records is incomplete or keeps changing, so another step may be renewing the origin"
    const advice = 'Run the job again. If it fails again, remove the origin with the revoke action.'
    throw new ActionError(`Could not use the ${on}: ${why}. ${advice}`)
  }
  if (proven.length === 0) return
  const nowMs = earlierOf(recorded.readAtMs, gateway.readAtMs)
  const replaceableAtMs = latestExpiry(proven) + SWEEP_AFTER_MS
  if (nowMs !== undefined && replaceableAtMs < nowMs) return
  const why = nowMs
    ? `another step may still be renewing it. Run the job again after ${readableTime(replaceableAtMs)}.`
    : 'a response has no usable date, so another step may be using the origin. Remove the origin with the revoke action.'
  throw new ActionError(`Could not replace the expired ${on}: ${why}`)
}
