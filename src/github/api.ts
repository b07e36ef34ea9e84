import { ActionError, STOPPED } from '../errors.ts'
import { type Answer, Connection, type Method, type Reply, rateLimitReset } from '../http/connection.ts'
import { type Patience, repeat, verdict } from '../http/retry.ts'
import { explainFault, field, whatWasSaid } from '../pinata/errors.ts'
import type { Log } from '../runner/log.ts'
import { type GitHubToken, isLoopback } from '../steps/inputs.ts'
import type { Step } from '../steps/step.ts'
import { printable, quoted } from '../text.ts'

/** What the runner tells about the repository that the workflow runs in. */
export interface Repository {
  /** Of GitHub's API, without a slash at its end. */
  apiUrl: string
  /** `owner/name`, safe in a path. */
  name: string
  /** The commit that the workflow runs for. */
  sha: string
}

/** A deployment as far as it is used here. None of it is to be trusted: whoever may write to the repository makes them. */
export interface Deployment {
  id: number
  environment: unknown
  task: unknown
  payload: unknown
}

/** The body of a request for a new deployment. */
export interface NewDeployment {
  ref: string
  environment: string
  task: string
  description: string
  transient_environment: boolean
  production_environment: boolean
  required_contexts: string[]
  auto_merge: boolean
  payload: object
}

/** The body of a request for a new status of a deployment. */
export interface NewStatus {
  state: 'success' | 'inactive'
  environment_url?: string
  auto_inactive?: boolean
}

const REQUEST_TIMEOUT_MS = 30_000
/** Where a list that never ends is left. */
const MAX_PAGES = 1000
/** How long GitHub asks to wait when it says that a secondary rate limit is used up, but not for how long. */
const SECONDARY_LIMIT_MS = 60_000

/** @throws ActionError if the variables that every runner sets are not there */
export function readRepository(env: NodeJS.ProcessEnv): Repository {
  const apiUrl = env.GITHUB_API_URL || 'https://api.github.com'
  const name = env.GITHUB_REPOSITORY ?? ''
  const sha = env.GITHUB_SHA ?? ''
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new ActionError(
      `GITHUB_API_URL ${quoted(apiUrl)} is not an https address, so github-token is not sent there.`,
    )
  if (!/^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(name) || !/^[\da-f]{40,64}$/i.test(sha)) {
    throw new ActionError(
      'Names of keys are kept as deployments of the repository, but the runner does not tell which it is: GITHUB_REPOSITORY or GITHUB_SHA is not set.',
    )
  }
  return { apiUrl: (url.origin + url.pathname).replace(/\/+$/, ''), name, sha }
}

/**
 * The deployments of one repository.
 *
 * @see https://docs.github.com/en/rest/deployments/deployments
 * @see https://docs.github.com/en/rest/deployments/statuses
 */
export class GitHubApi {
  readonly #connection: Connection
  readonly #repository: Repository
  readonly #patience: Patience
  readonly #log: Log

