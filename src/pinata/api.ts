import { ActionError, CreationError, isRefusal, STOPPED } from '../errors.ts'
import type { ExchangeOptions, Exchanger, Method } from '../http/connection.ts'
import { field, type HttpResponse, isMissing, isSuccess, type Reply } from '../http/reply.ts'
import { type Attempt, attemptOf, type Backoff, REQUEST_TIMEOUT_MS, retry, systemClock } from '../http/retry.ts'
import { Secret } from '../secret.ts'
import { errorOf, isFromPinata, type Purpose } from './errors.ts'
import { lookUpGateway, PAGE_SIZE } from './gateway-lookup.ts'
import { creationOf, LABELS } from './labels.ts'
import { parseGateway, parseHostOrigin, parseKey, parseRows } from './parse.ts'
import { isYoung, whyNotGone } from './revocation-check.ts'
import type { AccessControl, ApiCredentials, ControlSpec, Gateway, GatewayId, GatewayRef, Removable } from './types.ts'
import { idOf } from './types.ts'

/** The maximum length of a secret to mask. Pinata's secrets are much shorter. */
const MAX_MASKED = 4096
/** How long after the stop signal a step waits for a POST's response. The runner kills the step after 10 seconds. */
const CREATION_GRACE_MS = 4_000
/** How long a stopped step waits for a DELETE's response. It may send the DELETE up to six seconds after the signal. */
const DELETION_GRACE_MS = 500
/** The step gives up after this many lost responses to POSTs, because each POST may have created an access control. */
const MAX_LOST = 2
/** How many times to try a DELETE that gets a 404 (once per `REPLICATION_MS`), or a GET that checks a DELETE. */
const DELETION_TRIES = 3
const REPLICATION_MS = 1_000

export type Creation = { control: AccessControl; isAsRequested: boolean; isOlderThanRequest: boolean }

/** The state shared by a client and the clients that its `with()` returns. */
interface Shared {
  connection: Exchanger
  credentials: ApiCredentials
  /** Receives each new key's value and each origin's ID before either can be printed. */
  mask: (secret: Secret) => void
  dateMs?: number | undefined
}

/** A client for the gateway routes of Pinata's API, version 3 (see "Gateways" in Pinata's API reference). */
export class PinataApi {
  readonly #shared: Shared
  readonly #backoff: Backoff

  constructor(shared: Shared, backoff: Backoff) {
    this.#shared = shared
    this.#backoff = backoff
  }

