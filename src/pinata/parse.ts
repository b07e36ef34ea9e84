import { field } from '../http/answers.ts'
import { Secret } from '../secret.ts'
import { type Domain, type Gateway, type GatewayId, isGatewayId, isKeyId, type Key } from './types.ts'

const SUBDOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i

/** The address of a gateway by its sub-domain, as Pinata gives it; an empty string if it is none. */
function gatewayUrl(domain: unknown): string {
  return typeof domain === 'string' && SUBDOMAIN.test(domain) ? `https://${domain.toLowerCase()}.mypinata.cloud` : ''
}

/** A gateway's details; `undefined` if they are not what Pinata documents. An empty list may come as null. */
export function parseGateway(id: GatewayId, data: unknown): Gateway | undefined {
  const policies = field(field(data, 'settings'), 'restriction_policies')
  const [tokens, ...others] = ['accessTokens', 'allowedHosts', 'allowedIPAddresses'].map(name => listOf(policies, name))
  const keys = tokens?.map(parseKey)
  if (!keys?.every(key => key !== undefined) || !others.every(list => list !== undefined)) return undefined
  const accessControls = others.reduce((sum, list) => sum + list.length, keys.length)
  return { id, url: gatewayUrl(field(data, 'domain')), keys, accessControls }
}

function listOf(policies: unknown, name: string): unknown[] | undefined {
  const list = field(policies, name)
  if (list === null) return []
  return Array.isArray(list) ? list : undefined
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** A key; `undefined` if it has no ID. */
export function parseKey(entry: unknown): Key | undefined {
  const id = field(entry, 'id')
  const value = field(entry, 'value')
  const createdAt = field(entry, 'createdAt')
  if (!isKeyId(id)) return undefined
  // A reader sends it in a query or a header, so white space or a control character can't be part of it. A shorter one
  // can't be masked.
  const isUsable = typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value)
  return {
    id,
    value: isUsable ? new Secret(value) : undefined,
    createdAt: typeof createdAt === 'string' && TIME.test(createdAt) ? createdAt : '',
  }
}

/** A gateway in the list of gateways. */
export interface GatewayRow {
  id: GatewayId
  /** In lower case, its own one in full, and custom ones. */
  domains: string[]
}

/** The rows of a page of gateways; `undefined` if they are not what Pinata documents. */
export function parseRows(data: unknown): GatewayRow[] | undefined {
  const rows = listOf(data, 'rows')?.map(parseRow)
  return rows?.every(row => row !== undefined) ? rows : undefined
}

function parseRow(row: unknown): GatewayRow | undefined {
  const id = field(row, 'id')
  if (!isGatewayId(id)) return undefined
  const custom = (listOf(row, 'custom_domains') ?? []).map(each => field(each, 'domain'))
  const own = gatewayUrl(field(row, 'domain')).slice('https://'.length)
  return { id, domains: [own, ...custom].filter(each => typeof each === 'string').map(each => each.toLowerCase()) }
}

export function hasDomain({ domains }: GatewayRow, domain: Domain): boolean {
  return domains.includes(domain)
}
