import type { IncomingMessage, RequestOptions } from 'node:http'
import { HttpClient } from '@actions/http-client'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Secret } from '../secret.ts'
import { printable } from '../text.ts'
import { type Fault, isSuccessful, parseJson, type Reply } from './answers.ts'
import { firstWords, senderOf } from './describe.ts'
import { httpDate, rateLimitReset, retryAfter } from './headers.ts'
import { proxyFor } from './proxy.ts'
import { Sockets } from './sockets.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

export interface ExchangeOptions {
  /** For the whole exchange, from the name look-up to the last byte of the answer. In milliseconds. */
  timeoutMs: number
  /** Ends the exchange early. */
  signal?: AbortSignal | undefined
  /** How long after the signal the answer to a request that was sent is still waited for. In milliseconds. */
  graceMs?: number | undefined
  /** What to send, as JSON. Without it the request has no body. */
  body?: object | undefined
}

/**
 * The longest answer that is read, in bytes. 20,000 keys of Pinata's take 3.5 MB; the worst JSON of this length takes less
 * than half of a heap of 256 MB.
 */
const MAX_BODY = 4 * 1024 * 1024
/** How much is read of an answer that is no success, of which only a sentence is told. */
const MAX_ERROR_BODY = 64 * 1024

/** The server's certificate is not accepted, so no request is sent. */
const NOT_TRUSTED = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/
/** What is there does not speak TLS. That can be found out after a request was sent, too. */
const NO_TLS = /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/

/** What the connections of a step share. */
export interface Network {
  log: Pick<Log, 'debug' | 'asking'>
  /** Takes the secrets out of what a server says, before anything is cut or changed in it. */
  redact: (text: string) => string
}

export interface ConnectionOptions {
  /** What the server knows the caller by. */
  token: Secret
  /** In front of each request in the debug log: `GitHub: `. */
  label?: string
  headers?: Record<string, string>
}

/** Sends requests to one server, one at a time. */
export interface Exchanger {
  exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply>
}

/**
 * One kept-alive connection to one server, one request at a time. It sends the token to that server only: it follows no
 * redirect (`@actions/http-client` would, by default, and hand the header to the new address) and retries nothing.
 */
export class Connection implements Exchanger {
  readonly #client: HttpClient
  readonly #sockets: Sockets
  readonly #options: ConnectionOptions
  readonly #baseUrl: string
  readonly #network: Network

  /** @param baseUrl without a slash at its end @throws ActionError if the proxy that the environment names can't be used */
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
        // http-client leaves the brackets of an IPv6 address on, as they are in the URL.
        if (options.host) options.host = options.host.replace(/^\[(.*)\]$/, '$1')
      },
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('not used')),
    }
    this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false })
  }

  /**
   * Sends one request. Never throws for what the network or the server does: that is a {@link Fault}. It always settles:
   * by an event, or by a timer that keeps the process alive.
   */
  async exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { log } = this.#network
    const request = `${this.#options.label ?? ''}${method} ${path}`
    const started = performance.now()
    log.asking(request)
    const reply = options.signal?.aborted ? NOT_SENT : await this.#exchange(method, path, options)
    const result =
      reply.kind === 'answer' ? `HTTP ${reply.status}, request ID ${reply.requestId ?? 'none'}` : reply.reason
    log.debug(`${request}: ${printable(result)} (${Math.round(performance.now() - started)} ms)`)
    return reply
  }

  async #exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    const { timeoutMs, signal, graceMs = 0, body } = options
    const sockets = this.#sockets
    const end = new AbortController()
    let sent = sockets.isReady
    let answered = false
    sockets.events = {
      onReady: () => {
        sent = true
      },
      // Node tells of most ends by an error as well. It has none for some: `101 Switching Protocols` is one.
      onClose: () => setImmediate(() => answered || end.abort(new Interruption(CLOSED, true))),
    }
    const timeUp = () => {
      const what = sent ? 'no whole answer' : 'no connection'
      end.abort(new Interruption(`${what} within ${timeoutMs / 1000} seconds`, true))
    }
    const timers = [setTimeout(timeUp, timeoutMs)]
    const stop = () => {
      const stopped = () => end.abort(new Interruption(STOPPED_BEFORE, false))
      if (sent && graceMs > 0) timers.push(setTimeout(stopped, graceMs))
      else stopped()
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const data = body === undefined ? null : JSON.stringify(body)
      const request = this.#client.request(method, this.#baseUrl + path, data, this.#headers(data !== null))
      const { message } = await until(end.signal, request)
      answered = true
      const isSuccess = isSuccessful(message.statusCode ?? 0)
      const text = await until(end.signal, isSuccess ? readBody(message) : readErrorBody(message))
      return answerOf(message, text, method, this.#network.redact)
    } catch (error) {
      // Whatever still hangs.
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
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...headers,
      authorization: `Bearer ${token.reveal()}`,
    }
  }
}

const CLOSED = 'the connection was closed without an answer'
const STOPPED_BEFORE = 'the step was stopped'
const NOT_SENT: Fault = { kind: 'fault', reason: STOPPED_BEFORE, sent: false, transient: false }

/** Why an exchange was ended without an error of Node's. */
class Interruption extends Error {
  readonly transient: boolean

  constructor(message: string, transient: boolean) {
    super(message)
    this.transient = transient
  }
}

/** The outcome of `work`, or the reason of the signal if that aborts before. */
function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject)
  })
}

/**
 * Reads a body to its end. `HttpClientResponse.readBody()` is not used: it never settles when the connection breaks
 * in the middle, and it has no limit.
 */
async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new Error(`an answer of more than ${MAX_BODY / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Reads the beginning of a body. The connection ends with a longer one. */
async function readErrorBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ERROR_BODY) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerOf(message: IncomingMessage, body: string, method: Method, redact: (text: string) => string): Reply {
  const status = message.statusCode ?? 0
  const done = isSuccessful(status)
  // A success has what was asked for, which may be a secret; anything else is only there to be told.
  const json = parseJson(done ? body : redact(body))
  if (done && method !== 'DELETE' && (typeof json !== 'object' || json === null)) {
    return {
      kind: 'fault',
      reason: `an answer (${status}) that is not the JSON it should be`,
      sent: true,
      transient: true,
    }
  }
  const { headers } = message
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
  if (error instanceof Interruption) return { kind: 'fault', reason: error.message, sent, transient: error.transient }
  // Node tries every address of a host and, when all fail, throws one error that holds them all.
  const { errors = [error as NodeJS.ErrnoException] } = error as { errors?: NodeJS.ErrnoException[] }
  const code = errors.find(each => each.code)?.code ?? ''
  // A socket that was kept alive may have been closed just before, and no other could be opened.
  const neverConnected = errors.every(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo')
  return {
    kind: 'fault',
    reason: reasonOf(errors[0], code),
    sent: sent && !neverConnected,
    transient: !NOT_TRUSTED.test(code) && !NO_TLS.test(code),
  }
}

function reasonOf(error: unknown, code: string): string {
  const message = messageOf(error)
  return message.includes(code) ? message : `${message} (${code})`
}
