import { ActionError, CreationError, resultOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { isReusable, latestExpiry, renewedExpiry } from '../names/expiry-and-renewal.ts'
import type { DraftRecord, Named, ProvenRecord } from '../names/record-format.ts'
import type { NameRecords } from '../names/records.ts'
import { CHECK_API_URL } from '../pinata/labels.ts'
import { backoffFor, cleanupBackoff } from '../step/time-limits.ts'
import type { Obtained, Provided } from './prepare.ts'

/** The time limit for setting a record's status, in milliseconds. It is short because nothing depends on the status. */
const STATUS_LIMIT_MS = 5_000

/** Returns the newest that `isReusable()` accepts. @param nowMs Pinata's time; if unknown, nothing counts as expired */
export function newestReusable(records: ProvenRecord[], nowMs = Number.NEGATIVE_INFINITY): Obtained | undefined {
  const createdAt = ({ control }: ProvenRecord) => Date.parse(control.createdAt) || 0
  const reusable = records.filter(record => isReusable(record, nowMs))
  const [newest] = reusable.sort((a, b) => createdAt(b) - createdAt(a))
  if (newest === undefined) return undefined
  const { control, name } = newest
  const expiresAtMs = latestExpiry(records.filter(each => each.control === control))
  return { control, isNew: false, named: { name, expiresAtMs } }
}

/** Records a new access control, or renews a reused one if needed. Returns its name and expiry. @throws ActionError */
export async function recordOrRenew(provided: Provided): Promise<Named | undefined> {
  const { control, isNew, named, inputs, records } = provided
  if (!inputs.naming || !records || !(isNew || named)) return undefined
  const { name, expiresInMs = Number.POSITIVE_INFINITY } = inputs.naming
  const expiresAtMs = expiryToRecord(provided, expiresInMs)
  if (expiresAtMs === undefined) return named
  const recorded = { name, expiresAtMs }
  const draft = records.draft(recorded, control)
  if (isNew) await commit(draft, provided, records)
  // If the renewal fails, the step also fails, because the old expiry is too early.
  else await records.create(draft, `renew ${control.kind} ${control.subject}`)
  return recorded
}

/** Returns the expiry to record, in milliseconds since 1970, or `undefined` to keep the old one. @throws ActionError */
function expiryToRecord({ control, named, readAtMs, pinata, step }: Provided, expiresInMs: number) {
  // Count from the later of the two times, so that no sweep revokes the access control too early.
  const startMs = Math.max(Date.parse(control.createdAt) || 0, pinata.dateMs ?? 0) || step.clock.now()
  if (named === undefined) return startMs + expiresInMs
  if (readAtMs !== undefined) return renewedExpiry(named.expiresAtMs, readAtMs, expiresInMs)
  if (!Number.isFinite(named.expiresAtMs)) return undefined
  const why = `Pinata's response has no valid Date header, so the ${control.kind} may have expired. ${CHECK_API_URL}`
  throw new ActionError(`Could not reuse ${control.kind} ${control.subject}: ${why}`)
}

/** Records a new access control. Once the record exists, other runs may reuse the access control. */
async function commit(draft: DraftRecord, { control, address, step, save, trySave }: Provided, records: NameRecords) {
  const { name, proof } = draft.payload
  // From now on, the post step looks for the record before it revokes the access control.
  save({ phase: 'created', control, record: { name, proof } })
  const deployment = await records.create(draft).catch(async (error: unknown) => {
    // If the response was lost, the client has already retried the request. Duplicate records are harmless.
    const isInDoubt = error instanceof CreationError && error.isInDoubt
    // If GitHub lists the record later, another run may reuse it (see "A record in doubt" in `docs/internals.md`).
    const lookup = records.with(cleanupBackoff(step, 'GitHub', step.lookupEnded))
    const found = isInDoubt ? await lookup.find(name, proof).catch(() => undefined) : undefined
    if (found?.hasProof) return undefined
    throw error
  })
  // The record is the commit point, so the post step has nothing left to do.
  trySave(undefined)
  if (deployment === undefined) return
  // Mark the record as deployed, for people who view the deployment on GitHub.
  const status = { state: 'success', ...(address.url && { environment_url: address.url }), auto_inactive: false }
  const brief = backoffFor('GitHub', new Deadline(step.clock, STATUS_LIMIT_MS), step)
  const error = await resultOf(records.github.with(brief).setStatus(deployment, status))
  if (error instanceof ActionError) step.log.debug(`The record has no status. ${error.message}`)
}
