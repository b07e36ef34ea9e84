/** The headers of a response. Node joins or drops repeated values (except for `set-cookie`, which is never read). */
export type Headers = Record<string, string | undefined>

export interface HttpResponse {
  kind: 'response'
  status: number
  /** `undefined` if the body is not JSON. */
  json: unknown
  /** The beginning of a body that is not JSON. */
  text?: string | undefined
  headers: Headers
  /** The ID that the service's support team needs to find the request. */
  requestId: string | undefined
  /** When the service responded, by its own clock (`Date`), in milliseconds since 1970, precise to one second. */
  dateMs: number | undefined
  /** How long the server asks clients to wait, in milliseconds. */
  retryAfterMs: number | undefined
  /** Whether the previous response was a success, which means that the server has just accepted the token. */
  afterSuccess?: boolean
}

/** The cause of a fault, unless the network is the cause. It determines the advice in the message. */
export type FaultCause = 'certificate' | 'tls' | 'proxy-credentials' | 'time' | 'response'

/** The outcome of a request that got no response or an unreadable one. */
export interface Fault {
  kind: 'fault'
  /** The reason, worded to fit in a sentence: "ECONNREFUSED" or "no complete response within 30 seconds". */
  reason: string
  /** Whether the server may have received the request, and so may have acted on it. */
  sent: boolean
  /** Whether a retry may help. For example, it can't help if the certificate is not trusted. */
  transient: boolean
  cause?: FaultCause
  /** Set if the body exceeds the size limit. A smaller page may be readable. */
  tooLarge?: true
}

export type Reply = HttpResponse | Fault

/** Returns a fault. Unless `traits` says otherwise, the server may have received the request, and a retry may help. */
export function faultOf(reason: string, traits: Partial<Fault> = {}): Fault {
  return { kind: 'fault', reason, sent: true, transient: true, ...traits }
}

export function isSuccess(reply: Reply): reply is HttpResponse {
  return reply.kind === 'response' && reply.status >= 200 && reply.status < 300
}

export function isMissing(reply: Reply): reply is HttpResponse {
  return reply.kind === 'response' && reply.status === 404
}

/** Returns a property of a value of unknown shape. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** Returns the value that JSON text represents; `undefined` if the text is not JSON. */
export const parseJson = (text: string): unknown => unlessItThrows(() => JSON.parse(text))

/** Returns the URL in a string, if it is valid. `URL.canParse()` rejects some international names in Node 20 and 22. */
export const parseUrl = (text: string): URL | undefined => unlessItThrows(() => new URL(text))

/** Returns the result of a function; `undefined` if it throws. */
export function unlessItThrows<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
