// Servers on loopback that replace services until the check ends: one that records requests and returns the given
// responses, and the Pinata emulator.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { KEY, onCheckEnd, run } from './run.mjs'

/** @import { AddressInfo } from 'node:net' */
/** @import { IncomingHttpHeaders } from 'node:http' */
/** @import { RunOptions } from './run.mjs' */

/**
 * `path`: with its query, unchanged. `body`: as Latin-1, which preserves binary parts.
 * @typedef {{ method: string, path: string, headers: IncomingHttpHeaders, body: string }} Recorded
 */
/**
 * @typedef {{ status?: number, headers?: Record<string, string>, json?: unknown, body?: Buffer }} RecorderResponse
 *   default: 200 and `{}`; `body` instead of `json`
 */

/**
 * Starts a server that listens until the check ends.
 * @param {(request: Recorded) => RecorderResponse | undefined} respond returns the response; `undefined` for a 404
 * @param {string} [socketPath] a Unix socket to listen on instead of a port
 */
export async function startRecorder(respond, socketPath) {
  /** @type {Recorded[]} */
  const requests = []
  const server = createServer(async (req, res) => {
    const body = (await buffer(req)).toString('latin1')
    const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body }
    requests.push(request)
    const { status = 200, headers, json = {}, body: content } = respond(request) ?? { status: 404 }
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(content ?? JSON.stringify(json))
  })
  server.listen(socketPath ?? { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  onCheckEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = /** @type {AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,

    /** Runs a script, which must not print the key. Returns its requests. @param {string} script @param {RunOptions} options */
    async requestsOf(script, options) {
      requests.length = 0
      const printed = await run(script, options)
      if (printed.includes(KEY)) throw new Error(`The key was printed:\n${printed}`)
      return requests.slice()
    },
  }
}

/**
 * Returns the only matching request. Throws unless exactly one request matches.
 * @param {Recorded[]} requests
 * @param {(request: Recorded) => boolean} [matches] default: whether the body contains the key
 */
export function onlyOne(requests, matches = ({ body }) => body.includes(KEY)) {
  const [found, ...others] = requests.filter(matches)
  if (!found || others.length > 0) throw new Error(`Expected exactly one matching request: ${JSON.stringify(requests)}`)
  return found
}

export const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'

/** Starts the Pinata emulator, with a gateway that requires {@link KEY}. */
export async function startGatewayWithKey() {
  const pinata = await startPinata()
  onCheckEnd(pinata.close)
  const gateway = pinata.addGateway({
    domain: 'fun-llama-300',
    // Edge functions and frameworks can't send a different `Host` header.
    customDomains: ['127.0.0.1'],
    pins: { [CID]: '<!doctype html><h1>Octo site</h1>' },
  })
  gateway.keys.push({ id: '11111111-2222-4333-8444-555555555555', value: KEY, createdAt: new Date().toISOString() })
  return { pinata, gateway, url: `http://127.0.0.1:${pinata.port}` }
}
