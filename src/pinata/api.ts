import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { classify, field, type Reply } from '../http/answers.ts'
import type { Connection, ExchangeOptions, Method } from '../http/connection.ts'
import { describeResponse } from '../http/describe.ts'
import { type Attempt, attemptOf, type Backoff, MAX_TRIES, REQUEST_TIMEOUT_MS, retry } from '../http/retry.ts'
import type { Secret } from '../secret.ts'
import { quoted } from '../text.ts'
import { errorOf, notDocumented, type Purpose } from './errors.ts'
import { hasDomain, parseControl, parseGateway, parseRows } from './parse.ts'
import {
  type Access,
  type AccessControl,
  type ControlKind,
  controlsOf,
  type Gateway,
  type GatewayId,
  type GatewayRef,
  idOf,
  publicName,
  type Removable,
  secretOf,
  segment,
  type Wanted,
} from './types.ts'

/** How long the answer to a creation is still waited for when the step is stopped: the runner kills after 10 seconds. */
const CREATION_GRACE_MS = 4_000
const PAGE_SIZE = 100
/** Where a list that never ends is left. */
const MAX_PAGES = 1000
/** How often a gateway is read after a deletion whose answer says nothing. */
const CHECK_TRIES = 3
/** How often a creation is asked for when each answer gets lost, as each may leave an access control behind. */
const MAX_LOST = 3
/** The routes below a gateway. */
const ROUTES: Record<ControlKind, string> = { key: 'access_tokens', origin: 'hosts' }

/** What came of a creation. */
export type CreationResult = {
  /** Whether an answer got lost, so that there may be an access control that nobody knows of. */
  hasLostAnswer: boolean
} & ({ created: AccessControl; isAsAsked: boolean } | { error: ActionError })

/** Finds what a request created whose answer got lost; `undefined` if there is nothing that can be told. */
export type FindLost = () => Promise<AccessControl | undefined>

/** The gateway routes of Pinata's API, version 3 (Pinata's API reference, "Gateways"). */
export class PinataApi {
  readonly #connection: Pick<Connection, 'exchange'>
  readonly #access: Access
  readonly #backoff: Backoff
  readonly #mask: (secret: Secret) => void
  #dateMs: number | undefined

  /** @param mask is given each secret before anything can print it: a new key's value, the ID of an origin */
  constructor(
    connection: Pick<Connection, 'exchange'>,
    access: Access,
    backoff: Backoff,
    mask: (secret: Secret) => void,
  ) {
    this.#mask = mask
    this.#connection = connection
    this.#access = access
    this.#backoff = backoff
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
    const seen = new Set<GatewayId>()
    const findIn = async (page: number) => {
      const rows = await this.#listPage(page)
      for (const { id } of rows) seen.add(id)
      return rows.find(row => hasDomain(row, gateway.domain))?.id
    }
    for (let page = 1, before = -1; seen.size > before && page <= MAX_PAGES; page++) {
      before = seen.size
      const id = await findIn(page)
      if (id !== undefined) return id
    }
    // Pinata's document does not say whether pages count from 0 or 1, so there may be one before page 1.
    const id = await findIn(0).catch(() => undefined)
    if (id !== undefined) return id
    throw new ActionError(
      `No gateway in the account of pinata-jwt has the domain ${quoted(gateway.domain)} (${seen.size} looked at). Check gateway-id, and that the JWT is from the account that owns the gateway.`,
    )
  }

  async #listPage(page: number) {
    const purpose = { action: 'list the gateways' }
    const rows = parseRows(await this.#read(`/gateways?pageSize=${PAGE_SIZE}&page=${page}`, purpose))
    if (rows === undefined) throw notDocumented(purpose)
    return rows
  }

