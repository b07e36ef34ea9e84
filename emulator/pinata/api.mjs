// The data of one account at Pinata, and the responses of its API, without sockets.
import { randomBytes, randomUUID } from 'node:crypto'
import { createWindow, jsonResponse } from '../http/responses.mjs'

/** @import { EmulatedResponse, Limit } from '../http/responses.mjs' */
/** @import { ApiRequest } from '../http/server.mjs' */

/** @typedef {{ id: string, value: string, createdAt: string }} AccessControl a key, a host origin, or an IP address */
/**
 * @typedef {object} Gateway
 * @property {string} id
 * @property {string} createdAt in ISO 8601 format, with milliseconds
 * @property {string} domain the part before `.mypinata.cloud`
 * @property {string[]} customDomains
 * @property {AccessControl[]} keys
 * @property {AccessControl[]} allowedHosts each value is an origin, such as `https://example.com`
 * @property {AccessControl[]} allowedIPAddresses
 */
/**
 * @typedef {object} GatewayOptions
 * @property {string} [id] default: a random UUID
 * @property {string} [domain] default: `fun-llama-` and the number of gateways
 * @property {string[]} [customDomains]
 * @property {number} [keys] how many keys the gateway starts with
 * @property {string[]} [allowedHosts] origins, such as `https://example.com`
 * @property {string[]} [allowedIPAddresses]
 * @property {Record<string, string | Uint8Array>} [pins] content by CID or, for a file in a directory, `<cid>/app.js`
 */
/** @typedef {(gateway: Gateway, entryId: string, body: string) => EmulatedResponse} Handler of requests to a route */

/** The maximum and default number of gateways on a page. */
const MAX_PAGE_SIZE = 10

/** The path of the list of gateways, of one gateway, of one of its lists, or of an entry in a list. */
const PATH = /^\/v3(?:\/ipfs)?\/gateways(?:\/([^/]+)(\/\w+)?(?:\/([^/]+))?)?$/

/** Returns the response to a request that fails. @param {number} status @param {string} message */
export const failure = (status, message) => jsonResponse(status, { error: { code: status, message } })
const notAuthorized = () => failure(401, 'Not Authorized')
/** @param {number} status @param {string} reason @param {string} details */
const apiError = (status, reason, details) => jsonResponse(status, { error: { reason, details } })

