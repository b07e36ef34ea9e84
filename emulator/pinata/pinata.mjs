// A Pinata on loopback: its API and its gateways with state, limits and faults, for tests, demo and measurements.
import { randomBytes } from 'node:crypto'
import { startServer } from '../http/server.mjs'
import { createApi, failure } from './api.mjs'
import { gatewayAt, serveGateway } from './gateway.mjs'

/** @import { IncomingHttpHeaders } from 'node:http' */
/** @import { ServerOptions } from '../http/server.mjs' */
/** @import { AccountLimit } from './api.mjs' */

/**
 * @typedef {object} PinataOptions
 * @property {number} [port] default 0: any that is free
 * @property {{ key: string, cert: string }} [tls] PEM; with it, it speaks https
 * @property {AccountLimit} [limit] requests an account may make in each window of `perMs`; default none
 * @property {number} [pageSizeLimit] the longest page of gateways; default 10
 * @property {number} [latencyMs] a pause before each request to the API takes effect; default 0
 * @property {boolean | string} [date] whether answers have a `Date`, or a text to send as it is; default true
 * @property {number} [clockAheadMs] how far Pinata's clock is ahead, by which keys are created and answers have a `Date`
 * @property {ServerOptions['observe']} [observe] told of each request to the API as it goes on
 */
/**
 * @typedef {object} GatewayRead a request to a gateway
 * @property {string} method
 * @property {string} path with its query, as it came
 * @property {string} host the Host header
 * @property {IncomingHttpHeaders} headers
 * @property {string | undefined} gateway its ID
 * @property {number} status
 * @property {number} at milliseconds since 1970
 */

/**
 * Starts a Pinata on 127.0.0.1. Requests whose Host is a gateway's domain go to that gateway, all others to the API.
 * Faults and latency are the API's alone. An error in the emulator itself, or in a function that a fault was given,
 * closes the connection it happened on and comes out of `close()`.
 *
 * @param {PinataOptions} [options]
 */
export async function startPinata(options = {}) {
  const { limit, pageSizeLimit = 10, clockAheadMs = 0, ...others } = options
  const clock = { aheadMs: clockAheadMs }
  const serverOptions = { ...others, clock }
  const api = createApi({ limit, pageSizeLimit, clock })
  /** @type {GatewayRead[]} */
  const reads = []

  const { origin, ...server } = await startServer(
    {
      newRequestId: () => randomBytes(16).toString('hex'),
      answer: api.answer,
      seal: ({ requestId }, answer) => ({
        ...answer,
        headers: {
          'X-Request-Id': requestId,
          'Strict-Transport-Security': 'max-age=15724800; includeSubDomains',
          ...answer.headers,
        },
      }),
      failure,
      aside: (arrival, url, address) => {
        const { method, headers } = arrival
        const host = arrival.host.replace(/:\d+$/, '').toLowerCase()
        const gateway = gatewayAt(api.gateways.values(), host)
        if (!gateway && !host.endsWith('.mypinata.cloud')) return undefined
        const pins = api.pinsOf(gateway?.account ?? '')
        const answer = serveGateway(gateway, pins, { method, url, host, headers, address })
        reads.push({ ...arrival, gateway: gateway?.id, status: answer.status })
        return answer
      },
    },
    serverOptions,
  )

  return {
    ...server,
    apiUrl: `${origin}/v3`,
    reads,
    gateways: api.gateways,
    jwts: api.jwts,
    addGateway: api.addGateway,
    addJwt: api.addJwt,
    /** Lets Pinata's clock go on by so many milliseconds. */
    passTime: (/** @type {number} */ ms) => {
      clock.aheadMs += ms
    },
  }
}
