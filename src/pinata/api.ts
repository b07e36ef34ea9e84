import { ActionError, messageOf, STOPPED } from '../errors.ts'
import { classify, field, type Reply } from '../http/answers.ts'
import type { ExchangeOptions, Exchanger, Method } from '../http/connection.ts'
import { describeResponse } from '../http/describe.ts'
import { type Attempt, attemptOf, type Backoff, MAX_TRIES, REQUEST_TIMEOUT_MS, retry } from '../http/retry.ts'
import type { Secret } from '../secret.ts'
import { errorOf, isFromPinata, notDocumented, type Purpose } from './errors.ts'
import { LABELS } from './labels.ts'
import { type GatewayRow, parseControl, parseGateway, parseRows } from './parse.ts'
import {
  type Access,
  type AccessControl,
  controlsOf,
  type Gateway,
  type GatewayId,
  idOf,
  publicName,
  type Removable,
  secretOf,
  segment,
  type Wanted,
} from './types.ts'

/** How long a stopped step waits for the response to a creation: the runner kills it after 10 seconds. */
const CREATION_GRACE_MS = 4_000
const PAGE_SIZE = 100
/** How often a step requests a creation if each response is lost, because each request may create an access control. */
const MAX_LOST = 2
/** How often a new access control is deleted that Pinata does not find yet, and the pause before each try. */
const DELETION_TRIES = 3
const REPLICATION_MS = 1_000
/** Pinata's list may lag for this long after a creation. */
const LIST_LAG_MS = 60_000

/** The result of {@link PinataApi.create}. `found`: what the handler of lost responses returned. */
export type Creation =
  | { outcome: 'created'; control: AccessControl; isAsRequested: boolean; isOlderThanRequest: boolean }
  | { outcome: 'found'; control: AccessControl }
  | { outcome: 'failed'; error: ActionError; hasLostResponse: boolean }

/** Called after each lost response to a creation. If it returns an access control, there is no further request. */
export type OnLostResponse = () => Promise<AccessControl | undefined>

/** The gateway routes of Pinata's API, version 3 (Pinata's API reference, "Gateways"). */
export class PinataApi {
  readonly #connection: Exchanger
  readonly #access: Access
  readonly #backoff: Backoff
  readonly #mask: (secret: Secret) => void
  /** Shared by all views. */
  readonly #latest: { dateMs: number | undefined }

  /** @param mask receives each secret before anything can print it: a new key's value, the ID of an origin */
  constructor(
    connection: Exchanger,
    access: Access,
    backoff: Backoff,
    mask: (secret: Secret) => void,
    latest: { dateMs: number | undefined } = { dateMs: undefined },
  ) {
    this.#connection = connection
    this.#access = access
    this.#backoff = backoff
    this.#mask = mask
    this.#latest = latest
  }