  /**
   * The gateway's details.
   *
   * @param maxTries how often to try when Pinata or the network fails
   * @throws ActionError
   */
  async gateway(id: GatewayId, maxTries = MAX_TRIES): Promise<Gateway> {
    const purpose = { action: 'read the gateway', gateway: id }
    const gateway = parseGateway(id, await this.#read(`/gateways/${segment(id)}`, purpose, maxTries))
    if (gateway === undefined) throw notDocumented(purpose)
    return gateway
  }

  async #read(path: string, purpose: Purpose, maxTries = MAX_TRIES): Promise<unknown> {
    const { last } = await retry(async () => attemptOf(await this.#send('GET', path)), this.#backoff, { maxTries })
    if (last.classification !== 'ok' || last.value.kind === 'fault') throw this.#errorOf(last.value, purpose)
    return field(last.value.json, 'data')
  }

  /**
   * Creates an access control. What Pinata refuses for the moment is asked for again. A request whose answer got lost may
   * have created one: it is looked for, or else the request is repeated only a few times, and told. When the step is
   * stopped, the answer is still waited for, for some seconds.
   */
  async create(id: GatewayId, wanted: Wanted, findLost?: FindLost): Promise<CreationResult> {
    const action = wanted.kind === 'key' ? 'create a key' : `add the origin ${wanted.value}`
    const purpose = { action, gateway: id, kind: wanted.kind }
    const path = `/gateways/${segment(id)}/${ROUTES[wanted.kind]}`
    const body = wanted.kind === 'key' ? undefined : { host: wanted.value }
    const send = async (): Promise<Attempt<Reply | AccessControl>> => {
      const reply = await this.#send('POST', path, { graceMs: CREATION_GRACE_MS, body })
      if (classify(reply) !== 'ok' || reply.kind === 'fault') return attemptOf(reply)
      const created = parseControl(wanted.kind, field(reply.json, 'data'))
      // A success without one may have created one all the same.
      return created === undefined
        ? { classification: 'transient', mayHaveTakenEffect: true, value: reply }
        : { classification: 'ok', mayHaveTakenEffect: true, value: created }
    }
    const policy = { maxLost: MAX_LOST, minLeftMs: REQUEST_TIMEOUT_MS, findLost }
    const { last, lost } = await retry(send, this.#backoff, policy)
    const hasLostAnswer = lost > 0
    if (!isReply(last.value)) {
      const created = last.value
      const secret = secretOf(created)
      if (secret !== undefined) this.#mask(secret)
      if (wanted.kind === 'key' || created.kind === 'key') return { created, isAsAsked: true, hasLostAnswer }
      // Whatever Pinata calls it, it is removed and told of by what was asked for.
      const isAsAsked = created.value === wanted.value
      return { created: { ...created, value: wanted.value }, isAsAsked, hasLostAnswer }
    }
    const isUndocumented = classify(last.value) === 'ok' && !this.#backoff.signal.aborted
    return { error: isUndocumented ? notDocumented(purpose) : this.#errorOf(last.value, purpose), hasLostAnswer }
  }

  /**
   * Removes an access control. What is not the documented answer says nothing: then the gateway is read.
   *
   * @param isListed `false` if it was not among the gateway's access controls when they were read before
   * @returns `not-listed` if it was not there any more
   * @throws ActionError if it is still there, or may be
   */
  async remove(id: GatewayId, control: Removable, isListed?: boolean): Promise<'revoked' | 'not-listed'> {
    if (control.kind === 'origin') this.#mask(control.id)
    const path = `/gateways/${segment(id)}/${ROUTES[control.kind]}/${segment(idOf(control))}`
    const { last, lost } = await retry(async () => attemptOf(await this.#send('DELETE', path)), this.#backoff)
    const { classification, value: reply } = last
    if (isDocumentedDeletion(reply)) return 'revoked'
    const action = `${control.kind === 'key' ? 'revoke key' : 'remove origin'} ${publicName(control)}`
    const error = this.#errorOf(reply, { action, gateway: id })
    const isRefused = ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
    if (isRefused || this.#backoff.signal.aborted) throw error
    if (isListed !== false) await this.#expectNotListed(id, control, reply, error)
    return lost > 0 || classification === 'ok' ? 'revoked' : 'not-listed'
  }

  /** @throws ActionError if the gateway still has the access control, or can't be read */
  async #expectNotListed(id: GatewayId, control: Removable, reply: Reply, error: ActionError): Promise<void> {
    const { kind } = error
    const what = `${control.kind} ${publicName(control)}`
    const deletion = control.kind === 'key' ? 'revocation' : 'removal'
    const said =
      reply.kind === 'answer' && (reply.status === 404 || classify(reply) === 'ok') && describeResponse(reply)
    const why = said ? `The answer to the ${deletion} of ${what} was ${said}.` : error.message
    let gateway: Gateway
    try {
      gateway = await this.gateway(id, CHECK_TRIES)
    } catch (cause) {
      // Then there is no such gateway.
      if (cause instanceof ActionError && cause.kind === 'not-found') throw cause
      throw new ActionError(`${why} Whether the ${control.kind} is gone could not be read. ${messageOf(cause)}`, kind)
    }
    if (!controlsOf(gateway).some(each => each.kind === control.kind && idOf(each) === idOf(control))) return
    const advice = said ? " Check api-url, and whether a proxy answers in Pinata's place." : ''
    throw new ActionError(`${why} The gateway still lists the ${control.kind}.${advice}`, kind)
  }

  async #send(method: Method, path: string, options: Pick<ExchangeOptions, 'graceMs' | 'body'> = {}): Promise<Reply> {
    const { signal, requestTimeoutMs: timeoutMs } = this.#backoff
    const reply = await this.#connection.exchange(method, path, { ...options, timeoutMs, signal })
    // Without a request ID it is somebody else's answer, by another clock.
    if (reply.kind === 'answer' && reply.requestId !== undefined) this.#dateMs = reply.dateMs ?? this.#dateMs
    return reply
  }

  #errorOf(reply: Reply, purpose: Purpose): ActionError {
    if (this.#backoff.signal.aborted) return new ActionError(STOPPED)
    return errorOf(reply, purpose, this.#access)
  }
}

function isReply(value: Reply | AccessControl): value is Reply {
  return value.kind === 'answer' || value.kind === 'fault'
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
