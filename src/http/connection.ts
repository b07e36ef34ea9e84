import { HttpClient, type HttpClientResponse } from '@actions/http-client'
import { type Log, oneLine, printable } from '../printable-text.ts'
import { Secret } from '../secret.ts'
import type { EarlyConnection } from './early-connection.ts'
import { type Fault, faultOf, faultOfError } from './network-faults.ts'
import { readReply } from './read-response.ts'
import { isSuccess, type Reply } from './reply.ts'
import { type Backoff, REQUEST_TIMEOUT_MS, systemClock } from './retry.ts'
import { Sockets } from './sockets.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

export interface ExchangeOptions {
  /** The request's body, which is sent as JSON. */
  body?: object | undefined
  /** How long, in milliseconds, to wait for the response to a request that was sent before the signal aborted. */
  graceMs?: number
  /** The limits. Once the deadline has passed or the signal is aborted, no request is sent. */
  backoff: Backoff
}

/** An object that sends requests and returns their replies: a {@link Connection}, or its replacement in a test. */
export type Exchanger = Pick<Connection, 'exchange'>

export interface Network {
  log: Pick<Log, 'debug' | 'lastRequest'>
  /** Removes secrets from a server's text before the text is shortened or changed for a message. */
  redact: (text: string) => string
  early?: EarlyConnection | undefined
}

export interface ConnectionOptions {
  token?: Secret
  /** The prefix for each request in the debug log, such as `GitHub: `. */
  label?: string
  headers?: Record<string, string | Secret>
  /** Whether the caller needs only the status of a successful response. If so, the response's body is not read. */
  statusOnly?: boolean
}

const STOPPED_FAULT = faultOf('the step was stopped', { transient: false })

/** A keep-alive connection to one server, for one request at a time. It does not retry or follow redirects. */
export class Connection {
  readonly #client: HttpClient
  readonly #sockets: Sockets
  readonly #options: ConnectionOptions
  readonly #baseUrl: string
  readonly #network: Network
  #wasSuccess = false

  /** @param baseUrl without a trailing slash @throws ActionError if the environment names a proxy that can't be used */
  constructor(baseUrl: string, options: ConnectionOptions, network: Network) {
    this.#sockets = new Sockets(new URL(baseUrl), network.early)
    this.#baseUrl = baseUrl
    this.#options = options
    this.#network = network
    // A handler sets the agent and the host, because `http-client` would keep the brackets around an IPv6 address.
    const host = new URL(baseUrl).hostname.replace(/^\[(.*)\]$/, '$1')
    const handler = {
      prepareRequest: (options: object) => Object.assign(options, { agent: this.#sockets.agent, host }),
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('not used')),
    }
    // By default, `http-client` would follow redirects and could send the token to another host.
    this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false })
  }

  /** Sends a request. Returns a {@link Fault} if no readable response arrives. A timer ensures that the call ends. */
  async exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { log } = this.#network
    const request = `${this.#options.label ?? ''}${method} ${path}`
    const started = systemClock.elapsed()
    log.lastRequest = request
    const reply = await this.#exchange(method, path, options)
    const isFault = reply.kind === 'fault'
    const requestId = isFault ? '' : `, request ID ${printable(reply.requestId ?? 'none')}`
    const result = isFault ? oneLine(reply.reason) : `HTTP ${reply.status}${requestId}`
    log.debug(`${request}: ${result} (${Math.round(systemClock.elapsed() - started)} ms)`)
    if (isFault) return reply
    const afterSuccess = this.#wasSuccess
    this.#wasSuccess = isSuccess(reply)
    return { ...reply, afterSuccess }
  }

  async #exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { backoff, graceMs = 0, body } = options
    const { deadline, signal } = backoff
    const timeoutMs = Math.min(REQUEST_TIMEOUT_MS, deadline.left)
    if (signal.aborted) return { ...STOPPED_FAULT, sent: false }
    if (timeoutMs === 0) return timeUp(false, timeoutMs)
    const sockets = this.#sockets
    const closed = sockets.begin()
    const timers: NodeJS.Timeout[] = []
    let stop = () => {}
    const ended = new Promise<Fault>(end => {
      timers.push(setTimeout(() => end(timeUp(sockets.wasReady, timeoutMs)), timeoutMs))
      stop = () => timers.push(setTimeout(() => end(STOPPED_FAULT), sockets.wasReady ? graceMs : 0))
    })
    signal.addEventListener('abort', stop, { once: true })
    const receive = async () => {
      const { message } = await Promise.race([this.#send(method, path, body), closed])
      return await readReply(message, { method, statusOnly: this.#options.statusOnly }, this.#network.redact)
    }
    const reply = await Promise.race([receive().catch(faultOfError), ended])
    signal.removeEventListener('abort', stop)
    for (const timer of timers) clearTimeout(timer)
    const isResponse = reply.kind === 'response'
    // A socket must not stay open after a fault, and must not seem ready for the next request while it is closing.
    if (!isResponse || /close/i.test(reply.headers.connection ?? '')) sockets.destroy()
    return isResponse ? reply : { ...reply, sent: reply.sent && sockets.wasReady }
  }

  #send(method: Method, path: string, body: object | undefined): Promise<HttpClientResponse> {
    const { token, headers = {} } = this.#options
    const own = Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value])
    return this.#client.request(method, this.#baseUrl + path, body ? JSON.stringify(body) : null, {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(body && { 'content-type': 'application/json' }),
      ...Object.fromEntries(own),
      ...(token && { authorization: `Bearer ${token.reveal()}` }),
    })
  }
}

function timeUp(sent: boolean, timeoutMs: number): Fault {
  const missing = sent ? 'no complete response' : 'no connection'
  return timeoutMs < REQUEST_TIMEOUT_MS
    ? faultOf(`${missing} before the time limit was reached`, { sent, cause: 'time' })
    : faultOf(`${missing} within ${Math.round(timeoutMs / 1000)} seconds`, { sent })
}
