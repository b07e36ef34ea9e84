import { createHmac } from 'node:crypto'
import { type AccessControl, secretOf } from '../pinata/types.ts'

/**
 * Returns the proof in an access control's record: an HMAC of `fields`. Its secret can be read only with a JWT, so a
 * deployment created by hand, or a copy with another expiry, proves nothing. `undefined` if the secret is unusable.
 */
export function proofOf(fields: unknown[], control: AccessControl): string | undefined {
  const secret = secretOf(control)
  return secret && createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
}
