import { createHmac } from 'node:crypto'
import type { AccessControl } from '../pinata/types.ts'

/**
 * Returns the proof for a record: an HMAC of `fields`, or `undefined` if the access control's secret is unusable. Only
 * someone who knows the secret can create a deployment with a valid proof, or change the expiry of a copy.
 */
export function proofOf(fields: unknown[], { secret }: AccessControl): string | undefined {
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
