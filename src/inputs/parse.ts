import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { parseUrl } from '../http/answers.ts'
import { isLoopback } from '../http/proxy.ts'
import { isName, type Name, type NamePattern } from '../names/record.ts'
import type { ApiUrl, Domain, GatewayId, GatewayRef, KeyId, Origin } from '../pinata/types.ts'
import { isId, isOrigin } from '../pinata/types.ts'
import { mistakeIn, parseList, shown } from './values.ts'

/** A hyphen next to a dot or an end of a host name, or `undefined` in it. People do not choose such host names. */
const INCOMPLETE = /(^|\.)-|-(\.|$)|(^|[.-])undefined([.-]|$)/
/** Values without a dot are IDs. Shorter than a key (64 characters), which must not be printed. */
const GATEWAY_ID = /^[\w-]{1,63}$/
const HOSTNAME = /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/
/** Pinata's own domains, which are not gateways of an account. */
const PINATA = /^(.*\.)?pinata\.cloud$|^mypinata\.cloud$/

const DEFAULT_API_URL = 'https://api.pinata.cloud/v3'

/** Returns an ID, or the domain in a value with a dot, which may be a URL. @throws ActionError for other values */
export function parseGateway(value: string): GatewayRef {
  if (GATEWAY_ID.test(value) && mistakeIn(value) === undefined) return { id: value as GatewayId }
  const domain = parseDomain(value)
  if (domain !== undefined && !PINATA.test(domain) && !mistakeIn(domain)) return { domain }
  const advice = 'Set it to the ID or the domain of a dedicated gateway, such as fun-llama-300.mypinata.cloud.'
  throw new ActionError(`gateway-id ${gatewayProblem(value, domain)}. ${advice}`)
}

function gatewayProblem(value: string, domain: Domain | undefined): string {
  if (value === '') return 'is empty'
  if (value.includes('@')) return 'contains an @, which may follow a password'
  if (domain === 'gateway.pinata.cloud') return "is Pinata's public gateway, which has no access controls"
  return `${shown(value)} is neither a gateway's ID nor its domain`
}

function parseDomain(value: string): Domain | undefined {
  const url = /^https?:\/\//i.test(value) ? value : `https://${value}`
  if (value.length > 2000 || /[\s\p{C}@\\]/u.test(value)) return undefined
  const host = parseUrl(url)?.hostname.replace(/\.$/, '') ?? ''
  return HOSTNAME.test(host) && isIP(host) === 0 ? (host as Domain) : undefined
}

/** @throws ActionError unless the value is an https address, or an http address on the loopback interface */
export function parseApiUrl(value: string): ApiUrl {
  const text = value || DEFAULT_API_URL
  const isText = text.length <= 2000 && /^https?:\/\/[\w.:[\]-]+(\/[\w.:~%+/-]*)?$/i.test(text)
  const url = isText && !mistakeIn(text) ? parseUrl(text) : undefined
  const problem = apiUrlProblem(text, url)
  if (url && problem === undefined) return (url.origin + url.pathname).replace(/\/+$/, '') as ApiUrl
  throw new ActionError(`api-url ${problem}. Remove it, or set it to an address such as ${DEFAULT_API_URL}.`)
}

function apiUrlProblem(text: string, url: URL | undefined): string | undefined {
  // Not shown, because it may contain a password. A URL parser would resolve the dots.
  if (/[@?#]|[/\\](\.|%2e){1,2}([/\\]|$)/i.test(text)) {
    return 'contains a user name, a password, a query (?), a fragment (#) or a folder named . or .. in its path'
  }
  if (url === undefined) return `${shown(text)} is not an https address`
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return undefined
  return `${shown(text)} uses plain http, so others on the network could read the JWT`
}

/**
 * Returns a web origin as browsers send it: without path, query, fragment and default port, in lower case, in Punycode.
 * @throws ActionError for other values, and for origins that Pinata could not allow
 */
export function parseOrigin(value: string): Origin {
  const isText = value.length <= 2000 && /^https?:\/\/[^\s\p{C}\\,]+$/iu.test(value)
  const url = isText ? parseUrl(value) : undefined
  const problem = url ? originProblem(url) : 'is not an https address'
  if (url !== undefined && problem === undefined) return url.origin as Origin
  const what = value === '' ? 'is empty, or the output that it uses was not set' : `${shown(value)} ${problem}`
  throw new ActionError(`origin ${what}. Set it to an https address, such as https://pr-7.example.com.`)
}

function originProblem({ protocol, username, password, hostname, origin }: URL): string | undefined {
  if (username + password !== '') return 'contains a user name or a password'
  if (protocol === 'http:') return 'uses plain http, which is not allowed'
  if (hostname.includes('*') && !mistakeIn(hostname)) return 'contains a wildcard, which is not allowed'
  if (isLoopback(hostname) || /\.localhost$/.test(hostname)) return 'is on this machine, so readers cannot use it'
  if (INCOMPLETE.test(hostname)) return 'looks incomplete: an expression in it may be empty'
  return isOrigin(origin) && !mistakeIn(origin) ? undefined : 'does not have a host name that browsers send'
}

/** Shorter than the value of a key (64 characters). */
const KEY_ID = /^[\w.:~-]{1,63}$/
const KEY_VALUE = /^["'`]?[\w-]{64}["'`]?$/
/** The value of a key, not a long word, because names may have 64 characters, too. */
const SECRET_NAME = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{64}$/

/** @throws ActionError if the value cannot be the ID of a key */
export function parseKeyId(input: string, value: string): KeyId {
  if (isId<KeyId>(value) && KEY_ID.test(value) && mistakeIn(value) === undefined) return value
  const what = KEY_VALUE.test(value) ? 'contains the key itself, not its ID' : `${shown(value)} is not a key ID`
  throw new ActionError(`${input} ${what}. Set it to the output key-id of the step that created the key.`)
}

/** Returns IDs without duplicates. They compare without case. @throws ActionError if one cannot be the ID of a key */
export function parseKeyIds(input: string, value: string): KeyId[] {
  const ids = parseList(input, value).map(each => parseKeyId(input, each))
  return [...new Map(ids.map(id => [id.toLowerCase(), id])).values()]
}

/** @throws ActionError if the value is not a name, or looks like a secret, which GitHub would show */
export function parseName(value: string): Name {
  if (isName(value) && !SECRET_NAME.test(value) && mistakeIn(value) === undefined) return value
  const what = /^[\w./-]{65,}$/.test(value) ? 'is too long' : 'is not a name'
  throw new ActionError(
    `name ${shown(value)} ${what}. Use 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

/** @throws ActionError unless the value has the characters of a name and one `*`, the whole number of a pull request */
export function parseNamePattern(value: string): NamePattern {
  if (/^([^*]*[^*\d])?\*([^*\d][^*]*)?$/.test(value) && isName(value.replace('*', '1'))) return value as NamePattern
  throw new ActionError(
    `closed ${shown(value)} is not a pattern of names. Use one * for the number of the pull request, such as pr-*, not next to a digit, and otherwise letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

/** Returns a warning about a name that probably contains the result of an empty expression. */
export function nameWarning(name: Name): string | undefined {
  if (!/^[/-]|[./_-](null|NaN)?$|(^|[./_-])undefined([./_-]|$)/.test(name)) return undefined
  return `The name ${name} looks incomplete: an expression in it may be empty, such as github.event.number in a run that is not for a pull request. Check the input name.`
}
