// What Pinata keeps and how its API answers: accounts, JWTs, gateways and their keys. No sockets in here.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'

/** @import { Answer, ApiRequest, Limit } from '../http/server.mjs' */

/** @typedef {{ id: string, value: string, createdAt: string }} Restriction a key, a host origin or an IP address */
/**
 * @typedef {object} Gateway
 * @property {string} id
 * @property {string} account
 * @property {string} createdAt ISO 8601, milliseconds
 * @property {string} domain the bare sub-domain of mypinata.cloud
 * @property {{ domain: string, domain_validation_status: string, custom_domain_id: string, ssl_validation_status: string }[]} customDomains
 * @property {Restriction[]} keys
 * @property {Restriction[]} allowedHosts their values are origins: `https://example.com`
 * @property {Restriction[]} allowedIPAddresses
 */
/**
 * @typedef {object} GatewayOptions
 * @property {string} [id] default a random UUID
 * @property {string} [domain] default a random name like `fun-llama-300`
 * @property {string[]} [customDomains]
 * @property {number} [keys] how many keys it has from the start
 * @property {string[]} [allowedHosts] `https://example.com`, or `example.com` for the same
 * @property {string[]} [allowedIPAddresses]
 * @property {Record<string, string | Uint8Array>} [pins] content by CID, or of a directory by CID and path
 *   (`<cid>/app.js`), pinned to the gateway's account
 * @property {string} [account]
 */
/** @typedef {(gateway: Gateway, entryId: string, body: string) => Answer} Run what a route does, its body as text */
/**
 * @typedef {Limit & { tells?: 'retry-after' | 'reset' | 'nothing' }} AccountLimit `tells`: what a 429 says about the time
 *   to wait. `Retry-After` (the default), only `X-RateLimit-Reset` (seconds since 1970), or nothing
 */
/** @typedef {{ scopes: string[], account: string, revoked: boolean, expired: boolean }} Credential */
/** @typedef {{ pins: Map<string, string | Uint8Array>, window: { start: number, used: number } }} Account */

const SCOPES = { read: 'org:gateways:read', write: 'org:gateways:write' }
const ADJECTIVES = ['fun', 'blue', 'brave', 'quiet', 'lucky', 'amber', 'swift', 'gentle']
const ANIMALS = ['llama', 'otter', 'heron', 'badger', 'lynx', 'newt', 'walrus', 'magpie']

/**
 * A JSON answer as the API gives it, with the line feed that its Content-Lengths in the OpenAPI document count.
 *
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 * @returns {Answer}
 */
function jsonAnswer(status, body, headers) {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: `${JSON.stringify(body)}\n`,
  }
}

const notAuthorized = () => jsonAnswer(401, { error: { code: 401, message: 'Not Authorized' } })
/** @param {number} status @param {string} reason @param {string} details */
const refused = (status, reason, details) => jsonAnswer(status, { error: { reason, details } })
/** @param {string} message */
const badRequest = message => jsonAnswer(400, { error: { code: 400, message } })
/** @param {string} message */
const notFound = message => jsonAnswer(404, { error: { code: 404, message } })

/**
 * What Pinata answers when it fails with this status.
 *
 * @param {number} status
 * @returns {Answer}
 */
export function failure(status) {
  const message = STATUS_CODES[status] ?? 'Unknown'
  if (![502, 503, 504].includes(status)) return jsonAnswer(status, { error: { code: status, message } })
  // Pinata stands behind a proxy, and these are the proxy's own answers.
  const title = `${status} ${message}`
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'Content-Type': 'text/html' }, body }
}

/**
 * An empty Pinata.
 *
 * @param {{ limit?: AccountLimit | undefined, pageSizeLimit: number, clock?: { aheadMs: number } | undefined }} options
 */
