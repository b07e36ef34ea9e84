import { ActionError } from '../errors.ts'
import { type Answer, explainFault, field, kindOf, type Reply } from '../http/answers.ts'
import { saidIn, whatWasSaid } from '../http/said.ts'
import { printable, quoted } from '../text.ts'
import { type Access, type ControlKind, looksLikeJwt } from './types.ts'

/** What a request was for. */
export interface Purpose {
  /** In the words of a sentence: "create a key". */
  action: string
  /** The gateway as the user gave it, if the request names one. */
  gateway?: string
  /** What the request creates, if it creates something. */
  kind?: ControlKind
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

const NEW_JWT =
  'Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets.'

/**
 * One line for the user: what is wrong, what to do, and what Pinata said, with its request ID.
 * The bodies that it tells apart were seen on the live API.
 */
export function errorOf(reply: Reply, purpose: Purpose, access: Access): ActionError {
  if (reply.kind === 'fault') {
    const context = { ...purpose, apiUrl: access.apiUrl, service: 'Pinata', source: 'api-url' }
    return new ActionError(explainFault(reply, context))
  }
  return new ActionError(`${cause(reply, purpose, access)} (${whatWasSaid(reply)})`, kindOf(reply))
}

/** Whether a response comes from Pinata, and not from a proxy in between. */
export function isFromPinata({ json, requestId }: Answer): boolean {
  return field(json, 'error') !== undefined || requestId !== undefined
}

export function notDocumented({ action }: Purpose): ActionError {
  return new ActionError(
    `Could not ${action}: the answer is not what Pinata documents. Check api-url, and whether a proxy answers in Pinata's place.`,
  )
}

function cause(answer: Answer, { action, gateway, kind }: Purpose, { apiUrl, jwt }: Access): string {
  const { status } = answer
  const { reason } = saidIn(answer)
  if (status === 401) {
    const shape = looksLikeJwt(jwt)
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
    return `Pinata refuses to ${action}. Check that the API key of pinata-jwt has the scope org:gateways:write and belongs to the gateway's account.`
  }
  // A 404 without an error of Pinata's is somebody else's on the way.
  if (status === 404 && gateway !== undefined && field(answer.json, 'error') !== undefined) {
    const domain = UUID.test(gateway)
      ? ''
      : ` If this is a domain, write it with its dot: ${printable(gateway, 60)}.mypinata.cloud.`
    return `There is no gateway ${quoted(gateway)} in the account of pinata-jwt. Check gateway-id, and that the JWT is from the account that owns the gateway.${domain}`
  }
  if (status === 429) {
    return `Pinata's rate limit is used up, so it would not ${action}. The limit is the account's: all jobs of all workflows share it. Try again later, or with fewer jobs at once.`
  }
  if (status >= 300 && status < 400) {
    return `api-url answered with a redirect${target(answer)}, which is not followed because the JWT would go with it. Set api-url to the address that answers.`
  }
  if (status >= 500 || status === 408) return `Pinata failed to ${action}. Try again later.`
  const inputs = kind === 'origin' ? 'origin, gateway-id' : 'gateway-id'
  return `Pinata would not ${action}. Check ${inputs} and api-url (${printable(apiUrl)}).`
}

function target({ location }: Answer): string {
  if (location === undefined || !URL.canParse(location)) return ''
  return ` to ${printable(new URL(location).host, 80)}`
}
