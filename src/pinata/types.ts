import type { ActionError } from '../errors.ts'
import type { Secret } from '../secret.ts'

export type GatewayId = string & { readonly kind: 'gateway ID' }
export type KeyId = string & { readonly kind: 'key ID' }
/** A web origin as browsers send it, such as `https://pr-7.example.com`. */
export type Origin = string & { readonly kind: 'origin' }
/** A full domain in lowercase. */
export type Domain = string & { readonly kind: 'domain' }
/** The base URL of the API, without a trailing slash. */
export type ApiUrl = string & { readonly kind: 'API URL' }
export type ApiCredentials = { apiUrl: ApiUrl; jwt: Secret }
export const DEFAULT_API_URL = 'https://api.pinata.cloud/v3'

/** A gateway as the user specifies it. */
export type GatewayRef = { id: GatewayId } | { domain: Domain }
/** A gateway's ID and URL. The URL is `https://` plus the domain, or an empty string if the domain is unknown. */
export type GatewayAddress = { id: GatewayId; url: string }

/** A gateway in the response to `GET /gateways/{id}`. */
export interface Gateway extends Pick<GatewayAddress, 'url'> {
  keys: AccessControl[]
  origins: AccessControl[]
  /** How many keys, host origins, and IP addresses the gateway has. */
  controlCount: number
  /** The date of the response, in milliseconds since 1970, or `undefined` if it has no valid `Date` header. */
  readAtMs: number | undefined
}
/** The gateway, or the reason it could not be read. */
export type GatewayResult = Gateway | ActionError

export type ControlKind = 'key' | 'origin'
export type ControlSpec = { kind: 'key' } | { kind: 'origin'; value: Origin }

/** An access control of a kind that this action creates: a gateway key or a host origin. */
export interface AccessControl {
  kind: ControlKind
  /** The public part, shown in logs, outputs, and records: a key's ID, or the value of an origin's entry. */
  subject: string
  /** The secret part: an origin's ID, or a key's value (`undefined` if readers can't send it). */
  secret: Secret | undefined
  /** The time in ISO 8601, with up to nine fractional digits, or an empty string if Pinata returned no valid time. */
  createdAt: string
}
/** An access control to remove. A key lacks `createdAt` if the gateway did not list it. */
export type Removable = Omit<AccessControl, 'createdAt'> & { createdAt?: string }

/** Returns the ID. An origin's ID is its `secret`, so it must not be printed. Every origin has a `secret`. */
export const idOf = ({ kind, subject, secret }: Removable) => (kind === 'key' ? subject : (secret as Secret).reveal())

/** Returns the access controls of the kinds that this action creates. */
export const controlsOf = ({ keys, origins }: Gateway): AccessControl[] => [...keys, ...origins]

/** Returns whether an access control or a record has the specified kind and, for an origin, the specified value. */
export function isMatch(spec: ControlSpec, { kind, subject }: Pick<AccessControl, 'kind' | 'subject'>): boolean {
  return kind === spec.kind && (spec.kind === 'key' || subject === spec.value)
}

/** Printable text, but not `..`. In a path, `..` would turn the deletion of a key into the deletion of its gateway. */
const ID = /^(?!\s|\.{1,2}$)[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\s)$/u
/** The format of a JWT, used to choose an error message and to reject JWTs given as IDs. Pinata validates JWTs. */
export const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/
const ORIGIN = /^https:\/\/(\[[\da-f:.]{2,45}\]|(?=.{1,253}(:|$))[\w-]+(\.[\w-]+)*)(:\d{1,5})?$/

/** Returns whether a value can be a Pinata ID. Rejects JWTs, because the IDs of keys and gateways are printed. */
export function isId<Id extends string = string>(value: unknown): value is Id {
  return typeof value === 'string' && ID.test(value) && !JWT.test(value)
}

/** Returns whether a value is a web origin in a form that browsers send and the action records. */
export const isOrigin = (value: unknown): value is Origin => typeof value === 'string' && ORIGIN.test(value)
