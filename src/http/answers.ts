import type { IncomingHttpHeaders } from 'node:http'
import type { ErrorKind } from '../errors.ts'
import { printable } from '../text.ts'

/** A whole answer of the server. */
export interface Answer {
  kind: 'answer'
  status: number
  /** The parsed body, `undefined` if it is not JSON. */
  json: unknown
  /** The beginning of a body that is not JSON. */
  text?: string | undefined
  /** The headers that identify the server and the proxies in between. */
  sender?: string | undefined
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
  /** What happened, in words of ours: "ECONNREFUSED", "no whole answer within 30 seconds". */
  reason: string
  /** Whether the server may have got the request, and so may have acted on it. */
  sent: boolean
  /** Whether trying again may help. A certificate that is not trusted stays so. */
  transient: boolean
  /** Set if the body exceeds the limit. */
  tooLarge?: true
}

export type Reply = Answer | Fault

/**
 * What a reply means for the one who sent the request. `ok`: a success. `rate-limited`: nothing was done, as the rate
 * limit is used up. `transient`: a failure that may pass. `permanent`: the same request would get the same reply.
 */
export type Classification = 'ok' | 'rate-limited' | 'transient' | 'permanent'

export function classify(reply: Reply): Classification {
  if (reply.kind === 'fault') return reply.transient ? 'transient' : 'permanent'
  const { status } = reply
  if (isSuccessful(status)) return 'ok'
  if (status === 429) return 'rate-limited'
  return status >= 500 || status === 408 ? 'transient' : 'permanent'
}

/** Whether a request may have taken effect: it was carried out, or nobody can tell. */
export function mayHaveTakenEffect(reply: Reply): boolean {
  if (reply.kind === 'fault') return reply.sent
  return reply.status < 400 || reply.status >= 500 || reply.status === 408
}

export function isSuccessful(status: number): boolean {
  return status >= 200 && status < 300
}

/** What an error about this reply is about. */
export function kindOf(reply: Reply): ErrorKind {
  if (reply.kind === 'fault') return 'other'
  const { status } = reply
  if (status >= 300 && status < 400) return 'redirect'
  const kinds: Record<number, ErrorKind> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not-found',
    429: 'rate-limited',
  }
  return kinds[status] ?? 'other'
}

/** A property of a value that may be anything. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** What JSON there is; `undefined` if it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A request in an error message, and the server it went to. */
export interface Context {
  /** In the words of a sentence: "create a key". */
  action: string
  /** The API's address. */
  apiUrl: string
  /** Whose server it is. */
  service: string
  /** Where the server's address comes from: an input or a variable. */
  source: string
}

/** One line for the user about a request that got no answer. */
export function explainFault({ reason, transient }: Fault, { action, apiUrl, service, source }: Context): string {
  const advice = transient
    ? `Check that the runner may reach it (firewall, https_proxy) and that ${service} is up, then try again.`
    : `If a proxy of yours inspects TLS, give the runner its certificate in NODE_EXTRA_CA_CERTS; otherwise check ${source}.`
  return `Could not ${action}: ${new URL(apiUrl).host}: ${printable(reason)}. ${advice}`
}
