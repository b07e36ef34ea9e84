import { createHmac } from 'node:crypto'
import { type AccessControl, publicName, secretOf } from '../pinata/types.ts'
import { type DraftRecord, expiryOf, type Named, type RecordScope, SCHEMA } from './record-format.ts'

/** Returns a record of an access control, with its proof. */
export function draftRecord(named: Named, control: AccessControl, scope: RecordScope): DraftRecord {
  const record = { ...named, kind: control.kind, subject: publicName(control) }
  return { ...record, proof: proofOf(record, control, scope) ?? '' }
}

/**
 * Returns a record's proof: an HMAC of all its fields and the repository's ID. Its key can be read only with a JWT, so
 * a deployment created by hand, or a copy with another expiry, proves nothing. `undefined` if the value is unusable.
 */
export function proofOf(record: Omit<DraftRecord, 'proof'>, control: AccessControl, scope: RecordScope) {
  const { name, kind, subject } = record
  const fields = [SCHEMA, kind, name, scope.gatewayId, subject, expiryOf(record), scope.repository.id]
  const secret = secretOf(control)
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
