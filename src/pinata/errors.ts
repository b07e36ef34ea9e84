import type { ActionError } from '../errors.ts'
import { type Diagnosis, diagnoseStatus, errorIn, later, responseError } from '../http/error-responses.ts'
import { field, type HttpResponse, type Reply } from '../http/reply.ts'
import { oneLine } from '../printable-text.ts'
import type { Secret } from '../secret.ts'
import { type ApiCredentials, type ControlKind, DEFAULT_API_URL, JWT } from './types.ts'

/** A request's action, such as `create a key`; its gateway's ID; and the kind of access control that it is about. */
export type Purpose = { action: string; gateway?: string; kind?: ControlKind }

/** Returns whether an error response comes from Pinata. */
export function isFromPinata(response: HttpResponse): boolean {
  // A JSON response or a 429 also counts if it has a request ID. Even if a proxy sent it, the request had no effect.
  const isJson = typeof response.json === 'object' && response.json !== null
  return hasPinataError(response) || ((isJson || response.status === 429) && response.requestId !== undefined)
}

/** Returns whether the body is an error in Pinata's format. If so, the action's message gives advice about Pinata. */
function hasPinataError({ json, requestId }: HttpResponse): boolean {
  const error = field(json, 'error')
  // Other services rarely use these two formats. If the response has a request ID, an error in any format counts.
  const isCoded = typeof field(error, 'code') === 'number' && typeof field(error, 'message') === 'string'
  return isCoded || typeof field(error, 'reason') === 'string' || Boolean(error && requestId)
}

/** Returns the error for a reply, with advice about Pinata only if the reply is an error in Pinata's format. */
export function errorOf(reply: Reply, purpose: Purpose, access: ApiCredentials): ActionError {
  const { apiUrl } = access
  const isResponse = reply.kind === 'response'
  const source = isResponse && apiUrl !== DEFAULT_API_URL ? `api-url (default: ${DEFAULT_API_URL})` : 'api-url'
  const diagnosis = isResponse && hasPinataError(reply) ? diagnose(reply, purpose, access) : undefined
  return responseError(reply, { action: purpose.action, apiUrl, service: 'Pinata', source }, diagnosis)
}

const NEW_JWT =
  'Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.'
const OWNER = "belongs to the gateway's account"

/** Returns the diagnosis of an error response, or `undefined` for a redirect, because Pinata documents no redirects. */
function diagnose(response: HttpResponse, purpose: Purpose, { apiUrl, jwt }: ApiCredentials): Diagnosis | undefined {
  const { status, retryAfterMs } = response
  const { gateway, kind } = purpose
  if (status < 400) return undefined
  const problem = problemOfJwt(response, jwt)
  if (problem !== undefined) return [problem, NEW_JWT]
  const plan = `Check that the account's plan includes gateway access controls, and that pinata-jwt ${OWNER}.`
  if (status === 402 || status === 403) return ['Pinata denied access without reporting a missing scope', plan]
  const custom = apiUrl === DEFAULT_API_URL ? '' : ` (current: ${oneLine(apiUrl, 100)}; default: ${DEFAULT_API_URL})`
  if (status === 404 && gateway !== undefined) {
    const id = oneLine(gateway, 80)
    const isUuid = /^[\da-f-]{36}$/i.test(gateway)
    const domain = isUuid ? '' : ` If gateway-id is a subdomain, use ${id}.mypinata.cloud.`
    const address = custom && ` and api-url${custom}`
    const advice = `Check gateway-id${address}, and check that the JWT ${OWNER}.${domain}`
    return [`pinata-jwt's account has no gateway "${id}"`, advice]
  }
  const check = kind ? 'Check the gateway in Pinata.' : 'Run the job again.'
  if (status === 404)
    return [`Pinata did not find the ${kind ?? 'resource'}`, custom ? `Check api-url${custom}.` : check]
  const fewer = "run fewer jobs at once because they share the account's limit"
  if (status === 429) return ["Pinata's rate limit was exceeded", `Try again ${later(retryAfterMs)}, and ${fewer}.`]
  const inputs = gateway === undefined ? '' : `${kind === 'origin' ? 'origin, gateway-id,' : 'gateway-id'} and `
  return diagnoseStatus('Pinata', response, `${inputs}api-url${custom}`)
}

/** Returns the problem that a new JWT would fix, if any. Public sources show that Pinata returns the errors below. */
function problemOfJwt(response: HttpResponse, jwt: Secret): string | undefined {
  const { status } = response
  const { reason, text = '' } = errorIn(response)
  if (status === 403 && reason === 'API_KEY_REVOKED') return "pinata-jwt's API key was revoked"
  if (status === 403 && reason === 'NO_SCOPES_FOUND') return "pinata-jwt's API key lacks the org:gateways:write scope"
  if (status !== 401) return undefined
  const malformed = 'pinata-jwt is not a complete JWT, which has three parts separated by dots and starts with eyJ'
  if (!JWT.test(jwt.reveal())) return malformed
  // If the JWT has legacy scopes, Pinata sends this text even if the request has an `Authorization` header.
  const isLegacy = text.includes('no Authorization header')
  const legacy = "pinata-jwt's API key probably has legacy scopes, or a proxy removed the Authorization header"
  return isLegacy ? legacy : 'pinata-jwt is invalid or expired, or its API key was deleted'
}
