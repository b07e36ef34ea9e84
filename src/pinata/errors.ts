import type { Answer, Fault, Reply } from '../http/connection.ts'
import { printable, quoted } from '../text.ts'

/** What a reply was an answer to. */
export interface Asked {
  /** In the words of a sentence: "make a key". */
  doing: string
  /** The gateway as the user gave it, if the request names one. */
  gateway?: string
  /** The API's address, for the faults in which it may be the cause. */
  apiUrl: string
  /** Whether the secret looks like a JWT at all. */
  looksLikeJwt: boolean
}

interface FaultAsked extends Pick<Asked, 'doing' | 'apiUrl'> {
  service?: string
  source?: string
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

const NEW_JWT =
  'Make a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets.'

/**
 * One line for the user: what is wrong, what to do, and what Pinata said, with its request ID.
 * The bodies that it tells apart were seen on the live API.
 */
export function explain(reply: Reply, asked: Asked): string {
  if (reply.kind === 'fault') return explainFault(reply, asked)
  return `${cause(reply, asked)} (${whatWasSaid(reply)})`
}

/**
 * One line for the user about a reply that is no answer.
 *
 * @param service whose server it is
 * @param source where the server's address comes from: an input or a variable
 */
export function explainFault(
  fault: Fault,
  { doing, apiUrl, service = 'Pinata', source = 'api-url' }: FaultAsked,
): string {
  const host = new URL(apiUrl).host
  const advice = fault.transient
    ? `Check that the runner may reach it (firewall, https_proxy) and that ${service} is up, then try again.`
    : `If a proxy of yours inspects TLS, give the runner its certificate in NODE_EXTRA_CA_CERTS; otherwise check ${source}.`
  return `Could not ${doing}: ${host}: ${printable(fault.reason)}. ${advice}`
}

function cause(answer: Answer, asked: Asked): string {
  const { status } = answer
  const { reason } = errorOf(answer)
  const { doing, gateway, apiUrl } = asked
  if (status === 401) {
    const shape = asked.looksLikeJwt
      ? ''
      : ' It does not look like a JWT (three parts with dots between, starting with eyJ).'
    return `Pinata does not accept pinata-jwt: it is wrong, expired or deleted.${shape} ${NEW_JWT}`
  }
  if (status === 403 && reason === 'API_KEY_REVOKED')
    return `The API key of pinata-jwt was revoked at Pinata. ${NEW_JWT}`
  if (status === 403 && reason === 'NO_SCOPES_FOUND') {
    return `The API key of pinata-jwt lacks the scope org:gateways:write. ${NEW_JWT}`
  }
  if (status === 403) {
    return `Pinata refuses to ${doing}. Check that the API key of pinata-jwt has the scope org:gateways:write and belongs to the gateway's account.`
  }
  // A 404 without an error of Pinata's is somebody else's on the way.
  if (status === 404 && gateway !== undefined && field(answer.json, 'error') !== undefined) {
    const domain = UUID.test(gateway)
      ? ''
      : ` If this is a domain, write it with its dot: ${printable(gateway, 60)}.mypinata.cloud.`
    return `There is no gateway ${quoted(gateway)} in the account of pinata-jwt. Check gateway-id, and that the JWT is from the account that owns the gateway.${domain}`
  }
  if (status === 429) {
    return `Pinata's rate limit is used up, so it would not ${doing}. The limit is the account's: all jobs of all workflows share it. Try again later, or with fewer jobs at once.`
  }
  if (status >= 300 && status < 400) {
    return `api-url answered with a redirect${target(answer)}, which is not followed because the JWT would go with it. Set api-url to the address that answers.`
  }
  if (status >= 500 || status === 408) return `Pinata failed to ${doing}. Try again later.`
  return `Pinata would not ${doing}. Check gateway-id and api-url (${printable(apiUrl)}).`
}

function target({ location }: Answer): string {
  if (location === undefined || !URL.canParse(location)) return ''
  return ` to ${printable(new URL(location).host, 80)}`
}

/** What an answer that is no success says, in brief: `HTTP 404, "Gateway not found", request ID …`. */
export function whatWasSaid(answer: Answer): string {
  const { reason, text } = errorOf(answer)
  const words = [reason, text]
    .filter(word => word !== undefined && word !== '')
    .map(word => quoted(word as string, 160))
  const wait =
    answer.retryAfterMs === undefined ? [] : [`try again after ${Math.ceil(answer.retryAfterMs / 1000)} seconds`]
  const request = answer.requestId === undefined ? [] : [`request ID ${printable(answer.requestId, 64)}`]
  return [`HTTP ${answer.status}`, ...words, ...wait, ...request].join(', ')
}

/**
 * The error of an answer's body: Pinata's `{error: {reason, details}}`, `{error: {code, message}}` or `{error: "…"}`,
 * GitHub's `{message}`, or nothing.
 */
function errorOf({ json }: Answer): { reason?: string; text?: string } {
  const error = field(json, 'error')
  if (typeof error === 'string') return { text: error }
  const reason = field(error, 'reason')
  const text = field(error, 'details') ?? field(error, 'message') ?? field(json, 'message')
  return {
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof text === 'string' ? { text } : {}),
  }
}

/** A property of a value that may be anything. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
