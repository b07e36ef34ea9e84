import { ActionError, STOPPED } from '../errors.ts'
import { type Answer, field, isSuccessful, type Reply } from '../http/answers.ts'
import type { ExchangeOptions, Exchanger, Method } from '../http/connection.ts'
import { type Attempt, attemptOf, type Backoff, retry } from '../http/retry.ts'
import { errorOf, notDocumented, rateLimitOf } from './errors.ts'
import type { Repository } from './repository.ts'

/** The used parts of a deployment. Anyone who may write to the repository can create one, so nothing in it is trusted. */
export interface Deployment {
  id: number
  environment: unknown
  task: unknown
  payload: unknown
  createdAt: unknown
}

/** The result of a request for a new deployment. `isInDoubt`: it may exist although no response confirmed it. */
export type NewDeploymentResult = { id: number } | { error: ActionError; isInDoubt: boolean }

const PAGE_SIZE = 100
/** A page that is too large is read again in pages of this size. */
const SMALL_PAGE_SIZE = 10
const MAX_PAGES = 100
/** How long a stopped step waits for the response to a new deployment. */
const CREATION_GRACE_MS = 2_500

/**
 * The deployments of one repository.
 *
 * @see https://docs.github.com/en/rest/deployments/deployments
 * @see https://docs.github.com/en/rest/deployments/statuses
 */
export class GitHubApi {
  readonly #connection: Exchanger
  readonly #repository: Repository
  readonly #backoff: Backoff

  constructor(connection: Exchanger, repository: Repository, backoff: Backoff) {
    this.#connection = connection
    this.#repository = repository
    this.#backoff = backoff
  }

  /** The same client on the same connection, with other time limits. */
  with(backoff: Backoff): GitHubApi {
    return new GitHubApi(this.#connection, this.#repository, backoff)
  }

  /**
   * Reads the deployments of an environment, or those with this task, page by page, the newest first.
   *
   * @param onDeployment receives each; one may come twice if a page shifts meanwhile
   * @returns `readAtMs`: the date of GitHub's first response, in milliseconds since 1970; `undefined` without a usable
   *   `Date`. `isComplete`: `false` if there are more than the action reads.
   * @throws ActionError
   */
  async deployments(
    filter: { environment: string; task?: string },
    onDeployment: (deployment: Deployment) => void,
  ): Promise<{ readAtMs: number | undefined; isComplete: boolean; pages: number }> {
    let readAtMs: number | undefined
    for (let page = 1; page <= MAX_PAGES; page++) {
      const answers = await this.#page(filter, page)
      readAtMs ??= answers[0]?.requestId === undefined ? undefined : answers[0].dateMs
      const rows = answers.flatMap(({ json }) => json as unknown[])
      for (const row of rows) {
        const [id, environment, task, payload] = ['id', 'environment', 'task', 'payload'].map(name => field(row, name))
        const createdAt = field(row, 'created_at')
        if (isDeploymentId(id)) onDeployment({ id, environment, task, payload, createdAt })
      }
      if (!answers.every(hasNextPage) || rows.length === 0) return { readAtMs, isComplete: true, pages: page }
    }
    return { readAtMs, isComplete: false, pages: MAX_PAGES }
  }

  /** Reads a page of deployments. If it is too large, reads it again in small pages. */
  async #page(filter: object, page: number, size = PAGE_SIZE): Promise<Answer[]> {
    const query = new URLSearchParams({ ...filter, per_page: String(size), ...(page > 1 && { page: String(page) }) })
    const { value: reply } = (await this.#send('GET', `?${query}`)).last
    if (reply.kind === 'answer' || !reply.tooLarge) {
      const answer = this.#answerOf(reply, LIST)
      if (!Array.isArray(answer.json)) throw notDocumented(LIST)
      return [answer]
    }
    if (size === SMALL_PAGE_SIZE) throw notDocumented(LIST)
    const answers: Answer[] = []
    const last = (page * PAGE_SIZE) / SMALL_PAGE_SIZE
    for (let small = last - PAGE_SIZE / SMALL_PAGE_SIZE + 1; small <= last && answers.every(hasNextPage); small++) {
      answers.push(...(await this.#page(filter, small, SMALL_PAGE_SIZE)))
    }
    return answers
  }

  /** Creates a deployment. A stopped step still waits some seconds for the response. */
  async createDeployment(deployment: object): Promise<NewDeploymentResult> {
    const action = 'record the name'
    const { last, lost } = await this.#send('POST', '', { body: deployment, graceMs: CREATION_GRACE_MS })
    try {
      const id = field(this.#answerOf(last.value, action).json, 'id')
      return isDeploymentId(id) ? { id } : { error: notDocumented(action), isInDoubt: true }
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      return { error, isInDoubt: lost > 0 }
    }
  }

  /** Sets the status of a deployment. It must be inactive before it can be deleted. @throws ActionError */
  async setStatus(id: number, status: object): Promise<void> {
    const { last } = await this.#send('POST', `/${id}/statuses`, { body: status })
    if (!isNotFound(last.value)) this.#answerOf(last.value, 'set the status of the record')
  }

  /** Deletes an inactive deployment. A missing one counts as deleted. @throws ActionError */
  async deleteDeployment(id: number): Promise<void> {
    const { last } = await this.#send('DELETE', `/${id}`)
    if (!isNotFound(last.value)) this.#answerOf(last.value, 'remove the record')
  }

  async #send(method: Method, path: string, options: Pick<ExchangeOptions, 'graceMs' | 'body'> = {}) {
    const route = `/repos/${this.#repository.name}/deployments${path}`
    const send = async () => {
      const { signal, requestTimeoutMs: timeoutMs } = this.#backoff
      return attemptAt(await this.#connection.exchange(method, route, { ...options, timeoutMs, signal }))
    }
    return await retry(send, this.#backoff)
  }

  #answerOf(reply: Reply, action: string): Answer {
    if (reply.kind === 'answer' && isSuccessful(reply.status)) return reply
    if (this.#backoff.signal.aborted) throw new ActionError(STOPPED)
    throw errorOf(reply, action, this.#repository)
  }
}

const LIST = 'list the records of names'

/** The headers of each request to GitHub's API. */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

function isNotFound(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.status === 404
}

function isDeploymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function hasNextPage({ headers }: Answer): boolean {
  return /;\s*rel="?next\b/.test(String(headers.link ?? ''))
}

/** The step waits for a 403 about a rate limit as it does for a 429. */
function attemptAt(reply: Reply): Attempt<Reply> {
  const retryAfterMs = rateLimitOf(reply)?.waitMs
  if (retryAfterMs === undefined || reply.kind === 'fault') return attemptOf(reply)
  return { ...attemptOf({ ...reply, retryAfterMs }), classification: 'rate-limited' }
}
