import { Agent as HttpAgent, type RequestOptions, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { ExchangeError } from './answers.ts'

/**
 * How long one address of a host may take to connect before the next one is tried, in milliseconds. Node's default of 250
 * is too short for a slow link or a VPN, and for a lost packet, which is sent again after a second.
 */
const PATIENT = { autoSelectFamilyAttemptTimeout: 3_000 }

/**
 * The sockets to one server, direct or through a proxy. They can be destroyed at any time: during the name look-up, while
 * the proxy opens a tunnel, during the TLS handshake, and later.
 */
export class Sockets {
  readonly agent: HttpAgent
  /** Whether a socket was connected to the server during the current exchange, TLS included, so the request may be sent. */
  wasReady = false
  readonly #open = new Set<Duplex>()
  readonly #ready = new Set<Duplex>()
  #onClose = () => {}

  /** @param proxy an http or https URL; with it, the server speaks https */
  constructor(server: URL, proxy: URL | undefined) {
    const overTls = server.protocol === 'https:'
    const agent = overTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
    const connect = agent.createConnection.bind(agent) as (options: object) => Duplex
    const readyEvent = overTls ? 'secureConnect' : 'connect'
    const dial = (options: object) => this.#watch(connect({ ...options, ...PATIENT }), readyEvent)
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

  /** Begins an exchange. @param onClose called when the last socket was closed */
  begin(onClose: () => void): void {
    this.wasReady = this.#ready.size > 0
    this.#onClose = onClose
  }

  /** Closes all sockets, without an event. */
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
        this.wasReady = true
      })
    }
    socket.once('close', () => {
      this.#ready.delete(socket)
      if (this.#open.delete(socket) && this.#open.size === 0) this.#onClose()
    })
    return socket
  }
}

/**
 * Opens a tunnel through a proxy (RFC 9110, section 9.3.6).
 *
 * @param authority host and port of the server
 * @param onSocket receives the socket to the proxy as soon as it exists
 * @returns the socket, which then leads to the server
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
    // Node would send the credentials of the URL in the header Authorization,
    auth: null,
    // and expect the certificate of the host in the header Host. An IP address is not a server name.
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
      const what = statusCode === 200 ? 'sent data before the server could' : `responded with HTTP ${statusCode}`
      const traits =
        statusCode === 407 ? ({ transient: false, cause: 'proxy-credentials' } as const) : { transient: true }
      reject(new ExchangeError(`the proxy ${what} when it should open a tunnel`, traits))
    })
    request.end()
  })
}
