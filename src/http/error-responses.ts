import { ActionError, type ErrorKind } from '../errors.ts'
import { count, oneLine, printable } from '../printable-text.ts'
import { explainFault, type RequestContext } from './network-faults.ts'
import { field, type HttpResponse, isSuccess, parseUrl, type Reply } from './reply.ts'

/** The cause completes a sentence such as "Could not create a key: …". If no kind is set, the status determines it. */
export type Diagnosis = [cause: string, advice: string, kind?: ErrorKind]

const KIND: Record<number, ErrorKind> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 429: 'rate-limited' }
/** The format of Pinata's IDs. An ID in text from a server may be an origin's ID, which is secret. */
const IDS = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi

/** Returns the error for a reply. @param diagnosis `undefined` if the reply is not in the service's error format */
export function responseError(reply: Reply, context: RequestContext, diagnosis: Diagnosis | undefined): ActionError {
  if (reply.kind === 'fault') return new ActionError(explainFault(reply, context))
  const { status } = reply
  // Only a proxy or a login page sends 407 or 511, so ignore the service's diagnosis, even if the format matches.
  const known = isSuccess(reply) || [407, 511].includes(status) ? undefined : diagnosis
  const statusKind = status < 400 ? 'redirect' : (KIND[status] ?? 'other')
  const [cause, advice, kind = statusKind] = known ?? diagnoseOther(reply, context)
  // Don't quote the body of a successful response, because it may contain a secret.
  const description = describeResponse(isSuccess(reply) ? { ...reply, json: undefined } : reply, known === undefined)
  return new ActionError(`Could not ${context.action}: ${cause} (${description}). ${advice}`, kind)
}

/** Diagnoses a service's error from its status alone. @param settings the settings that the user should check */
export function diagnoseStatus(service: string, { status, retryAfterMs }: HttpResponse, settings: string): Diagnosis {
  const failed = `${service} failed to process the request`
  if (status >= 500 || status === 408) return [failed, `Try again ${later(retryAfterMs)}.`]
  if (status === 409) return [`${service} reported a conflict with another request`, 'Run the job again.']
  return [`${service} rejected the request`, `Check ${settings}, and use the latest version of this action.`]
}

/** Returns text such as `in 5 minutes`, or `later` if the delay is unknown. @param ms the delay in milliseconds */
export function later(ms: number | undefined): string {
  if (ms === undefined) return 'later'
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  if (seconds < 120) return `in ${count(seconds, 'second')}`
  if (seconds < 120 * 60) return `in ${Math.ceil(seconds / 60)} minutes`
  return seconds > 1000 * 3600 ? 'in more than 1,000 hours' : `in ${Math.ceil(seconds / 3600)} hours`
}

/** Summarizes a failed or unexpected response, for example, as `HTTP 404, "Gateway not found", request ID …`. */
function describeResponse(response: HttpResponse, showSender: boolean): string {
  const { server, via } = response.headers
  const sender = showSender && [server && `server: ${server}`, via && `via: ${via}`].filter(Boolean).join(', ')
  const { reason, text = response.text } = errorIn(response)
  const quoted = (quote: string, max: number) => `"${printable(quote.replace(IDS, '…'), max)}"`
  const quotes = [sender && quoted(sender, 80), reason && quoted(reason, 160), text && quoted(text, 160)]
  const request = response.requestId !== undefined && `request ID ${printable(response.requestId, 64)}`
  return [`HTTP ${response.status}`, ...quotes, request].filter(Boolean).join(', ')
}

/** Reads an error in the form `{error: {reason, details}}`, `{error: {message}}`, `{error: "…"}`, or `{message}`. */
export function errorIn({ json }: HttpResponse): { reason?: string | undefined; text?: string | undefined } {
  const error = field(json, 'error')
  const ifText = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const text = field(error, 'details') ?? field(error, 'message') ?? field(json, 'message')
  return { reason: ifText(field(error, 'reason')), text: ifText(error) ?? ifText(text) }
}

/** Explains why a redirect is an error, and names the host that it leads to. */
export function redirectCause(sender: string, { headers }: HttpResponse): string {
  const { host = '' } = parseUrl(headers.location ?? '') ?? {}
  return `${sender} redirected the request${host && ` to ${printable(host, 80)}`}, and the action does not follow redirects`
}

/** Diagnoses a response that is not in the service's error format. An intermediary may have sent it. */
function diagnoseOther(response: HttpResponse, { apiUrl, service, source }: RequestContext): Diagnosis {
  const { status, retryAfterMs } = response
  const { host } = new URL(apiUrl)
  const when = later(retryAfterMs)
  const advice = `Check ${source}, and check whether a proxy or firewall is responding instead of ${service}.`
  if (isSuccess(response)) return [`the response does not match ${service}'s documentation`, advice, 'other']
  const proxy = 'Set https_proxy to http://user:password@host:port, with the username and password percent-encoded.'
  if (status === 407) return ['a proxy requires credentials', proxy]
  if (status === 511) return ["the runner's network requires a login", `Give the runner direct access to ${host}.`]
  if (status === 429) return [`${host} received too many requests`, `Try again ${when}.`]
  const login = `Check ${source}, and check whether a proxy is redirecting the runner, for example, to a login page.`
  if (status < 400) return [`${redirectCause(host, response)}, to protect the token`, login]
  const failed = `the server at ${host} failed to process the request`
  const persists = 'If the error persists, check whether a proxy or firewall is blocking the runner.'
  if (status >= 500 || status === 408) return [failed, `Try again ${when}. ${persists}`]
  // The kind is `other`, because a 404 from another server does not mean that the gateway or repository is missing.
  return [`something other than ${service}'s API responded at ${oneLine(apiUrl, 100)}`, advice, 'other']
}
