// The requests and responses of Pinata and GitHub in the form in which the steps of src see them.
import type { Answer, Fault, Reply } from '../../src/http/answers.ts'
import { deploymentFor, draftRecord, type Name } from '../../src/names/record.ts'
import type { AccessControl, GatewayId, KeyId, Origin } from '../../src/pinata/types.ts'
import { Secret } from '../../src/secret.ts'
import {
  type Control,
  isAboutPinata,
  type Kind,
  type NameRecord,
  type Request,
  type Response,
  type World,
} from './model.ts'

export const PINATA = 'https://api.pinata.cloud/v3'
export const GITHUB = 'https://api.github.com'
export const GATEWAY = 'gateway-1' as GatewayId
const SCOPE = { gatewayId: GATEWAY, repositoryId: '1296269' }
const KINDS: Record<string, Kind> = { access_tokens: 'key', hosts: 'origin' }

export const STOPPED: Fault = { kind: 'fault', reason: 'the step was stopped', sent: true, transient: false }
const LOST: Fault = { kind: 'fault', reason: 'no whole answer within 30 seconds', sent: true, transient: true }

interface HttpRequest {
  baseUrl: string
  method: string
  path: string
  body: object | undefined
}

/** Returns what a request asks for. */
export function requestOf(request: HttpRequest, world: World): Request {
  return request.baseUrl === PINATA ? pinataRequest(request) : gitHubRequest(request, world)
}

function pinataRequest({ method, path, body }: HttpRequest): Request {
  const [, , gateway, route = '', id = ''] = path.split('/')
  const kind = KINDS[route]
  if (gateway !== GATEWAY || (kind === undefined && method !== 'GET')) throw new Error(`unexpected: ${method} ${path}`)
  if (kind === undefined) return { op: 'list' }
  const { host = '' } = (body ?? {}) as { host?: string }
  return method === 'POST' ? { op: 'create', kind, value: host } : { op: 'delete', id }
}

function gitHubRequest({ method, path, body }: HttpRequest, world: World): Request {
  const { pathname, searchParams: query } = new URL(path, GITHUB)
  const id = Number(pathname.split('/')[5])
  if (method === 'GET')
    return { op: 'records', name: query.get('task')?.split(':')[1], page: Number(query.get('page') ?? 1) }
  if (method === 'DELETE') return { op: 'unrecord', id }
  const { state, payload } = body as { state?: string; payload: Payload }
  return state ? { op: state === 'success' ? 'status' : 'deactivate', id } : recordRequest(payload, world)
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
  if (control === undefined) throw new Error('unexpected: a record with a wrong proof')
  return { op: 'record', name, control: control.id, expiresAt }
}

function payloadOf({ name, expiresAt }: Pick<NameRecord, 'name' | 'expiresAt'>, control: Control): Payload {
  const draft = draftRecord({ name: name as Name, expiresAtMs: expiresAt }, accessControl(control), SCOPE)
  return deploymentFor(draft, SCOPE, 'main').payload as Payload
}

function accessControl({ id, kind, value, createdAt: time }: Control): AccessControl {
  const createdAt = new Date(time).toISOString()
  if (kind === 'key') return { kind, id: id as KeyId, value: new Secret(value), createdAt }
  return { kind, id: new Secret(id), value: value as Origin, createdAt }
}

/** Returns a response as a step receives it. */
export function replyOf(request: Request, response: Response, world: World): Reply {
  const { result, at, controls = [], control, records = [], hasNext } = response
  const answer = (status: number, json: unknown, headers: Answer['headers'] = {}): Answer => {
    const rest = { requestId: 'request-1', retryAfterMs: undefined, location: undefined }
    return { kind: 'answer', status, json, headers, dateMs: at, ...rest }
  }
  if (result === 'lost') return LOST
  if (result === 'stopped') return STOPPED
  if (result === 'refused') return answer(request.op === 'create' ? 409 : 403, rejection('REFUSED'))
  if (result === 'missing') return answer(404, rejection('NOT_FOUND'))
  if (request.op === 'list') return answer(200, { data: gateway(controls) })
  if (isAboutPinata(request)) return answer(200, { data: control ? row(control) : null })
  if (request.op !== 'records') return answer(201, { id: 1 })
  const link = { link: `<${GITHUB}>; rel="next"` }
  return answer(
    200,
    records.map(each => deployment(each, world)),
    hasNext ? link : {},
  )
}

/** The form of Pinata's errors and of GitHub's. */
function rejection(reason: string): object {
  return { error: { reason }, message: reason }
}

function gateway(controls: Control[]): object {
  const rows = (kind: Kind) => controls.filter(each => each.kind === kind).map(row)
  // Pinata returns an empty list as null.
  const orNull = (list: object[]) => (list.length > 0 ? list : null)
  const policies = { accessTokens: orNull(rows('key')), allowedHosts: orNull(rows('origin')), allowedIPAddresses: null }
  return { id: GATEWAY, domain: 'fun-llama-300', settings: { restriction_policies: policies } }
}

function row({ id, value, createdAt }: Control): object {
  return { id, value, createdAt: new Date(createdAt).toISOString() }
}

const payloads = new WeakMap<NameRecord, object>()

function deployment(record: NameRecord, { history }: World): object {
  const control = history.controls.find(({ id }) => id === record.control)
  // A record without an access control is a deployment that someone created by hand.
  const payload = payloads.get(record) ?? (control ? payloadOf(record, control) : {})
  payloads.set(record, payload)
  const [task, created_at] = [`pinata-gateway-key:${record.name}`, new Date(record.createdAt).toISOString()]
  return { id: record.id, environment: 'pinata-gateway-keys', task, payload, created_at }
}
