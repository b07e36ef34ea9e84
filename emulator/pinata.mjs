// A Pinata on loopback: its API and its gateways with state, limits and faults, for tests, demo and measurements.
import { randomBytes } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApi, refuseUnknown } from './api.mjs'
import { createFaults, strike } from './faults.mjs'
import { gatewayAt, serveGateway } from './gateway.mjs'

/** @import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http' */
/** @import { AddressInfo, Socket } from 'node:net' */
/** @import { Answer, Limit } from './api.mjs' */

/**
 * @typedef {object} PinataOptions
 * @property {number} [port] default 0: any that is free
 * @property {{ key: string, cert: string }} [tls] PEM; with it, it speaks https
 * @property {Limit} [limit] requests an account may make in each window of `perMs`; default none
 * @property {number} [pageSizeLimit] the longest page of gateways; default 10
 * @property {number} [latencyMs] a pause before each request to the API takes effect; default 0
 */
/**
 * @typedef {object} ApiRequest a request to the API, logged when it arrives and completed as it goes on
 * @property {string} method
 * @property {string} path with its query, as it came
 * @property {string} host the Host header
 * @property {IncomingHttpHeaders} headers
 * @property {string} body
 * @property {number | undefined} status `undefined` as long as nothing was answered
 * @property {number} connection one number for each TCP connection
 * @property {number} at milliseconds since 1970
 * @property {string} requestId the answer's X-Request-Id
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
  refuseUnknown('startPinata', options, ['port', 'tls', 'limit', 'pageSizeLimit', 'latencyMs'])
  const { tls, limit, pageSizeLimit = 10, latencyMs = 0 } = options
  const api = createApi({ limit, pageSizeLimit })
  const faults = createFaults()
  /** @type {ApiRequest[]} */
  const requests = []
  /** @type {GatewayRead[]} */
  const reads = []
  /** @type {unknown[]} */
  const errors = []
  /** @type {Set<Socket>} */
  const sockets = new Set()
  /** @type {WeakMap<Socket, number>} */
  const connections = new WeakMap()
  let connectionCount = 0
  let accepting = true
  const closing = new AbortController()
  // Each pause listens to it, and there may be hundreds at a time.
  setMaxListeners(0, closing.signal)

  /** @param {Socket} socket */
  function connectionOf(socket) {
    const number = connections.get(socket) ?? ++connectionCount
    connections.set(socket, number)
    return number
  }

  /** @param {number} ms */
  async function pause(ms) {
    if (ms > 0) await sleep(ms, undefined, { signal: closing.signal })
  }

  /** @param {IncomingMessage} req @param {ServerResponse} res */
  async function onRequest(req, res) {
    // A connection from before refuse(): to its client the server is gone.
    if (!accepting) return req.socket.destroy()
    const { method = '', url: path = '', headers } = req
    // Resolved as the proxy in front of Pinata does it: `..` goes up.
    const url = new URL(path.startsWith('/') ? `http://emulator${path}` : path, 'http://emulator')
    const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    const logged = { method, path, host: headers.host ?? '', headers, at: Date.now() }

    const gateway = gatewayAt(api.gateways.values(), host)
    if (gateway || host.endsWith('.mypinata.cloud')) {
      const address = req.socket.remoteAddress ?? ''
      const pins = api.pinsOf(gateway?.account ?? '')
      const answer = serveGateway(gateway, pins, { method, url, headers, address })
      reads.push({ ...logged, gateway: gateway?.id, status: answer.status })
      writeHead(res, answer).end(answer.body)
      return
    }
    /** @type {ApiRequest} */
    const request = {
      ...logged,
      body: '',
      status: undefined,
      connection: connectionOf(req.socket),
      requestId: randomBytes(16).toString('hex'),
    }
    requests.push(request)
    const fault = faults.next(method, path)
    for await (const chunk of req.setEncoding('utf8')) request.body += chunk
    await pause(latencyMs)

    /** @param {Answer} answer */
    const open = answer => {
      request.status = answer.status
      res.setHeader('X-Request-Id', request.requestId)
      res.setHeader('Strict-Transport-Security', 'max-age=15724800; includeSubDomains')
      return writeHead(res, answer)
    }
    /** @param {Answer} answer */
    const send = answer => void open(answer).end(answer.body)
    const take = () => api.answer(method, url, headers.authorization)
    if (fault) await strike(fault, { take, open, send, pause, socket: req.socket })
    else send(take())
  }

  /** @param {ServerResponse} res @param {Answer} answer */
  function writeHead(res, { status, headers, body }) {
    res.setHeader('Content-Length', Buffer.byteLength(body))
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    if (!accepting) res.setHeader('Connection', 'close')
    return res.writeHead(status)
  }

  /** @param {number} port */
  async function listen(port) {
    const server = tls ? createHttpsServer(tls) : createHttpServer()
    // Like the proxy in front of Pinata, and long enough for no client to be cut off by chance.
    server.keepAliveTimeout = 75_000
    server.on('connection', socket => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.on('request', (req, res) => {
      onRequest(req, res).catch(error => {
        // A client that went away and a pause that close() ended are no errors of ours.
        if (!req.errored && !closing.signal.aborted) errors.push(error)
        req.socket.destroy()
      })
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  let server = await listen(options.port ?? 0)
  const { port } = /** @type {AddressInfo} */ (server.address())

  /** Refuses connections from now on and closes idle ones. What is being answered gets its answer. */
  function refuse() {
    accepting = false
    server.close()
  }

  /** Listens again, on the same port, after `refuse()`. */
  async function resume() {
    if (accepting) return
    server = await listen(port)
    accepting = true
  }

  /** Ends everything at once. Rejects if something broke in the emulator while it ran. */
  async function close() {
    accepting = false
    closing.abort()
    server.close()
    for (const socket of sockets) socket.destroy()
    if (errors.length > 0) throw new AggregateError(errors, `The emulator broke: ${errors[0]}`)
  }

  return {
    apiUrl: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/v3`,
    port,
    requests,
    reads,
    gateways: api.gateways,
    jwts: api.jwts,
    addGateway: api.addGateway,
    addJwt: api.addJwt,
    fault: faults.order,
    clearFaults: faults.clear,
    refuse,
    resume,
    close,
  }
}
