import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { HttpClient } from '@actions/http-client'
import { getProxyUrl } from '@actions/http-client/lib/proxy'
import { ActionError, messageOf } from './errors.ts'

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
  /** `Retry-After` in milliseconds from now. */
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
  /** For the whole exchange, from connecting to the last byte of the answer. In milliseconds. */
  timeoutMs: number
  /** Ends the exchange early. */
  signal?: AbortSignal | undefined
  /** What to send, as JSON. Without it the request has no body. */
  body?: object | undefined
}

/** More than ten thousand keys in one answer; less than would hurt a runner. In bytes. */
const MAX_BODY = 16 * 1024 * 1024

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
  readonly #headers: Record<string, string>
  readonly #baseUrl: string
  readonly #redact: (text: string) => string
  #signal: AbortSignal | undefined

  /** @param baseUrl without a slash at its end @throws ActionError if the proxy that the environment names is no URL */
  constructor(baseUrl: string, { token, redact, headers }: ConnectionOptions) {
    this.#baseUrl = baseUrl
    this.#redact = redact
    this.#headers = { accept: 'application/json', authorization: `Bearer ${token}`, ...headers }
    // The handlers of http-client are its way to change a request.
    const handler = {
      prepareRequest: (options: RequestOptions) => {
        if (this.#signal) options.signal = this.#signal
        // http-client leaves the brackets of an IPv6 address on, as they are in the URL.
        if (options.host) options.host = options.host.replace(/^\[(.*)\]$/, '$1')
      },
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('not used')),
    }
    this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false, keepAlive: true })
    if (!isProxyUsable(baseUrl)) {
      throw new ActionError('The proxy in https_proxy is not a URL. Set it to http://host:port, or unset it.')
    }
  }

  /** Sends one request. Never throws for what the network or the server does: that is a {@link Fault}. */
  async exchange(method: Method, path: string, { timeoutMs, signal, body }: ExchangeOptions): Promise<Reply> {
    const timeout = AbortSignal.timeout(timeoutMs)
    this.#signal = signal ? AbortSignal.any([timeout, signal]) : timeout
    try {
      const [data, headers] =
        body === undefined
          ? [null, { ...this.#headers }]
          : [JSON.stringify(body), { ...this.#headers, 'content-type': 'application/json' }]
      const { message } = await this.#client.request(method, this.#baseUrl + path, data, headers)
      return answerOf(message, await readBody(message), method, this.#redact)
    } catch (error) {
      if (signal?.aborted) return { kind: 'fault', reason: 'the job was cancelled', sent: true, transient: false }
      if (timeout.aborted) {
        return {
          kind: 'fault',
          reason: `no whole answer within ${timeoutMs / 1000} seconds`,
          sent: true,
          transient: true,
        }
      }
      return faultOf(error)
    }
  }
}

/** `localhost:3128` is a URL for Node, of the scheme `localhost:`, and http-client would use no proxy at all. */
function isProxyUsable(baseUrl: string): boolean {
  try {
    return getProxyUrl(new URL(baseUrl))?.hostname !== ''
  } catch {
    return false
  }
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

function answerOf(message: IncomingMessage, body: string, method: Method, redact: (text: string) => string): Reply {
  const status = message.statusCode ?? 0
  const done = status >= 200 && status < 300
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
  return {
    kind: 'answer',
    status,
    json,
    headers,
    requestId: redacted(headers['x-request-id'] ?? headers['x-github-request-id']),
    retryAfterMs: retryAfter(headers['retry-after'], Date.now()),
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

/**
 * `Retry-After` (seconds or a date, RFC 9110, section 10.2.3) in milliseconds from `now`; `undefined` if it is neither.
 * Fractions of a second, which some servers send, are taken as well.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function faultOf(error: unknown): Fault {
  // Node tries every address of a host and, when all fail, throws one error that holds them all.
  const { errors = [error as NodeJS.ErrnoException] } = error as { errors?: NodeJS.ErrnoException[] }
  const code = errors.find(each => each.code)?.code ?? ''
  const neverConnected = errors.every(
    each =>
      each.syscall === 'connect' ||
      each.syscall === 'getaddrinfo' ||
      // How `tunnel` says that the proxy refused, or could not be reached.
      each.message.startsWith('tunneling socket could not be established'),
  )
  const untrusted = NOT_TRUSTED.test(code)
  return {
    kind: 'fault',
    reason: reasonOf(errors[0], code),
    sent: !neverConnected && !untrusted,
    transient: !untrusted && !NO_TLS.test(code),
  }
}

function reasonOf(error: unknown, code: string): string {
  const message = messageOf(error)
  return message.includes(code) ? message : `${message} (${code})`
}
