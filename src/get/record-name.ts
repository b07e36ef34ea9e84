import { ActionError, CreationError } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { latestExpiry, renewedExpiry } from '../names/expiry-and-renewal.ts'
import type { Name, Named, ProvenRecord } from '../names/record-format.ts'
import type { NameRecords } from '../names/records.ts'
import { type AccessControl, publicName } from '../pinata/types.ts'
import { backoffFor, lookupBackoff } from '../step/time-limits.ts'
import type { Context, Provided } from './context.ts'

/** The time limit for setting a record's status, in milliseconds. It is short, because nothing depends on a status. */
const STATUS_LIMIT_MS = 5_000

/**
 * Returns the newest recorded access control that has not expired.
 * @param records the records of one name
 * @param nowMs Pinata's time, in milliseconds since 1970; if it is unknown, nothing counts as expired
 * @param graceMs how long after its expiry an access control may still be reused
 */
export function newestReusable(records: ProvenRecord[], nowMs = Number.NEGATIVE_INFINITY, graceMs = 0) {
  const createdAt = ({ control }: ProvenRecord) => Date.parse(control.createdAt) || 0
  const [newest] = records
    .filter(({ expiresAtMs }) => expiresAtMs + graceMs > nowMs)
    .sort((a, b) => createdAt(b) - createdAt(a))
  if (newest === undefined) return undefined
  const { control, name } = newest
  const expiresAtMs = latestExpiry(records.filter(each => each.control === control))
  return { control, isNew: false, named: { name, expiresAtMs } }
}

/**
 * Records the name of a new access control, or renews a recorded one if less than half of its period is left.
 * @returns its name and expiry, if it is recorded
 * @throws ActionError if the record could not be added, or GitHub does not confirm it
 */
export async function record(provided: Provided): Promise<Named | undefined> {
  const { control, isNew, named, inputs, records } = provided
  if (!inputs.naming || !records) return undefined
  const { name, expiresInMs = Number.POSITIVE_INFINITY } = inputs.naming
  const recording = { ...provided, records, name, expiresInMs }
  if (isNew) return await recordNew(control, recording)
  return named && (await renew(control, named.expiresAtMs, recording))
}

type Recording = Context & { records: NameRecords; name: Name; expiresInMs: number }

/** Adds the record, which is the commit point: once it exists, other runs may reuse the access control. */
async function recordNew(control: AccessControl, context: Recording): Promise<Named> {
  const { pinata, records, name, expiresInMs, address, step } = context
  const createdAtMs = Date.parse(control.createdAt) || pinata.dateMs || step.clock.now()
  const named = { name, expiresAtMs: createdAtMs + expiresInMs }
  const draft = records.draft(named, control)
  // From now on, the post step looks for the record before it revokes the access control.
  context.save({ phase: 'created', control, record: { name, proof: draft.proof } })
  // Before the request, because once the step is stopped, only seconds are left for the lookup.
  const lookup = lookupBackoff(step)
  const deployment = await records.add(draft).catch(async (error: unknown) => {
    // The client has already retried a request whose response was lost, because two records are harmless.
    const isInDoubt = error instanceof CreationError && error.isInDoubt
    // GitHub may list the record later. Until the access control is revoked, another run may then reuse it
    // (docs/internals.md, "A record in doubt").
    const isListed = async () => (await records.with(lookup()).find(name, draft.proof)).hasProof
    if (isInDoubt && (await isListed().catch(() => false))) return undefined
    throw error
  })
  context.trySave(undefined)
  const brief = backoffFor('GitHub', new Deadline(step.clock, STATUS_LIMIT_MS), step)
  if (deployment !== undefined) await records.with(brief).setStatus(deployment, address)
  return named
}

/** Adds a record with a later expiry if one is due. If that fails, so does the step: the old expiry is too early. */
async function renew(control: AccessControl, expiresAtMs: number, context: Recording): Promise<Named> {
  const { gateway, records, name, expiresInMs, step } = context
  const nowMs = gateway instanceof ActionError ? undefined : gateway.readAtMs
  if (nowMs === undefined) {
    const why =
      "Pinata's response has no usable date, so the time left is unknown. Check api-url, and check whether a proxy is responding instead of Pinata."
    if (Number.isFinite(expiresAtMs)) step.log.warning(`Could not renew ${control.kind} ${publicName(control)}: ${why}`)
    return { name, expiresAtMs }
  }
  const renewedAtMs = renewedExpiry(expiresAtMs, expiresInMs, nowMs)
  if (renewedAtMs === undefined) return { name, expiresAtMs }
  const renewed = { name, expiresAtMs: renewedAtMs }
  await records.add(records.draft(renewed, control))
  return renewed
}