export function createApi({ limit, pageSizeLimit, clock = { aheadMs: 0 } }) {
  /** @type {Map<string, Gateway>} */
  const gateways = new Map()
  /** @type {Map<string, Credential>} */
  const jwts = new Map()
  /** @type {Map<string, Account>} */
  const accounts = new Map()
  let lastNanoseconds = 0n

  /** @param {string} name */
  function accountOf(name) {
    const account = accounts.get(name) ?? { pins: new Map(), window: { start: Number.NEGATIVE_INFINITY, used: 0 } }
    accounts.set(name, account)
    return account
  }

  // Two keys never share an instant, so that sorting by createdAt has one outcome.
  function timestamp() {
    const now = BigInt(Date.now() + clock.aheadMs) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n)
    lastNanoseconds = now > lastNanoseconds ? now : lastNanoseconds + 1n
    const seconds = new Date(Number(lastNanoseconds / 1_000_000n)).toISOString().slice(0, 19)
    return `${seconds}.${String(lastNanoseconds % 1_000_000_000n).padStart(9, '0')}Z`
  }

  /** @param {string} value @returns {Restriction} */
  const restriction = value => ({ id: randomUUID(), value, createdAt: timestamp() })
  const newKey = () => restriction(randomBytes(48).toString('base64url'))

  function freeName() {
    const taken = new Set([...gateways.values()].map(gateway => gateway.domain))
    for (;;) {
      const name = `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${ANIMALS[randomInt(ANIMALS.length)]}-${randomInt(1000)}`
      if (!taken.has(name)) return name
    }
  }

  /**
   * Adds a gateway and answers its live record: what the API changes shows there, and the other way round.
   *
   * @param {GatewayOptions} [options]
   */
  function addGateway(options = {}) {
    /** @type {Gateway} */
    const gateway = {
      id: options.id ?? randomUUID(),
      account: options.account ?? 'main',
      createdAt: new Date(Date.now() + clock.aheadMs).toISOString(),
      domain: options.domain ?? freeName(),
      customDomains: (options.customDomains ?? []).map(domain => ({
        domain,
        domain_validation_status: 'active',
        custom_domain_id: randomUUID(),
        ssl_validation_status: 'active',
      })),
      keys: Array.from({ length: options.keys ?? 0 }, newKey),
      allowedHosts: (options.allowedHosts ?? []).map(host =>
        restriction(host.includes('://') ? host : `https://${host}`),
      ),
      allowedIPAddresses: (options.allowedIPAddresses ?? []).map(restriction),
    }
    if (gateways.has(gateway.id)) throw new TypeError(`addGateway: ${gateway.id} exists`)
    if (gateway.domain.includes('.'))
      throw new TypeError('addGateway: domain is the bare name, without .mypinata.cloud')
    gateways.set(gateway.id, gateway)
    const { pins } = accountOf(gateway.account)
    for (const [cid, body] of Object.entries(options.pins ?? {})) pins.set(cid, body)
    return gateway
  }

  /**
   * Adds an API key of Pinata's and answers its JWT. Default: a good one that may write, of the account `main`.
   *
   * @param {{ scopes?: string[], account?: string, revoked?: boolean, expired?: boolean }} [options]
   */
  function addJwt(options = {}) {
    const { scopes = [SCOPES.write], account = 'main', revoked = false, expired = false } = options
    // The claims, and with them the length, are those of a JWT from Pinata's dashboard.
    const claims = {
      userInformation: {
        id: randomUUID(),
        email: `${account}@example.com`,
        email_verified: true,
        pin_policy: { regions: ['FRA1', 'NYC1'].map(id => ({ desiredReplicationCount: 1, id })), version: 1 },
        mfa_enabled: false,
        status: 'ACTIVE',
      },
      authenticationType: 'scopedKey',
      scopedKeyKey: randomBytes(10).toString('hex'),
      scopedKeySecret: randomBytes(32).toString('hex'),
      exp: Math.floor(Date.now() / 1000) + (expired ? -86_400 : 31_536_000),
    }
    /** @param {object} part */
    const segment = part => Buffer.from(JSON.stringify(part)).toString('base64url')
    const signature = randomBytes(32).toString('base64url')
    const jwt = `${segment({ alg: 'HS256', typ: 'JWT' })}.${segment(claims)}.${signature}`
    jwts.set(jwt, { scopes, account, revoked, expired })
    return jwt
  }

  /** @param {Gateway} gateway */
  const row = gateway => ({
    id: gateway.id,
    created_at: gateway.createdAt,
    domain: gateway.domain,
    restrict: false,
    custom_domains: gateway.customDomains,
  })

  /** @param {string} account @param {URLSearchParams} query */
  function listGateways(account, query) {
    const all = [...gateways.values()].filter(gateway => gateway.account === account)
    const [pageSize, page] = [query.get('pageSize') ?? '10', query.get('page') ?? '1'].map(Number)
    if (!Number.isInteger(pageSize) || !Number.isInteger(page) || Number(pageSize) < 1 || Number(page) < 1) {
      return badRequest('pageSize and page must be positive integers')
    }
    const size = Math.min(Number(pageSize), pageSizeLimit)
    const start = (Number(page) - 1) * size
    return jsonAnswer(200, { data: { count: all.length, rows: all.slice(start, start + size).map(row) } })
  }

  /** @param {Gateway} gateway */
  function showGateway(gateway) {
    const { keys, allowedHosts, allowedIPAddresses } = gateway
    const settings = { restriction_policies: { accessTokens: keys, allowedHosts, allowedIPAddresses } }
    return jsonAnswer(200, { data: { ...row(gateway), settings } })
  }

  /** @param {Gateway} gateway */
  function deleteGateway(gateway) {
    gateways.delete(gateway.id)
    return jsonAnswer(200, { data: null })
  }

  /** @param {Gateway} gateway */
  function createKey(gateway) {
    const key = newKey()
    gateway.keys.push(key)
    return jsonAnswer(200, { data: key })
  }

  /**
   * Stored as it came. Unknown of Pinata: which hosts it refuses, and whether it takes the same one twice; here those are
   * two entries.
   *
   * @type {Run}
   */
  function addHost(gateway, _entryId, body) {
    const host = textIn(body, 'host')
    if (host === undefined) return badRequest('host must be a string')
    const entry = restriction(host)
    gateway.allowedHosts.push(entry)
    return jsonAnswer(200, { data: entry })
  }

  /**
   * @param {'keys' | 'allowedHosts'} list
   * @param {string} what one entry of it is called
   * @returns {Run}
   */
  const removeFrom = (list, what) => (gateway, entryId) => {
    const index = gateway[list].findIndex(entry => entry.id === entryId)
    if (index < 0) return notFound(`Gateway ${what} not found`)
    gateway[list].splice(index, 1)
    return jsonAnswer(200, { data: null })
  }

  // A slash at the end is let through: the URL class makes `…/{id}/` of `…/{id}/access_tokens/..`, and a client that
  // lets that happen must find its gateway deleted here too.
  /** @param {string} rest the pattern of what comes after `/gateways` */
  const gatewayPath = rest => new RegExp(`^/v3(?:/ipfs)?/gateways${rest}/?$`)
  const ONE = '/([^/]+)'
  /** @type {{ method: string, path: RegExp, scope: 'read' | 'write', run?: Run }[]} */
  const routes = [
    { method: 'GET', path: gatewayPath(''), scope: 'read' },
    { method: 'GET', path: gatewayPath(ONE), scope: 'read', run: showGateway },
    { method: 'DELETE', path: gatewayPath(ONE), scope: 'write', run: deleteGateway },
  ]
  for (const [name, add, remove] of /** @type {const} */ ([
    ['access_tokens', createKey, removeFrom('keys', 'access token')],
    ['hosts', addHost, removeFrom('allowedHosts', 'host')],
  ])) {
    routes.push({ method: 'POST', path: gatewayPath(`${ONE}/${name}`), scope: 'write', run: add })
    routes.push({ method: 'DELETE', path: gatewayPath(`${ONE}/${name}${ONE}`), scope: 'write', run: remove })
  }

  /** @param {string} account @returns {Answer | undefined} */
  function overLimit(account) {
    if (!limit) return undefined
    const { window } = accountOf(account)
    const now = performance.now()
    if (now >= window.start + limit.perMs) Object.assign(window, { start: now, used: 0 })
    window.used += 1
    if (window.used <= limit.requests) return undefined
    const error = { code: 429, message: 'Too Many Requests' }
    return jsonAnswer(429, { error }, timeToWait(window.start + limit.perMs - now, limit.tells))
  }

  /**
   * @param {number} ms
   * @param {AccountLimit['tells']} tells
   * @returns {Record<string, string>}
   */
  function timeToWait(ms, tells = 'retry-after') {
    if (tells === 'nothing') return {}
    // By the clock that `Date` goes by.
    if (tells === 'reset') return { 'X-RateLimit-Reset': String(Math.ceil((Date.now() + clock.aheadMs + ms) / 1000)) }
    return { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) }
  }

  /**
   * What the API answers to a request, after whatever the request changes has been changed.
   *
   * @param {ApiRequest} request
   * @param {URL} url
   * @returns {Answer}
   */
  function answer({ method, headers: { authorization }, body }, url) {
    const route = routes.find(route => route.method === method && route.path.test(url.pathname))
    if (!route) return notFound(`${method} ${url.pathname} does not exist`)

    if (authorization === undefined) return notAuthorized()
    const jwt = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
    if (jwt === undefined) return refused(401, 'INVALID_CREDENTIALS', 'Invalid/expired credentials')
    const caller = jwts.get(jwt)
    if (!caller) return notAuthorized()
    if (caller.expired) return refused(401, 'INVALID_CREDENTIALS', 'Invalid/expired credentials')
    if (caller.revoked) return refused(403, 'API_KEY_REVOKED', 'This API Key has been revoked')
    if (!caller.scopes.includes(SCOPES.write) && !(route.scope === 'read' && caller.scopes.includes(SCOPES.read))) {
      return refused(403, 'NO_SCOPES_FOUND', 'This key does not have the required scopes associated with it')
    }

    const tooMany = overLimit(caller.account)
    if (tooMany) return tooMany

    if (!route.run) return listGateways(caller.account, url.searchParams)
    const [, id = '', entryId = ''] = (route.path.exec(url.pathname) ?? []).map(decode)
    const gateway = gateways.get(id)
    // Somebody else's gateway is answered like one that doesn't exist.
    return gateway?.account === caller.account ? route.run(gateway, entryId, body) : notFound('Gateway not found')
  }

  /** @param {string} account */
  const pinsOf = account => accountOf(account).pins

  return { gateways, jwts, addGateway, addJwt, answer, pinsOf }
}

/**
 * A member of the JSON object in a request's body, if it is a text that is not empty.
 *
 * @param {string} body
 * @param {string} name
 * @returns {string | undefined}
 */
function textIn(body, name) {
  try {
    const value = JSON.parse(body)?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  } catch {
    return undefined
  }
}

/** @param {string} segment */
function decode(segment) {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
