import { field, parseJson } from '../http/reply.ts'
import { type AccessControl, type ControlKind, type GatewayId, isId, isOrigin, type KeyId } from '../pinata/types.ts'

/** A name for keys and origins: 1 to 64 letters, digits, or the characters `.`, `_`, `/`, and `-`. */
export type Name = string & { readonly kind: 'name' }

/** A pattern for names, in which one `*` matches a pull request's number: `pr-*`. */
export type NamePattern = string & { readonly kind: 'name pattern' }

/** Returns the pull request number in a name; `undefined` if the name does not match the pattern. */
export function pullRequestIn(name: Name, pattern: NamePattern): string | undefined {
  const [before = '', after = ''] = pattern.split('*')
  const number = name.slice(before.length, name.length - after.length)
  return /^[1-9]\d*$/.test(number) && before + number + after === name ? number : undefined
}

/** Returns whether an untrusted value can be a name. */
export function isName(value: unknown): value is Name {
  return typeof value === 'string' && /^[\w./-]{1,64}$/.test(value)
}

/** The name of an access control, and its expiry in milliseconds since 1970; infinite without an expiry. */
export interface Named {
  name: Name
  expiresAtMs: number
}

/** A record: a deployment that gives an access control a name. */
export interface NameRecord extends Named {
  deployment: number
  kind: ControlKind
  /** The key's ID or the origin's value. */
  subject: string
  /** When GitHub created the record, in milliseconds since 1970; infinite if unknown, so it never counts as old. */
  createdAtMs: number
  /** An empty string if missing. */
  proof: string
}

/** A record whose proof shows that this action wrote it for this access control. */
export type ProvenRecord = NameRecord & { control: AccessControl }

/** The environment whose deployments are a repository's records. */
export const ENVIRONMENT = 'pinata-gateway-keys'
export const TASK = 'pinata-gateway-key:'
export const SCHEMA = 1

/** The gateway and the repository that a record belongs to. */
export type RecordScope = { gatewayId: GatewayId; repository: { id: string } }

export type DraftRecord = Omit<NameRecord, 'deployment' | 'createdAtMs'>

/** Returns an expiry in ISO 8601 format; `null` without an expiry. */
export function expiryOf({ expiresAtMs }: Named): string | null {
  return Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null
}

/** Returns the body of the deployment that contains a record. @param ref the commit of the run */
export function deploymentFor(record: DraftRecord, { gatewayId }: RecordScope, ref: string) {
  const { kind, name, subject, proof } = record
  const subjectField = kind === 'key' ? { keyId: subject } : { origin: subject }
  return {
    ref,
    environment: ENVIRONMENT,
    task: TASK + name,
    description: kind === 'key' ? 'A Pinata gateway key' : 'A web origin on a Pinata gateway',
    transient_environment: true,
    production_environment: false,
    required_contexts: [],
    auto_merge: false,
    payload: { schema: SCHEMA, kind, name, gatewayId, ...subjectField, expiresAt: expiryOf(record), proof },
  }
}

/** Returns the record in a deployment and the gateway that it is for; `undefined` if the deployment is not a record. */
export function parseRecord(id: number, deployment: unknown): (NameRecord & { gatewayId: unknown }) | undefined {
  const [task, payload, createdAt] = ['task', 'payload', 'created_at'].map(each => field(deployment, each))
  const content = typeof payload === 'string' ? parseJson(payload) : payload
  const [expiresAt, proof, gatewayId] = ['expiresAt', 'proof', 'gatewayId'].map(each => field(content, each))
  const name = typeof task === 'string' && task.startsWith(TASK) ? task.slice(TASK.length) : undefined
  const subject = subjectOf(content)
  if (field(deployment, 'environment') !== ENVIRONMENT || field(content, 'schema') !== SCHEMA) return undefined
  // Don't use String(): it throws for some objects, and a deployment created by hand must not stop every run.
  if (!isName(name) || !subject || (expiresAt !== null && typeof expiresAt !== 'string')) return undefined
  const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  if (Number.isNaN(expiresAtMs)) return undefined
  const createdAtMs = (typeof createdAt === 'string' && Date.parse(createdAt)) || Number.POSITIVE_INFINITY
  const record = { deployment: id, name, ...subject, expiresAtMs, createdAtMs, gatewayId }
  // A record under another name's task proves nothing.
  const isConsistent = field(content, 'kind') === subject.kind && field(content, 'name') === name
  return { ...record, proof: isConsistent && typeof proof === 'string' ? proof : '' }
}

function subjectOf(content: unknown): Pick<NameRecord, 'kind' | 'subject'> | undefined {
  const [keyId, origin] = [field(content, 'keyId'), field(content, 'origin')]
  if (isId<KeyId>(keyId)) return { kind: 'key', subject: keyId }
  return isOrigin(origin) ? { kind: 'origin', subject: origin } : undefined
}