  /** The same client on the same connection, with other time limits. */
  with(backoff: Backoff): PinataApi {
    return new PinataApi(this.#connection, this.#access, backoff, this.#mask, this.#latest)
  }

  /** The date of Pinata's latest response, in milliseconds since 1970; `undefined` if no response had one. */
  get dateMs(): number | undefined {
    return this.#latest.dateMs
  }

  /** Reads a page of the account's gateways. @throws ActionError */
  async gateways(page: number): Promise<GatewayRow[]> {
    const purpose = { action: 'list the gateways' }
    const rows = parseRows(await this.#read(`/gateways?pageSize=${PAGE_SIZE}&page=${page}`, purpose, MAX_TRIES))
    if (rows === undefined) throw notDocumented(purpose)
    return rows
  }

  /**
   * Reads the gateway.
   *
   * @param maxTries how often to try if Pinata or the network fails
   * @throws ActionError
   */
  async gateway(id: GatewayId, maxTries = MAX_TRIES): Promise<Gateway> {
    const purpose = { action: 'read the gateway', gateway: id }
    const gateway = parseGateway(id, await this.#read(`/gateways/${segment(id)}`, purpose, maxTries))
    if (gateway === undefined) throw notDocumented(purpose)
    for (const origin of gateway.origins) this.#mask(origin.id)
    return { ...gateway, readAtMs: this.dateMs }
  }

  async #read(path: string, purpose: Purpose, maxTries: number): Promise<unknown> {
    const { last } = await retry(async () => attemptOf(await this.#send('GET', path)), this.#backoff, { maxTries })
    if (last.classification !== 'ok' || last.value.kind === 'fault') throw this.#errorOf(last.value, purpose)
    return field(last.value.json, 'data')
  }

  /**
   * Creates an access control. Repeats a request that surely had no effect, and once a request whose response was lost. A
   * stopped step still waits some seconds for the response.
   */
  async create(id: GatewayId, spec: Wanted, onLostResponse: OnLostResponse): Promise<Creation> {
    const { create, route } = LABELS[spec.kind]
    const action = spec.kind === 'key' ? create : `${create} ${spec.value}`
    const purpose = { action, gateway: id, kind: spec.kind }
    const body = spec.kind === 'key' ? undefined : { host: spec.value }
    const send = () => this.#requestCreation(`/gateways/${segment(id)}/${route}`, spec, body)
    const policy = { maxLost: MAX_LOST, minLeftMs: REQUEST_TIMEOUT_MS, findLost: foundByHandler }
    const { last, lost } = await retry(send, this.#backoff, policy)
    const { value } = last
    if (value.kind === 'created') return this.#creationOf(value, spec)
    if (value.kind === 'found') return { outcome: 'found', control: value.control }
    const isUndocumented = classify(value) === 'ok' && !this.#backoff.signal.aborted
    const error = isUndocumented ? notDocumented(purpose) : this.#errorOf(value, purpose)
    return { outcome: 'failed', error, hasLostResponse: lost > 0 }

    async function foundByHandler() {
      const control = await onLostResponse()
      return control && { kind: 'found' as const, control }
    }
  }

  async #requestCreation(path: string, spec: Wanted, body: object | undefined): Promise<Attempt<CreationValue>> {
    const started = performance.now()
    const reply = await this.#send('POST', path, { graceMs: CREATION_GRACE_MS, body })
    if (reply.kind === 'fault') return attemptOf(reply)
    if (classify(reply) === 'permanent' && !isFromPinata(reply)) {
      // A proxy may have passed the request on and then rejected Pinata's response.
      return { classification: 'permanent', mayHaveTakenEffect: true, value: reply }
    }
    if (classify(reply) !== 'ok') return attemptOf(reply)
    const control = parseControl(spec.kind, field(reply.json, 'data'))
    // A success without an access control may have created one.
    if (control === undefined) return { classification: 'transient', mayHaveTakenEffect: true, value: reply }
    const sentAtMs = (reply.dateMs ?? Number.NaN) - (performance.now() - started)
    const isOlderThanRequest = Date.parse(control.createdAt) < Math.floor(sentAtMs / 1000) * 1000
    const value = { kind: 'created', control, isOlderThanRequest } as const
    return { classification: 'ok', mayHaveTakenEffect: true, value }
  }

  #creationOf({ control, isOlderThanRequest }: Extract<CreationValue, { kind: 'created' }>, spec: Wanted): Creation {
    const secret = secretOf(control)
    if (secret !== undefined) this.#mask(secret)
    if (spec.kind === 'key' || control.kind === 'key') {
      return { outcome: 'created', control, isAsRequested: true, isOlderThanRequest: false }
    }
    // The messages show the requested value, whatever Pinata calls it.
    const isAsRequested = control.value === spec.value
    return { outcome: 'created', control: { ...control, value: spec.value }, isAsRequested, isOlderThanRequest }
  }

  /**
   * Removes an access control. Revoked means that Pinata sent the documented response, or else that the gateway does not
   * list the access control. The list counts only for an access control that is older than a minute.
   *
   * @param isListed `false` if the gateway did not list it before: then any response but a refusal will do
   * @returns `not listed` if it was already gone
   * @throws ActionError if it still exists, or may exist
   */
  async remove(id: GatewayId, control: Removable, isListed = true): Promise<'revoked' | 'not listed'> {
    if (control.kind === 'origin') this.#mask(control.id)
    const path = `/gateways/${segment(id)}/${LABELS[control.kind].route}/${segment(idOf(control))}`
    let { last, lost } = await this.#delete(path)
    for (let tries = 2; tries <= DELETION_TRIES && isListed && isMissing(last.value); tries++) {
      // Right after a creation, Pinata may not find the access control yet.
      if (!this.#isYoung(control) || !(await this.#backoff.pause(REPLICATION_MS))) break
      ;({ last, lost } = await this.#delete(path))
    }
    if (isDocumentedDeletion(last.value)) return 'revoked'
    const verb = LABELS[control.kind].revoke
    const error = this.#errorOf(last.value, { action: `${verb} ${control.kind} ${publicName(control)}`, gateway: id })
    const isRefused = ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
    if (isRefused || this.#backoff.signal.aborted) throw error
    if (isListed) await this.#expectNotListed(id, control, { reply: last.value, error })
    return isListed && (lost > 0 || last.classification === 'ok') ? 'revoked' : 'not listed'
  }

  async #delete(path: string) {
    return await retry(async () => attemptOf(await this.#send('DELETE', path)), this.#backoff)
  }

  /** Whether Pinata's list may not show an access control because it is too new, or its age is unknown. */
  #isYoung({ createdAt = '' }: Removable): boolean {
    return !((this.dateMs ?? Number.NaN) - Date.parse(createdAt) > LIST_LAG_MS)
  }

  /** @throws ActionError if the gateway still lists the access control, or its list can't show that it is gone */
  async #expectNotListed(
    id: GatewayId,
    control: Removable,
    { reply, error }: { reply: Reply; error: ActionError },
  ): Promise<void> {
    const { kind, revoke } = { ...LABELS[control.kind], kind: control.kind }
    const isUnclear = reply.kind === 'answer' && (reply.status === 404 || classify(reply) === 'ok')
    const why = isUnclear
      ? `Could not ${revoke} ${kind} ${publicName(control)}: unexpected response (${describeResponse(reply)}).`
      : error.message
    const fail = (text: string) => new ActionError(`${why} ${text}`, error.kind)
    if (this.#isYoung(control)) throw fail(`The ${kind} is too new for the gateway's list to show whether it is gone.`)
    const gateway = await this.gateway(id, DELETION_TRIES).catch((cause: unknown) => {
      // Then there is no such gateway.
      if (cause instanceof ActionError && cause.kind === 'not-found') throw cause
      throw fail(`Could not check whether the ${kind} is gone. ${messageOf(cause)}`)
    })
    if (!controlsOf(gateway).some(each => each.kind === control.kind && idOf(each) === idOf(control))) return
    const advice = isUnclear ? ' Check api-url, and whether a proxy responds instead of Pinata.' : ''
    throw fail(`The gateway still lists the ${kind}.${advice}`)
  }

  async #send(method: Method, path: string, options: Pick<ExchangeOptions, 'graceMs' | 'body'> = {}): Promise<Reply> {
    const { signal, requestTimeoutMs: timeoutMs } = this.#backoff
    const reply = await this.#connection.exchange(method, path, { ...options, timeoutMs, signal })
    // Without a request ID, the response comes from another server, with another clock.
    if (reply.kind === 'answer' && reply.requestId !== undefined) this.#latest.dateMs = reply.dateMs ?? this.dateMs
    return reply
  }

  #errorOf(reply: Reply, purpose: Purpose): ActionError {
    if (this.#backoff.signal.aborted) return new ActionError(STOPPED)
    return errorOf(reply, purpose, this.#access)
  }
}

type CreationValue =
  | Reply
  | { kind: 'created'; control: AccessControl; isOlderThanRequest: boolean }
  | { kind: 'found'; control: AccessControl }

function isMissing(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.status === 404
}

/** The response to a deletion in Pinata's document: 200 with `{"data":null}`. */
function isDocumentedDeletion(reply: Reply): boolean {
  return (
    reply.kind === 'answer' &&
    reply.status === 200 &&
    field(reply.json, 'data') === null &&
    field(reply.json, 'error') === undefined
  )
}
