// What there is in every case: one account at Pinata, one repository on GitHub. All of it is fixed, so that a message
// reads the same each time, and the page that is made of it changes only when a message does.
import { startGitHub } from '../../emulator/github/github.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'

/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */

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
/** A name whose key is gone, while its record is still there. */
export const STALE_NAME = 'pr-6'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const CREATED_AT = '2024-07-12T15:34:59.786198063Z'

/** Starts Pinata and GitHub. `close()` ends them. */
export async function openWorld() {
  const [pinata, github] = await Promise.all([startPinata(), startGitHub()])
  const gateway = pinata.addGateway({ id: GATEWAY_ID, domain: DOMAIN })
  gateway.keys.push(
    { id: KEY_ID, value: KEY_VALUE, createdAt: CREATED_AT },
    { id: OTHER_KEY_ID, value: KEY_VALUE.toLowerCase(), createdAt: CREATED_AT },
  )
  pinata.jwts.set(JWT, { scopes: ['org:gateways:write'], account: 'main', revoked: false, expired: false })
  github.tokens.set(TOKEN, { permission: 'write', repository: 'octo-org/octo-site', valid: true })
  github.addDeployment({
    environment: 'pinata-gateway-keys',
    task: `pinata-gateway-key:${STALE_NAME}`,
    payload: {
      schema: 1,
      name: STALE_NAME,
      gatewayId: GATEWAY_ID,
      keyId: GONE_KEY_ID,
      expiresAt: null,
      proof: 'none',
    },
    state: 'success',
  })
  return {
    pinata,
    github,
    gateway,
    /** What the runner tells a job. */
    context: { api_url: github.apiUrl, sha: SHA, token: TOKEN },
    async close() {
      await Promise.all([pinata.close(), github.close()])
    },
  }
}
