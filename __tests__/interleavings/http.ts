// The steps' requests to Pinata and GitHub, and the responses.
import type { Fault } from '../../src/http/network-faults.ts'
import type { HttpResponse } from '../../src/http/reply.ts'
import { type DraftRecord, draftRecord, type Name } from '../../src/names/record-format.ts'
import type { AccessControl, ControlKind, GatewayId } from '../../src/pinata/types.ts'
import { Secret } from '../../src/secret.ts'

export const GATEWAY = 'gateway-1' as GatewayId
export const REPOSITORY = { name: 'octo-org/octo-site', id: '1296269' }
const SCOPE = { gatewayId: GATEWAY, repository: REPOSITORY }
export const LOST: Fault = { kind: 'fault', reason: 'no complete response', sent: true, transient: true }
export const STOPPED: Fault = { kind: 'fault', reason: 'the step was stopped', sent: true, transient: false }

export type Op =
  | `${'POST' | 'DELETE'} ${'access_tokens' | 'hosts' | 'deployments'}`
  | ('GET gateways' | 'GET deployments' | 'POST statuses')

export type Payload = DraftRecord['payload']

/** An access control, and the run that created it. */
export interface Control {
  id: string
  kind: ControlKind
  value: string
  createdAt: number
  createdBy: string
}

/** A record of a name. `control` is the ID of its access control. */
export interface NameRecord {
  id: number
  name: string
  control: string
  expiresAt: number
  payload: object
  createdAt: number
}

export interface Request {
  op: Op
  id: string
  /** The name of the records to list. */
  name: string | undefined
  body: { host?: string; payload?: Payload }
}

export function requestOf(method: string, path: string, body: object = {}): Request {
  const { pathname, searchParams } = new URL(path, 'https://api.example.com')
  const [, resource] = /(gateways|access_tokens|hosts|deployments|statuses)(?:\/[^/]+)?$/.exec(pathname) ?? []
  const [, id = ''] = /(?:access_tokens|hosts|deployments)\/([^/]+)/.exec(pathname) ?? []
  return { op: `${method} ${resource}` as Op, id, name: searchParams.get('task')?.split(':')[1], body }
}

export function isAboutPinata({ op }: Request): boolean {
  return !/deployments|statuses/.test(op)
}

export function response(status: number, json: unknown, dateMs: number): HttpResponse {
  return { kind: 'response', status, json, headers: {}, dateMs, requestId: 'request-1', retryAfterMs: undefined }
}

/** Returns an error with the properties of both Pinata's and GitHub's errors. */
export function rejection(status: number, dateMs: number): HttpResponse {
  return response(status, { error: { reason: 'REJECTED' }, message: 'Rejected' }, dateMs)
}

export function gateway(controls: Control[]): object {
  const rows = (kind: ControlKind) => controls.filter(each => each.kind === kind).map(row)
  const policies = { accessTokens: rows('key'), allowedHosts: rows('origin'), allowedIPAddresses: null }
  return { id: GATEWAY, domain: 'fun-llama-300', settings: { restriction_policies: policies } }
}

export function row({ id, value, createdAt }: Control): object {
  return { id, value, createdAt: new Date(createdAt).toISOString() }
}

/** Returns records as GitHub lists them, newest first. */
export function deployments(records: NameRecord[]): object[] {
  const sorted = records.toSorted((a, b) => b.id - a.id)
  return sorted.map(({ id, name, payload, createdAt }) => {
    const created_at = new Date(createdAt).toISOString()
    return { id, environment: 'pinata-gateway-keys', task: `pinata-gateway-key:${name}`, payload, created_at }
  })
}

const payloads = new Map<string, Payload>()

export function payloadOf(name: string, expiresAtMs: number, control: Control): Payload {
  // The schedules reuse a few records, and computing a proof takes longer than everything else here.
  const text = [name, expiresAtMs, control.id, control.value, control.createdAt].join()
  const known = payloads.get(text)
  if (known !== undefined) return known
  const { payload } = draftRecord({ name: name as Name, expiresAtMs }, accessControl(control), SCOPE)
  payloads.set(text, payload)
  return payload
}

function accessControl({ id, kind, value, createdAt: time }: Control): AccessControl {
  const createdAt = new Date(time).toISOString()
  if (kind === 'key') return { kind, subject: id, secret: new Secret(value), createdAt }
  return { kind, subject: value, secret: new Secret(id), createdAt }
}
