import { oneLine } from '../text.ts'

/** Node joins the values of a repeated header. (It doesn't for `set-cookie`, which nothing reads.) */
export type Headers = Record<string, string | undefined>

/** A complete response of the server. */
export interface Answer {
  kind: 'answer'
  status: number
  /** `undefined` if the body is not JSON. */
  json: unknown
  /** The beginning of a body that is not JSON. */
  text?: string | undefined
  headers: Headers
  /** Support finds the request by it. */
  requestId: string | undefined
  /** When the server responded, by its own clock (`Date`), in milliseconds since 1970; whole seconds. */
  dateMs: number | undefined
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs: number | undefined
  /** Whether the connection's response before this one was a success, so the server has just accepted the token. */
  afterSuccess?: boolean
}

/** The subject of a fault, unless it is the network. It decides the advice. */
export type FaultCause = 'certificate' | 'tls' | 'proxy-credentials' | 'time' | 'response'

/** No response, or an unreadable one. */
export interface Fault {
  kind: 'fault'
  /** For a sentence: "ECONNREFUSED", "no complete response within 30 seconds". */
  reason: string
  /** Whether the server may have received the request, and so may have acted on it. */
  sent: boolean
  /** Whether a retry may help. It doesn't if the certificate is not trusted, for example. */
  transient: boolean
  cause?: FaultCause
  /** Set if the body exceeds the limit. A smaller page may be readable. */
  tooLarge?: true
}

export type Reply = Answer | Fault

/** Ends an exchange. Its message becomes the reason of the fault. */
export class ExchangeError extends Error {
  readonly traits: Pick<Fault, 'transient' | 'cause' | 'tooLarge'>

  constructor(reason: string, traits: ExchangeError['traits']) {
    super(reason)
    this.traits = traits
  }
}

export function isSuccessful(status: number): boolean {
  return status >= 200 && status < 300
}

/** A property of a value of unknown shape. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** The value of a JSON text; `undefined` if it is not JSON. */
export const parseJson = (text: string): unknown => unlessItThrows(() => JSON.parse(text))

/** The URL in a text; `undefined` if it is not one. `URL.canParse()` rejects some international names in Node 20 and 22. */
export const parseUrl = (text: string): URL | undefined => unlessItThrows(() => new URL(text))

/** The result of a function; `undefined` if it throws. */
export function unlessItThrows<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

/** A request in an error message: `create a key` at `apiUrl` of the service `Pinata`, which the input `api-url` names. */
export type Context = { action: string; apiUrl: string; service: string; source: string }

/** One line for the user about a request that got no readable response: what happened, and what to do. */
export function explainFault({ reason, cause }: Fault, { action, apiUrl, service, source }: Context): string {
  const advice: Record<FaultCause | 'network', string> = {
    network: `Check that the runner can reach it (firewall, https_proxy) and that ${service} is up, then try again.`,
    certificate: `If your proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the path of its certificate, or NODE_USE_SYSTEM_CA to 1 if the runner trusts it. Otherwise check ${source}.`,
    tls: `Check ${source} and https_proxy.`,
    'proxy-credentials': 'Check the user name and the password in https_proxy.',
    time: 'Run the job again later.',
    response: `Check ${source}, and whether a proxy changes ${service}'s responses.`,
  }
  return `Could not ${action}: ${new URL(apiUrl).host}: ${oneLine(reason)}. ${advice[cause ?? 'network']}`
}
