import { field } from '../http/answers.ts'
import { Secret } from '../secret.ts'
import {
  type AccessControl,
  type ControlKind,
  type Domain,
  type Gateway,
  type GatewayId,
  type HostOrigin,
  isGatewayId,
  isId,
  isKeyId,
  type Key,
} from './types.ts'

const SUBDOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i

/** The address of a gateway by its sub-domain, as Pinata gives it; an empty string if it is none. */
function gatewayUrl(domain: unknown): string {
  return typeof domain === 'string' && SUBDOMAIN.test(domain) ? `https://${domain.toLowerCase()}.mypinata.cloud` : ''
}

/** A gateway's details; `undefined` if they are not what Pinata documents. An empty list may come as null. */
export function parseGateway(id: GatewayId, data: unknown): Omit<Gateway, 'readAtMs'> | undefined {
  const policies = field(field(data, 'settings'), 'restriction_policies')
  const [tokens, hosts, addresses] = ['accessTokens', 'allowedHosts', 'allowedIPAddresses'].map(name =>
    listOf(policies, name),
  )
  const keys = tokens?.map(parseKey)
  if (!areAll(keys) || hosts === undefined || addresses === undefined) return undefined
  // An entry in another form counts as an access control, but the action can do nothing with it.
  const origins = hosts.map(parseHostOrigin).filter(each => each !== undefined)
  const accessControls = keys.length + hosts.length + addresses.length
  return { id, url: gatewayUrl(field(data, 'domain')), keys, origins, accessControls }
}

function areAll<T>(list: (T | undefined)[] | undefined): list is T[] {
  return list?.every(each => each !== undefined) ?? false
}

function listOf(policies: unknown, name: string): unknown[] | undefined {
  const list = field(policies, name)
  if (list === null) return []
  return Array.isArray(list) ? list : undefined
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** What was created; `undefined` if it has no ID. */
export function parseControl(kind: ControlKind, entry: unknown): AccessControl | undefined {
  return kind === 'key' ? parseKey(entry) : parseHostOrigin(entry)
}

function parseKey(entry: unknown): Key | undefined {
  const id = field(entry, 'id')
  const value = field(entry, 'value')
  if (!isKeyId(id)) return undefined
  // A reader sends it in a query or a header, so white space or a control character can't be part of it. A shorter one
  // can't be masked.
  const isUsable = typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value)
  return { kind: 'key', id, value: isUsable ? new Secret(value) : undefined, createdAt: timeOf(entry) }
}

function parseHostOrigin(entry: unknown): HostOrigin | undefined {
  const id = field(entry, 'id')
  const value = field(entry, 'value')
  if (!isId(id) || typeof value !== 'string') return undefined
  return { kind: 'origin', id: new Secret(id), value, createdAt: timeOf(entry) }
}

function timeOf(entry: unknown): string {
  const createdAt = field(entry, 'createdAt')
  return typeof createdAt === 'string' && TIME.test(createdAt) ? createdAt : ''
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
  return areAll(rows) ? rows : undefined
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
