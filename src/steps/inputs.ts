import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import type { Secrets } from '../runner/masks.ts'
import { count, quoted } from '../text.ts'

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
/** A name for a key: 1 to 64 letters, digits, `.`, `_`, `/` and `-`. */
export type KeyName = string & { readonly kind: 'key name' }
/** A token for GitHub's API, masked. */
export type GitHubToken = string & { readonly kind: 'GitHub token' }

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

/** How a key gets a name. */
export interface Naming {
  name: KeyName
  /** How long a new key lives until a sweep may revoke it, in milliseconds; `undefined` for ever. */
  expiresInMs: number | undefined
  /** Make a new key even if there is one of this name. */
  rotate: boolean
  token: GitHubToken
}

export interface KeyInputs extends Access {
  /** Take this key instead of making one. */
  keyId: KeyId | undefined
  naming: Naming | undefined
  revoke: RevokeWhen
  firstKey: Guard
}

/** Which keys to revoke. Lists are without duplicates, in the user's order. */
export type Selector =
  | { by: 'key-id'; keyIds: KeyId[] }
  | { by: 'name'; names: KeyName[]; token: GitHubToken }
  | { by: 'expired'; token: GitHubToken }
  /** `age`: as the user wrote it. */
  | { by: 'older-than'; ms: number; age: string }

export interface RevokeInputs extends Access {
  selector: Selector
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
  const access = readAccess(getInput, jwt)
  const naming = readNaming(getInput, secrets)
  if (keyId !== '' && naming !== undefined) {
    throw new ActionError('key-id and name exclude each other: give the ID of the key to take, or the name of a key.')
  }
  return {
    ...access,
    keyId: keyId === '' ? undefined : parseKeyId('key-id', keyId),
    naming,
    revoke: oneOf(getInput, 'revoke', REVOKE_WHEN, 'never'),
    firstKey: oneOf(getInput, 'first-key', GUARDS, 'warn'),
  }
}

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readRevokeInputs(getInput: GetInput, secrets: Secrets): RevokeInputs {
  const jwt = readJwt(getInput, secrets)
  const access = readAccess(getInput, jwt)
  return {
    ...access,
    selector: readSelector(getInput, secrets),
    keep: new Set(list(getInput('keep')).map(each => parseKeyId('keep', each))),
    dryRun: readFlag(getInput, 'dry-run'),
    lastKey: oneOf(getInput, 'last-key', GUARDS, 'warn'),
  }
}

function readNaming(getInput: GetInput, secrets: Secrets): Naming | undefined {
  const name = getInput('name')
  const expiresIn = getInput('expires-in')
  const rotate = readFlag(getInput, 'rotate')
  if (name === '') {
    const without = expiresIn !== '' ? 'expires-in' : rotate ? 'rotate' : undefined
    if (without === undefined) return undefined
    throw new ActionError(
      `${without} needs name, by which a key is found again. Give the key a name, or leave ${without} out.`,
    )
  }
  return {
    name: parseKeyName(name),
    expiresInMs: expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, MAX_EXPIRES_IN_MS),
    rotate,
    token: readGitHubToken(getInput, secrets),
  }
}

function readSelector(getInput: GetInput, secrets: Secrets): Selector {
  const keyIds = list(getInput('key-id'))
  const names = list(getInput('name'))
  const expired = readFlag(getInput, 'expired')
  const age = getInput('older-than')
  const given = [
    ...(keyIds.length > 0 ? ['key-id'] : []),
    ...(names.length > 0 ? ['name'] : []),
    ...(expired ? ['expired'] : []),
    ...(age === '' ? [] : ['older-than']),
  ]
  if (given.length === 0) {
    throw new ActionError(
      `No keys to revoke are given: ${ONE_SELECTOR}. If one of them is an output of another step or job, that has set none.`,
    )
  }
  if (given.length > 1) {
    const all = new Intl.ListFormat('en').format(given)
    throw new ActionError(`${all} are given, but ${ONE_SELECTOR}.`)
  }
  if (keyIds.length > 0) return { by: 'key-id', keyIds: keyIds.map(each => parseKeyId('key-id', each)) }
  if (age !== '') return { by: 'older-than', ms: parseDuration('older-than', age), age }
  if (expired) return { by: 'expired', token: readGitHubToken(getInput, secrets) }
  return { by: 'name', names: names.map(parseKeyName), token: readGitHubToken(getInput, secrets) }
}

const ONE_SELECTOR = 'exactly one of key-id, name, expired: true and older-than says which'

