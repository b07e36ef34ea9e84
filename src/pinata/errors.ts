import type { ActionError } from '../errors.ts'
import { type Diagnosis, errorIn, later, responseError, serviceFailure } from '../http/describe.ts'
import { field, type HttpResponse, type Reply } from '../http/reply.ts'
import { oneLine } from '../printable-text.ts'
import { type ApiCredentials, type ControlKind, DEFAULT_API_URL, JWT } from './types.ts'

/** The action of a request (`create a key`), the ID of its gateway, and the kind of access control that it creates. */
export type Purpose = { action: string; gateway?: string; kind?: ControlKind }

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * Returns whether an error response comes from Pinata, not from a proxy or another service. With Pinata's
 * `X-Request-Id`, JSON or a 429 is enough: even if a proxy sent it, the proxy rejected the request and did not forward
 * it.
 */
export function isFromPinata(response: HttpResponse): boolean {
  const isJson = typeof response.json === 'object' && response.json !== null
  return hasPinataError(response) || ((isJson || response.status === 429) && response.requestId !== undefined)
}

/**
 * Returns whether the body is an error in Pinata's form, which justifies advice about Pinata. Without `X-Request-Id`,
 * only two forms count, because other services rarely use them: `{reason, details}` and `{code: 404, message}`.
 */
function hasPinataError({ json, requestId }: HttpResponse): boolean {
  const error = field(json, 'error')
  const [reason, code, message] = ['reason', 'code', 'message'].map(name => typeof field(error, name))
  const isDistinctive = reason === 'string' || (code === 'number' && message === 'string')
  return isDistinctive || (error !== undefined && error !== null && requestId !== undefined)
}

/** Returns the error for a reply. Gives advice about Pinata only for an error in Pinata's form. */
export function errorOf(reply: Reply, purpose: Purpose, access: ApiCredentials): ActionError {
  const { apiUrl } = access
  const isResponse = reply.kind === 'response'
  const source = isResponse && apiUrl !== DEFAULT_API_URL ? `api-url (default: ${DEFAULT_API_URL})` : 'api-url'
  const diagnosis = isResponse && hasPinataError(reply) ? diagnose(reply, purpose, access) : undefined
  return responseError(reply, { action: purpose.action, apiUrl, service: 'Pinata', source }, diagnosis)
}

const NEW_JWT =
  'Create an API key in Pinata with the scope org:gateways:write, and save its JWT in the secret that pinata-jwt uses.'
const PLAN = "the account's plan includes gateway access controls"
const OWNER = "belongs to the gateway's account"

/**
 * Returns `undefined` for a redirect, because Pinata documents none. According to public code, the live API returns the
 * errors below.
 */
function diagnose(response: HttpResponse, purpose: Purpose, access: ApiCredentials): Diagnosis | undefined {
  const { status, retryAfterMs } = response
  if (status < 400) return undefined
  if (status >= 500 || status === 408) return serviceFailure('Pinata', response)
  const problem = problemOfJwt(response, access)
  if (problem !== undefined) return [problem, NEW_JWT]
  const isOrigin = purpose.kind === 'origin'
  const conflict = isOrigin ? 'Check in Pinata whether the gateway already allows this origin, then run' : 'Run'
  const denied = 'Pinata denied access without reporting a missing scope'
  const gone = 'Pinata reported that the gateway or this part of its API no longer exists'
  const fewer = "run fewer jobs at once because they share the account's limit"
  const diagnoses: Record<number, Diagnosis> = {
    402: [
      'Pinata requires payment or a different plan',
      `Check in Pinata (Billing) that ${PLAN} and that the plan is paid for.`,
    ],
    403: [denied, `Check that ${PLAN}, and that pinata-jwt ${OWNER}.`],
    404: diagnoseNotFound(purpose, access),
    409: ['Pinata reported a conflict with another request', `${conflict} the job again.`],
    410: [gone, 'Check gateway-id, and use the latest version of this action.'],
    429: ["Pinata's rate limit was exceeded", `Try again ${later(retryAfterMs)}, and ${fewer}.`],
  }
  const inputs = purpose.gateway === undefined ? '' : `${isOrigin ? 'origin, gateway-id,' : 'gateway-id'} and `
  const rejected = `Check ${inputs}api-url (${oneLine(access.apiUrl, 100)}).`
  return diagnoses[status] ?? ['Pinata rejected the request', rejected]
}

/** Returns the problem that a new JWT would fix, if any. */
function problemOfJwt(response: HttpResponse, { apiUrl, jwt }: ApiCredentials): string | undefined {
  const { reason, text = '' } = errorIn(response)
  if (response.status === 403 && reason === 'API_KEY_REVOKED') return "pinata-jwt's API key was revoked"
  if (response.status === 403 && reason === 'NO_SCOPES_FOUND') {
    return "pinata-jwt's API key lacks the scope org:gateways:write"
  }
  if (response.status !== 401) return undefined
  if (!JWT.test(jwt.reveal())) {
    return 'pinata-jwt is not a JWT, which has three parts separated by dots and starts with eyJ'
  }
  // If the JWT has legacy scopes, Pinata sends this even for a request that has the header.
  const isLegacy = text.includes('no Authorization header')
  if (!isLegacy) return 'pinata-jwt is invalid or expired, or its API key was deleted'
  const proxy = apiUrl === DEFAULT_API_URL ? '' : ', or the server at api-url removes the Authorization header'
  return `pinata-jwt's API key probably has legacy scopes${proxy}`
}

function diagnoseNotFound({ gateway }: Purpose, { apiUrl }: ApiCredentials): Diagnosis {
  const address = apiUrl === DEFAULT_API_URL ? '' : `api-url (${oneLine(apiUrl, 100)}; default: ${DEFAULT_API_URL})`
  if (gateway === undefined) {
    const advice = address === '' ? 'Use the latest version of this action.' : `Check ${address}.`
    return ['the Pinata API does not have this endpoint', advice]
  }
  const domain = UUID.test(gateway) ? '' : ` If gateway-id is a subdomain, use ${oneLine(gateway, 80)}.mypinata.cloud.`
  const cause = `pinata-jwt's account has no gateway "${oneLine(gateway, 80)}"`
  return [cause, `Check ${address && `${address} and `}gateway-id, and check that the JWT ${OWNER}.${domain}`]
}
