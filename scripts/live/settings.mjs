// What a maintainer gives `npm run live`, checked before any request.

/**
 * @typedef {object} Settings
 * @property {string} jwt
 * @property {string} gatewayId
 * @property {string} cid of a file that is pinned to the gateway's account and is not HTML
 * @property {string | undefined} htmlCid of an HTML file
 * @property {string} apiUrl without a slash at its end
 * @property {string | undefined} gatewayUrl where reads are sent; without it, to the domain that is read
 * @property {boolean} mayLock whether a gateway without access controls may get its first one
 * @property {number} waitMs how long to wait for a key or an origin to work, or to work no more
 * @property {number} perMinute how many requests to the API in a minute
 */

export const USAGE = `\
npm run live runs the built action against Pinata's live API and a live gateway, and compares the answers with the
emulator's. It adds access controls to the gateway and removes them again.

It needs these variables:
  PINATA_JWT           the JWT of an API key with the scope org:gateways:write
  GATEWAY_ID           the ID of a gateway of this account whose readers don't matter
  CID                  the CID of a file that is pinned to this account, and is not HTML

These can be set:
  HTML_CID             the CID of an HTML file, to ask about HTML as well
  YES_LOCK             true: go on with a gateway that has no access control, as --yes-lock does
  WAIT_SECONDS         how long to wait for a key to work, or to work no more; default 60
  REQUESTS_PER_MINUTE  to Pinata's API; default 50, as Pinata's Free plan allows 60
  PINATA_API_URL       default https://api.pinata.cloud/v3
  PINATA_GATEWAY_URL   where reads are sent, with the gateway's domain as Host; default https://<the gateway's domain>`

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
const CID = /^[A-Za-z0-9]{8,128}$/

/**
 * @param {Record<string, string | undefined>} env
 * @param {string[]} args
 * @returns {{ settings: Settings } | { problems: string[] }} a problem names a variable and never its value
 */
export function readSettings(env, args) {
  /** @type {string[]} */
  const problems = []
  /** @param {boolean} so @param {string} problem */
  const need = (so, problem) => void (so || problems.push(problem))
  /** @param {string} name */
  const text = name => (env[name] ?? '').trim()
  const url = (/** @type {string} */ name, /** @type {string} */ otherwise) => {
    const value = (text(name) || otherwise).replace(/\/+$/, '')
    need(value === '' || isSafeUrl(value), `${name} is not an https address (http is for this machine only)`)
    return value
  }

  const jwt = text('PINATA_JWT').replace(/^Bearer\s+/i, '')
  need(jwt !== '', 'PINATA_JWT is not set')
  need(jwt === '' || /^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt), 'PINATA_JWT is not a JWT')
  const gatewayId = text('GATEWAY_ID')
  need(gatewayId !== '', 'GATEWAY_ID is not set')
  need(/^[\w-]*$/.test(gatewayId), 'GATEWAY_ID is not an ID (a domain is not taken here)')
  const cid = text('CID')
  need(cid !== '', 'CID is not set')
  need(cid === '' || CID.test(cid), 'CID is not a CID')
  const htmlCid = text('HTML_CID') || undefined
  need(htmlCid === undefined || CID.test(htmlCid), 'HTML_CID is not a CID')
  const waitSeconds = Number(text('WAIT_SECONDS') || 60)
  need(waitSeconds >= 1 && waitSeconds <= 3600, 'WAIT_SECONDS is not a number from 1 to 3600')
  const perMinute = Number(text('REQUESTS_PER_MINUTE') || 50)
  need(perMinute >= 10, 'REQUESTS_PER_MINUTE is not a number of at least 10')
  const unknown = args.filter(arg => arg !== '--yes-lock')
  need(unknown.length === 0, 'The only argument is --yes-lock')

  const apiUrl = url('PINATA_API_URL', 'https://api.pinata.cloud/v3')
  const gatewayUrl = url('PINATA_GATEWAY_URL', '') || undefined
  if (problems.length > 0) return { problems }
  const mayLock = args.includes('--yes-lock') || text('YES_LOCK') === 'true'
  const waitMs = waitSeconds * 1000
  return { settings: { jwt, gatewayId, cid, htmlCid, apiUrl, gatewayUrl, mayLock, waitMs, perMinute } }
}

/** Whether a JWT or a key may be sent there. @param {string} value */
function isSafeUrl(value) {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, username, search, hash } = new URL(value)
  if (username !== '' || search !== '' || hash !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname))
}
