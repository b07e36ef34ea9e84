// The gateways themselves, and the content that each reader may read.

/** @import { Gateway } from './api.mjs' */
/** @import { EmulatedResponse } from '../http/responses.mjs' */
/** @import { IncomingHttpHeaders } from 'node:http' */

/** @typedef {{ method: string, url: URL, host: string, headers: IncomingHttpHeaders }} ReadRequest `host`: lowercase */

/** Finds a host's gateway. @param {Iterable<Gateway>} gateways @param {string} host without a port, in lowercase */
export function gatewayAt(gateways, host) {
  for (const gateway of gateways) {
    const domains = [`${gateway.domain}.mypinata.cloud`, ...gateway.customDomains]
    if (domains.some(domain => domain.toLowerCase() === host)) return gateway
  }
  return undefined
}

// Pinata does not document these headers (see docs/emulators.md). Pages on an allowed origin need them to read content.
const CORS = { 'Access-Control-Allow-Origin': '*' }
const PREFLIGHT = { ...CORS, 'Access-Control-Allow-Methods': '*', 'Access-Control-Allow-Headers': '*' }

/**
 * Returns a gateway's response to a reader. Without access controls, it serves only content pinned to the account, to
 * anyone. With access controls, it serves all content to readers who satisfy one of them. (Source: Pinata's page
 * "Gateway Access Controls".) Only custom domains serve HTML, even to such readers.
 * @param {Gateway | undefined} gateway
 * @param {Map<string, string | Uint8Array>} pins content by CID, or by CID and path
 * @param {ReadRequest} request
 */
export function serveGateway(gateway, pins, request) {
  const { method, url, host } = request
  if (!gateway) return textResponse(404, 'There is no such gateway.')
  if (method === 'OPTIONS') return { status: 204, headers: PREFLIGHT, body: '' }
  const cid = /^\/ipfs\/([^/]+)/.exec(url.pathname)?.[1]
  if (cid === undefined) return textResponse(404, 'A gateway serves /ipfs/<cid>.')
  // Serve a file in a directory, a directory's index.html, or a CID's only file, whatever the path.
  const file = url.pathname.slice('/ipfs/'.length).replace(/\/$/, '')
  const pinned = pins.get(file) ?? pins.get(`${file}/index.html`) ?? pins.get(cid)

  if (pinned !== undefined && isHtml(pinned) && host.endsWith('.mypinata.cloud')) {
    return textResponse(403, 'Only a custom domain of the gateway serves HTML. ERR_ID:00023')
  }
  const { keys, allowedHosts, allowedIPAddresses } = gateway
  const controls = keys.length + allowedHosts.length + allowedIPAddresses.length
  if (controls === 0 && pinned === undefined) {
    return textResponse(403, 'This content is not pinned to the account of the gateway. ERR_ID:00006')
  }
  if (controls > 0 && !satisfies(gateway, request)) {
    return textResponse(401, 'This gateway has access controls, and the request satisfies none of them. ERR_ID:00024')
  }
  if (pinned === undefined) return textResponse(200, `Content of ${cid} from IPFS\n`)
  return textResponse(200, pinned, isHtml(pinned) ? 'text/html' : 'text/plain')
}

/** Returns whether a request satisfies an access control. @param {Gateway} gateway @param {ReadRequest} request */
function satisfies({ keys, allowedHosts }, { url, headers }) {
  const tokens = [url.searchParams.get('pinataGatewayToken'), headers['x-pinata-gateway-token']]
  // Compares whole values, so an entry with another scheme, a trailing slash, or a wildcard matches no reader. The page
  // must use HTTPS. No reader has an allowed IP address.
  const origin = headers.origin?.startsWith('https://') ? headers.origin : undefined
  return keys.some(key => tokens.includes(key.value)) || allowedHosts.some(({ value }) => value === origin)
}

/** @param {number} status @param {string | Uint8Array} body @returns {EmulatedResponse} */
const textResponse = (status, body, type = 'text/plain') => ({
  status,
  headers: { ...CORS, 'Content-Type': `${type}; charset=utf-8` },
  body,
})

/** @param {string | Uint8Array} body */
const isHtml = body => /^\s*<(?:!doctype html|html)\b/i.test(Buffer.from(body).toString())
