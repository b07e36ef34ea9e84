import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { isName, type Name } from '../names/record.ts'
import {
  type Access,
  type ApiUrl,
  type Domain,
  type GatewayId,
  type GatewayRef,
  isKeyId,
  isOrigin,
  type KeyId,
  type Origin,
  type Wanted,
} from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import { Secret } from '../secret.ts'
import { count, quoted } from '../text.ts'
import { isLoopback, parseChoice, parseDuration, parseFlag, parseList, shown } from './values.ts'

export type RevokeWhen = (typeof REVOKE_WHEN)[number]
const MAX_EXPIRES_IN_MS = 365 * 86_400_000

export type Guard = (typeof GUARDS)[number]

const REVOKE_WHEN = ['never', 'on-failure', 'after-job'] as const
const GUARDS = ['warn', 'fail', 'allow'] as const

/** What every action needs to talk to a gateway. */
export interface GatewayInputs extends Access {
  gateway: GatewayRef
}

/** How a key or an origin gets a name. */
export interface Naming {
  name: Name
  /** How long until a sweep may revoke it, in milliseconds; `undefined` for ever. */
  expiresInMs: number | undefined
  token: Secret
}

/** What the creation of an access control needs. */
export interface CreateInputs extends GatewayInputs {
  wanted: Wanted
  naming: Naming | undefined
  revoke: RevokeWhen
  /** What to do if it would be the gateway's first access control. */
  firstControl: Guard
}

export interface KeyInputs extends CreateInputs {
  wanted: { kind: 'key' }
  /** Take this key instead of creating one. */
  keyId: KeyId | undefined
  /** Create a new key even if there is one of this name. */
  rotate: boolean
}

export interface OriginInputs extends CreateInputs {
  wanted: { kind: 'origin'; value: Origin }
}

/** What to revoke. Lists are without duplicates, in the user's order. */
export type Selector =
  | { by: 'key-id'; keyIds: KeyId[] }
  | { by: 'origin'; origins: Origin[] }
  | { by: 'name'; names: Name[]; replacedBy: KeyId | undefined; token: Secret }
  | { by: 'expired'; token: Secret }
  /** `age`: as the user wrote it. */
  | { by: 'older-than'; ms: number; age: string }

export interface RevokeInputs extends GatewayInputs {
  selector: Selector
  keep: KeyId[]
  dryRun: boolean
  /** What to do if it would remove the gateway's last access control. */
  lastControl: Guard
}

/** How an input is read: its value without surrounding white space, an empty string if there is none. */
export type GetInput = (name: string) => string

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readKeyInputs(getInput: GetInput, masks: Masks): KeyInputs {
  // First of all, so that nothing that comes later can print it.
  const jwt = readJwt(getInput, masks)
  const keyId = getInput('key-id')
  const access = readAccess(getInput, jwt)
  const rotate = parseFlag('rotate', getInput('rotate'))
  const naming = readNaming(getInput, masks, 'key')
  if (rotate && naming === undefined) throw needsName('rotate', 'key')
  if (keyId !== '' && naming !== undefined) {
    throw new ActionError('key-id and name exclude each other: give the ID of the key to take, or the name of a key.')
  }
  return {
    ...access,
    wanted: { kind: 'key' },
    keyId: keyId === '' ? undefined : parseKeyId('key-id', keyId),
    rotate,
    naming,
    revoke: readRevoke(getInput),
    firstControl: parseChoice('first-control', getInput('first-control'), GUARDS, 'warn'),
  }
}

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readOriginInputs(getInput: GetInput, masks: Masks): OriginInputs {
  const jwt = readJwt(getInput, masks)
  const access = readAccess(getInput, jwt)
  return {
    ...access,
    wanted: { kind: 'origin', value: parseOrigin(getInput('origin')) },
    naming: readNaming(getInput, masks, 'origin'),
    revoke: readRevoke(getInput),
    firstControl: parseChoice('first-control', getInput('first-control'), GUARDS, 'warn'),
  }
}

function readRevoke(getInput: GetInput): RevokeWhen {
  return parseChoice('revoke', getInput('revoke'), REVOKE_WHEN, 'never')
}

/** @throws ActionError on the first input that is not as it must be, before any request */
export function readRevokeInputs(getInput: GetInput, masks: Masks): RevokeInputs {
  const jwt = readJwt(getInput, masks)
  const access = readAccess(getInput, jwt)
  return {
    ...access,
    selector: readSelector(getInput, masks),
    keep: parseList(getInput('keep')).map(each => parseKeyId('keep', each)),
    dryRun: parseFlag('dry-run', getInput('dry-run')),
    lastControl: parseChoice('last-control', getInput('last-control'), GUARDS, 'warn'),
  }
}

