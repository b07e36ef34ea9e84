import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { isKeyName, type KeyName } from '../names/records.ts'
import {
  type Access,
  type ApiUrl,
  type Domain,
  type GatewayId,
  type GatewayRef,
  isKeyId,
  type KeyId,
} from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import { Secret } from '../secret.ts'
import { count, quoted } from '../text.ts'
import { isLoopback, parseChoice, parseDuration, parseFlag, parseList, shown } from '../values.ts'

export type RevokeWhen = (typeof REVOKE_WHEN)[number]
const MAX_EXPIRES_IN_MS = 365 * 86_400_000

export type Guard = (typeof GUARDS)[number]

const REVOKE_WHEN = ['never', 'on-failure', 'after-job'] as const
const GUARDS = ['warn', 'fail', 'allow'] as const

/** What both actions need to talk to a gateway. */
export interface GatewayInputs extends Access {
  gateway: GatewayRef
}

/** How a key gets a name. */
export interface Naming {
  name: KeyName
  /** How long a new key lives until a sweep may revoke it, in milliseconds; `undefined` for ever. */
  expiresInMs: number | undefined
  /** Create a new key even if there is one of this name. */
  rotate: boolean
  token: Secret
}

export interface KeyInputs extends GatewayInputs {
  /** Take this key instead of creating one. */
  keyId: KeyId | undefined
  naming: Naming | undefined
  revoke: RevokeWhen
  firstKey: Guard
}

/** Which keys to revoke. Lists are without duplicates, in the user's order. */
export type Selector =
  | { by: 'key-id'; keyIds: KeyId[] }
  | { by: 'name'; names: KeyName[]; token: Secret }
  | { by: 'expired'; token: Secret }
  /** `age`: as the user wrote it. */
  | { by: 'older-than'; ms: number; age: string }

export interface RevokeInputs extends GatewayInputs {
  selector: Selector
  keep: Set<KeyId>
  dryRun: boolean
  lastKey: Guard
}

/** How an input is read: its value without surrounding white space, an empty string if there is none. */
export type GetInput = (name: string) => string

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readKeyInputs(getInput: GetInput, masks: Masks): KeyInputs {
  // First of all, so that nothing that comes later can print it.
  const jwt = readJwt(getInput, masks)
  const keyId = getInput('key-id')
  const access = readAccess(getInput, jwt)
  const naming = readNaming(getInput, masks)
  if (keyId !== '' && naming !== undefined) {
    throw new ActionError('key-id and name exclude each other: give the ID of the key to take, or the name of a key.')
  }
  return {
    ...access,
    keyId: keyId === '' ? undefined : parseKeyId('key-id', keyId),
    naming,
    revoke: parseChoice('revoke', getInput('revoke'), REVOKE_WHEN, 'never'),
    firstKey: parseChoice('first-key', getInput('first-key'), GUARDS, 'warn'),
  }
}

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readRevokeInputs(getInput: GetInput, masks: Masks): RevokeInputs {
  const jwt = readJwt(getInput, masks)
  const access = readAccess(getInput, jwt)
  return {
    ...access,
    selector: readSelector(getInput, masks),
    keep: new Set(parseList(getInput('keep')).map(each => parseKeyId('keep', each))),
    dryRun: parseFlag('dry-run', getInput('dry-run')),
    lastKey: parseChoice('last-key', getInput('last-key'), GUARDS, 'warn'),
  }
}

function readNaming(getInput: GetInput, masks: Masks): Naming | undefined {
  const name = getInput('name')
  const expiresIn = getInput('expires-in')
  const rotate = parseFlag('rotate', getInput('rotate'))
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
    token: readGitHubToken(getInput, masks),
  }
}

function readSelector(getInput: GetInput, masks: Masks): Selector {
  const keyIds = parseList(getInput('key-id'))
  const names = parseList(getInput('name'))
  const expired = parseFlag('expired', getInput('expired'))
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
  if (expired) return { by: 'expired', token: readGitHubToken(getInput, masks) }
  return { by: 'name', names: names.map(parseKeyName), token: readGitHubToken(getInput, masks) }
}

