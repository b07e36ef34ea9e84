import { field, type HttpResponse } from '../http/reply.ts'
import { Secret } from '../secret.ts'
import { type AccessControl, type Gateway, type GatewayId, isId } from './types.ts'

/** Returns the URL of a gateway, or an empty string if its subdomain is invalid. */
function gatewayUrl(domain: unknown): string {
  const isLabel = typeof domain === 'string' && /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(domain)
  return isLabel ? `https://${domain.toLowerCase()}.mypinata.cloud` : ''
}

/** Returns the gateway in a response, or `undefined` if the data is not in the format that Pinata documents. */
export function parseGateway(response: HttpResponse): Gateway | undefined {
  const data = field(response.json, 'data')
  const policies = field(field(data, 'settings'), 'restriction_policies')
  const keys = parseEntries(field(policies, 'accessTokens'), parseKey)
  const hosts = parseEntries(field(policies, 'allowedHosts'), each => each)
  const addresses = parseEntries(field(policies, 'allowedIPAddresses'), each => each)
  if (keys === undefined || hosts === undefined || addresses === undefined) return undefined
  // An entry in an unknown format still counts as an access control, but the action can't use it.
  const origins = hosts.map(parseHostOrigin).filter(each => each !== undefined)
  const controlCount = keys.length + hosts.length + addresses.length
  return { url: gatewayUrl(field(data, 'domain')), keys, origins, controlCount, readAtMs: response.dateMs }
}

/** Returns the entries of a list (`null` counts as empty), or `undefined` if the list or an entry can't be read. */
function parseEntries<T>(value: unknown, parse: (entry: unknown) => T | undefined): T[] | undefined {
  if (value === null) return []
  const entries = Array.isArray(value) ? value.map(parse) : [undefined]
  return entries.every(entry => entry !== undefined) ? entries : undefined
}

/** Returns a key, or `undefined` if its ID is invalid or equals its value, which must not be printed. */
export function parseKey(entry: unknown): AccessControl | undefined {
  const { id, value, createdAt } = partsOf(entry)
  if (!isId(id) || id === value) return undefined
  // Readers send the value in a query string or a header. A value of fewer than 4 characters can't be masked.
  const isUsable = typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value)
  return { kind: 'key', subject: id, secret: isUsable ? new Secret(value) : undefined, createdAt }
}

/** Returns a host origin, or `undefined` if it has no ID or no value. */
export function parseHostOrigin(entry: unknown): AccessControl | undefined {
  const { id, value, createdAt } = partsOf(entry)
  if (!isId(id) || typeof value !== 'string') return undefined
  return { kind: 'origin', subject: value, secret: new Secret(id), createdAt }
}

function partsOf(entry: unknown) {
  const [id, value, time] = ['id', 'value', 'createdAt'].map(name => field(entry, name))
  // Accept only the year 2000 or later, because a server written in Go sends a missing time as a time in the year 1.
  const isTime = typeof time === 'string' && /^2\d{3}(-\d\d){2}T\d\d(:\d\d){2}(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(time)
  return { id, value, createdAt: isTime ? time : '' }
}

export type GatewayRow = { id: GatewayId; domains: string[] }

/** Returns a page's gateways, with domains in lowercase, or `undefined` if the data is not in the documented format. */
export function parseRows({ json }: HttpResponse): GatewayRow[] | undefined {
  return parseEntries(field(field(json, 'data'), 'rows'), row => {
    const id = field(row, 'id')
    const own = gatewayUrl(field(row, 'domain')).slice('https://'.length)
    const custom = parseEntries(field(row, 'custom_domains'), each => each) ?? []
    const domains = [own, ...custom.map(each => field(each, 'domain'))].filter(each => typeof each === 'string')
    return isId<GatewayId>(id) ? { id, domains: domains.map(each => each.toLowerCase()) } : undefined
  })
}
