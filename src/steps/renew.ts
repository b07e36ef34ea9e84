import type { NameRecords, ProvenRecord } from '../names/records.ts'
import type { AccessControl, GatewayAddress } from '../pinata/types.ts'
import type { Naming } from './inputs.ts'
import type { Step } from './step.ts'
import { WORDS } from './words.ts'

/** An access control that a name may take, with the records that prove that this action created it. */
export interface Found {
  control: AccessControl
  /** Those of this name, the latest expiry first. */
  own: ProvenRecord[]
  /** One that has not expired, by which it is taken: of this name if there is one. */
  basis: ProvenRecord
}

/** A renewal that gains less than this part of the period is not worth a write. */
const LEAST_GAIN = 0.1

/**
 * The newest of these access controls that has not expired. It goes by the latest expiry of its records, and by those of
 * this name before others.
 *
 * @param records of what a name may take
 * @param dateMs Pinata's time, in milliseconds since 1970; while no answer told it, nothing counts as expired
 */
export function findUnexpired(
  records: ProvenRecord[],
  { name }: Naming,
  dateMs: number | undefined,
): Found | undefined {
  const latestFirst = records.toSorted((a, b) => b.expiresAtMs - a.expiresAtMs || b.deployment - a.deployment)
  const unexpired = latestFirst.filter(({ expiresAtMs }) => dateMs === undefined || expiresAtMs > dateMs)
  const createdAt = ({ control }: ProvenRecord) => Date.parse(control.createdAt) || 0
  const newestFirst = unexpired.toSorted((a, b) => createdAt(b) - createdAt(a) || b.deployment - a.deployment)
  const { control } = newestFirst.find(record => record.name === name) ?? newestFirst[0] ?? {}
  const basis =
    unexpired.find(record => record.control === control && record.name === name) ??
    unexpired.find(record => record.control === control)
  if (control === undefined || basis === undefined) return undefined
  return { control, basis, own: latestFirst.filter(record => record.control === control && record.name === name) }
}

/**
 * Takes an access control for a name: records the name if it has no record, and renews the record if that gains enough.
 * Both write first and then look: a sweep sets the expired record inactive before it looks for a renewal, so either the
 * sweep sees the renewal and leaves the access control alone, or this step sees that it is being revoked.
 *
 * @param dateMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 * @returns the record that counts; `undefined` if the access control is being revoked
 * @throws ActionError if that can't be told
 */
export async function takeForName(
  { control, own, basis }: Found,
  naming: Naming,
  { records, gateway, dateMs }: { records: NameRecords; gateway: GatewayAddress; dateMs: number | undefined },
  { clock, log }: Step,
): Promise<ProvenRecord | undefined> {
  const isOwn = basis.name === naming.name
  const { expiresInMs = Number.POSITIVE_INFINITY } = naming
  const { revoked } = WORDS[control.kind]
  const nowMs = dateMs ?? (Date.parse(control.createdAt) || clock.now())
  const expiresAtMs = isOwn ? laterExpiry(basis, naming, dateMs, log) : nowMs + expiresInMs
  const isBeingRevoked = async () => {
    if (await records.isActive(basis)) return false
    log.info(`The ${control.kind} that the name ${naming.name} stands for is being ${revoked}, so it is not taken.`)
    return true
  }
  if (expiresAtMs === undefined) return (await isBeingRevoked()) ? undefined : basis
  const added = await records.add({ name: naming.name, expiresAtMs }, control, gateway)
  if (await isBeingRevoked()) {
    // Another name's record may be gone because this one stands for the access control, so this one stays.
    if (isOwn) await records.remove([added], ({ kind, subject }) => `The ${kind} ${subject} is being ${revoked}`)
    return undefined
  }
  await records.remove(own, ({ kind, subject }) => `The expiry of ${kind} ${subject} was renewed`)
  return added
}

/** When a renewed record expires; `undefined` if it stays as it is. */
function laterExpiry(
  { expiresAtMs, kind, subject }: ProvenRecord,
  { expiresInMs }: Naming,
  dateMs: number | undefined,
  log: Step['log'],
): number | undefined {
  if (expiresInMs === undefined || !Number.isFinite(expiresAtMs)) return undefined
  if (dateMs === undefined) {
    log.warning(
      `The expiry of ${kind} ${subject} was not renewed, as expiries are measured by Pinata's clock, and its answer had no usable date.`,
    )
    return undefined
  }
  const gain = dateMs + expiresInMs - expiresAtMs
  return gain < expiresInMs * LEAST_GAIN ? undefined : dateMs + expiresInMs
}
