import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { HttpClient } from '@actions/http-client'
import { messageOf } from '../errors.ts'
import { proxyFor } from './proxy.ts'
import { Sockets } from './sockets.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/** A whole answer of the server. */
export interface Answer {
  kind: 'answer'
  status: number
  /** The parsed body, `undefined` if it is not JSON. */
  json: unknown
  headers: IncomingHttpHeaders
  /** By which the server's own people find the request. */
  requestId: string | undefined
  /** When the server answered, by its own clock (`Date`), in milliseconds since 1970; whole seconds. */
  dateMs: number | undefined
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs: number | undefined
  /** Where a redirect points, not followed. */
  location: string | undefined
}

/** No answer, or none that can be understood. */
export interface Fault {
  kind: 'fault'
  /** What happened, in words of ours: "ECONNREFUSED", "no answer within 30 seconds". */
  reason: string
  /** Whether the server may have got the request, and so may have acted on it. */
  sent: boolean
  /** Whether trying again may help. A certificate that is not trusted stays so. */
  transient: boolean
}

export type Reply = Answer | Fault

export interface ExchangeOptions {
  /** For the whole exchange, from the name look-up to the last byte of the answer. In milliseconds. */
  timeoutMs: number
  /** Ends the exchange early. */
  signal?: AbortSignal | undefined
  /** How long after the signal the answer to a request that was sent is still waited for. In milliseconds. */
  graceMs?: number
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

/** What is the same for all requests of a connection. */
export interface ConnectionOptions {
  /** What the server knows the caller by. */
  token: string
  /** Takes the secrets out of what the server says, before anything is cut or changed in it. */
  redact: (text: string) => string
  headers?: Record<string, string>
}

/**
 * One kept-alive connection to one server, one request at a time. It sends the token to that server only: it follows no
 * redirect (`@actions/http-client` would, by default, and hand the header to the new address) and retries nothing.
 */
export class Connection {
  readonly #client: HttpClient
  readonly #sockets: Sockets
  readonly #headers: Record<string, string>
  readonly #baseUrl: string
  readonly #redact: (text: string) => string

  /** @param baseUrl without a slash at its end @throws ActionError if the proxy that the environment names can't be used */
  constructor(baseUrl: string, { token, redact, headers }: ConnectionOptions) {
    const server = new URL(baseUrl)
    const sockets = new Sockets(server, proxyFor(server, process.env))
    this.#sockets = sockets
    this.#baseUrl = baseUrl
    this.#redact = redact
    this.#headers = { accept: 'application/json', authorization: `Bearer ${token}`, ...headers }
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
      const stopped = () => end.abort(new Interruption('the step was stopped', false))
      if (sent && graceMs > 0) timers.push(setTimeout(stopped, graceMs))
      else stopped()
    }
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
    try {
      const [data, headers] =
        body === undefined
          ? [null, { ...this.#headers }]
          : [JSON.stringify(body), { ...this.#headers, 'content-type': 'application/json' }]
      const { message } = await until(end.signal, this.#client.request(method, this.#baseUrl + path, data, headers))
      answered = true
      const isSuccess = isSuccessful(message.statusCode)
      const text = await until(end.signal, isSuccess ? readBody(message) : readErrorBody(message))
      return answerOf(message, text, method, this.#redact)
    } catch (error) {
      // Whatever still hangs.
      sockets.destroy()
      return faultOf(error, sent)
    } finally {
      signal?.removeEventListener('abort', stop)
      for (const timer of timers) clearTimeout(timer)
    }
  }
}

const CLOSED = 'the connection was closed without an answer'

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

function isSuccessful(status = 0): boolean {
  return status >= 200 && status < 300
}

function answerOf(message: IncomingMessage, body: string, method: Method, redact: (text: string) => string): Reply {
  const status = message.statusCode ?? 0
  const done = isSuccessful(status)
  // A success has what was asked for, which may be a secret; anything else is only there to be told.
  const json = parse(done ? body : redact(body))
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

/** What JSON there is; `undefined` if it is none. */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A date of HTTP (RFC 9110, section 5.6.7) in milliseconds since 1970; `undefined` if it is none. */
function httpDate(text: string | undefined): number | undefined {
  const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text ?? '')
  const date = isDate ? Date.parse(text ?? '') : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

/**
 * `Retry-After` (seconds or a date, RFC 9110, section 10.2.3) in milliseconds; `undefined` if it is neither.
 * Fractions of a second, which some servers send, are taken as well.
 *
 * @param dateMs the server's time, in milliseconds since 1970; without it a date says nothing
 */
export function retryAfter(header: string | undefined, dateMs: number | undefined): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = httpDate(text)
  return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs)
}

/** Until when a rate limit is used up, by `X-RateLimit-Reset` (seconds since 1970), in milliseconds from `dateMs`. */
export function rateLimitReset(headers: IncomingHttpHeaders, dateMs: number | undefined): number | undefined {
  const reset = String(headers['x-ratelimit-reset'] ?? '')
  return /^\d{1,12}$/.test(reset) && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined
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
