// The requests and responses of Pinata and GitHub in the form in which the steps of src see them.
import type { Answer, Fault, Reply } from '../../src/http/answers.ts'
import { deploymentFor, draftRecord, type Name } from '../../src/names/record.ts'
import type { AccessControl, GatewayId, KeyId, Origin } from '../../src/pinata/types.ts'
import { Secret } from '../../src/secret.ts'
import type { Control, Kind, NameRecord, Request, Response, World } from './world.ts'

export const PINATA = 'https://api.pinata.cloud/v3'
export const GITHUB = 'https://api.github.com'
export const GATEWAY = 'gateway-1' as GatewayId
const SCOPE = { gatewayId: GATEWAY, repositoryId: '1296269' }
const KINDS: Record<string, Kind> = { access_tokens: 'key', hosts: 'origin' }

export const STOPPED: Fault = { kind: 'fault', reason: 'the step was stopped', sent: true, transient: false }
const LOST: Fault = { kind: 'fault', reason: 'no whole answer within 30 seconds', sent: true, transient: true }

/** Returns what a request of HTTP asks for. */
export function requestOf(
  baseUrl: string,
  { method, path, body }: { method: string; path: string; body?: object | undefined },
  world: World,
): Request {
  return baseUrl === PINATA ? pinataRequest(method, path, body) : gitHubRequest(method, path, body, world)
}

function pinataRequest(method: string, path: string, body: object | undefined): Request {
  const [, , , route = '', id = ''] = path.split('/')
  if (method === 'GET' && path === `/gateways/${GATEWAY}`) return { op: 'list' }
  const kind = KINDS[route]
  if (method === 'POST' && kind)
    return { op: 'create', kind, value: (body as { host: string } | undefined)?.host ?? '' }
  if (method === 'DELETE' && kind && id.startsWith(kind)) return { op: 'delete', id }
  throw new Error(`unexpected request: ${method} ${path}`)
}

function gitHubRequest(method: string, path: string, body: object | undefined, world: World): Request {
  const { pathname, searchParams: query } = new URL(path, GITHUB)
  const [, , , , , id = '', statuses] = pathname.split('/')
  if (method === 'GET') {
    const page = query.get('page')
    return { op: 'records', name: query.get('task')?.split(':')[1], ...(page ? { page: Number(page) } : {}) }
  }
  if (method === 'DELETE') return { op: 'unrecord', id: Number(id) }
  if (statuses) return { op: (body as { state: string }).state === 'success' ? 'status' : 'deactivate', id: Number(id) }
  return recordRequest((body as { payload: Payload }).payload, world)
}

interface Payload {
  name: string
  expiresAt: string | null
  proof: string
}

/** Finds the access control of a new record by its proof. */
function recordRequest({ name, expiresAt: time, proof }: Payload, { history }: World): Request {
  const expiresAt = time === null ? Number.POSITIVE_INFINITY : Date.parse(time)
  const control = history.controls.findLast(each => payloadOf({ name, expiresAt }, each).proof === proof)
  if (control === undefined) throw new Error('a record with a wrong proof')
  return { op: 'record', name, control: control.id, expiresAt }
}

const payloads = new WeakMap<NameRecord, object>()

function payloadOf({ name, expiresAt }: Pick<NameRecord, 'name' | 'expiresAt'>, control: Control): Payload {
  const draft = draftRecord({ name: name as Name, expiresAtMs: expiresAt }, accessControl(control), SCOPE)
  return deploymentFor(draft, SCOPE, 'main').payload as Payload
}

function accessControl({ id, kind, value, createdAt: time }: Control): AccessControl {
  const createdAt = new Date(time).toISOString()
  return kind === 'key'
    ? { kind, id: id as KeyId, value: new Secret(value), createdAt }
    : { kind, id: new Secret(id), value: value as Origin, createdAt }
}

/** Returns a response in the form in which a step receives it. */
export function replyOf(request: Request, response: Response, world: World): Reply {
  const { result, at } = response
  if (result === 'lost') return LOST
  if (result === 'stopped') return STOPPED
  const isPinata = ['list', 'create', 'delete'].includes(request.op)
  if (result === 'refused')
    return answer(request.op === 'create' ? 409 : 403, { error: { reason: 'REFUSED' }, message: 'Refused' }, at)
  if (result === 'missing') return answer(404, { error: { reason: 'NOT_FOUND' }, message: 'Not Found' }, at)
  if (isPinata) return answer(200, { data: pinataData(request, response) }, at)
  if (request.op === 'unrecord') return answer(204, undefined, at)
  if (request.op !== 'records') return answer(201, { id: response.id ?? 1 }, at)
  const rows = response.records?.map(record => deployment(record, world))
  return answer(200, rows, at, response.hasNext ? { link: `<${GITHUB}/next>; rel="next"` } : {})
}

function answer(status: number, json: unknown, dateMs: number, headers: Answer['headers'] = {}): Answer {
  return {
    kind: 'answer',
    status,
    json,
    headers,
    requestId: 'request-1',
    dateMs,
    retryAfterMs: undefined,
    location: undefined,
  }
}

function pinataData({ op }: Request, { controls = [], control }: Response): unknown {
  if (op === 'delete') return null
  if (op === 'create') return control && row(control)
  const list = (kind: Kind) => controls.filter(each => each.kind === kind).map(row)
  // Pinata returns an empty list as null.
  const orNull = (rows: unknown[]) => (rows.length > 0 ? rows : null)
  const policies = { accessTokens: orNull(list('key')), allowedHosts: orNull(list('origin')), allowedIPAddresses: null }
  return { id: GATEWAY, domain: 'fun-llama-300', settings: { restriction_policies: policies } }
}

function row({ id, value, createdAt }: Control): object {
  return { id, value, createdAt: new Date(createdAt).toISOString() }
}

function deployment(record: NameRecord, { history }: World): object {
  const control = history.controls.find(({ id }) => id === record.control)
  const payload = payloads.get(record) ?? (control && payloadOf(record, control)) ?? {}
  payloads.set(record, payload)
  return {
    id: record.id,
    environment: 'pinata-gateway-keys',
    task: `pinata-gateway-key:${record.name}`,
    payload,
    created_at: new Date(record.createdAt).toISOString(),
  }
}