  /** @param patience how long and how often to try, for all requests together */
  constructor(
    repository: Repository,
    token: GitHubToken,
    patience: Patience,
    { secrets, log }: Pick<Step, 'secrets' | 'log'>,
  ) {
    this.#connection = new Connection(repository.apiUrl, {
      token,
      redact: text => secrets.redact(text),
      headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
    })
    this.#repository = repository
    this.#patience = patience
    this.#log = log
  }

  /** All deployments of an environment, or those with this task, page by page. @throws ActionError */
  async deployments(environment: string, task?: string): Promise<Deployment[]> {
    const doing = 'list the named keys'
    const found = new Map<number, Deployment>()
    let query: string | undefined = new URLSearchParams({
      environment,
      ...(task === undefined ? {} : { task }),
      per_page: '100',
    }).toString()
    for (let page = 1; query !== undefined && page <= MAX_PAGES; page++) {
      const answer: Answer = await this.#request('GET', `?${query}`, doing)
      if (!Array.isArray(answer.json)) throw notUnderstood(doing)
      const before = found.size
      for (const each of answer.json) {
        const id = field(each, 'id')
        if (!isDeploymentId(id)) continue
        const [theirs, task, payload] = ['environment', 'task', 'payload'].map(name => field(each, name))
        found.set(id, { id, environment: theirs, task, payload })
      }
      query = found.size > before ? nextPage(answer) : undefined
    }
    return [...found.values()]
  }

  /** @returns the ID of the new deployment @throws ActionError if there may be none */
  async createDeployment(deployment: NewDeployment): Promise<number> {
    const doing = "keep the key's name"
    const { json } = await this.#request('POST', '', doing, deployment)
    const id = field(json, 'id')
    if (!isDeploymentId(id)) throw notUnderstood(doing)
    return id
  }

  /** @throws ActionError */
  async setStatus(id: number, status: NewStatus): Promise<void> {
    await this.#request('POST', `/${id}/statuses`, "set the status of the key's record", status)
  }

  /** One that is not there any more counts as deleted. @throws ActionError */
  async deleteDeployment(id: number): Promise<void> {
    const doing = "remove the key's record"
    // Only inactive ones can be deleted.
    for (const [method, path, body] of [
      ['POST', `/${id}/statuses`, { state: 'inactive' } satisfies NewStatus],
      ['DELETE', `/${id}`, undefined],
    ] as const) {
      const reply = await this.#send(method, path, body)
      // If it is not there any more, the deletion says so as well.
      if (reply.kind === 'answer' && reply.status === 404) continue
      this.#answerOf(reply, doing)
    }
  }

  async #request(method: Method, path: string, doing: string, body?: object): Promise<Answer> {
    return this.#answerOf(await this.#send(method, path, body), doing)
  }

  async #send(method: Method, path: string, body?: object): Promise<Reply> {
    const route = `/repos/${this.#repository.name}/deployments${path}`
    return repeat(async () => {
      const timeoutMs = Math.max(1, Math.min(REQUEST_TIMEOUT_MS, this.#patience.left))
      const { signal } = this.#patience
      this.#log.asking(`GitHub: ${method} ${route}`)
      const reply = await this.#connection.exchange(method, route, { timeoutMs, signal, body })
      const result =
        reply.kind === 'answer' ? `HTTP ${reply.status}, request ID ${reply.requestId ?? 'none'}` : reply.reason
      this.#log.debug(`GitHub: ${method} ${route}: ${printable(result)}`)
      return asRateLimited(reply)
    }, this.#patience)
  }

  #answerOf(reply: Reply, doing: string): Answer {
    if (reply.kind === 'answer' && verdict(reply) === 'done') return reply
    if (this.#patience.signal?.aborted) throw new ActionError(STOPPED)
    if (reply.kind === 'fault') {
      const { apiUrl } = this.#repository
      throw new ActionError(explainFault(reply, { doing, apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }))
    }
    throw new ActionError(`${cause(reply, doing, this.#repository)} (${whatWasSaid(reply)})`, reply.status)
  }
}

function isDeploymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function notUnderstood(doing: string): ActionError {
  return new ActionError(
    `Could not ${doing}: the answer is not what GitHub documents. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`,
  )
}

/**
 * The query of the next page, from the header `Link`. Only the query is taken: the token goes to no address that an
 * answer names.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
function nextPage({ headers }: Answer): string | undefined {
  const [, target = ''] = /<([^<>]*)>[^<]*;\s*rel="?next\b/.exec(String(headers.link ?? '')) ?? []
  return URL.canParse(target) ? new URL(target).search.slice(1) : undefined
}

/**
 * GitHub answers 403 as well as 429 when a rate limit is used up. Such an answer is made a 429 that says how long to wait.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function asRateLimited(reply: Reply): Reply {
  if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429)) return reply
  if (reply.retryAfterMs !== undefined) return { ...reply, status: 429 }
  const resetMs = rateLimitReset(reply.headers, reply.dateMs)
  if (reply.headers['x-ratelimit-remaining'] === '0' && resetMs !== undefined)
    return { ...reply, status: 429, retryAfterMs: resetMs }
  const message = field(reply.json, 'message')
  const secondary = typeof message === 'string' && message.includes('secondary rate limit')
  return secondary ? { ...reply, status: 429, retryAfterMs: SECONDARY_LIMIT_MS } : reply
}

function cause({ status }: Answer, doing: string, { name }: Repository): string {
  if (status === 401) {
    return 'GitHub does not accept github-token: it is wrong or expired. Leave it out to use the token of the job, or give it one that may write deployments.'
  }
  if (status === 403 || status === 404) {
    return `github-token may not ${doing} in ${name}. Give the job \`permissions: deployments: write\`. Runs that a fork or Dependabot started get a token that may only read.`
  }
  if (status === 429) return `GitHub's rate limit is used up, so it would not ${doing}. Try again later.`
  if (status >= 300 && status < 400) {
    return `GitHub answered with a redirect, which is not followed because github-token would go with it. If ${name} was renamed, run the workflow again.`
  }
  if (status >= 500 || status === 408) return `GitHub failed to ${doing}. Try again later.`
  if (status === 422) {
    return `GitHub would not ${doing} in ${name}. If the run's commit is gone (a force push, a deleted branch), start the workflow on one that is there.`
  }
  return `GitHub would not ${doing} in ${name}. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`
}
