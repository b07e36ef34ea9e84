import { createHmac } from 'node:crypto'
import type { Deployment } from '../github/api.ts'
import { parseJson } from '../http/reply.ts'
import { type AccessControl, type GatewayId, isId, isOrigin } from '../pinata/types.ts'

/** A name for keys and origins: 1 to 64 characters, each of which is a letter, a digit, `.`, `_`, `/`, or `-`. */
export type Name = string & { readonly kind: 'name' }
/** A pattern for names, in which one `*` matches a pull request number. Example: `pr-*`. */
export type NamePattern = string & { readonly kind: 'name pattern' }

/** Returns the pull request number in a name, or `undefined` if the name does not match the pattern. */
export function pullRequestIn(name: Name, pattern: NamePattern): string | undefined {
  const [before = '', after = ''] = pattern.split('*')
  const number = name.slice(before.length, name.length - after.length)
  return /^[1-9]\d*$/.test(number) && before + number + after === name ? number : undefined
}

/** Returns whether untrusted text is a valid name. */
export function isName(value: string): value is Name {
  return /^[\w./-]{1,64}$/.test(value)
}

/** The name of an access control, and its expiry in milliseconds since 1970 (infinite if it never expires). */
export type Named = { name: Name; expiresAtMs: number }

/** A record: a deployment that assigns a name to an access control. */
export interface NameRecord extends Named, Pick<AccessControl, 'kind' | 'subject'> {
  deploymentId: number
  /** The creation time, in milliseconds since 1970, or infinite if unknown, so that the record never counts as old. */
  createdAtMs: number
  /** The proof, or an empty string if it is missing or belongs to a record with another name or kind. */
  proof: string
}

/** A record whose proof shows that this action created it for the access control in `control`. */
export type ProvenRecord = NameRecord & { control: AccessControl }
/** The deployment to create for a record. `NameRecords.draft()` adds the commit. */
export type DraftRecord = ReturnType<typeof draftRecord>
/** The gateway and the repository that a record belongs to. */
export type RecordScope = { gatewayId: GatewayId; repository: { id: string } }

/** Each record is a deployment to this environment, with a task that consists of this prefix and the name. */
export const ENVIRONMENT = 'pinata-gateway-keys'
export const TASK_PREFIX = 'pinata-gateway-key:'
const SCHEMA = 1

/** Returns the expiry in ISO 8601 format, or `null` if the access control never expires. */
export function expiryOf({ expiresAtMs }: Named): string | null {
  return Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null
}

/** Drafts an access control's record. The proof covers the payload's other fields and the repository ID. */
export function draftRecord(named: Named, control: AccessControl, { gatewayId, repository }: RecordScope) {
  const { kind } = control
  const subject = kind === 'key' ? { keyId: control.subject } : { origin: control.subject }
  const fields = { schema: SCHEMA, kind, name: named.name, gatewayId, ...subject, expiresAt: expiryOf(named) }
  return {
    environment: ENVIRONMENT,
    task: TASK_PREFIX + named.name,
    description: kind === 'key' ? 'A Pinata gateway key' : 'A web origin on a Pinata gateway',
    transient_environment: true,
    production_environment: false,
    required_contexts: [],
    auto_merge: false,
    payload: { ...fields, proof: proofOf([...Object.values(fields), repository.id], control) },
  }
}

/**
 * Returns the proof for a record: an HMAC of `fields`, or `undefined` if the access control's secret is unusable. Only
 * someone who knows the secret can compute a valid proof. Changing any field makes a record's proof invalid.
 */
function proofOf(fields: unknown[], { secret }: AccessControl): string | undefined {
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * Returns the record in a deployment, including its gateway ID, or `undefined` if the deployment is not a record.
 * Never throws, because a manually created deployment must not make every run fail.
 */
export function parseRecord(deployment: Deployment): (NameRecord & { gatewayId: unknown }) | undefined {
  const { id, environment, task, payload, created_at: createdAt } = deployment
  const content = typeof payload === 'string' ? parseJson(payload) : payload
  const claimed = (content ?? {}) as Partial<Record<string, unknown>>
  const { schema, keyId, origin, gatewayId, expiresAt, proof } = claimed
  const name = textOf(task).slice(TASK_PREFIX.length)
  const kind = isId(keyId) ? 'key' : 'origin'
  const subject = textOf(kind === 'key' ? keyId : origin)
  const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(textOf(expiresAt))
  const createdAtMs = Date.parse(textOf(createdAt)) || Number.POSITIVE_INFINITY
  const isRecord = environment === ENVIRONMENT && task === TASK_PREFIX + name && schema === SCHEMA
  const isValid = isName(name) && (kind === 'key' || isOrigin(subject)) && !Number.isNaN(expiresAtMs)
  if (!isRecord || !isValid) return undefined
  // If a payload was copied to a deployment for another name, its proof is not valid.
  const consistentProof = claimed.kind === kind && claimed.name === name ? textOf(proof) : ''
  return { deploymentId: id, kind, name, subject, expiresAtMs, createdAtMs, gatewayId, proof: consistentProof }
}
