import type { Fault } from './network-faults.ts'

/** The headers of a response. Node joins or drops repeated values (except for `set-cookie`, which is never read). */
export type Headers = Record<string, string | undefined>

export interface HttpResponse {
  kind: 'response'
  status: number
  /** The parsed body, or `undefined` if the body is not JSON. */
  json: unknown
  /** The beginning of a body that is not JSON. */
  text?: string | undefined
  headers: Headers
  /** The ID that the service's support team needs to find the request. */
  requestId: string | undefined
  /** When the service responded, according to its `Date` header, in milliseconds since 1970, precise to the second. */
  dateMs: number | undefined
  /** How long the server asks clients to wait, in milliseconds. */
  retryAfterMs: number | undefined
  /** Whether the previous response was a success. If so, the server has just accepted the token. */
  afterSuccess?: boolean
}

export type Reply = HttpResponse | Fault

export function isSuccess(reply: Reply): reply is HttpResponse {
  return reply.kind === 'response' && reply.status >= 200 && reply.status < 300
}

export function isMissing(reply: Reply): reply is HttpResponse {
  return reply.kind === 'response' && reply.status === 404
}

/** Returns a property of any value, or `undefined` if the value has no such property. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** Returns the value that JSON text represents, or `undefined` if the text is not JSON. */
export const parseJson = (text: string): unknown => unlessItThrows(() => JSON.parse(text))

/** Parses a URL, if valid. `URL.canParse()` would reject some international domains in Node 20 or 22. */
export const parseUrl = (text: string): URL | undefined => unlessItThrows(() => new URL(text))

/** Returns the result of a function, or `undefined` if it throws. */
export function unlessItThrows<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