const ONE_SELECTOR = 'exactly one of key-id, name, expired: true and older-than says which'

function readAccess(getInput: GetInput, jwt: Secret): GatewayInputs {
  return { gateway: parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

/** Longer than any JWT of Pinata's, shorter than what a server takes for its headers. In characters. */
const MAX_JWT = 8192
/** What is shorter is a slip, and too short to be masked: it is sent nowhere. In characters. */
const MIN_TOKEN = 4
/** What a bearer token is made of (RFC 6750, section 2.1); none is a path. */
const TOKEN = /^\w[\w.~+/-]*=*$/

/** Reads and masks the JWT. @throws ActionError if it can't be one */
export function readJwt(getInput: GetInput, masks: Masks): Secret {
  const given = getInput('pinata-jwt')
  masks.add(given)
  const jwt = withoutBearer(given)
  masks.add(jwt)
  if (jwt === '') {
    throw new ActionError(
      'pinata-jwt is empty. GitHub gives no secrets to workflows started from a fork or by Dependabot. Otherwise check that the secret exists in this repository, organization or environment, and its name in the workflow.',
    )
  }
  if (/^[\da-f]{20}$|(^|[^\da-f])[\da-f]{64}$/i.test(jwt)) {
    throw new ActionError(
      "pinata-jwt holds Pinata's API key or API secret. Put the JWT there, which Pinata shows next to them when the key is created: three parts with dots between, starting with eyJ.",
    )
  }
  const odd = TOKEN.test(jwt) ? undefined : 'white space or other characters inside that no JWT has'
  if (odd !== undefined || jwt.length < MIN_TOKEN || jwt.length > MAX_JWT) {
    throw new ActionError(
      `pinata-jwt is not a JWT: it has ${odd ?? count(jwt.length, 'character')}. Copy the JWT again from Pinata, alone, in one line and without quotation marks.`,
    )
  }
  return new Secret(jwt)
}

function withoutBearer(given: string): string {
  return given.replace(/^Bearer(\s+|$)/i, '')
}

/** What has no dot is an ID. Shorter than a key's value (64 characters), so that one pasted here is refused, not printed. */
const GATEWAY_ID = /^[\w-]{1,63}$/

/** An ID if it has no dot, else a domain, with or without scheme and path. @throws ActionError if it is neither */
export function parseGateway(value: string): GatewayRef {
  if (value === '') {
    throw new ActionError(
      'gateway-id is empty. Give it the ID of the gateway or its domain (fun-llama-300.mypinata.cloud).',
    )
  }
  if (GATEWAY_ID.test(value)) return { id: value as GatewayId }
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

/** What no ID holds, or what looks like a key's value (64 characters): it is refused, not printed. */
const NO_KEY_ID = /[^\x21-\x7e]|[,/\\%]|^[\w-]{64,}$/

function parseKeyId(input: string, value: string): KeyId {
  if (!isKeyId(value) || NO_KEY_ID.test(value)) {
    throw new ActionError(
      `${input} ${shown(value)} is not the ID of a gateway key. Give it the output key-id of the step that created the key, not the key itself.`,
    )
  }
  return value
}

function parseKeyName(value: string): KeyName {
  if (isKeyName(value)) return value
  throw new ActionError(
    `name ${shown(value)} is not a name for a key: a name is 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

/** Reads and masks the token for GitHub. @throws ActionError if it can't be one */
export function readGitHubToken(getInput: GetInput, masks: Masks): Secret {
  const token = getInput('github-token')
  masks.add(token)
  const isJwt = token === withoutBearer(getInput('pinata-jwt'))
  if (!isJwt && token.length >= MIN_TOKEN && token.length <= 4096 && TOKEN.test(token)) return new Secret(token)
  throw new ActionError(
    `github-token is ${token === '' ? 'empty' : isJwt ? 'the JWT of Pinata' : 'not a token'}, and the names of keys are recorded on GitHub. Leave it out to use the job's own token, or give it a token that may write deployments.`,
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