  /** Returns a client that uses the same connection with different time limits. */
  with(backoff: Backoff): PinataApi {
    return new PinataApi(this.#shared, backoff)
  }

  /** The date of Pinata's latest dated response, in milliseconds since 1970, or `undefined` before the first one. */
  get dateMs(): number | undefined {
    return this.#shared.dateMs
  }

  /** Returns a gateway's ID, and its URL if the user set a domain. @throws ActionError if no gateway has the domain */
  async resolve(gateway: GatewayRef) {
    if ('id' in gateway) return { id: gateway.id, url: '' }
    const id = await lookUpGateway(gateway.domain, page =>
      this.#read(`/gateways?pageSize=${PAGE_SIZE}&page=${page}`, { action: 'list the gateways' }, parseRows),
    )
    return { id, url: `https://${gateway.domain}` }
  }

  /** Reads the gateway. @param maxTries how many times to try if Pinata or the network fails @throws ActionError */
  async gateway(id: GatewayId, maxTries?: number): Promise<Gateway> {
    const purpose = { action: 'read the gateway', gateway: id }
    const gateway = await this.#read(pathOf(id), purpose, parseGateway, maxTries)
    for (const { secret } of gateway.origins) if (secret) this.#shared.mask(secret)
    return gateway
  }

  async #read<T>(path: string, purpose: Purpose, parse: (reply: HttpResponse) => T | undefined, maxTries?: number) {
    const send = async (): Promise<Attempt> => {
      const attempt = await this.#send('GET', path)
      // A 404 right after a success may come from a server that lags behind.
      const mayAppear = isMissing(attempt.reply) && attempt.reply.afterSuccess
      return mayAppear ? { ...attempt, classification: 'transient' } : attempt
    }
    const { reply } = await retry(send, this.#backoff, { maxTries })
    const content = isSuccess(reply) ? parse(reply) : undefined
    if (content === undefined) throw this.#errorOf(reply, purpose)
    return content
  }

  /**
   * Creates an access control. Retries a request that definitely had no effect, and retries once after a lost response.
   * @param afterLostResponse called after each lost response; returns whether to retry @throws CreationError
   */
  async create(id: GatewayId, spec: ControlSpec, afterLostResponse: () => Promise<boolean>): Promise<Creation> {
    const options = { body: spec.kind === 'key' ? undefined : { host: spec.value }, graceMs: CREATION_GRACE_MS }
    let creation: Creation | undefined
    const send = async (): Promise<Attempt> => {
      const startedAt = systemClock.elapsed()
      const attempt = await this.#send('POST', pathOf(id, LABELS[spec.kind].route), options)
      if (isSuccess(attempt.reply)) creation = this.#readCreation(attempt.reply, spec, startedAt)
      if (creation || !attempt.mayHaveTakenEffect) return attempt
      if (!(await afterLostResponse())) return { ...attempt, classification: 'permanent' }
      if (!isSuccess(attempt.reply)) return attempt
      // A successful request may have created an access control even if the response does not contain it.
      return { ...attempt, classification: 'transient', reason: 'a response without an access control' }
    }
    const { reply, lost } = await retry(send, this.#backoff, { maxLost: MAX_LOST, minLeftMs: REQUEST_TIMEOUT_MS })
    if (creation) return creation
    const error = this.#errorOf(reply, { action: creationOf(spec), gateway: id, kind: spec.kind })
    throw new CreationError(error, lost > 0)
  }

  /** Returns the {@link Creation} in a successful response, or `undefined` if it contains no access control. */
  #readCreation({ json, dateMs }: HttpResponse, spec: ControlSpec, startedAt: number): Creation | undefined {
    const data = field(json, 'data')
    const control = spec.kind === 'key' ? parseKey(data) : parseHostOrigin(data)
    if (control === undefined) return undefined
    // Mask even a value that no reader can use, because a later error may quote it.
    const secret = field(data, spec.kind === 'key' ? 'value' : 'id')
    if (typeof secret === 'string' && secret.length <= MAX_MASKED) this.#shared.mask(new Secret(secret))
    // If this response has no date, use an earlier response's date to recognize an entry older than the request.
    const sentAtMs = dateMs === undefined ? (this.dateMs ?? Number.NaN) : dateMs - (systemClock.elapsed() - startedAt)
    const isOlderThanRequest = spec.kind === 'origin' && Date.parse(control.createdAt) < sentAtMs
    // For an origin, messages show the requested value, whatever Pinata returns.
    const subject = spec.kind === 'key' ? control.subject : spec.value
    return { control: { ...control, subject }, isAsRequested: subject === control.subject, isOlderThanRequest }
  }

  /**
   * Removes an access control. If the response is undocumented, the gateway's list determines the outcome: an access
   * control that is not listed counts as gone, unless it may be too new to be listed.
   * @returns `revoked`, `not listed` (already gone), or `in doubt` (a request that got no response may have removed it)
   * @throws ActionError if it may still exist
   */
  async remove(id: GatewayId, control: Removable): Promise<'revoked' | 'not listed' | 'in doubt'> {
    if (control.kind === 'origin' && control.secret) this.#shared.mask(control.secret)
    const path = pathOf(id, LABELS[control.kind].route, idOf(control))
    const wasListed = control.createdAt !== undefined
    let missing = 0
    const send = async (): Promise<Attempt> => {
      const attempt = await this.#send('DELETE', path, { graceMs: DELETION_GRACE_MS })
      if (isMissing(attempt.reply)) missing++
      // Pinata may not find an entry that was just created, so a 404 proves nothing. Pause and retry, as after a 429.
      const mayAppear = isMissing(attempt.reply) && missing < DELETION_TRIES && isYoung(control, this.dateMs)
      return mayAppear ? { ...attempt, classification: 'rate-limited', retryAfterMs: REPLICATION_MS } : attempt
    }
    const { reply, lost } = await retry(send, this.#backoff)
    // Pinata documents this response to a DELETE: 200 with `{"data":null}`.
    const isDocumented = isSuccess(reply) && reply.status === 200 && field(reply.json, 'data') === null
    if (isDocumented && field(reply.json, 'error') === undefined) return 'revoked'
    const action = `${LABELS[control.kind].revoke} ${control.kind} ${control.subject}`
    // Don't include the gateway's ID in the purpose, because a 404 may refer to the access control.
    const error = this.#errorOf(reply, { action, kind: control.kind })
    // After a lost response, an unlisted access control is known to be gone only if an earlier list contained it.
    const isResponseLost = lost > 0 || reply.kind === 'fault'
    const isFinal = isResponseLost ? !wasListed && !isMissing(reply) : isRefusal(error)
    if (isFinal || this.#backoff.signal.aborted) throw error
    const problem = await whyNotGone(control, () => this.gateway(id, DELETION_TRIES))
    if (problem !== undefined) throw new ActionError(`${error.message} ${problem}`)
    if (!wasListed) return lost > 0 ? 'in doubt' : 'not listed'
    return lost > 0 || isSuccess(reply) ? 'revoked' : 'not listed'
  }

  async #send(method: Method, path: string, options: Partial<ExchangeOptions> = {}): Promise<Attempt> {
    const reply = await this.#shared.connection.exchange(method, path, { ...options, backoff: this.#backoff })
    if (reply.kind === 'response') this.#shared.dateMs = reply.dateMs ?? this.dateMs
    return attemptOf(reply, method === 'POST' ? isFromPinata : undefined)
  }

  #errorOf(reply: Reply, purpose: Purpose): ActionError {
    const error = errorOf(reply, purpose, this.#shared.credentials)
    return this.#backoff.signal.aborted ? new ActionError(`Could not ${purpose.action}. ${STOPPED}`, error.kind) : error
  }
}

function pathOf(...parts: string[]): string {
  return `/gateways/${parts.map(encodeURIComponent).join('/')}`
}
