import { Agent as HttpAgent, type RequestOptions, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type EarlyConnection, PATIENT } from './early-connection.ts'

/** The error code for a proxy that requires credentials. */
export const PROXY_CREDENTIALS = 'PROXY_CREDENTIALS'

/** The sockets to one server, direct or through a proxy. They can be destroyed at any time, even while they connect. */
export class Sockets {
  readonly agent: HttpAgent
  /** Whether a socket reached the server (including TLS) in this exchange, so the request may have been sent. */
  wasReady = false
  readonly #open = new Set<Duplex>()
  #onClose = () => {}

  /** @param proxy an http or https URL; if set, the server uses https @param early used first, if it leads to the server */
  constructor(server: URL, proxy: URL | undefined, early?: EarlyConnection) {
    const overTls = server.protocol === 'https:'
    const agent = overTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
    const connect = agent.createConnection.bind(agent) as (options: object) => Duplex
    const onReady = () => {
      this.wasReady = true
    }
    const dial = (options: object) =>
      this.#watch(connect({ ...options, ...PATIENT })).once(overTls ? 'secureConnect' : 'connect', onReady)
    agent.createConnection = (options, callback) => {
      const open = early?.take(server, onReady)
      if (open) return this.#watch(open)
      if (proxy === undefined) return dial(options)
      openTunnel(proxy, `${server.hostname}:${server.port || 443}`, socket => this.#watch(socket)).then(
        socket => callback?.(null, dial({ ...options, socket })),
        error => callback?.(error, undefined as never),
      )
      return undefined
    }
    this.agent = agent
  }

  /** Begins an exchange. @param onClose called when the last socket has closed */
  begin(onClose: () => void): void {
    // Every failure destroys the sockets, so an open one has already served an exchange.
    this.wasReady = this.#open.size > 0
    this.#onClose = onClose
  }

  /** Closes all sockets without calling `onClose`. */
  destroy(): void {
    const sockets = [...this.#open]
    this.#open.clear()
    for (const socket of sockets) socket.destroy()
  }

  #watch(socket: Duplex): Duplex {
    this.#open.add(socket)
    return socket.once('close', () => {
      if (this.#open.delete(socket) && this.#open.size === 0) this.#onClose()
    })
  }
}

/**
 * Opens a tunnel through a proxy (RFC 9110, section 9.3.6), and returns the socket that leads to the server.
 * @param authority the server's host and port
 * @param onSocket receives the socket as soon as it exists
 */
function openTunnel(proxy: URL, authority: string, onSocket: (socket: Duplex) => void): Promise<Duplex> {
  const { protocol, hostname, username, password } = proxy
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const options: RequestOptions & { servername: string } = {
    ...PATIENT,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }),
    },
    agent: false,
    // Otherwise, Node would send the URL's credentials in the Authorization header.
    auth: null,
    // Otherwise, Node would expect a certificate for the host in the Host header. An IP address is not a server name.
    servername: isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? hostname : '',
  }
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? requestOverHttps : requestOverHttp)(proxy, options)
    request.once('socket', onSocket)
    request.once('error', error => {
      error.message = `could not reach the proxy: ${error.message}`
      reject(error)
    })
    request.once('close', () => reject(new Error('the proxy closed the connection without a response')))
    request.once('connect', ({ statusCode }, socket: Duplex, head: Buffer) => {
      if (statusCode === 200 && head.length === 0) return resolve(socket)
      socket.destroy()
      const what = statusCode === 200 ? 'sent unexpected data' : `responded with HTTP ${statusCode}`
      const error = new Error(`the proxy ${what} when asked to open a tunnel`)
      reject(statusCode === 407 ? Object.assign(error, { code: PROXY_CREDENTIALS }) : error)
    })
    request.end()
  })
}
