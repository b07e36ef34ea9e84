import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { isLoopback } from '../http/proxy.ts'
import type { ApiUrl, Domain, GatewayId, GatewayRef } from '../pinata/types.ts'
import { mistakeIn, shown } from './values.ts'

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
  throw new ActionError(`gateway-id ${problemOf(value, domain)}. ${advice}`)
}

function problemOf(value: string, domain: Domain | undefined): string {
  if (value === '') return 'is empty'
  if (value.includes('@')) return 'contains an @, which may follow a password'
  if (domain === 'gateway.pinata.cloud') return "is Pinata's public gateway, which has no access controls"
  return `${shown(value)} is neither a gateway's ID nor its domain`
}

function parseDomain(value: string): Domain | undefined {
  if (value.length > 2000 || /[\s\p{C}@\\]/u.test(value)) return undefined
  const url = /^https?:\/\//i.test(value) ? value : `https://${value}`
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.replace(/\.$/, '')
  return HOSTNAME.test(host) && isIP(host) === 0 ? (host as Domain) : undefined
}

/** @throws ActionError unless the value is an https address, or an http address on the loopback interface */
export function parseApiUrl(value: string): ApiUrl {
  const text = value === '' ? DEFAULT_API_URL : value
  const advice = `Remove it, or set it to an address such as ${DEFAULT_API_URL}.`
  // Not shown, because it may contain a password. A URL parser would resolve the dots.
  if (/[@?#]|[/\\](\.|%2e){1,2}([/\\]|$)/i.test(text)) {
    throw new ActionError(
      `api-url contains a user name, a password, a query (?), a fragment (#) or a folder named . or .. in its path. ${advice}`,
    )
  }
  const isText = text.length <= 2000 && /^https?:\/\/[\w.:[\]-]+(\/[\w.:~%+/-]*)?$/i.test(text)
  const url = isText && URL.canParse(text) && !mistakeIn(text) ? new URL(text) : undefined
  if (url === undefined) throw new ActionError(`api-url ${shown(text)} is not an https address. ${advice}`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ActionError(
      `api-url ${shown(text)} uses plain http, so others on the network could read the JWT. ${advice}`,
    )
  }
  return (url.origin + url.pathname).replace(/\/+$/, '') as ApiUrl
}
