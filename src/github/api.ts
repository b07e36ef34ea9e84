import { ActionError, STOPPED } from '../errors.ts'
import { type Answer, field, isSuccessful, type Reply } from '../http/answers.ts'
import type { Connection, Method } from '../http/connection.ts'
import { type Attempt, attemptOf, type Backoff, retry } from '../http/retry.ts'
import { errorOf, notDocumented } from './errors.ts'
import { rateLimitMs } from './rate-limit.ts'
import type { Repository } from './repository.ts'

/** A deployment as far as it is used here. None of it is to be trusted: whoever may write to the repository creates them. */
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

/** Where a list that never ends is left. */
const MAX_PAGES = 1000

/**
 * The deployments of one repository.
 *
 * @see https://docs.github.com/en/rest/deployments/deployments
 * @see https://docs.github.com/en/rest/deployments/statuses
 */
export class GitHubApi {
  readonly #connection: Connection
  readonly #repository: Repository
  readonly #backoff: Backoff

  constructor(connection: Connection, repository: Repository, backoff: Backoff) {
    this.#connection = connection
    this.#repository = repository
    this.#backoff = backoff
  }

  /** All deployments of an environment, or those with this task, page by page. @throws ActionError */
  async deployments(environment: string, task?: string): Promise<Deployment[]> {
    const action = 'list the records of names'
    const found = new Map<number, Deployment>()
    let query: string | undefined = new URLSearchParams({
      environment,
      ...(task === undefined ? {} : { task }),
      per_page: '100',
    }).toString()
    for (let page = 1; query !== undefined && page <= MAX_PAGES; page++) {
      const answer: Answer = await this.#request('GET', `?${query}`, action)
      if (!Array.isArray(answer.json)) throw notDocumented(action)
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
    const action = 'record the name'
    const { json } = await this.#request('POST', '', action, deployment)
    const id = field(json, 'id')
    if (!isDeploymentId(id)) throw notDocumented(action)
    return id
  }

  /** @throws ActionError */
  async setStatus(id: number, status: NewStatus): Promise<void> {
    await this.#request('POST', `/${id}/statuses`, 'set the status of the record', status)
  }

  /** @returns whether the deployment is there and has never been set inactive @throws ActionError */
  async isActive(id: number): Promise<boolean> {
    const action = 'read the status of the record'
    const reply = await this.#send('GET', `/${id}/statuses?per_page=100`)
    if (isNotFound(reply)) return false
    const { json } = this.#answerOf(reply, action)
    if (!Array.isArray(json)) throw notDocumented(action)
    return !json.some(status => field(status, 'state') === 'inactive')
  }

  /** Sets a deployment inactive; one that is not there any more stays so. @throws ActionError */
  async deactivate(id: number): Promise<void> {
    const reply = await this.#send('POST', `/${id}/statuses`, { state: 'inactive' } satisfies NewStatus)
    if (!isNotFound(reply)) this.#answerOf(reply, 'set the record inactive')
  }

  /** Only inactive deployments can be deleted. One that is not there any more counts as deleted. @throws ActionError */
  async deleteDeployment(id: number): Promise<void> {
    const reply = await this.#send('DELETE', `/${id}`)
    if (!isNotFound(reply)) this.#answerOf(reply, 'remove the record')
  }

  async #request(method: Method, path: string, action: string, body?: object): Promise<Answer> {
    return this.#answerOf(await this.#send(method, path, body), action)
  }

  async #send(method: Method, path: string, body?: object): Promise<Reply> {
    const route = `/repos/${this.#repository.name}/deployments${path}`
    const send = async () => {
      const { signal, requestTimeoutMs: timeoutMs } = this.#backoff
      return attemptAt(await this.#connection.exchange(method, route, { timeoutMs, signal, body }))
    }
    return (await retry(send, this.#backoff)).last.value
  }

  #answerOf(reply: Reply, action: string): Answer {
    if (reply.kind === 'answer' && isSuccessful(reply.status)) return reply
    if (this.#backoff.signal.aborted) throw new ActionError(STOPPED)
    throw errorOf(reply, action, this.#repository)
  }
}

/** What a connection to GitHub's API sends with each request. */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

function isNotFound(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.status === 404
}

function isDeploymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
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

/** A 403 that says that a rate limit is used up is waited for like a 429. */
function attemptAt(reply: Reply): Attempt<Reply> {
  const waitMs = rateLimitMs(reply)
  if (waitMs === undefined || reply.kind === 'fault') return attemptOf(reply)
  const value = { ...reply, retryAfterMs: waitMs }
  return { classification: 'rate-limited', mayHaveTakenEffect: false, retryAfterMs: waitMs, value }
}