function readNaming(getInput: GetInput, masks: Masks, kind: Wanted['kind']): Naming | undefined {
  const name = getInput('name')
  const expiresIn = getInput('expires-in')
  if (name === '') {
    if (expiresIn !== '') throw needsName('expires-in', kind)
    return undefined
  }
  return {
    name: parseName(name),
    expiresInMs: expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, MAX_EXPIRES_IN_MS),
    token: readGitHubToken(getInput, masks),
  }
}

function needsName(input: string, kind: Wanted['kind']): ActionError {
  return new ActionError(
    `${input} needs name, by which ${kind === 'key' ? 'a key' : 'an origin'} is found again. Give the ${kind} a name, or leave ${input} out.`,
  )
}

function readSelector(getInput: GetInput, masks: Masks): Selector {
  const keyIds = parseList(getInput('key-id'))
  const origins = parseList(getInput('origin'))
  const names = parseList(getInput('name'))
  const expired = parseFlag('expired', getInput('expired'))
  const age = getInput('older-than')
  const given = [
    ...(keyIds.length > 0 ? ['key-id'] : []),
    ...(origins.length > 0 ? ['origin'] : []),
    ...(names.length > 0 ? ['name'] : []),
    ...(expired ? ['expired'] : []),
    ...(age === '' ? [] : ['older-than']),
  ]
  if (given.length === 0) {
    throw new ActionError(
      `Nothing to revoke is given: ${ONE_SELECTOR}. If one of them is an output of another step or job, that has set none.`,
    )
  }
  if (given.length > 1) {
    const all = new Intl.ListFormat('en').format(given)
    throw new ActionError(`${all} are given, but ${ONE_SELECTOR}.`)
  }
  if (keyIds.length > 0) return { by: 'key-id', keyIds: keyIds.map(each => parseKeyId('key-id', each)) }
  if (origins.length > 0) return { by: 'origin', origins: [...new Set(origins.map(parseOrigin))] }
  if (age !== '') return { by: 'older-than', ms: parseDuration('older-than', age), age }
  if (expired) return { by: 'expired', token: readGitHubToken(getInput, masks) }
  const replacedBy = getInput('replaced-by')
  const keyId = replacedBy === '' ? undefined : parseKeyId('replaced-by', replacedBy)
  return { by: 'name', names: names.map(parseName), replacedBy: keyId, token: readGitHubToken(getInput, masks) }
}

const ONE_SELECTOR = 'exactly one of key-id, origin, name, expired: true and older-than says what'

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

function parseName(value: string): Name {
  if (isName(value)) return value
  throw new ActionError(
    `name ${shown(value)} is not a name: a name is 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

/**
 * A web origin as a browser sends it: without path, query, fragment and default port, in lower case, in Punycode.
 *
 * @throws ActionError if it is none, or not one that Pinata could allow
 */
export function parseOrigin(value: string): Origin {
  const example = 'Give it one address with https, like https://pr-7.example.com.'
  if (value === '') {
    throw new ActionError(`origin is empty. ${example} If it is an output of another step or job, that has set none.`)
  }
  const refuse = (why: string) => new ActionError(`origin ${shown(withoutUserInfo(value))} ${why}. ${example}`)
  if (/^http:\/\//i.test(value)) throw refuse('is plain http, and browsers of a page without TLS are not let in')
  const isText = value.length <= 2000 && /^https:\/\/[^\s\p{C}\\,]+$/iu.test(value)
  if (!isText || !URL.canParse(value)) throw refuse('is not an https address')
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') throw refuse('has a user name or a password')
  if (url.hostname.includes('*')) throw refuse('has a wildcard, which is not taken')
  if (!isOrigin(url.origin)) throw refuse('has no host name that a browser would send')
  return url.origin
}

/** Whatever is before an @ may be a password. */
function withoutUserInfo(value: string): string {
  return value.slice(0, 2000).replace(/^.*@/s, '***@')
}

/** Reads and masks the token for GitHub. @throws ActionError if it can't be one */
export function readGitHubToken(getInput: GetInput, masks: Masks): Secret {
  const token = getInput('github-token')
  masks.add(token)
  const isJwt = token === withoutBearer(getInput('pinata-jwt'))
  if (!isJwt && token.length >= MIN_TOKEN && token.length <= 4096 && TOKEN.test(token)) return new Secret(token)
  throw new ActionError(
    `github-token is ${token === '' ? 'empty' : isJwt ? 'the JWT of Pinata' : 'not a token'}, and names are recorded on GitHub. Leave it out to use the job's own token, or give it a token that may write deployments.`,
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
