// A server on loopback that takes the place of a service: it records what a tool sends, and answers as it is told.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** @import { AddressInfo } from 'node:net' */
/** @import { IncomingHttpHeaders } from 'node:http' */

/**
 * @typedef {object} Recorded
 * @property {string} method
 * @property {string} path with its query, as it came
 * @property {IncomingHttpHeaders} headers
 * @property {string} body as Latin-1, so that binary parts stay as they are
 */
/** @typedef {{ status?: number, headers?: Record<string, string>, json?: unknown }} Answer default: 200 and `{}` */

/**
 * @param {(request: Recorded) => Answer | undefined} answers undefined: 404
 * @param {string} [socketPath] a Unix socket to listen on instead of a port
 */
export async function startRecorder(answers, socketPath) {
  /** @type {Recorded[]} */
  const requests = []
  const server = createServer(async (req, res) => {
    const body = (await buffer(req)).toString('latin1')
    const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body }
    requests.push(request)
    const { status = 200, headers, json = {} } = answers(request) ?? { status: 404, json: { message: 'Not Found' } }
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json))
  })
  if (socketPath === undefined) server.listen(0, '127.0.0.1')
  else server.listen(socketPath)
  await once(server, 'listening')
  const address = /** @type {AddressInfo | string} */ (server.address())
  return {
    url: typeof address === 'string' ? address : `http://127.0.0.1:${address.port}`,
    requests,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
