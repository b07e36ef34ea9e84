import { ActionError, messageOf, STOPPED } from '../errors.ts'
import type { Connection, Method, Reply } from '../http/connection.ts'
import { MAX_TRIES, type Patience, repeat, verdict } from '../http/retry.ts'
import type { Log } from '../runner/log.ts'
import {
  type Access,
  type Domain,
  type GatewayId,
  type GatewayRef,
  isGatewayId,
  isKeyId,
  type KeyId,
  looksLikeJwt,
} from '../steps/inputs.ts'
import { printable, quoted } from '../text.ts'
import { explain, field, whatWasSaid } from './errors.ts'

/** What a gateway is called. */
export interface GatewayName {
  id: GatewayId
  /** `https://<domain>.mypinata.cloud`, or an empty string if Pinata did not name a usable domain. */
  url: string
}

/** A gateway as `GET /gateways/{id}` tells of it. */
export interface Gateway extends GatewayName {
  /** Every live key whose ID can be used, with its value; `undefined` if Pinata did not say. */
  keys: Key[] | undefined
  /** How many keys it has besides, whose IDs can't be used. */
  unusableKeys: number
  /** How many keys, host origins and IP addresses restrict it; `undefined` if Pinata did not say. */
  accessControls: number | undefined
}

export interface Key {
  id: KeyId
  /** The secret itself; an empty string if Pinata gave no usable value. */
  value: string
  /** ISO 8601 with up to nine digits of a second; an empty string if Pinata gave no usable time. */
  createdAt: string
}

/**
 * What came of one request for a key.
 * `made`: the key. `refused`: there is none, and the same request would be refused again.
 * `not-made`: there is none, and another try may help. `unclear`: there may be a key that nobody knows of.
 */
export type Creation =
  | { outcome: 'made'; key: Key }
  | { outcome: 'refused' | 'not-made' | 'unclear'; error: ActionError; reply: Reply }

/** One request, from the name look-up to the last byte of its answer. In milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000
/** How long the answer to a creation is still waited for when the step is stopped: the runner kills after 10 seconds. */
const CREATION_GRACE_MS = 4_000
/** How often a gateway is asked for its keys after a deletion whose answer says nothing. */
const LOOK_TRIES = 3
const PAGE_SIZE = 100
/** Where a list that never ends is left. */
const MAX_PAGES = 1000

/** What one request is for, in the words of an error message. */
interface Purpose {
  doing: string
  gateway?: string
}

/** The gateway routes of Pinata's API, version 3 (Pinata's API reference, "Gateways"). */
export class PinataApi {
  readonly #connection: Pick<Connection, 'exchange'>
  readonly #access: Pick<Access, 'apiUrl' | 'jwt'>
  readonly #patience: Patience
  readonly #log: Pick<Log, 'debug' | 'asking'>
  #dateMs: number | undefined

  /** @param patience how long and how often to try, for all requests together */
  constructor(
    connection: Pick<Connection, 'exchange'>,
    access: Pick<Access, 'apiUrl' | 'jwt'>,
    patience: Patience,
    log: Pick<Log, 'debug' | 'asking'>,
  ) {
    this.#connection = connection
    this.#access = access
    this.#patience = patience
    this.#log = log
  }

  /** Pinata's time when it answered last, in milliseconds since 1970; `undefined` if no answer told it. */
  get dateMs(): number | undefined {
    return this.#dateMs
  }

