import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

/** Allows 3 seconds to connect to each address. Node's default, 250 ms, is too short for a VPN or a lost packet. */
export const CONNECT_OPTIONS = { autoSelectFamilyAttemptTimeout: 3_000 }

/** A TLS connection that opens while a step is loading its code. If the connection fails, a retry opens a new one. */
export class EarlyConnection {
  readonly #origin: string
  #socket: TLSSocket | undefined

  constructor({ origin, hostname, port }: URL) {
    const servername = isIP(hostname) === 0 ? hostname : ''
    this.#origin = origin
    this.#socket = connect({ host: hostname, port: Number(port || 443), servername, ...CONNECT_OPTIONS })
    // An unused connection must not keep the process alive. During a request, the request's timer keeps it alive.
    this.#socket.on('error', () => {}).unref()
  }

  /** Returns the socket if it is unused and is for `server`. Call this before the socket can emit `secureConnect`. */
  take(server: URL): TLSSocket | undefined {
    const socket = this.#socket
    if (!socket?.writable || server.origin !== this.#origin) return undefined
    this.#socket = undefined
    return socket
  }
}
