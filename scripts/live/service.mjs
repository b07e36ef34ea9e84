import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from './exchange.mjs'
import { createJobs } from './jobs.mjs'

/** @import { Reply } from './exchange.mjs' */
/** @import { Job, Jobs } from './jobs.mjs' */
/** @import { Pace } from './pace.mjs' */
/** @import { Settings } from './settings.mjs' */
/** @import { StepResult } from '../../emulator/runner/runner.mjs' */

/**
 * @typedef {object} Stop how a run is stopped
 * @property {AbortSignal} now ends reads, pauses and whatever changes nothing
 * @property {AbortSignal} late ends a request that may have changed something, some seconds later
 */
/** @typedef {{ id: string, value: string }} Entry of a gateway's access controls */
/** @typedef {{ keys: Entry[], origins: Entry[], addresses: Entry[] }} Controls */
/** @typedef {{ id: string, route: string, label: string }} Item an access control, how to remove it, and how to call it */
/** @typedef {{ reply: Reply, id: string, value: string }} Addition `id`, `value`: `''` if the answer has none */
/**
 * @typedef {object} Read
 * @property {string} [method]
 * @property {string | undefined} [query] the key as `pinataGatewayToken`
 * @property {string | undefined} [header] the key as `x-pinata-gateway-token`
 * @property {string} [cid]
 * @property {Record<string, string>} [headers]
 * @property {boolean} [sameUrl] without it, each read has a URL of its own, so that no cache answers it
 */
/** @typedef {{ reply: Reply, reads: number, ms: number, isSo: boolean }} Waited the last answer, and when it came */
/**
 * @typedef {object} ServiceOptions
 * @property {Settings} settings
 * @property {Stop} stop
 * @property {(secret: string) => void} hide told of each secret as soon as it is known
 * @property {Pace} pace
 */

const TIMEOUT_MS = 15_000
/** When a run was stopped, GitHub's runner kills it after 10 seconds. */
const CLEAN_UP_TIMEOUT_MS = 3_000
const MOST_BYTES = { api: 4_000_000, read: 64_000 }
/** How often a request is made that gets 429 each time, and how long to wait if the answer does not say. */
const TRIES = 3
const WAIT_S = 60

/** One Pinata that is asked: the live one, or the emulator. It remembers what it added to the gateway. */
export class Service {
  /** What answers say was added, by its ID. @type {Map<string, Item>} */
  added = new Map()
  /** What was sent as an origin, whether or not an answer came. @type {Set<string>} */
  originsSent = new Set()
  /** The bare sub-domain of the gateway, as soon as it is known. */
  domain = ''
  /** The first 429 that came, without being asked for. @type {Reply | undefined} */
  tooMany
  #options
  #jobs

  /** @param {ServiceOptions} options */
  static async start(options) {
    /** @type {Service | undefined} */
    let service
    const { settings, pace, stop } = options
    const jobs = await createJobs({ settings, pace, signal: stop.now, onResult: result => service?.keep(result) })
    service = new Service(options, jobs)
    return service
  }

  /** @param {ServiceOptions} options @param {Jobs} jobs */
  constructor(options, jobs) {
    this.#options = options
    this.#jobs = jobs
  }

  get settings() {
    return this.#options.settings
  }

  get gatewayPath() {
    return `/gateways/${this.settings.gatewayId}`
  }

  /** Whether the run was stopped. */
  get isStopped() {
    return this.#options.stop.now.aborted
  }

  /**
   * A request to the API, with the JWT unless another `authorization` is given (`''`: none). After a 429 it waits and
   * asks again.
   *
   * @param {string} method
   * @param {string} route
   * @param {{ body?: object | undefined, authorization?: string, cleanUp?: boolean }} [how] `cleanUp`: also when the run
   *   was stopped
   * @returns {Promise<Reply>}
   */
  async api(method, route, how = {}) {
    for (let left = TRIES - 1; ; left--) {
      const reply = await this.#send(method, route, how)
      if (reply.status !== 429) return reply
      this.tooMany ??= reply
      if (left === 0 || this.isStopped) return reply
      const seconds = Number(reply.headers['retry-after'] ?? WAIT_S)
      await this.#pause((seconds >= 0 ? seconds : WAIT_S) * 1000)
    }
  }