  /**
   * The ID of a gateway; a domain is looked up in the account's gateways, page by page.
   *
   * @throws ActionError if the list can't be read or no gateway of the account has the domain
   */
  async resolve(gateway: GatewayRef): Promise<GatewayId> {
    if ('id' in gateway) return gateway.id
    const seen = new Set<unknown>()
    const lookAt = (rows: unknown[]): unknown => {
      // Only IDs: no two objects are the same, and a list of those would never end.
      for (const id of rows.map(row => field(row, 'id'))) if (isGatewayId(id)) seen.add(id)
      return field(
        rows.find(row => hasDomain(row, gateway.domain)),
        'id',
      )
    }
    for (let page = 1, before = -1; seen.size > before && page <= MAX_PAGES; page++) {
      before = seen.size
      const id = lookAt(await this.#listPage(page))
      if (isGatewayId(id)) return id
    }
    // Pinata's document does not say whether pages count from 0 or 1, so there may be one before page 1.
    const id = lookAt(await this.#listPage(0).catch(() => []))
    if (isGatewayId(id)) return id
    throw new ActionError(
      `No gateway in the account of pinata-jwt has the domain ${quoted(gateway.domain)} (${seen.size} looked at). Check gateway-id, and that the JWT is from the account that owns the gateway.`,
    )
  }

  async #listPage(page: number): Promise<unknown[]> {
    const purpose = { doing: 'list the gateways' }
    const reply = await repeat(() => this.#send('GET', `/gateways?pageSize=${PAGE_SIZE}&page=${page}`), this.#patience)
    const rows = field(this.#dataOf(reply, purpose), 'rows')
    if (!Array.isArray(rows)) throw notUnderstood(purpose)
    return rows
  }

  /**
   * The gateway's details.
   *
   * @param maxTries how often to try when Pinata or the network fails
   * @throws ActionError
   */
  async gateway(id: GatewayId, maxTries = MAX_TRIES): Promise<Gateway> {
    const purpose = { doing: 'read the gateway', gateway: id }
    const reply = await repeat(() => this.#send('GET', `/gateways/${id}`), this.#patience, maxTries)
    const data = this.#dataOf(reply, purpose)
    if (typeof data !== 'object' || data === null) throw notUnderstood(purpose)
    return { id, url: gatewayUrl(field(data, 'domain')), ...restrictions(data) }
  }

  /**
   * Asks once for a new key. To ask again is for the caller to decide: it may make a second key. When the step is stopped,
   * the answer is still waited for, for some seconds.
   */
  async createKey(id: GatewayId): Promise<Creation> {
    await this.#patience.turn()
    const reply = await this.#send('POST', `/gateways/${id}/access_tokens`, CREATION_GRACE_MS)
    const key = verdict(reply) === 'done' && reply.kind === 'answer' ? keyOf(field(reply.json, 'data')) : undefined
    if (key !== undefined) return { outcome: 'made', key }
    const purpose = { doing: 'make a key', gateway: id }
    if (verdict(reply) === 'done') return { outcome: 'unclear', error: notUnderstood(purpose), reply }
    return { outcome: outcomeOf(reply), error: this.#errorOf(reply, purpose), reply }
  }

  /**
   * Revokes a key. What is not the documented answer says nothing about the key: then the gateway is asked for its keys.
   *
   * @param isListed `false` if the key was not among the gateway's keys when they were read before
   * @returns `gone` if it was not there any more
   * @throws ActionError if the key is still there, or may be
   */
  async revokeKey(id: GatewayId, keyId: KeyId, isListed?: boolean): Promise<'revoked' | 'gone'> {
    let mayHaveWorked = false
    const reply = await repeat(async () => {
      const each = await this.#send('DELETE', `/gateways/${id}/access_tokens/${keyId}`)
      mayHaveWorked ||= verdict(each) === 'again' || verdict(each) === 'done'
      return each
    }, this.#patience)
    if (isDocumentedDeletion(reply)) return 'revoked'
    const error = this.#errorOf(reply, { doing: `revoke key ${keyId}`, gateway: id })
    if ([401, 403, 429].includes(error.status ?? 0) || this.#patience.signal?.aborted) throw error
    if (isListed !== false) await this.#expectGone(id, keyId, reply, error)
    return mayHaveWorked ? 'revoked' : 'gone'
  }

  /** @throws ActionError if the gateway still has the key, or does not tell */
  async #expectGone(id: GatewayId, keyId: KeyId, reply: Reply, error: ActionError): Promise<void> {
    const { status } = error
    const said = reply.kind === 'answer' && (status === 404 || verdict(reply) === 'done') && whatWasSaid(reply)
    const why = said ? `The answer to the revocation of key ${keyId} was ${said}.` : error.message
    let details: Gateway
    try {
      details = await this.gateway(id, LOOK_TRIES)
    } catch (cause) {
      // Then there is no such gateway.
      if (cause instanceof ActionError && cause.status === 404) throw cause
      throw new ActionError(`${why} Whether the key is gone could not be read. ${messageOf(cause)}`, status)
    }
    const isListed = details.keys?.some(key => key.id === keyId)
    // One of the keys whose IDs can't be used may be this one, in a form that is new.
    if (isListed === undefined || (!isListed && details.unusableKeys > 0)) {
      throw new ActionError(`${why} Whether the key is gone, Pinata did not tell. Run the job again later.`, status)
    }
    if (!isListed) return
    const advice = said ? " Check api-url, and whether a proxy answers in Pinata's place." : ''
    throw new ActionError(`${why} The gateway still lists the key.${advice}`, status)
  }

  async #send(method: Method, path: string, graceMs = 0): Promise<Reply> {
    const { clock, left, signal } = this.#patience
    const started = clock.elapsed()
    this.#log.asking(`${method} ${path}`)
    const timeoutMs = Math.max(1, Math.min(REQUEST_TIMEOUT_MS, left))
    const reply = await this.#connection.exchange(method, path, { timeoutMs, signal, graceMs })
    // Without a request ID it is somebody else's answer, by another clock.
    if (reply.kind === 'answer' && reply.requestId !== undefined) this.#dateMs = reply.dateMs ?? this.#dateMs
    const result =
      reply.kind === 'answer' ? `HTTP ${reply.status}, request ID ${reply.requestId ?? 'none'}` : reply.reason
    this.#log.debug(`${method} ${path}: ${printable(result)} (${Math.round(clock.elapsed() - started)} ms)`)
    return reply
  }

  #dataOf(reply: Reply, purpose: Purpose): unknown {
    if (reply.kind === 'fault' || verdict(reply) !== 'done') throw this.#errorOf(reply, purpose)
    return field(reply.json, 'data')
  }

  #errorOf(reply: Reply, purpose: Purpose): ActionError {
    if (this.#patience.signal?.aborted) return new ActionError(STOPPED)
    const { apiUrl, jwt } = this.#access
    const message = explain(reply, { ...purpose, apiUrl, looksLikeJwt: looksLikeJwt(jwt) })
    return new ActionError(message, reply.kind === 'answer' ? reply.status : undefined)
  }
}

/** Whether a reply without a key leaves it open that one was made. */
function outcomeOf(reply: Reply): 'refused' | 'not-made' | 'unclear' {
  if (reply.kind === 'fault') {
    if (reply.sent) return 'unclear'
    return reply.transient ? 'not-made' : 'refused'
  }
  if (reply.status === 429) return 'not-made'
  return reply.status >= 400 && reply.status < 500 && reply.status !== 408 ? 'refused' : 'unclear'
}

/** The answer to a deletion in Pinata's document: 200 with `{"data":null}`. */
function isDocumentedDeletion(reply: Reply): boolean {
  return (
    reply.kind === 'answer' &&
    reply.status === 200 &&
    field(reply.json, 'data') === null &&
    field(reply.json, 'error') === undefined
  )
}

function notUnderstood({ doing }: Purpose): ActionError {
  return new ActionError(
    `Could not ${doing}: the answer is not what Pinata documents. Check api-url, and whether a proxy answers in Pinata's place.`,
  )
}

const SUBDOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i

function gatewayUrl(domain: unknown): string {
  return typeof domain === 'string' && SUBDOMAIN.test(domain) ? `https://${domain.toLowerCase()}.mypinata.cloud` : ''
}

function hasDomain(row: unknown, wanted: Domain): boolean {
  const custom = field(row, 'custom_domains')
  const domains = Array.isArray(custom) ? custom.map(each => field(each, 'domain')) : []
  return (
    gatewayUrl(field(row, 'domain')) === `https://${wanted}` ||
    domains.some(domain => typeof domain === 'string' && domain.toLowerCase() === wanted)
  )
}

/** The access controls of a gateway. An empty list may come as null. */
function restrictions(data: object): Pick<Gateway, 'keys' | 'unusableKeys' | 'accessControls'> {
  const policies = field(field(data, 'settings'), 'restriction_policies')
  const lists = ['accessTokens', 'allowedHosts', 'allowedIPAddresses'].map(name => field(policies, name) ?? [])
  if (typeof policies !== 'object' || policies === null || !lists.every(Array.isArray)) {
    return { keys: undefined, unusableKeys: 0, accessControls: undefined }
  }
  const [tokens = []] = lists
  const keys = tokens.map(keyOf).filter(key => key !== undefined)
  return {
    // A list that is not there is not an empty one: a key is taken for gone only if Pinata lists the others.
    keys: field(policies, 'accessTokens') === undefined ? undefined : keys,
    unusableKeys: tokens.length - keys.length,
    accessControls: lists.reduce((sum, list) => sum + list.length, 0),
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

function keyOf(entry: unknown): Key | undefined {
  const id = field(entry, 'id')
  const value = field(entry, 'value')
  const createdAt = field(entry, 'createdAt')
  if (!isKeyId(id)) return undefined
  return {
    id,
    // A reader sends it in a query or a header, so white space or a control character can't be part of it.
    // A shorter one can't be masked.
    value: typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value) ? value : '',
    createdAt: typeof createdAt === 'string' && TIME.test(createdAt) ? createdAt : '',
  }
}
