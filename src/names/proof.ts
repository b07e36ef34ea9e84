import { createHmac } from 'node:crypto'
import type { AccessControl } from '../pinata/types.ts'

/**
 * Returns the proof for a record: an HMAC of `fields`; `undefined` if the access control's secret is unusable. Only a
 * JWT gives access to the secret, so a deployment created manually, or copied with another expiry, has no valid proof.
 */
export function proofOf(fields: unknown[], { secret }: AccessControl): string | undefined {
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
