import type { Secret } from '../secret.ts'

/** The ID of a gateway. */
export type GatewayId = string & { readonly kind: 'gateway ID' }
/** The ID of a gateway key. */
export type KeyId = string & { readonly kind: 'key ID' }
/** A full domain in lower case. */
export type Domain = string & { readonly kind: 'domain' }
/** The base of the API's addresses, without a slash at its end. */
export type ApiUrl = string & { readonly kind: 'API URL' }

/** A gateway as the user gives it. */
export type GatewayRef = { id: GatewayId } | { domain: Domain }

/** How Pinata's API is reached. */
export interface Access {
  apiUrl: ApiUrl
  jwt: Secret
}

/** A gateway's ID and address. */
export interface GatewayAddress {
  id: GatewayId
  /** `https://` and its domain; an empty string if it is not known. */
  url: string
}

/** A gateway as `GET /gateways/{id}` tells of it. */
export interface Gateway extends GatewayAddress {
  keys: Key[]
  /** How many keys, host origins and IP addresses it has. */
  accessControls: number
}

export interface Key {
  id: KeyId
  /** `undefined` if Pinata gave no value that a reader could send and GitHub could mask. */
  value: Secret | undefined
  /** ISO 8601 with up to nine digits of a second; an empty string if Pinata gave no usable time. */
  createdAt: string
}

/** Printable text, so that it can be told; in a path it is encoded by {@link segment}. */
const ID = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u

const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/

function isId(value: unknown): value is string {
  // A server that sends the JWT back gets it printed nowhere.
  if (typeof value !== 'string' || !ID.test(value) || JWT.test(value)) return false
  return value === value.trim() && value !== '.' && value !== '..'
}

/** Whether a value can be the ID of a key. */
export function isKeyId(value: unknown): value is KeyId {
  return isId(value)
}

/** Whether a value can be the ID of a gateway. */
export function isGatewayId(value: unknown): value is GatewayId {
  return isId(value)
}

/** An ID in a path, where `..` would make a DELETE of a key one of its gateway: no ID is that. */
export function segment(id: GatewayId | KeyId): string {
  return encodeURIComponent(id)
}

/** Whether a secret has the shape of a JWT. Only for the words of an error: Pinata decides what it accepts. */
export function looksLikeJwt(jwt: Secret): boolean {
  return JWT.test(jwt.reveal())
}
