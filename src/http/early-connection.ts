import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

/** How long connecting to an address may take, in milliseconds. Node's 250 is too short for a VPN or a lost packet. */
export const PATIENT = { autoSelectFamilyAttemptTimeout: 3_000 }

/** A TLS connection that opens while a step is still loading its code. If it fails, the first request connects again. */
export class EarlyConnection {
  readonly #host: string
  #socket: TLSSocket | undefined
  #isReady = false

  constructor({ host, hostname, port }: URL) {
    const servername = isIP(hostname) === 0 ? hostname : ''
    const options = { host: hostname, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'], ...PATIENT }
    this.#host = host
    this.#socket = connect(options, () => {
      this.#isReady = true
    })
    this.#socket.on('error', () => {})
    // An unused connection must not keep the process alive.
    this.#socket.unref()
  }

  /** Returns the socket if it leads to the server and nothing uses it yet. @param onReady called once TLS is set up */
  take(server: URL, onReady: () => void): TLSSocket | undefined {
    const socket = this.#socket
    if (!socket?.writable || server.host !== this.#host) return undefined
    this.#socket = undefined
    if (this.#isReady) onReady()
    else socket.once('secureConnect', onReady)
    return socket
  }
}
