import type { IncomingMessage, RequestOptions } from 'node:http'
import { HttpClient } from '@actions/http-client'
import { messageOf } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { type Log, oneLine, printable } from '../text.ts'
import { ExchangeError, type Fault, type FaultCause, isSuccessful, parseJson, type Reply } from './answers.ts'
import { readBody, readErrorBody } from './body.ts'
import { firstWords, senderOf } from './describe.ts'
import { httpDate, rateLimitReset, retryAfter } from './headers.ts'
import { proxyFor } from './proxy.ts'
import { REQUEST_TIMEOUT_MS } from './retry.ts'
import { Sockets } from './sockets.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

export interface ExchangeOptions {
  /**
   * For the whole exchange, from the name look-up to the last byte of the response. In milliseconds. Less than
   * {@link REQUEST_TIMEOUT_MS} means that the step has no more time left, and the fault says so.
   */
  timeoutMs: number
  /** Ends the exchange early. */
  signal?: AbortSignal | undefined
  /** How long after the signal a request that was sent still waits for its response. In milliseconds. */
  graceMs?: number | undefined
  /** The body, sent as JSON. Without it, the request has no body. */
  body?: object | undefined
}

/** Error codes for a certificate that is not trusted. No request is sent then. */
const NOT_TRUSTED = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/
/** Error codes for a server that does not speak TLS, or no longer does after the request. */
const NO_TLS = /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/

/** Sends requests and returns their replies. A {@link Connection} does; a test may replace it. */
export interface Exchanger {
  exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply>
}

/** Shared by the connections of a step. */
export interface Network {
  log: Pick<Log, 'debug' | 'lastRequest'>
  /** Removes the secrets from a server's text, before anything in it is cut or changed. */
  redact: (text: string) => string
}

export interface ConnectionOptions {
  /** Identifies the caller to the server. */
  token: Secret
  /** In front of each request in the debug log: `GitHub: `. */
  label?: string
  headers?: Record<string, string>
}

/**
 * One kept-alive connection to one server, one request at a time. It sends the token to that server only: it follows no
 * redirect (`@actions/http-client` would, by default, and send the header to the new address) and retries nothing.
 */
export class Connection implements Exchanger {
  readonly #client: HttpClient
  readonly #sockets: Sockets
  readonly #options: ConnectionOptions
  readonly #baseUrl: string
  readonly #network: Network
  #wasSuccess = false

  /** @param baseUrl without a slash at its end @throws ActionError if the environment names a proxy that can't be used */
  constructor(baseUrl: string, options: ConnectionOptions, network: Network) {
    const server = new URL(baseUrl)
    const sockets = new Sockets(server, proxyFor(server, process.env))
    this.#sockets = sockets
    this.#baseUrl = baseUrl
    this.#options = options
    this.#network = network
    // The handlers of http-client are its way to change a request.
    const handler = {
      prepareRequest: (options: RequestOptions) => {
        options.agent = sockets.agent
        // http-client leaves the brackets of the URL on an IPv6 address.
        if (options.host) options.host = options.host.replace(/^\[(.*)\]$/, '$1')
      },
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('not used')),
    }
    this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false })
  }

  /**
   * Sends one request. It never throws if the network or the server fails; that is a {@link Fault}. It always settles, by
   * an event or by a timer that keeps the process alive.
   */
  async exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { log } = this.#network
    const request = `${this.#options.label ?? ''}${method} ${path}`
    const started = performance.now()
    log.lastRequest = request
    const reply = options.signal?.aborted ? NOT_SENT : await this.#exchange(method, path, options)
    const result =
      reply.kind === 'answer'
        ? `HTTP ${reply.status}, request ID ${printable(reply.requestId ?? 'none')}`
        : oneLine(reply.reason)
    log.debug(`${request}: ${result} (${Math.round(performance.now() - started)} ms)`)
    if (reply.kind === 'fault') return reply
    const afterSuccess = this.#wasSuccess
    this.#wasSuccess = isSuccessful(reply.status)
    return { ...reply, afterSuccess }
  }

  async #exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { timeoutMs, signal, graceMs = 0, body } = options
    const sockets = this.#sockets
    const end = new AbortController()
    let sent = sockets.isReady
    let hasResponse = false
    sockets.events = {
      onReady: () => {
        sent = true
      },
      // Most ends are an error of Node too, but not all: `101 Switching Protocols` is one that isn't.
      onClose: () => setImmediate(() => hasResponse || end.abort(new ExchangeError(CLOSED, { transient: true }))),
    }
    const timers = [setTimeout(() => end.abort(timeUp(sent, timeoutMs)), timeoutMs)]
    const stop = () => {
      const stopped = () => end.abort(new ExchangeError(STOPPED_BEFORE, { transient: false }))
      if (sent && graceMs > 0) timers.push(setTimeout(stopped, graceMs))
      else stopped()
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const data = body === undefined ? null : JSON.stringify(body)
      const request = this.#client.request(method, this.#baseUrl + path, data, this.#headers(data !== null))
      const { message } = await withAbort(end.signal, request)
      hasResponse = true
      const isSuccess = isSuccessful(message.statusCode ?? 0)
      const text = await withAbort(end.signal, isSuccess ? readBody(message) : readErrorBody(message))
      return replyOf(message, text, { method, redact: this.#network.redact })
    } catch (error) {
      // Otherwise a socket could stay open.
      sockets.destroy()
      return faultOf(error, sent)
    } finally {
      signal?.removeEventListener('abort', stop)
      for (const timer of timers) clearTimeout(timer)
    }
  }

  #headers(hasBody: boolean): Record<string, string> {
    const { token, headers } = this.#options
    return {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...headers,
      authorization: `Bearer ${token.reveal()}`,
    }
  }
}

