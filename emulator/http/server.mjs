// The server of an emulated API on loopback: sockets, TLS, the request log, faults, and shutdown.
import { once, setMaxListeners } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyFault, createFaults } from './inject-faults.mjs'

/** @import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http' */
/** @import { AddressInfo, Socket } from 'node:net' */
/** @import { EmulatedResponse } from './responses.mjs' */
/** @import { Fault } from './inject-faults.mjs' */

/**
 * @typedef {object} ServerOptions
 * @property {{ key: string, cert: string } | undefined} [tls] PEM; if set, the server uses HTTPS
 * @property {number | undefined} [latencyMs] the pause before each API request takes effect; default: 0
 * @property {boolean | string | undefined} [date] whether to send a `Date` header, or its text; default: true
 * @property {((moment: Moment, request: ApiRequest) => void) | undefined} [observe] called at each moment of
 *   an API request, before anything else happens
 */
/** @typedef {'arrived' | 'applied' | 'replied'} Moment the whole request arrived; it took effect; its response was sent */
/**
 * @typedef {object} Arrival a request whose headers have arrived
 * @property {string} method
 * @property {string} path including its query, as received
 * @property {IncomingHttpHeaders} headers
 * @property {number} at milliseconds since 1970
 */
/**
 * A request to the API, logged when it arrives and completed later. `status` is `undefined` until a response is sent,
 * `connection` is the number of its TCP connection, and `fault` is the fault that affected it.
 * @typedef {Arrival & { body: string, status: number | undefined, connection: number, fault?: Fault }} ApiRequest
 */
/**
 * @typedef {object} Api
 * @property {(request: ApiRequest, url: URL) => EmulatedResponse} respond carries out a request; `url` has no `..`
 * @property {() => Record<string, string>} headers returns the headers of a response, which contain a new request ID
 * @property {(status: number, message: string) => EmulatedResponse} failure returns the API's response for a failure
 * @property {(arrival: Arrival, url: URL) => EmulatedResponse | undefined} [handleOther] responds to requests that are
 *   not for the API, without faults or latency
 */

/**
 * Serves an API on a free port on 127.0.0.1. If the emulator itself, or a fault's function, throws an error, the server
 * closes the connection, and `close()` rejects with all such errors.
 * @param {Api} api
 * @param {ServerOptions & { clock: { aheadMs: number } }} options `clock`: how far the server's clock is ahead
 */
export async function startServer(api, options) {
  const { tls, latencyMs = 0, date = true, clock, observe } = options
  const faults = createFaults()
  /** @type {ApiRequest[]} */
  const requests = []
  /** @type {unknown[]} */
  const errors = []
  /** The number of each connection. @type {Map<Socket, number>} */
  const sockets = new Map()
  let connectionCount = 0
  let accepting = true
  const closing = new AbortController()
  // Each pause adds a listener, and there may be hundreds at once.
  setMaxListeners(0, closing.signal)

  /** @param {number} ms */
  async function pause(ms) {
    if (ms > 0) await sleep(ms, undefined, { signal: closing.signal })
  }

  /** @param {IncomingMessage} req @param {ServerResponse} res */
  async function onRequest(req, res) {
    // The connection was opened before `refuseConnections()`. The client must not reach the server through it.
    if (!accepting) return req.socket.destroy()
    const { method = '', url: path = '', headers } = req
    // The URL parser resolves `..`, as the proxy in front of such an API does.
    const url = new URL(path.startsWith('/') ? `http://emulator${path}` : path, 'http://emulator')
    const arrival = { method, path, headers, at: Date.now() }

    const otherResponse = api.handleOther?.(arrival, url)
    if (otherResponse) return void writeHead(res, otherResponse).end(otherResponse.body)

    /** @type {ApiRequest} */
    const request = { ...arrival, body: '', status: undefined, connection: sockets.get(req.socket) ?? 0 }
    requests.push(request)
    const fault = faults.next(method, path)
    if (fault) request.fault = fault
    res.once('finish', () => observe?.('replied', request))
    for await (const chunk of req.setEncoding('utf8')) request.body += chunk
    observe?.('arrived', request)
    await pause(latencyMs)

    /** @param {EmulatedResponse} response */
    const sendHead = response => {
      request.status = response.status
      return writeHead(res, { ...response, headers: { ...api.headers(), ...response.headers } })
    }
    const send = (/** @type {EmulatedResponse} */ response) => void sendHead(response).end(response.body)
    const carryOut = () => {
      const response = api.respond(request, url)
      observe?.('applied', request)
      return response
    }
    if (fault) await applyFault(fault, { carryOut, sendHead, send, failure: api.failure, pause, socket: req.socket })
    else send(carryOut())
  }

  /** @param {ServerResponse} res @param {EmulatedResponse} response */
  function writeHead(res, { status, headers, body }) {
    if (status !== 204) res.setHeader('Content-Length', Buffer.byteLength(body))
    res.sendDate = false
    const now = new Date(Date.now() + clock.aheadMs).toUTCString()
    if (date) res.setHeader('Date', date === true ? now : date)
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    if (!accepting) res.setHeader('Connection', 'close')
    return res.writeHead(status)
  }

  /** @param {number} port */
  async function listen(port) {
    const server = tls ? createHttpsServer(tls) : createHttpServer()
    // A proxy in front of such an API allows this much time, which is long enough that no client is cut off by chance.
    server.keepAliveTimeout = 75_000
    for (const event of ['connection', 'secureConnection']) {
      server.on(event, socket => {
        sockets.set(socket, ++connectionCount)
        socket.once('close', () => sockets.delete(socket))
      })
    }
    server.on('request', (req, res) => {
      onRequest(req, res).catch(error => {
        // A client that disconnects is not an error in the emulator, and neither is a pause that `close()` ends.
        if (!req.errored && !closing.signal.aborted) errors.push(error)
        req.socket.destroy()
      })
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  let server = await listen(0)
  const { port } = /** @type {AddressInfo} */ (server.address())

  /** Refuses new connections and closes idle ones. Requests in progress get their responses. */
  function refuseConnections() {
    accepting = false
    server.close()
  }

  /** Listens again, on the same port, after `refuseConnections()`. */
  async function resume() {
    if (accepting) return
    server = await listen(port)
    accepting = true
  }

  /** Ends everything immediately. Rejects if the emulator had an internal error. */
  async function close() {
    accepting = false
    closing.abort()
    server.close()
    for (const socket of sockets.keys()) socket.destroy()
    if (errors.length > 0) throw new AggregateError(errors, `The emulator failed: ${errors[0]}`)
  }

  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    fault: faults.inject,
    clearFaults: faults.clear,
    refuseConnections,
    resume,
    close,
    /** Advances the server's clock. */
    passTime: (/** @type {number} */ ms) => {
      clock.aheadMs += ms
    },
  }
}
