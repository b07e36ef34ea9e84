import { ActionError } from '../errors.ts'
import { type Answer, explainFault, kindOf, type Reply } from '../http/answers.ts'
import { whatWasSaid } from '../http/said.ts'
import { rateLimitMs } from './rate-limit.ts'
import type { Repository } from './repository.ts'

/** One line for the user: what is wrong, what to do, and what GitHub said. @param action as in "could not list the keys" */
export function errorOf(reply: Reply, action: string, repository: Repository): ActionError {
  if (reply.kind === 'fault') {
    const { apiUrl } = repository
    return new ActionError(explainFault(reply, { action, apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }))
  }
  return new ActionError(`${cause(reply, action, repository)} (${whatWasSaid(reply)})`, kindOf(reply))
}

export function notDocumented(action: string): ActionError {
  return new ActionError(
    `Could not ${action}: the answer is not what GitHub documents. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`,
  )
}

function cause(answer: Answer, action: string, { name }: Repository): string {
  const { status } = answer
  if (status === 429 || rateLimitMs(answer) !== undefined) {
    return `GitHub's rate limit is used up, so it would not ${action}. Try again later.`
  }
  if (status === 401) {
    return 'GitHub does not accept github-token: it is wrong or expired. Leave it out to use the token of the job, or give it one that may write deployments.'
  }
  if (status === 403 || status === 404) {
    return `github-token may not ${action} in ${name}. Give the job \`permissions: deployments: write\`. Runs that a fork or Dependabot started get a token that may only read.`
  }
  if (status >= 300 && status < 400) {
    return `GitHub answered with a redirect, which is not followed because github-token would go with it. If ${name} was renamed, run the workflow again.`
  }
  if (status >= 500 || status === 408) return `GitHub failed to ${action}. Try again later.`
  if (status === 422) {
    return `GitHub would not ${action} in ${name}. If the run's commit is gone (a force push, a deleted branch), start the workflow on one that is there.`
  }
  return `GitHub would not ${action} in ${name}. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`
}
