// What there is in every case: one account at Pinata, one repository on GitHub. All of it is fixed, so that a message
// reads the same each time, and the page that is made of it changes only when a message does.
import { createHmac } from 'node:crypto'
import { startGitHub } from '../../emulator/github/github.mjs'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'

/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */
/** @typedef {{ id: string, value: string, createdAt: string }} Entry a key or a host origin, as Pinata has it */

/** @param {object} part */
const segment = part => Buffer.from(JSON.stringify(part)).toString('base64url')

// Put together here, so that nobody's search for leaked secrets finds them in a file.
export const JWT = `${segment({ alg: 'HS256', typ: 'JWT' })}.${segment({ scopedKeyKey: 'b'.repeat(20), exp: 4_000_000_000 })}.${'s'.repeat(43)}`
export const TOKEN = `ghs_${'t'.repeat(36)}`
export const KEY_VALUE = `${'Kv-'.repeat(21)}K`

export const GATEWAY_ID = '01dae16b-699c-472a-a61e-975a7b9777bd'
export const DOMAIN = 'fun-llama-300'
export const KEY_ID = '0190a7e1-5b0c-7d44-9c35-3f1f3c1f0a01'
export const OTHER_KEY_ID = '0190a7e1-5b0c-7d44-9c35-3f1f3c1f0a02'
export const GONE_KEY_ID = '0190a7e1-5b0c-7d44-9c35-3f1f3c1f0a03'
/** One that nothing has. */
export const UNKNOWN_ID = '11dae16b-699c-472a-a61e-975a7b9777bd'
/** IDs that are the same in each run, and so stay in a message. */
export const FIXED_IDS = [GATEWAY_ID, KEY_ID, OTHER_KEY_ID, GONE_KEY_ID, UNKNOWN_ID]
/** An origin that may be allowed, and one more. */
export const ORIGIN = 'https://pr-7.example.com'
export const OTHER_ORIGIN = 'https://pr-8.example.com'
/** The ID of an origin's entry, which is secret, and that of a second one. */
export const ENTRY_ID = '0190a7e1-5b0c-7d44-9c35-3f1f3c1f0b01'
export const OTHER_ENTRY_ID = '0190a7e1-5b0c-7d44-9c35-3f1f3c1f0b02'
/** A name whose key is gone, while its record is still there. */
export const STALE_NAME = 'pr-6'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const CREATED_AT = '2024-07-12T15:34:59.786198063Z'

/** When a record expired, and one that is far from it. */
export const PAST = '2020-01-01T00:00:00.000Z'
export const FUTURE = '2999-01-01T00:00:00.000Z'

/**
 * @typedef {object} WorldOptions
 * @property {boolean} [date] whether Pinata's answers have a `Date`; default true
 * @property {'pinata' | 'github'} [tls] whose server speaks https, with a certificate that nobody trusts
 */
/**
 * Starts Pinata and GitHub. `close()` ends them.
 *
 * @param {WorldOptions} [options]
 */
export async function openWorld({ date = true, tls } = {}) {
  /** @type {Set<string>} */
  const entryIds = new Set()
  const observe = () => {
    for (const { id } of gateway.allowedHosts) entryIds.add(id)
  }
  const [pinata, github] = await Promise.all([
    startPinata({ date, observe, ...(tls === 'pinata' && { tls: selfSigned() }) }),
    startGitHub(tls === 'github' ? { tls: selfSigned() } : {}),
  ])
  const gateway = pinata.addGateway({ id: GATEWAY_ID, domain: DOMAIN })
  gateway.keys.push(
    { id: KEY_ID, value: KEY_VALUE, createdAt: CREATED_AT },
    { id: OTHER_KEY_ID, value: KEY_VALUE.toLowerCase(), createdAt: CREATED_AT },
  )
  pinata.jwts.set(JWT, { scopes: ['org:gateways:write'], account: 'main', revoked: false, expired: false })
  github.tokens.set(TOKEN, { permission: 'write', repository: 'octo-org/octo-site', valid: true })
  const world = {
    pinata,
    github,
    gateway,
    /** The IDs that entries of origins had at any time, which are secret. */
    entryIds,
    /** What the runner tells a job. */
    context: { api_url: github.apiUrl, sha: SHA, token: TOKEN },
    async close() {
      await Promise.all([pinata.close(), github.close()])
    },
  }
  addRecord(world, { name: STALE_NAME, keyId: GONE_KEY_ID })
  return world
}

/** Adds an entry of an origin, as somebody would at Pinata. @param {World} world @returns {Entry} */
export function addOrigin({ gateway }, id = ENTRY_ID, value = ORIGIN) {
  const entry = { id, value, createdAt: CREATED_AT }
  gateway.allowedHosts.push(entry)
  return entry
}

/**
 * Adds a record as the action writes it, of a key, or of an origin. Without `secret` it proves nothing.
 *
 * @param {Pick<World, 'github'>} world
 * @param {{ name?: string, keyId?: string, origin?: string, secret?: string, expiresAt?: string | null, state?: string }} record
 */
export function addRecord({ github }, { name = 'pr-7', secret, state = 'success', expiresAt = null, ...subject }) {
  const kind = subject.keyId === undefined ? 'origin' : 'key'
  const repositoryId = String(github.repositories.get('octo-org/octo-site')?.id)
  const proven = [1, kind, name, GATEWAY_ID, subject.keyId ?? subject.origin, expiresAt, repositoryId]
  const proof =
    secret === undefined ? 'none' : createHmac('sha256', secret).update(JSON.stringify(proven)).digest('base64url')
  github.addDeployment({
    environment: 'pinata-gateway-keys',
    task: `pinata-gateway-key:${name}`,
    payload: { schema: 1, kind, name, gatewayId: GATEWAY_ID, ...subject, expiresAt, proof },
    transient: true,
    state,
  })
}
