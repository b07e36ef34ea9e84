import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { send } from '../../emulator/http/send.mjs'

/** @import { Reply } from '../../emulator/http/send.mjs' */
/** @import { Note } from './report.mjs' */
/** @import { Settings } from './settings.mjs' */

/** @typedef {{ id: string, value: string, route: 'access_tokens' | 'hosts' | 'ips' }} Entry an access control */
/** @typedef {{ keys: Entry[], origins: Entry[], addresses: Entry[] }} Controls */
/**
 * The context of a scenario. `before`: the gateway's access controls before the run. `domain`: a domain that only this
 * run uses. `github`: an emulated GitHub.
 * @typedef {{ service: Service, note: Note, before: Controls, domain: string, github: GitHub }} ScenarioContext
 */
/** @typedef {Awaited<ReturnType<typeof import('../../emulator/github/github.mjs').startGitHub>>} GitHub */
/**
 * `query` and `header`: the key, as `pinataGatewayToken` or `x-pinata-gateway-token`. Without `sameUrl`, each read has a
 * different URL, so that no cache responds.
 * @typedef {{ method?: string, query?: string, header?: string, cid?: string, headers?: Record<string, string>, sameUrl?: boolean }} Read
 */

const USER_AGENT = { 'user-agent': 'pinata-gateway-key-action' }
const READ_TIMEOUT_MS = 15_000
/** This limit is short, because GitHub's runner kills a canceled run after 10 seconds. */
const API_TIMEOUT_MS = 4_000

export const isServed = (/** @type {Reply} */ { status }) => status >= 200 && status < 300
/** @param {Controls} controls */
export const hasControls = ({ keys, origins, addresses }) => keys.length + origins.length + addresses.length > 0

/**
 * The live Pinata or the emulator, and what was added to its gateway. `stop` ends everything except requests that may
 * change something. `hide` is called with each secret as soon as it is known.
 */
export class Service {
  /** Entries that, according to responses or logs, were added, by ID. @type {Map<string, Entry>} */
  added = new Map()
  /** Origins that were sent, whether or not a response arrived. @type {Set<string>} */
  origins = new Set()
  /** The subdomain of the gateway, once it is known. */
  domain = ''

  /** @param {Settings} settings @param {AbortSignal} stop @param {(secret: string) => void} hide */
  constructor(settings, stop, hide) {
    this.settings = settings
    this.stop = stop
    this.hide = hide
    this.gateway = `/gateways/${settings.gatewayId}`
  }

  /** Waits, so that the run stays below the allowed number of requests per minute. */
  async waitForRateLimit(requests = 1) {
    await sleep((requests * 60_000) / this.settings.perMinute, undefined, { signal: this.stop })
  }

  /**
   * Sends a request to the API, with the JWT unless another `authorization` is given (`''`: no header).
   * @param {string} method
   * @param {string} route
   * @param {{ body?: object | undefined, authorization?: string | undefined, cleanUp?: boolean }} [options] `cleanUp`: even if the run was stopped
   */
  async api(method, route, { body, authorization = `Bearer ${this.settings.jwt}`, cleanUp = false } = {}) {
    if (!cleanUp) await this.waitForRateLimit()
    const timeout = AbortSignal.timeout(API_TIMEOUT_MS)
    const signal = method === 'GET' && !cleanUp ? AbortSignal.any([timeout, this.stop]) : timeout
    const type = body && { 'content-type': 'application/json' }
    const headers = { ...USER_AGENT, ...(authorization && { authorization }), ...type }
    return send(this.settings.apiUrl + route, { method, headers, signal }, body && JSON.stringify(body))
  }

  /** Sends a request to the gateway, never with the JWT. @param {Read} [options] */
  read({ method = 'GET', query, header, cid = this.settings.cid, headers, sameUrl = false } = {}) {
    this.stop.throwIfAborted()
    const host = `${this.domain}.mypinata.cloud`
    const url = new URL(`${this.settings.gatewayUrl || `https://${host}`}/ipfs/${cid}`)
    if (query !== undefined) url.searchParams.set('pinataGatewayToken', query)
    if (!sameUrl) url.searchParams.set('read', randomUUID())
    const token = header !== undefined && { 'x-pinata-gateway-token': header }
    const signal = AbortSignal.any([this.stop, AbortSignal.timeout(READ_TIMEOUT_MS)])
    return send(url.href, { method, headers: { ...USER_AGENT, host, ...token, ...headers }, signal })
  }

  /** Reads until the response is as expected. @param {Read} options @param {(reply: Reply) => boolean} isExpected */
  async readUntil(options, isExpected, waitMs = this.settings.waitMs) {
    const startedAt = performance.now()
    for (let reads = 1, pauseMs = 200; ; reads++, pauseMs = Math.min(pauseMs * 1.5, 5000)) {
      const reply = await this.read(options)
      const ms = performance.now() - startedAt
      if (isExpected(reply) || ms + pauseMs > waitMs) return { reply, reads, ms, isMet: isExpected(reply) }
      await sleep(pauseMs, undefined, { signal: this.stop })
    }
  }

  /** Reads the gateway. `controls` is `undefined` if the response is not as documented. @param {boolean} [cleanUp] */
  async readGateway(cleanUp = false) {
    const reply = await this.api('GET', this.gateway, { cleanUp })
    const { domain, settings } = reply.json?.data ?? {}
    const lists = settings?.restriction_policies
    if (/^[a-z0-9-]+$/i.test(domain)) this.domain = domain
    if (reply.status !== 200 || !lists) return { reply, controls: undefined }
    /** @param {any} list @param {Entry['route']} route @returns {Entry[]} */
    const entries = (list, route) =>
      Array.isArray(list) ? list.map(({ id, value }) => ({ id: String(id), value: String(value), route })) : []
    const keys = entries(lists.accessTokens, 'access_tokens')
    const origins = entries(lists.allowedHosts, 'hosts')
    const addresses = entries(lists.allowedIPAddresses, 'ips')
    for (const { value } of keys) this.hide(value)
    for (const { id } of [...origins, ...addresses]) this.hide(id)
    return { reply, controls: { keys, origins, addresses } }
  }

  /** Creates a key, or adds an origin. The ID and value are empty if the response lacks them. @param {string} [host] */
  async add(host) {
    const route = host === undefined ? 'access_tokens' : 'hosts'
    if (host !== undefined) this.origins.add(host)
    const reply = await this.api('POST', `${this.gateway}/${route}`, {
      body: host === undefined ? undefined : { host },
    })
    const { id = '', value = '' } = reply.json?.data ?? {}
    const entry = /** @type {Entry} */ ({ id: String(id), value: String(value), route })
    this.hide(host === undefined ? entry.value : entry.id)
    if (entry.id !== '') this.added.set(entry.id, entry)
    return { reply, entry }
  }

  /** @param {Pick<Entry, 'id' | 'route'>} entry @param {boolean} [cleanUp] */
  remove({ id, route }, cleanUp = false) {
    return this.api('DELETE', `${this.gateway}/${route}/${encodeURIComponent(id)}`, { cleanUp })
  }
}
