import { createHmac } from 'node:crypto'
import type { AccessControl } from '../pinata/types.ts'

/**
 * Returns the proof for a record: an HMAC of `fields`, or `undefined` if the access control's secret is unusable. Only
 * a JWT provides access to the secret, so a manually created deployment or a copy with another expiry proves nothing.
 */
export function proofOf(fields: unknown[], { secret }: AccessControl): string | undefined {
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