const CLOSED = 'the connection was closed without a response'
const STOPPED_BEFORE = 'the step was stopped'
const NOT_SENT: Fault = { kind: 'fault', reason: STOPPED_BEFORE, sent: false, transient: false }

/** The end of an exchange that took too long. */
function timeUp(sent: boolean, timeoutMs: number): ExchangeError {
  const missing = sent ? 'no complete response' : 'no connection'
  return timeoutMs < REQUEST_TIMEOUT_MS
    ? new ExchangeError(`${missing} before the step's time limit was reached`, { transient: true, cause: 'time' })
    : new ExchangeError(`${missing} within ${Math.round(timeoutMs / 1000)} seconds`, { transient: true })
}

/** The outcome of `work`, or a rejection with the reason of the signal if it aborts first. */
function withAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject)
  })
}

type Reading = Pick<Network, 'redact'> & { method: Method }

function replyOf(message: IncomingMessage, body: string, { method, redact }: Reading): Reply {
  const status = message.statusCode ?? 0
  const isSuccess = isSuccessful(status)
  const { headers } = message
  // The body of a success may be the secret that was requested. Any other body is only shown.
  const json = parseJson(isSuccess ? body : redact(body))
  if (isSuccess && method !== 'DELETE' && (typeof json !== 'object' || json === null)) {
    const type = printable(redact(headers['content-type'] ?? 'no content type'), 60)
    return {
      kind: 'fault',
      reason: `the response (HTTP ${status}, ${type}) is not JSON`,
      sent: true,
      transient: true,
      cause: 'response',
    }
  }
  const dateMs = httpDate(headers.date)
  return {
    kind: 'answer',
    status,
    json,
    text: json === undefined ? firstWords(redact(body)) : undefined,
    sender: redacted(senderOf(headers)),
    headers,
    requestId: redacted(headers['x-request-id'] ?? headers['x-github-request-id']),
    dateMs,
    retryAfterMs:
      retryAfter(headers['retry-after'], dateMs) ?? (status === 429 ? rateLimitReset(headers, dateMs) : undefined),
    location: redacted(headers.location),
  }

  function redacted(header: string | string[] | undefined): string | undefined {
    const first = Array.isArray(header) ? header[0] : header
    return first && redact(first)
  }
}

/** @param sent whether the request may have reached the server */
function faultOf(error: unknown, sent: boolean): Fault {
  if (error instanceof ExchangeError) return { kind: 'fault', reason: error.message, sent, ...error.traits }
  // Node tries every address of a host. If all fail, it throws one error that contains their errors.
  const { errors = [error as NodeJS.ErrnoException] } = error as { errors?: NodeJS.ErrnoException[] }
  const code = errors.find(each => each.code)?.code ?? ''
  // A kept-alive socket may have been closed just before, and no other could be opened.
  const neverConnected = errors.every(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo')
  const cause = NOT_TRUSTED.test(code) ? 'certificate' : NO_TLS.test(code) ? 'tls' : undefined
  return {
    kind: 'fault',
    reason: reasonOf(errors[0], code, cause),
    sent: sent && !neverConnected,
    transient: cause === undefined,
    ...(cause && { cause }),
  }
}

/** Node's messages about certificates and TLS are long, and advise what the user of an action can't do. */
function reasonOf(error: unknown, code: string, cause: FaultCause | undefined): string {
  if (cause === 'certificate') return `the certificate is not trusted (${code})`
  if (cause === 'tls') return `the other side does not speak TLS (${code})`
  const message = messageOf(error)
  return message.includes(code) ? message : `${message} (${code})`
}
