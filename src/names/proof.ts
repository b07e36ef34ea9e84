import { createHmac } from 'node:crypto'
import type { AccessControl } from '../pinata/types.ts'

/**
 * Returns the proof for a record: an HMAC of `fields`, or `undefined` if the access control's secret is unusable. Only
 * someone who knows the secret can compute a valid proof. Changing any field makes a record's proof invalid.
 */
export function proofOf(fields: unknown[], { secret }: AccessControl): string | undefined {
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
