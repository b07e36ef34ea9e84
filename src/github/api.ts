import { ActionError, STOPPED } from '../errors.ts'
import { type Answer, field, isSuccessful, type Reply } from '../http/answers.ts'
import type { ExchangeOptions, Exchanger, Method } from '../http/connection.ts'
import { type Attempt, attemptOf, type Backoff, retry } from '../http/retry.ts'
import { errorOf, notDocumented, rateLimitOf } from './errors.ts'
import type { Repository } from './repository.ts'

/** What {@link GitHubApi.deployments} read. */
export interface Listing {
  /** The date of GitHub's first response, in milliseconds since 1970; `undefined` without a usable `Date`. */
  readAtMs: number | undefined
  /** `false` if there are more than the action reads. */
  isComplete: boolean
  /** How many pages were read, in the smaller size if one was too large. */
  pages: number
}

/** A deployment could not be created. */
export class DeploymentError extends ActionError {
  /** Whether it may exist although no response confirmed it. */
  readonly isInDoubt: boolean

  constructor({ message, kind }: ActionError, isInDoubt: boolean) {
    super(message, kind)
    this.isInDoubt = isInDoubt
  }
}

const PAGE_SIZE = 100
/** A page that is too large is read again in this many smaller ones. */
const PARTS = 10
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
   * Reads the deployments of an environment, or those with this task, page by page, the newest first. Anyone who may write to
   * the repository can create one, so nothing in it is trusted.
   *
   * @param onDeployment receives each with its ID; one may come twice if a page shifts meanwhile
   * @throws ActionError
   */
  async deployments(
    filter: { environment: string; task?: string },
    onDeployment: (id: number, deployment: unknown) => void,
  ): Promise<Listing> {
    let readAtMs: number | undefined
    let parts = 1
    for (let page = 1, pages = 1; page <= MAX_PAGES * parts; page++, pages++) {
      const answer = await this.#list(filter, page, PAGE_SIZE / parts)
      if (answer === 'too large') {
        if (parts > 1) throw notDocumented(LIST)
        parts = PARTS
        page = (page - 1) * parts
        continue
      }
      readAtMs ??= answer.requestId === undefined ? undefined : answer.dateMs
      const rows = answer.json as unknown[]
      for (const row of rows) {
        const id = field(row, 'id')
        if (isDeploymentId(id)) onDeployment(id, row)
      }
      if (!hasNextPage(answer) || rows.length === 0) return { readAtMs, isComplete: true, pages }
      if (page % parts > 0) continue
      page /= parts
      parts = 1
    }
    return { readAtMs, isComplete: false, pages: MAX_PAGES }
  }

  async #list(filter: object, page: number, size: number): Promise<Answer | 'too large'> {
    const query = new URLSearchParams({
      ...filter,
      per_page: String(size),
      ...(page > 1 ? { page: String(page) } : {}),
    })
    const { value: reply } = (await this.#send('GET', `?${query}`)).last
    if (reply.kind === 'fault' && reply.tooLarge) return 'too large'
    const answer = this.#answerOf(reply, LIST)
    if (!Array.isArray(answer.json)) throw notDocumented(LIST)
    return answer
  }

  /**
   * Creates a deployment, and returns its ID. A stopped step still waits some seconds for the response.
   *
   * @throws DeploymentError if no response confirmed it
   */
  async createDeployment(deployment: object): Promise<number> {
    const action = 'record the name'
    const { last, lost } = await this.#send('POST', '', { body: deployment, graceMs: CREATION_GRACE_MS })
    let answer: Answer
    try {
      answer = this.#answerOf(last.value, action)
    } catch (error) {
      throw new DeploymentError(error as ActionError, lost > 0)
    }
    const id = field(answer.json, 'id')
    if (!isDeploymentId(id)) throw new DeploymentError(notDocumented(action), true)
    return id
  }

  /** Sets the status of a deployment. It must be inactive before it can be deleted. @throws ActionError */
  async setStatus(
    id: number,
    status: { state: 'success' | 'inactive'; environment_url?: string; auto_inactive?: boolean },
  ): Promise<void> {
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