/** Creates an account without gateways. @param {{ limit: Limit | undefined, clock: { aheadMs: number } }} options */
export function createApi({ limit, clock }) {
  /** @type {Map<string, Gateway>} */
  const gateways = new Map()
  /** JWTs, and whether their scope is only `org:gateways:read`. @type {Map<string, boolean>} */
  const jwts = new Map()
  /** @type {Map<string, string | Uint8Array>} */
  const pins = new Map()
  const window = limit && createWindow(limit)
  let createdCount = 0

  const now = () => new Date(Date.now() + clock.aheadMs).toISOString()
  // The digits after the milliseconds are a counter, so that no two keys have the same age.
  const timestamp = () => now().replace('Z', `${String(createdCount++ % 1_000_000).padStart(6, '0')}Z`)

  /** @param {string} value @returns {AccessControl} */
  const newControl = value => ({ id: randomUUID(), value, createdAt: timestamp() })
  const newKey = () => newControl(randomBytes(48).toString('base64url'))

  /** Adds a gateway and returns its data, which the API changes. @param {GatewayOptions} [options] */
  function addGateway(options = {}) {
    /** @type {Gateway} */
    const gateway = {
      id: options.id ?? randomUUID(),
      createdAt: now(),
      domain: options.domain ?? `fun-llama-${gateways.size}`,
      customDomains: options.customDomains ?? [],
      keys: Array.from({ length: options.keys ?? 0 }, newKey),
      allowedHosts: (options.allowedHosts ?? []).map(newControl),
      allowedIPAddresses: (options.allowedIPAddresses ?? []).map(newControl),
    }
    gateways.set(gateway.id, gateway)
    for (const [cid, body] of Object.entries(options.pins ?? {})) pins.set(cid, body)
    return gateway
  }

  /** Adds an API key and returns its JWT. By default, the key may write. @param {{ isReadOnly?: boolean }} [options] */
  function addJwt({ isReadOnly = false } = {}) {
    const claims = { email: 'octocat@example.com', scopedKeyKey: randomBytes(10).toString('hex') }
    const segments = [{ alg: 'HS256', typ: 'JWT' }, claims].map(part => Buffer.from(JSON.stringify(part)))
    const jwt = [...segments, randomBytes(32)].map(segment => segment.toString('base64url')).join('.')
    jwts.set(jwt, isReadOnly)
    return jwt
  }

  /** @param {Gateway} gateway */
  const summaryOf = gateway => ({
    id: gateway.id,
    created_at: gateway.createdAt,
    domain: gateway.domain,
    restrict: false,
    custom_domains: gateway.customDomains.map(domain => ({
      ...{ domain, custom_domain_id: randomUUID() },
      ...{ domain_validation_status: 'active', ssl_validation_status: 'active' },
    })),
  })

  /** @param {URLSearchParams} query */
  function listGateways(query) {
    const all = [...gateways.values()]
    const size = Math.min(Number(query.get('pageSize') ?? MAX_PAGE_SIZE), MAX_PAGE_SIZE)
    const start = (Number(query.get('page') ?? 1) - 1) * size
    return jsonResponse(200, { data: { count: all.length, rows: all.slice(start, start + size).map(summaryOf) } })
  }

  /** @param {'keys' | 'allowedHosts'} list @param {string} label the name of an entry in messages @returns {Handler} */
  const removeFrom = (list, label) => (gateway, entryId) => {
    const index = gateway[list].findIndex(entry => entry.id === entryId)
    if (index < 0) return failure(404, `Gateway ${label} not found`)
    gateway[list].splice(index, 1)
    return jsonResponse(200, { data: null })
  }

  /** The handlers of the routes of one gateway. @type {Record<string, Handler>} */
  const handlers = {
    'GET /{id}'(gateway) {
      const { keys, allowedHosts, allowedIPAddresses } = gateway
      const settings = { restriction_policies: { accessTokens: keys, allowedHosts, allowedIPAddresses } }
      return jsonResponse(200, { data: { ...summaryOf(gateway), settings } })
    },

    'POST /{id}/access_tokens'(gateway) {
      const key = newKey()
      gateway.keys.push(key)
      return jsonResponse(200, { data: key })
    },

    // Adds any host, even if it was already added (see docs/emulators.md).
    'POST /{id}/hosts'(gateway, _entryId, body) {
      const entry = newControl(JSON.parse(body).host)
      gateway.allowedHosts.push(entry)
      return jsonResponse(200, { data: entry })
    },

    'DELETE /{id}/access_tokens/{id}': removeFrom('keys', 'access token'),
    'DELETE /{id}/hosts/{id}': removeFrom('allowedHosts', 'host'),
  }

  /** @param {ApiRequest} request @param {URL} url @returns {EmulatedResponse} */
  function respond({ method, headers: { authorization }, body }, url) {
    const [path, id, list = '', entryId = ''] = PATH.exec(url.pathname) ?? []
    // The list of gateways supports the same methods as one gateway: only GET.
    const handle = path && handlers[`${method} /{id}${list}${entryId && '/{id}'}`]
    if (!handle) return failure(404, `${method} ${url.pathname} does not exist`)

    if (authorization === undefined) return notAuthorized()
    const jwt = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
    if (jwt === undefined) return apiError(401, 'INVALID_CREDENTIALS', 'Invalid/expired credentials')
    const isReadOnly = jwts.get(jwt)
    if (isReadOnly === undefined) return notAuthorized()
    if (isReadOnly && method !== 'GET') {
      return apiError(403, 'NO_SCOPES_FOUND', 'This key does not have the required scopes associated with it')
    }

    if (window?.exceeds()) {
      return jsonResponse(429, { error: { code: 429, message: 'Too Many Requests' } }, window.retryAfter())
    }

    if (id === undefined) return listGateways(url.searchParams)
    const gateway = gateways.get(decodeURIComponent(id))
    return gateway ? handle(gateway, decodeURIComponent(entryId), body) : failure(404, 'Gateway not found')
  }

  return { gateways, addGateway, addJwt, respond, pins }
}
