// The gateways themselves: who may read what through them.

/** @import { Gateway } from './api.mjs' */
/** @import { Answer } from '../http/server.mjs' */
/** @import { IncomingHttpHeaders } from 'node:http' */

/**
 * The gateway that a Host header names, by its mypinata.cloud domain or one of its custom domains.
 *
 * @param {Iterable<Gateway>} gateways
 * @param {string} host without a port, in lower case
 */
export function gatewayAt(gateways, host) {
  for (const gateway of gateways) {
    const domains = [`${gateway.domain}.mypinata.cloud`, ...gateway.customDomains.map(custom => custom.domain)]
    if (domains.some(domain => domain.toLowerCase() === host)) return gateway
  }
  return undefined
}

/**
 * What a gateway answers to a reader. Without access controls it has only what is pinned to its account, for everybody;
 * with one or more it has everything, for those who satisfy any of them. (Pinata's page "Gateway Access Controls")
 *
 * @param {Gateway | undefined} gateway
 * @param {Map<string, string | Uint8Array>} pins content by CID
 * @param {{ method: string, url: URL, headers: IncomingHttpHeaders, address: string }} request
 * @returns {Answer}
 */
export function serveGateway(gateway, pins, { method, url, headers, address }) {
  if (!gateway) return text(404, 'There is no such gateway.')
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'A gateway is only read.')
  const cid = /^\/ipfs\/([^/]+)/.exec(url.pathname)?.[1]
  if (cid === undefined) return text(404, 'A gateway serves /ipfs/<cid>.')
  const pinned = pins.get(cid)

  const { keys, allowedHosts, allowedIPAddresses } = gateway
  if (keys.length + allowedHosts.length + allowedIPAddresses.length === 0) {
    return pinned === undefined
      ? text(403, 'This content is not pinned to the account of the gateway.')
      : text(200, pinned)
  }
  const shown = [url.searchParams.get('pinataGatewayToken'), headers['x-pinata-gateway-token']]
  const from = [headers.origin, headers.referer].map(hostOf)
  const allowed =
    keys.some(key => shown.includes(key.value)) ||
    allowedHosts.some(({ value }) => from.includes(hostOf(value) ?? '')) ||
    allowedIPAddresses.some(({ value }) => value === address)
  if (!allowed) return text(403, 'This gateway has access controls and the request satisfies none of them.')
  return text(200, pinned ?? `Content of ${cid} from IPFS\n`)
}

/** @param {number} status @param {string | Uint8Array} body @returns {Answer} */
const text = (status, body) => ({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body })

/** @param {string | undefined} origin `https://example.com/page` or `example.com` */
function hostOf(origin) {
  if (!origin) return undefined
  const url = origin.includes('://') ? origin : `https://${origin}`
  return URL.canParse(url) ? new URL(url).host : undefined
}
