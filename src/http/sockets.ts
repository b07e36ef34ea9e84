import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { CONNECT_OPTIONS, type EarlyConnection } from './early-connection.ts'
import { openTunnel, proxyFor } from './proxy.ts'

/** The sockets to one server, direct or through a proxy. They can be destroyed at any time, even while connecting. */
export class Sockets {
  readonly agent: HttpAgent
  /** Whether this exchange has had a fully connected socket (including TLS). If so, the request may have been sent. */
  wasReady = false
  readonly #open = new Set<Duplex>()
  #onLastClose = () => {}

  /** @param early used first if it is for `server` @throws ActionError if the environment names an unusable proxy */
  constructor(server: URL, early?: EarlyConnection) {
    const proxy = proxyFor(server)
    const overTls = server.protocol === 'https:'
    this.agent = new (overTls ? HttpsAgent : HttpAgent)({ keepAlive: true })
    const connect = this.agent.createConnection.bind(this.agent) as (options: object) => Duplex
    const dial = (options: object) => {
      const socket = early?.take(server) ?? connect({ ...options, ...CONNECT_OPTIONS })
      return this.#watch(socket).once(overTls ? 'secureConnect' : 'connect', () => {
        this.wasReady = true
      })
    }
    this.agent.createConnection = (options, callback) => {
      if (proxy === undefined) return dial(options)
      openTunnel(proxy, `${server.hostname}:${server.port || 443}`, socket => this.#watch(socket)).then(
        socket => callback?.(null, dial({ ...options, socket })),
        error => callback?.(error, undefined as never),
      )
      return undefined
    }
  }

  /** Begins an exchange. Returns a promise that rejects when the last socket closes. */
  begin(): Promise<never> {
    // Every failure destroys the sockets, so a socket that is still open has already completed an exchange.
    this.wasReady = this.#open.size > 0
    return new Promise((_resolve, reject) => {
      // Node usually reports an error first, but not, for example, after `101 Switching Protocols`.
      this.#onLastClose = () => setImmediate(reject, new Error('the connection was closed without a response'))
    })
  }

  /** Closes all sockets, without rejecting the promise that {@link begin} returned. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy()
    this.#open.clear()
  }

  #watch(socket: Duplex): Duplex {
    this.#open.add(socket)
    return socket.once('close', () => {
      if (this.#open.delete(socket) && this.#open.size === 0) this.#onLastClose()
    })
  }
}
