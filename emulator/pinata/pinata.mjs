// A Pinata emulator on loopback for tests, demos, and measurements: its API and gateways, with limits and faults.
import { randomBytes } from 'node:crypto'
import { startServer } from '../http/server.mjs'
import { createApi, failure } from './api.mjs'
import { gatewayAt, serveGateway } from './gateway.mjs'

/** @import { Arrival, ServerOptions } from '../http/server.mjs' */
/** @import { Limit } from '../http/responses.mjs' */

/**
 * Starts a Pinata emulator on 127.0.0.1. Requests for a gateway's domain go to that gateway, and all others to the
 * API. Faults and latency affect only the API.
 * @param {{ limit?: Limit | undefined } & ServerOptions} [options] `limit`: the API's rate limit
 */
export async function startPinata({ limit, ...serverOptions } = {}) {
  const clock = { aheadMs: 0 }
  const { respond, pins, ...api } = createApi({ limit, clock })
  /** `gateway`: the gateway's ID. @type {(Arrival & { gateway: string | undefined, status: number })[]} */
  const reads = []

  const { origin, ...server } = await startServer(
    {
      respond,
      headers: () => ({
        'X-Request-Id': randomBytes(16).toString('hex'),
        'Strict-Transport-Security': 'max-age=15724800; includeSubDomains',
      }),
      failure,
      handleOther: (arrival, url) => {
        const { method, headers } = arrival
        const host = String(headers.host).replace(/:\d+$/, '').toLowerCase()
        const gateway = gatewayAt(api.gateways.values(), host)
        if (!gateway && !host.endsWith('.mypinata.cloud')) return undefined
        const response = serveGateway(gateway, pins, { method, url, host, headers })
        reads.push({ ...arrival, gateway: gateway?.id, status: response.status })
        return response
      },
    },
    { ...serverOptions, clock },
  )

  return { ...server, ...api, apiUrl: `${origin}/v3`, reads }
}
