import { ActionError, CreationError, resultOf } from '../errors.ts'
import type { OriginInputs } from '../inputs/read.ts'
import { latestExpiry, SWEEP_AFTER_MS } from '../names/expiry-and-renewal.ts'
import { gatewayName } from '../pinata/labels.ts'
import { type AccessControl, idOf } from '../pinata/types.ts'
import { readableTime } from '../printable-text.ts'
import { warnIfUnprotected } from '../revoke/last-control.ts'
import { type Clients, openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import { contextOf, type Obtained, type Provided } from './context.ts'
import { create, refuseToStart } from './create.ts'
import { recordAndPassOn } from './key.ts'
import { summarize } from './outputs.ts'
import { newestReusable } from './record-name.ts'

/** How long a step still reuses an origin after its expiry, because pages of the preview may be open. */
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000

/** Ensures that the gateway allows the origin, and passes the origin on. @throws ActionError */
export async function allowOrigin(inputs: OriginInputs, step: Step): Promise<void> {
  summarize(await provideOrigin(inputs, await openClients(inputs, step)))
}

/** Gets the origin, without a summary: a preview writes one for everything it gets. @throws ActionError */
export async function provideOrigin(inputs: OriginInputs, clients: Clients): Promise<Provided> {
  const existing = await readExisting(clients, inputs)
  clients.records?.warnOfUnproven(existing.unproven)
  const obtainAgain = async (error: unknown) => await obtain(await readAgain(existing, error))
  return await recordAndPassOn(await obtain(existing).catch(obtainAgain))
}

/** Reuses, replaces, or adds the origin. */
async function obtain(existing: Existing): Promise<Existing & Obtained> {
  const { gateway, address, list, entries, proven, pinata, records, step } = existing
  const reusable = newestReusable(proven, gateway.readAtMs, REUSE_AFTER_EXPIRY_MS)
  if (reusable) return { ...existing, ...reusable }
  refusePossibleRenewal(existing)
  // All proven entries expired more than an hour ago, so the step replaces them. For first-control, they do not count.
  const expired = [...new Set(proven.map(({ control }) => control))]
  const context = { ...existing, gateway: { ...gateway, accessControls: gateway.accessControls - expired.length } }
  const unrecorded = entries.find(entry => !expired.includes(entry))
  // Refuse before the removals, because create() would do so only after them.
  if (unrecorded === undefined) refuseToStart(context)
  const removed: AccessControl[] = []
  try {
    for (const control of expired) {
      await removeExpired(control, existing)
      removed.push(control)
    }
    // An entry that has no record under this name is reused.
    if (unrecorded) return { ...context, control: unrecorded, isNew: false, named: undefined }
    const obtained = await create(context)
    // If its list lags, Pinata may respond with an existing entry, which may be recorded under this name.
    const existingEntries = obtained.isNew ? [] : [obtained.control]
    const { proven: own = [] } = records?.partition(list?.records ?? [], existingEntries) ?? {}
    return { ...context, ...(newestReusable(own, gateway.readAtMs, REUSE_AFTER_EXPIRY_MS) ?? obtained) }
  } finally {
    if (removed.length > 0) await warnIfUnprotected(pinata.with(cleanupBackoff(step)), address, step.log, removed)
  }
}

async function removeExpired(control: AccessControl, { inputs, pinata, address, step }: Existing): Promise<void> {
  // Log the removal first: if the process is killed, no other line will show it.
  step.log.info(
    `Removing origin ${inputs.wanted.value}, which expired more than an hour ago, from gateway ${gatewayName(address)}.`,
  )
  const removal = await resultOf(pinata.remove(address.id, control))
  if (!(removal instanceof ActionError)) return
  await warnIfUnprotected(pinata.with(cleanupBackoff(step)), address, step.log, removal)
  throw removal
}

type Existing = Awaited<ReturnType<typeof readExisting>>

/**
 * Reads the name's records, then the gateway. Returns the origin's `entries` and their `proven` records.
 * @throws ActionError if the records or the gateway can't be read, because the step could not recognize its own entry
 */
async function readExisting(clients: Clients, inputs: OriginInputs, removed: AccessControl[] = []) {
  const { pinata, address, records } = clients
  // Read the records first. In the other order, an origin that is recorded in between would seem to be gone.
  const list = inputs.naming && (await records?.find(inputs.naming.name))
  const gateway = await pinata.gateway(address.id).catch((error: unknown) => {
    if (!(error instanceof ActionError)) throw error
    throw new ActionError(`Could not add the origin: the gateway could not be read. ${error.message}`, error.kind)
  })
  // The list may still contain an entry that this step removed.
  const isLeft = (entry: AccessControl) => !removed.some(each => idOf(each) === idOf(entry))
  const entries = gateway.origins.filter(entry => entry.value === inputs.wanted.value && isLeft(entry))
  const own = list?.records.filter(({ subject }) => subject === inputs.wanted.value) ?? []
  const { proven = [], unproven = [] } = records?.partition(own, entries) ?? {}
  return { ...contextOf(clients, inputs, gateway), list, entries, proven, unproven }
}

/** Reads the origin again, because another step may have added it. @throws `error` unless the origin is listed */
async function readAgain(before: Existing, error: unknown): Promise<Existing> {
  if (!(error instanceof CreationError) || before.step.stopped.aborted) throw error
  // The step had removed all entries of the origin before it tried to add one.
  const again = await readExisting(before, before.inputs, before.entries).catch(() => undefined)
  if (again === undefined || again.entries.length === 0) throw error
  // The step uses the entry that a request with a lost response may have added, so nothing is left to report.
  again.trySave(undefined)
  return again
}

/** @throws ActionError if another step may have renewed, or may be renewing, an expired entry */
function refusePossibleRenewal({ inputs, list, entries, proven, gateway, address }: Existing): void {
  if (list === undefined || entries.length === 0) return
  const subject = `origin ${inputs.wanted.value} of gateway ${gatewayName(address)}`
  if (!list.isComplete) {
    const why =
      "GitHub's list of the name's records is incomplete or keeps changing, so another step may be renewing the origin"
    const advice = 'Run the job again. If it fails again, remove the origin with the revoke action.'
    throw new ActionError(`Could not use ${subject}: ${why}. ${advice}`)
  }
  if (proven.length === 0) return
  // If the origin expired before the earlier of the two dates, it expired by both clocks.
  const nowMs = Math.min(list.readAtMs ?? Number.NaN, gateway.readAtMs ?? Number.NaN)
  const replaceableAtMs = latestExpiry(proven) + SWEEP_AFTER_MS
  if (replaceableAtMs < nowMs) return
  const why = Number.isNaN(nowMs)
    ? 'a response has no usable date, and another step may be using the origin. Remove the origin with the revoke action.'
    : `another step may still be renewing it. Run the job again after ${readableTime(replaceableAtMs)}.`
  throw new ActionError(`Could not replace the expired ${subject}: ${why}`)
}
