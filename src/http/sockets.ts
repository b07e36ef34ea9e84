import { Agent as HttpAgent, type RequestOptions, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import type { Duplex } from 'node:stream'

/** Who wants to know what becomes of the sockets. */
export interface SocketEvents {
  /** A socket is connected to the server, TLS included: what is written to it is sent. */
  onReady(): void
  /** The last socket was closed. */
  onClose(): void
}

/**
 * The sockets to one server, direct or through a proxy. They can be ended at any time: while the name is looked up,
 * while the proxy is asked, during the TLS handshake, and later.
 */
export class Sockets {
  readonly agent: HttpAgent
  /** Who is told of it, if anybody. */
  events: SocketEvents | undefined
  readonly #open = new Set<Duplex>()
  readonly #ready = new Set<Duplex>()

  /** @param proxy an http or https URL; with it, the server speaks https */
  constructor(server: URL, proxy: URL | undefined) {
    const overTls = server.protocol === 'https:'
    const agent = overTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
    const connect = agent.createConnection.bind(agent) as (options: object) => Duplex
    const readyEvent = overTls ? 'secureConnect' : 'connect'
    const dial = (options: object) => this.#watch(connect(options), readyEvent)
    agent.createConnection = (options, callback) => {
      if (proxy === undefined) return dial(options)
      openTunnel(proxy, `${server.hostname}:${server.port || 443}`, socket => this.#watch(socket)).then(
        socket => callback?.(null, dial({ ...options, socket })),
        error => callback?.(error, undefined as never),
      )
      return undefined
    }
    this.agent = agent
  }

  /** Whether a socket is connected to the server, so that the next request is sent at once. */
  get isReady(): boolean {
    return this.#ready.size > 0
  }

  /** Closes all sockets, without telling. */
  destroy(): void {
    const sockets = [...this.#open]
    this.#open.clear()
    this.#ready.clear()
    for (const socket of sockets) socket.destroy()
  }

  #watch<S extends Duplex>(socket: S, readyEvent?: string): S {
    this.#open.add(socket)
    if (readyEvent !== undefined) {
      socket.once(readyEvent, () => {
        if (!this.#open.has(socket)) return
        this.#ready.add(socket)
        this.events?.onReady()
      })
    }
    socket.once('close', () => {
      this.#ready.delete(socket)
      if (this.#open.delete(socket) && this.#open.size === 0) this.events?.onClose()
    })
    return socket
  }
}

/**
 * Asks a proxy for a tunnel (RFC 9110, section 9.3.6).
 *
 * @param authority host and port of the server
 * @param onSocket gets the socket to the proxy as soon as there is one
 * @returns the socket, through which the server is reached
 */
function openTunnel(proxy: URL, authority: string, onSocket: (socket: Duplex) => void): Promise<Duplex> {
  const { protocol, hostname, port, username, password } = proxy
  const overTls = protocol === 'https:'
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const options: RequestOptions = {
    method: 'CONNECT',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port || (overTls ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      ...(user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }),
    },
    agent: false,
  }
  return new Promise((resolve, reject) => {
    const request = overTls ? requestOverHttps(options) : requestOverHttp(options)
    request.once('socket', onSocket)
    request.once('error', error => {
      error.message = `the proxy could not be reached: ${error.message}`
      reject(error)
    })
    request.once('close', () => reject(new Error('the proxy closed the connection without an answer')))
    request.once('connect', ({ statusCode }, socket: Duplex, head: Buffer) => {
      if (statusCode === 200 && head.length === 0) return resolve(socket)
      socket.destroy()
      const what = statusCode === 200 ? 'sent data before the server could' : `answered HTTP ${statusCode}`
      reject(new Error(`the proxy ${what} when it was asked for a tunnel`))
    })
    request.end()
  })
}
