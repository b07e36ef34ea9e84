import { isIP } from 'node:net'
import { ActionError } from './errors.ts'
import type { Secrets } from './secrets.ts'
import { count, quoted } from './text.ts'

/** The ID of a gateway. Safe as a segment of a path. */
export type GatewayId = string & { readonly kind: 'gateway ID' }
/** The ID of a gateway key. Safe as a segment of a path: `..` there would make a DELETE of a key one of its gateway. */
export type KeyId = string & { readonly kind: 'key ID' }
/** A full domain in lower case. */
export type Domain = string & { readonly kind: 'domain' }
/** The base of the API's addresses, without a slash at its end. */
export type ApiUrl = string & { readonly kind: 'API URL' }
/** A JWT as it goes into the header, masked. */
export type Jwt = string & { readonly kind: 'JWT' }

/** A gateway as the user names it. */
export type GatewayRef = { id: GatewayId } | { domain: Domain }

export type RevokeWhen = (typeof REVOKE_WHEN)[number]
export type Guard = (typeof GUARDS)[number]

const REVOKE_WHEN = ['never', 'on-failure', 'after-job'] as const
const GUARDS = ['warn', 'fail', 'allow'] as const

/** What both actions need to talk to a gateway. */
export interface Access {
  gateway: GatewayRef
  jwt: Jwt
  apiUrl: ApiUrl
}

export interface KeyInputs extends Access {
  /** Take this key instead of making one. */
  keyId: KeyId | undefined
  revoke: RevokeWhen
  firstKey: Guard
}

export interface RevokeInputs extends Access {
  /** Without duplicates, in the user's order. */
  keyIds: KeyId[]
  keep: Set<KeyId>
  dryRun: boolean
  lastKey: Guard
}

/** How an input is read: its value without surrounding white space, an empty string if there is none. */
export type GetInput = (name: string) => string

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readKeyInputs(getInput: GetInput, secrets: Secrets): KeyInputs {
  // First of all, so that nothing that comes later can print it.
  const jwt = readJwt(getInput, secrets)
  const keyId = getInput('key-id')
  return {
    ...readAccess(getInput, jwt),
    keyId: keyId === '' ? undefined : parseKeyId('key-id', keyId),
    revoke: oneOf(getInput, 'revoke', REVOKE_WHEN, 'never'),
    firstKey: oneOf(getInput, 'first-key', GUARDS, 'warn'),
  }
}

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readRevokeInputs(getInput: GetInput, secrets: Secrets): RevokeInputs {
  const jwt = readJwt(getInput, secrets)
  const access = readAccess(getInput, jwt)
  const keyIds = parseKeyIds('key-id', getInput('key-id'))
  if (keyIds.length === 0) {
    throw new ActionError(
      'key-id is empty. Give it the ID of the key to revoke: the output key-id of the step that made it.',
    )
  }
  return {
    ...access,
    keyIds,
    keep: new Set(parseKeyIds('keep', getInput('keep'))),
    dryRun:
      oneOf(getInput, 'dry-run', ['false', 'true', 'False', 'True', 'FALSE', 'TRUE'], 'false').toLowerCase() === 'true',
    lastKey: oneOf(getInput, 'last-key', GUARDS, 'warn'),
  }
}

