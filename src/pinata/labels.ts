import type { ControlSpec, GatewayAddress } from './types.ts'

/** Wording and routes that differ between keys and origins. */
export const LABELS = {
  key: {
    title: 'Key',
    created: 'created',
    revoke: 'revoke',
    revoked: 'revoked',
    revocation: 'Revocation',
    /** The readers that an access control of this kind cuts off if it is a gateway's first one. */
    cutOff: 'readers without a key',
    heading: 'Pinata gateway key',
    column: 'Key ID',
    route: 'access_tokens',
  },
  origin: {
    title: 'Origin',
    created: 'added',
    revoke: 'remove',
    revoked: 'removed',
    revocation: 'Removal',
    cutOff: 'all readers except pages on allowed origins',
    heading: 'Pinata web origin',
    column: 'Origin',
    route: 'hosts',
  },
}

/** Returns a phrase for creating an access control: `create a key`, or `add the origin https://…`. */
export function creationOf(wanted: ControlSpec): string {
  return wanted.kind === 'key' ? 'create a key' : `add the origin ${wanted.value}`
}

/** Advice for a response that does not seem to come from Pinata. */
export const CHECK_API_URL = 'Check api-url, and check whether a proxy is responding instead of Pinata.'

/** Returns a gateway's name for use in a message: its domain if known, or otherwise its ID. */
export const gatewayName = ({ id, url }: GatewayAddress): string => (url === '' ? id : url.slice('https://'.length))
