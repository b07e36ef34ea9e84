import { ActionError } from '../errors.ts'
import { type Answer, type Context, explainFault, field, type Reply } from '../http/answers.ts'
import { type Diagnosis, errorIn, later, notDocumentedError, responseError, serviceFailure } from '../http/describe.ts'
import { printable } from '../text.ts'
import { type RateLimit, rateLimitOf } from './rate-limit.ts'
import { DEFAULT_API_URL, type Repository } from './repository.ts'

const OWN_TOKEN = "remove the input github-token to use the job's own"
const LATEST = 'use the latest version of this action'

/**
 * Returns whether an error response is GitHub's, and not a proxy's or another service's. GitHub's errors are JSON with a
 * `message`, as Gitea's are, but also with a link to its documentation or its own header.
 */
export function isFromGitHub({ json, headers }: Answer): boolean {
  if (typeof field(json, 'message') !== 'string') return false
  return typeof field(json, 'documentation_url') === 'string' || headers['x-github-request-id'] !== undefined
}

/**
 * Returns the error for a reply that is not a success. Gives advice about GitHub only if the response is GitHub's.
 *
 * @param action continues the sentence "Could not …": "record the name"
 */
export function errorOf(reply: Reply, action: string, repository: Repository): ActionError {
  const context: Context = { action, apiUrl: repository.apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }
  if (reply.kind === 'fault') return new ActionError(explainFault(reply, context))
  return responseError(reply, context, isFromGitHub(reply) ? diagnose(reply, repository) : undefined)
}

/** The error for a success without the documented content. */
export function notDocumented(action: string): ActionError {
  return notDocumentedError(action, 'GitHub', 'GITHUB_API_URL')
}

function diagnose(answer: Answer, repository: Repository): Diagnosis {
  const { status } = answer
  const limit = rateLimitOf(answer)
  if (limit !== undefined) return diagnoseRateLimit(limit)
  if (status === 401) {
    return ['github-token is wrong or expired', `Replace it with a token that can write deployments, or ${OWN_TOKEN}.`]
  }
  if (status === 403) return diagnoseForbidden(answer, repository)
  if (status === 404) return diagnoseNotFound(repository)
  if (status < 400) {
    const moved = `${repository.name} was renamed or moved, and redirects are not followed, to protect the token`
    return [moved, 'Start a new run of the workflow.']
  }
  return status >= 500 || status === 408 ? serviceFailure('GitHub', answer) : diagnoseRejected(answer, repository)
}

function diagnoseRateLimit({ kind, waitMs }: RateLimit): Diagnosis {
  const when = later(waitMs)
  if (kind === 'secondary') {
    const secondary = "GitHub's secondary rate limit, for many requests in a short time, was exceeded"
    return [secondary, `Run the job again ${when}, and run fewer jobs at once.`, 'rate-limited']
  }
  const advice = waitMs === undefined ? 'Run the job again later.' : `It resets ${when}. Run the job again then.`
  return ["GitHub's rate limit for github-token was exceeded", advice, 'rate-limited']
}

function diagnoseForbidden(answer: Answer, { name, isFromFork }: Repository): Diagnosis {
  const message = messageIn(answer)
  const permission = permissionFor(answer)
  const lacks = `github-token lacks the permission \`${permission}\` in ${name}`
  if (/SAML enforcement/i.test(message)) {
    const authorize = "Authorize the token for the organization (Configure SSO, in the token's settings)"
    return ['the organization requires single sign-on (SAML) for github-token', `${authorize}, or ${OWN_TOKEN}.`]
  }
  if (/IP allow list/i.test(message)) {
    const allow = "Use a runner with an allowed address, or add this runner's address to the list."
    return ["the organization's IP allow list does not include this runner", allow]
  }
  if (/archived/i.test(message)) {
    return [`${name} is archived and read-only`, 'Unarchive the repository, or do not use names in it.']
  }
  if (/personal access token/i.test(message)) {
    return [lacks, `Give the personal access token this permission, or ${OWN_TOKEN}.`]
  }
  if (isFromFork && permission.endsWith('write')) {
    const fork = `${lacks}, because a fork started this run and GitHub gives it a read-only token`
    return [fork, 'Skip the step in runs from forks, or do not use names in them.']
  }
  if (/not accessible by integration/i.test(message)) {
    const add = `In the job, next to \`steps:\`, add \`permissions:\` and, indented below it, \`${permission}\`.`
    return [lacks, `${add} Also list what other steps need (\`contents: read\` to check out).`]
  }
  return [`GitHub denied access to ${name}`, `Check that github-token has the permission \`${permission}\`.`]
}

/**
 * Returns the permission that the response names, as a line of a workflow. A step that reads records also writes them.
 *
 * @see https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
function permissionFor({ headers }: Answer): string {
  const accepted = String(headers['x-accepted-github-permissions'] ?? '')
  const [, name = 'deployments', access] = /^([a-z_]{1,40})=(read|write)\b/.exec(accepted) ?? []
  return name === 'deployments' ? 'deployments: write' : `${name.replaceAll('_', '-')}: ${access}`
}

function diagnoseNotFound({ name, apiUrl }: Repository): Diagnosis {
  const server = apiUrl === DEFAULT_API_URL ? '' : ` Also check GITHUB_API_URL (${printable(apiUrl, 100)}).`
  const add = 'Add `deployments: write` to the `permissions:` of the job.'
  return [
    `GitHub has no repository ${name} that github-token can access`,
    `${add} If you set github-token, give it access to the repository.${server}`,
  ]
}

function diagnoseRejected(answer: Answer, { name }: Repository): Diagnosis {
  const { status } = answer
  const message = messageIn(answer)
  if (status === 409) return ['GitHub reported a conflict with another request', 'Run the job again.']
  if (status === 410) {
    return ['GitHub reported that this no longer exists', `Check that ${name} still exists, and ${LATEST}.`]
  }
  if (status === 422 && /active deployment/i.test(message)) {
    const remove = "delete the deployment on the repository's deployments page"
    return ['GitHub only deletes inactive deployments', `Run the job again, or ${remove}.`]
  }
  if (status === 422 && /no (ref|commit) found/i.test(message)) {
    const gone = `${name} no longer has the commit of this run, for example after a force push`
    return [gone, 'Start a new run for an existing commit.']
  }
  const check = status === 422 ? 'that the commit of this run still exists' : 'GITHUB_API_URL'
  return ['GitHub rejected the request', `Check ${check}, and ${LATEST}.`]
}

function messageIn(answer: Answer): string {
  return errorIn(answer).text ?? ''
}