  /**
   * @param {string} method
   * @param {string} route
   * @param {{ body?: object | undefined, authorization?: string, cleanUp?: boolean }} how
   */
  async #send(method, route, { body, authorization = `Bearer ${this.settings.jwt}`, cleanUp = false }) {
    const { stop, pace } = this.#options
    if (!cleanUp) {
      await pace(1)
      stop.now.throwIfAborted()
    }
    const timeout = AbortSignal.timeout(cleanUp && this.isStopped ? CLEAN_UP_TIMEOUT_MS : TIMEOUT_MS)
    const signals = cleanUp ? [timeout] : [timeout, method === 'GET' ? stop.now : stop.late]
    return await exchange({
      method,
      url: this.settings.apiUrl + route,
      headers: {
        ...(authorization !== '' && { authorization }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.any(signals),
      mostBytes: MOST_BYTES.api,
    })
  }

  /** @param {number} ms */
  async #pause(ms) {
    await sleep(ms, undefined, { signal: this.#options.stop.now })
  }

  /**
   * A request to the gateway, which never has the JWT.
   *
   * @param {Read} [how]
   */
  read({ method = 'GET', query, header, cid = this.settings.cid, headers, sameUrl = false } = {}) {
    const { stop } = this.#options
    stop.now.throwIfAborted()
    const host = `${this.domain}.mypinata.cloud`
    const url = new URL(`${this.settings.gatewayUrl ?? `https://${host}`}/ipfs/${cid}`)
    if (query !== undefined) url.searchParams.set('pinataGatewayToken', query)
    if (!sameUrl) url.searchParams.set('read', randomUUID())
    return exchange({
      method,
      url: url.href,
      headers: { host, ...(header !== undefined && { 'x-pinata-gateway-token': header }), ...headers },
      signal: AbortSignal.any([stop.now, AbortSignal.timeout(TIMEOUT_MS)]),
      mostBytes: MOST_BYTES.read,
    })
  }

  /**
   * Reads again and again until the answer is as wanted.
   *
   * @param {Read} how
   * @param {(reply: Reply) => boolean} isWanted
   * @param {number} [waitMs]
   * @returns {Promise<Waited>}
   */
  async readUntil(how, isWanted, waitMs = this.settings.waitMs) {
    const began = performance.now()
    for (let reads = 1, pauseMs = 200; ; reads++, pauseMs = Math.min(pauseMs * 1.5, 5000)) {
      const reply = await this.read(how)
      const ms = performance.now() - began
      if (isWanted(reply) || ms + pauseMs > waitMs) return { reply, reads, ms, isSo: isWanted(reply) }
      await this.#pause(pauseMs)
    }
  }

  /**
   * The gateway's details.
   *
   * @param {boolean} [cleanUp]
   * @returns {Promise<{ reply: Reply, controls: Controls | undefined }>} controls: `undefined` if the answer is not the
   *   documented one
   */
  async details(cleanUp = false) {
    const reply = await this.api('GET', this.gatewayPath, { cleanUp })
    const { hide } = this.#options
    const controls = controlsIn(reply.json)
    for (const { value } of controls?.keys ?? []) hide(value)
    for (const { id } of [...(controls?.origins ?? []), ...(controls?.addresses ?? [])]) hide(id)
    const domain = reply.json?.data?.domain
    if (/^[a-z0-9-]+$/i.test(domain)) this.domain = domain
    return { reply, controls: reply.status === 200 ? controls : undefined }
  }

  /** @returns {Promise<Addition>} */
  async createKey() {
    const reply = await this.api('POST', `${this.gatewayPath}/access_tokens`)
    const { id, value } = namesIn(reply)
    this.#options.hide(value)
    if (id !== '') this.added.set(id, this.keyItem(id))
    return { reply, id, value }
  }

  /** @param {string} origin @returns {Promise<Addition>} */
  async addOrigin(origin) {
    this.originsSent.add(origin)
    const reply = await this.api('POST', `${this.gatewayPath}/hosts`, { body: { host: origin } })
    const { id, value } = namesIn(reply)
    this.#options.hide(id)
    if (id !== '') this.added.set(id, this.originItem({ id, value: origin }))
    return { reply, id, value }
  }

  /** @param {string} id @returns {Item} */
  keyItem(id) {
    return { id, route: `${this.gatewayPath}/access_tokens/${encodeURIComponent(id)}`, label: `Key ${id}` }
  }

  /** The label leaves out the ID, which proves records of origins. @param {Entry} entry @returns {Item} */
  originItem({ id, value }) {
    return { id, route: `${this.gatewayPath}/hosts/${encodeURIComponent(id)}`, label: `Origin ${value}` }
  }

  /** @param {Item} item */
  remove(item) {
    return this.api('DELETE', item.route)
  }

  /** @returns {Job} */
  startJob() {
    return this.#jobs.start()
  }

  /** Notes what a step of the action left: a stopped step may have created a key without an output. @param {StepResult} result */
  keep({ masks, log }) {
    for (const mask of masks) this.#options.hide(mask)
    for (const [, id = ''] of log.matchAll(/^Created key (\S+) /gm)) this.added.set(id, this.keyItem(id))
  }

  async endJobs() {
    await this.#jobs.endAll()
  }

  async close() {
    await this.#jobs.close()
  }
}

/** @param {Reply} reply to an addition */
function namesIn({ json }) {
  const { id, value } = json?.data ?? {}
  return { id: typeof id === 'string' ? id : '', value: typeof value === 'string' ? value : '' }
}

/**
 * @param {any} json what `GET /gateways/{id}` answered
 * @returns {Controls | undefined} `undefined` if this is not the documented form
 */
function controlsIn(json) {
  const lists = json?.data?.settings?.restriction_policies
  if (typeof lists !== 'object' || lists === null) return undefined
  /** @param {any} list @returns {Entry[]} */
  const entries = list =>
    Array.isArray(list) ? list.map(entry => ({ id: String(entry?.id), value: String(entry?.value) })) : []
  return {
    keys: entries(lists.accessTokens),
    origins: entries(lists.allowedHosts),
    addresses: entries(lists.allowedIPAddresses),
  }
}