function readAccess(getInput: GetInput, jwt: Jwt): Access {
  return { gateway: parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

/** Longer than any JWT of Pinata's, shorter than what a server takes for its headers. In characters. */
const MAX_JWT = 8192
/** What is shorter is a slip, and too short to be masked: it is sent nowhere. In characters. */
const MIN_TOKEN = 4
/** What a bearer token is made of (RFC 6750, section 2.1); none is a path. */
const TOKEN = /^\w[\w.~+/-]*=*$/

/** Reads and masks the JWT. @throws ActionError if it can't be one */
export function readJwt(getInput: GetInput, secrets: Secrets): Jwt {
  const given = getInput('pinata-jwt')
  secrets.add(given)
  const jwt = withoutBearer(given)
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
  const odd = TOKEN.test(jwt) ? undefined : 'white space or other characters inside that no JWT has'
  if (odd !== undefined || jwt.length < MIN_TOKEN || jwt.length > MAX_JWT) {
    throw new ActionError(
      `pinata-jwt is not a JWT: it has ${odd ?? count(jwt.length, 'character')}. Copy the JWT again from Pinata, alone, in one line and without quotation marks.`,
    )
  }
  return jwt as Jwt
}

function withoutBearer(given: string): string {
  return given.replace(/^Bearer(\s+|$)/i, '')
}

/**
 * A refused input in a sentence. Where it holds something that does not show, or looks like another letter, it says
 * what: `"true"` would be a riddle.
 */
function shown(value: string): string {
  const [odd] = /[^\x20-\x7e]/u.exec(value) ?? []
  if (odd === undefined) return quoted(value)
  const code = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  return `${quoted(value)} (with ${/[\r\n]/.test(odd) ? 'a line break' : `the character U+${code}`} in it)`
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
      `gateway-id ${shown(value)} is neither the ID of a gateway (letters, digits, - and _) nor a domain (fun-llama-300.mypinata.cloud).`,
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
      `${input} ${shown(value)} is not the ID of a gateway key (letters, digits, - and _). Give it the output key-id of the step that made the key, not the key itself.`,
    )
  }
  return value
}

/** The parts of a list by comma or line, without duplicates. */
function list(value: string): string[] {
  const parts = value.split(/[,\r\n]/).map(part => part.trim())
  return [...new Set(parts.filter(part => part !== ''))]
}

const KEY_NAME = /^[\w./-]{1,64}$/

/** Whether a value from anywhere can be the name of a key. */
export function isKeyName(value: unknown): value is KeyName {
  return typeof value === 'string' && KEY_NAME.test(value)
}

function parseKeyName(value: string): KeyName {
  if (isKeyName(value)) return value
  throw new ActionError(
    `name ${shown(value)} can't name a key: a name is 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const MAX_EXPIRES_IN_MS = 365 * UNIT_MS.d

/** `30m`, `12h` or `7d`, in milliseconds. */
function parseDuration(input: string, value: string, maxMs = Number.POSITIVE_INFINITY): number {
  const [, number, unit] = /^0*([1-9]\d{0,5})([mhd])$/.exec(value) ?? []
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (unit !== undefined && ms <= maxMs) return ms
  const most = maxMs === Number.POSITIVE_INFINITY ? '' : `, ${maxMs / UNIT_MS.d} days at the most`
  throw new ActionError(
    `${input} is ${shown(value)}. It must be a whole number with m (minutes), h (hours) or d (days), like 12h${most}.`,
  )
}

/** Reads and masks the token for GitHub. @throws ActionError if it can't be one */
export function readGitHubToken(getInput: GetInput, secrets: Secrets): GitHubToken {
  const token = getInput('github-token')
  secrets.add(token)
  const isJwt = token === withoutBearer(getInput('pinata-jwt'))
  if (!isJwt && token.length >= MIN_TOKEN && token.length <= 4096 && TOKEN.test(token)) return token as GitHubToken
  throw new ActionError(
    `github-token is ${token === '' ? 'empty' : isJwt ? 'the JWT of Pinata' : 'not a token'}, and names of keys are kept on GitHub. Leave it out to use the job's own token, or give it a token that may write deployments.`,
  )
}

function readFlag(getInput: GetInput, input: string): boolean {
  return oneOf(getInput, input, ['false', 'true', 'False', 'True', 'FALSE', 'TRUE'], 'false').toLowerCase() === 'true'
}

function oneOf<T extends string>(getInput: GetInput, input: string, allowed: readonly T[], fallback: T): T {
  const value = getInput(input)
  if (value === '') return fallback
  const found = allowed.find(each => each === value)
  if (found !== undefined) return found
  const choices = [...new Set(allowed.map(each => each.toLowerCase()))]
  throw new ActionError(
    `${input} is ${shown(value)}. It must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
  )
}

const DEFAULT_API_URL = 'https://api.pinata.cloud/v3'

/** @throws ActionError unless it is https, or http on the loopback interface */
export function parseApiUrl(value: string): ApiUrl {
  const text = value === '' ? DEFAULT_API_URL : value
  const example = `Leave it out, or set it to an address like ${DEFAULT_API_URL}.`
  // What a URL parser would make good: line breaks, letters of other scripts, `..`.
  const url = /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const start = text.slice(0, 1000).replace(/^([^?#]*:\/\/[^?#]*)[?#].*/s, '$1')
    const open = start.replace(/\/\/.*@/s, '//***@')
    throw new ActionError(`api-url ${shown(open)} is not an https address. ${example}`)
  }
  const hasDots = /\/(\.|%2e){1,2}(\/|$)/i.test(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || hasDots) {
    // Not quoted: it may hold a password.
    throw new ActionError(
      `api-url must not hold a user name, a password, a query (?), a fragment (#) or dots in place of a folder (..). ${example}`,
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ActionError(
      `api-url ${quoted(text)} is plain http, over which anybody on the way could read the JWT. Use https (http is for localhost only).`,
    )
  }
  return (url.origin + url.pathname).replace(/\/+$/, '') as ApiUrl
}

/** Whether a host is this machine, to which plain http is no risk. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