function readAccess(getInput: GetInput, jwt: Jwt): Access {
  return { gateway: parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

/** Longer than any JWT of Pinata's, shorter than what a server takes for its headers. In characters. */
const MAX_JWT = 8192

/** Reads and masks the JWT. @throws ActionError if it can't be one */
export function readJwt(getInput: GetInput, secrets: Secrets): Jwt {
  const given = getInput('pinata-jwt')
  secrets.add(given)
  const jwt = given.replace(/^Bearer(\s+|$)/i, '')
  secrets.add(jwt)
  if (jwt === '') {
    throw new ActionError(
      'pinata-jwt is empty. GitHub gives no secrets to workflows started from a fork or by Dependabot. Otherwise check that the secret exists in this repository, organization or environment, and its name in the workflow.',
    )
  }
  if (/^[\da-f]{20}$|(^|[^\da-f])[\da-f]{64}$/i.test(jwt)) {
    throw new ActionError(
      "pinata-jwt holds Pinata's API key or API secret. Put the JWT there, which Pinata shows next to them when the key is made: three parts with dots between, starting with eyJ.",
    )
  }
  if (!/^[\x21-\x7e]+$/.test(jwt) || jwt.length > MAX_JWT) {
    throw new ActionError(
      `pinata-jwt is not a JWT: it has ${jwt.length > MAX_JWT ? count(jwt.length, 'character') : 'white space or other characters inside that no JWT has'}. Copy the JWT again from Pinata, alone and in one line.`,
    )
  }
  return jwt as Jwt
}

/** Whether a secret has the shape of a JWT. Only for the words of an error: Pinata decides what it accepts. */
export function looksLikeJwt(jwt: Jwt): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(jwt)
}

/** Pinata's IDs are UUIDs. Shorter than a key's value (64 characters), so that one pasted here is refused, not printed. */
const ID = /^[\w-]{1,63}$/

/** An ID if it has no dot, else a domain, with or without scheme and path. @throws ActionError if it is neither */
export function parseGateway(value: string): GatewayRef {
  if (value === '') {
    throw new ActionError(
      'gateway-id is empty. Give it the ID of the gateway or its domain (fun-llama-300.mypinata.cloud).',
    )
  }
  if (ID.test(value)) return { id: value as GatewayId }
  const domain = parseDomain(value)
  if (domain === undefined) {
    throw new ActionError(
      `gateway-id ${quoted(value)} is neither the ID of a gateway (letters, digits, - and _) nor a domain (fun-llama-300.mypinata.cloud).`,
    )
  }
  return { domain }
}

const HOSTNAME = /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/

function parseDomain(value: string): Domain | undefined {
  if (value.length > 2000 || /[\s\p{C}@\\]/u.test(value)) return undefined
  const url = /^https?:\/\//i.test(value) ? value : `https://${value}`
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.replace(/\.$/, '')
  return HOSTNAME.test(host) && isIP(host) === 0 ? (host as Domain) : undefined
}

/** Whether a string from Pinata can be the ID of a key, safe in a path. */
export function isKeyId(value: unknown): value is KeyId {
  return typeof value === 'string' && ID.test(value)
}

/** Whether a string from Pinata can be the ID of a gateway, safe in a path. */
export function isGatewayId(value: unknown): value is GatewayId {
  return typeof value === 'string' && ID.test(value)
}

function parseKeyId(input: string, value: string): KeyId {
  if (!isKeyId(value)) {
    throw new ActionError(
      `${input} ${quoted(value)} is not the ID of a gateway key (letters, digits, - and _). Give it the output key-id of the step that made the key, not the key itself.`,
    )
  }
  return value
}

function parseKeyIds(input: string, value: string): KeyId[] {
  const ids = value.split(/[,\r\n]/).map(part => part.trim())
  return [...new Set(ids.filter(id => id !== '').map(id => parseKeyId(input, id)))]
}

function oneOf<T extends string>(getInput: GetInput, input: string, allowed: readonly T[], fallback: T): T {
  const value = getInput(input)
  if (value === '') return fallback
  const found = allowed.find(each => each === value)
  if (found !== undefined) return found
  const choices = [...new Set(allowed.map(each => each.toLowerCase()))]
  throw new ActionError(
    `${input} is ${quoted(value)}. It must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
  )
}

const DEFAULT_API_URL = 'https://api.pinata.cloud/v3'

/** @throws ActionError unless it is https, or http on the loopback interface */
export function parseApiUrl(value: string): ApiUrl {
  const text = value === '' ? DEFAULT_API_URL : value
  const example = `Leave it out, or set it to an address like ${DEFAULT_API_URL}.`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ActionError(`api-url ${quoted(text)} is not an https address. ${example}`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // Not quoted: it may hold a password.
    throw new ActionError(`api-url must not hold a user name, a password, a query (?) or a fragment (#). ${example}`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ActionError(
      `api-url ${quoted(text)} is plain http, over which anybody on the way could read the JWT. Use https (http is for localhost only).`,
    )
  }
  return (url.origin + url.pathname).replace(/\/+$/, '') as ApiUrl
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
