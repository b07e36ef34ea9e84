import { messageOf } from '../errors.ts'
import { oneLine } from '../printable-text.ts'

/** The cause of a fault other than a network failure. It determines the advice in the message. */
export type FaultCause = 'certificate' | 'tls' | 'proxy-credentials' | 'time' | 'response'

/** The outcome of a request that got no response or an unreadable one. */
export interface Fault {
  kind: 'fault'
  /** The reason, worded to fit in a sentence, such as "no complete response within 30 seconds". */
  reason: string
  /** Whether the server may have received the request, and so may have acted on it. */
  sent: boolean
  /** Whether a retry may help. For example, it can't help if the certificate is not trusted. */
  transient: boolean
  cause?: FaultCause
  /** Set if the body exceeds the size limit. A request for a smaller page may then succeed. */
  tooLarge?: true
}

/** Returns a fault. By default, the server may have received the request, and a retry may help. */
export function faultOf(reason: string, traits: Partial<Fault> = {}): Fault {
  return { kind: 'fault', reason, sent: true, transient: true, ...traits }
}

/** Error codes for a certificate that is not trusted. Node reports them before it sends the request. */
const NOT_TRUSTED = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/
/** OpenSSL's error text for a server that does not use TLS, or that stops using it after the request. */
const NO_TLS = /wrong version number|length too long/
/** OpenSSL's reason for an error, such as an alert from a server that is overloaded or has no certificate yet. */
const TLS_REASON = /:SSL routines:[^:]*:([^:]+)/

/** Returns the fault for an error that Node reports. */
export function faultOfError(error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }): Fault {
  // Node tries all of a host's addresses. If every attempt fails, it throws one error that contains all the errors.
  const { errors = [error] } = error
  const code = errors.find(each => each.code)?.code ?? ''
  const message = messageOf(errors[0])
  // Replace Node's messages about certificates and TLS, which are long and suggest fixes that users can't apply.
  const permanent = (reason: string, cause: FaultCause) => faultOf(reason, { transient: false, cause })
  if (NOT_TRUSTED.test(code)) return permanent(`the certificate is not trusted (${code})`, 'certificate')
  if (NO_TLS.test(message)) return permanent(`the server or proxy does not use TLS (${code})`, 'tls')
  const [, tlsReason] = TLS_REASON.exec(message) ?? []
  if (tlsReason) return faultOf(`TLS with the server or proxy failed (${tlsReason})`, { cause: 'tls' })
  if (error.cause === 'proxy-credentials') return permanent(message, error.cause)
  // If connecting failed, nothing was sent, even if a keep-alive socket was ready a moment earlier.
  const sent = errors.some(({ syscall = '' }) => !['connect', 'getaddrinfo'].includes(syscall))
  // A message that starts with `Parse Error` is about the server's response. For a proxy, `openTunnel` adds a prefix.
  const cause = message.startsWith('Parse Error') && ({ cause: 'response' } as const)
  return faultOf(message.includes(code) ? message : `${message} (${code})`, { sent, ...cause })
}

/** The parts of a message about a request, such as `create a key` (the action) and `api-url` (the URL's source). */
export type RequestContext = { action: string; apiUrl: string; service: string; source: string }

/** Returns one line about a request that got no readable response: what happened and what to do. */
export function explainFault({ reason, cause }: Fault, { action, apiUrl, service, source }: RequestContext): string {
  const advice: Record<FaultCause | 'network', string> = {
    network: `Check that ${service} is up and that the runner can reach it (check ${source}, the runner's firewall, and https_proxy), and then try again.`,
    certificate: `If your proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the path of its certificate (or NODE_USE_SYSTEM_CA to 1 if the runner trusts it). Otherwise, check ${source}.`,
    tls: `Check ${source} and https_proxy.`,
    'proxy-credentials': 'Check the username and password in https_proxy.',
    time: 'Run the job again later.',
    response: `Check ${source}, and check whether a proxy is changing ${service}'s responses.`,
  }
  return `Could not ${action} via ${new URL(apiUrl).host}: ${oneLine(reason)}. ${advice[cause ?? 'network']}`
}
