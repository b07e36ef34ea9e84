import type { ActionError } from '../errors.ts'
import { type Diagnosis, errorIn, later, responseError, serviceFailure } from '../http/describe.ts'
import { field, type HttpResponse, type Reply } from '../http/reply.ts'
import { oneLine } from '../printable-text.ts'
import { type RateLimit, rateLimitOf } from './rate-limit.ts'
import { DEFAULT_API_URL, type Repository } from './repository.ts'

const OWN_TOKEN = "remove github-token to use the job's own token"
const LATEST = 'use the latest version of this action'
/** The permission that name records need. */
const DEPLOYMENTS = 'deployments: write'

/**
 * Returns whether an error response comes from GitHub, not from a proxy or another service. GitHub's errors are JSON
 * with a `message`, like Gitea's, but also have a documentation link or GitHub's own header.
 */
export function isFromGitHub({ json, headers }: HttpResponse): boolean {
  if (typeof field(json, 'message') !== 'string') return false
  return typeof field(json, 'documentation_url') === 'string' || headers['x-github-request-id'] !== undefined
}

type RequestTarget = Repository & { permission?: string | undefined }

/** Returns the error for a reply. Gives advice about GitHub only if the response comes from GitHub. */
export function errorOf(reply: Reply, action: string, repository: RequestTarget): ActionError {
  const context = { action, apiUrl: repository.apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }
  const isGenuine = reply.kind === 'response' && isFromGitHub(reply)
  return responseError(reply, context, isGenuine ? diagnose(reply, repository) : undefined)
}

function diagnose(response: HttpResponse, repository: RequestTarget): Diagnosis {
  const { status } = response
  const { name, apiUrl } = repository
  const limit = rateLimitOf(response)
  if (limit !== undefined) return diagnoseRateLimit(limit)
  if (status >= 500 || status === 408) return serviceFailure('GitHub', response)
  const moved = `${name} was renamed or moved, and redirects are not followed, to protect the token`
  if (status < 400) return [moved, 'Start a new run of the workflow.']
  const { text = '' } = errorIn(response)
  const server = apiUrl === DEFAULT_API_URL ? '' : ` Also check GITHUB_API_URL (${oneLine(apiUrl, 100)}).`
  const access = 'Add `deployments: write` to the `permissions:` of the job. If you set github-token, give it access to'
  const diagnoses: Record<number, Diagnosis | undefined> = {
    401: ['github-token is invalid or expired', `Replace it with a token that can write deployments, or ${OWN_TOKEN}.`],
    403: diagnoseForbidden(text, repository),
    404: [`GitHub has no repository ${name} that github-token can access`, `${access} the repository.${server}`],
    409: ['GitHub reported a conflict with another request', 'Run the job again.'],
    410: ['GitHub reported that the resource is gone', `Check that ${name} still exists, and ${LATEST}.`],
    422: diagnoseInvalid(text, repository),
  }
  return diagnoses[status] ?? ['GitHub rejected the request', `Check GITHUB_API_URL, and ${LATEST}.`]
}

function diagnoseRateLimit({ kind, waitMs }: RateLimit): Diagnosis {
  const when = later(waitMs)
  const secondary = "GitHub's secondary rate limit, which limits bursts of requests, was exceeded"
  const fewer = `Run the job again ${when}, and run fewer jobs at once.`
  if (kind === 'secondary') return [secondary, fewer, 'rate-limited']
  const advice = waitMs === undefined ? 'Run the job again later.' : `It resets ${when}. Run the job again then.`
  return ["GitHub's rate limit for github-token was exceeded", advice, 'rate-limited']
}

function diagnoseForbidden(text: string, { name, isFromFork, permission = DEPLOYMENTS }: RequestTarget): Diagnosis {
  const lacks = `github-token lacks the permission \`${permission}\` in ${name}`
  const sso = 'the organization requires SAML single sign-on for github-token'
  const authorize = "Authorize the token for the organization (Configure SSO, in the token's settings)"
  if (/SAML enforcement/i.test(text)) return [sso, `${authorize}, or ${OWN_TOKEN}.`]
  const blocked = "the organization's IP allow list does not include this runner"
  const allow = "Use a runner with an allowed address, or add this runner's address to the list."
  if (/IP allow list/i.test(text)) return [blocked, allow]
  const unarchive = 'Unarchive the repository, or do not use names in it.'
  if (/archived/i.test(text)) return [`${name} is archived and read-only`, unarchive]
  const give = `Give the personal access token this permission, or ${OWN_TOKEN}.`
  if (/personal access token/i.test(text)) return [lacks, give]
  const fork = `${lacks}, because runs for pull requests from forks get a read-only token`
  if (isFromFork) return [fork, 'Skip the step in runs from forks, or do not use names in them.']
  if (/not accessible by integration/i.test(text)) {
    const needed = [...new Set([DEPLOYMENTS, permission])].map(each => `\`${each}\``).join(', ')
    const others = 'whatever other steps need (`contents: read` for checkout)'
    return [lacks, `In the job, above \`steps:\`, add \`permissions:\` with ${needed}, and ${others}.`]
  }
  return [`GitHub denied access to ${name}`, `Check that github-token has the permission \`${permission}\`.`]
}

function diagnoseInvalid(text: string, { name }: Repository): Diagnosis | undefined {
  const active = 'GitHub deletes only inactive deployments'
  const remove = "Run the job again, or delete the deployment on the repository's deployments page."
  if (/active deployment/i.test(text)) return [active, remove]
  const gone = `${name} no longer has this run's commit, for example after a force push`
  if (/no (ref|commit) found/i.test(text)) return [gone, 'Start a new run for an existing commit.']
  return undefined
}
