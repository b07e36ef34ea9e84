import type { ActionError } from '../errors.ts'
import { type Diagnosis, diagnoseStatus, errorIn, later, responseError } from '../http/error-responses.ts'
import { field, type HttpResponse, type Reply } from '../http/reply.ts'
import { httpDate, rateLimitReset } from '../http/retry.ts'
import type { Repository } from './repository.ts'

const OWN_TOKEN = "remove github-token to use the job's own token"
const DEPLOYMENTS = 'deployments: write'

/** Returns whether an error response comes from GitHub, not from a proxy or another service. */
export function isFromGitHub({ json, headers }: HttpResponse): boolean {
  if (typeof field(json, 'message') !== 'string') return false
  // Gitea's errors also have a `message`, but neither `documentation_url` nor GitHub's request ID.
  return typeof field(json, 'documentation_url') === 'string' || headers['x-github-request-id'] !== undefined
}

/** How long to wait, in milliseconds, if GitHub reports a secondary rate limit but does not specify a time. */
const SECONDARY_LIMIT_MS = 60_000

/**
 * Returns the rate limit that a 403 or a 429 reports, with the number of milliseconds to wait, if known.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function rateLimitOf(reply: Reply): { waitMs: number | undefined } | undefined {
  if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429)) return undefined
  const { status, headers, retryAfterMs } = reply
  const { text = '' } = errorIn(reply)
  const isSecondary = /secondary rate limit|abuse detection/i.test(text)
  // If the last allowed request fails for another reason, this header is also 0, but the response has an error message.
  const isUsedUp = headers['x-ratelimit-remaining'] === '0' && text === ''
  const isLimit = isSecondary || isUsedUp || /rate limit/i.test(text)
  if (status === 403 && retryAfterMs === undefined && !isLimit) return undefined
  const resetMs = rateLimitReset(headers, httpDate(headers.date))
  return { waitMs: retryAfterMs ?? resetMs ?? (isSecondary ? SECONDARY_LIMIT_MS : undefined) }
}

type RequestTarget = Repository & { permission?: string | undefined }

/** Returns the error for a reply, with advice about GitHub only if the reply comes from GitHub. */
export function errorOf(reply: Reply, action: string, target: RequestTarget): ActionError {
  const context = { action, apiUrl: target.apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }
  const isGenuine = reply.kind === 'response' && isFromGitHub(reply)
  return responseError(reply, context, isGenuine ? diagnose(reply, target) : undefined)
}

function diagnose(response: HttpResponse, target: RequestTarget): Diagnosis {
  const { status } = response
  const { name } = target
  const { text = '' } = errorIn(response)
  const limit = rateLimitOf(response)
  const fewer = `Try again ${later(limit?.waitMs)}, and run fewer jobs at once.`
  if (limit) return ["GitHub's rate limit for github-token was exceeded", fewer, 'rate-limited']
  if (status < 400) return [`${name} was renamed or moved`, 'Start a new run of the workflow.']
  if (status === 401) return ['github-token is invalid or expired', `Replace it, or ${OWN_TOKEN}.`]
  if (status === 403) return diagnoseForbidden(text, target)
  const access = "Add `deployments: write` to the job's `permissions:`, or give github-token access to the repository."
  if (status === 404) return [`the repository ${name} does not exist, or github-token can't access it`, access]
  if (/active deployment/i.test(text)) return ['GitHub deletes only inactive deployments', 'Run the job again.']
  const gone = `${name} no longer has this run's commit, for example, after a force push`
  if (/no (ref|commit) found/i.test(text)) return [gone, 'Start a new run for an existing commit.']
  return diagnoseStatus('GitHub', response, 'GITHUB_API_URL')
}

function diagnoseForbidden(text: string, { name, isFromFork, permission = DEPLOYMENTS }: RequestTarget): Diagnosis {
  const sso = `In the token's settings, authorize it for the organization under Configure SSO, or ${OWN_TOKEN}.`
  if (/SAML enforcement/i.test(text)) return ['the organization requires SAML single sign-on for github-token', sso]
  const allow = "Use a runner with an allowed address, or add this runner's address to the list."
  if (/IP allow list/i.test(text)) return ["the organization's IP allow list excludes this runner", allow]
  if (/archived/i.test(text)) return [`${name} is archived and read-only`, 'Unarchive it, or do not use names.']
  const lacks = `github-token lacks the permission \`${permission}\` in ${name}`
  if (/personal access token/i.test(text)) return [lacks, `Give the token this permission, or ${OWN_TOKEN}.`]
  const fork = `${lacks}, because runs for pull requests from forks get a read-only token`
  if (isFromFork) return [fork, 'In runs from forks, skip the step or do not use names.']
  const check = `Check that github-token has the permission \`${permission}\`.`
  if (!/not accessible by integration/i.test(text)) return [`GitHub denied access to ${name}`, check]
  const needed = [...new Set([DEPLOYMENTS, permission])].map(each => `\`${each}\``).join(', ')
  const add = `In the job, above \`steps:\`, add \`permissions:\` with ${needed}, plus any permissions that other steps need`
  return [lacks, `${add} (\`contents: read\` for checkout).`]
}
