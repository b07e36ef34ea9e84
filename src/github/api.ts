import { ActionError, CreationError, STOPPED } from '../errors.ts'
import { type Answer, field, isSuccessful, type Reply } from '../http/answers.ts'
import type { Exchanger, Method, SendOptions } from '../http/connection.ts'
import { type Attempt, attemptOf, type Backoff, retry } from '../http/retry.ts'
import { errorOf, isFromGitHub, rateLimitOf } from './errors.ts'
import type { Repository } from './repository.ts'

export interface Listing {
  /** The date of GitHub's first response, in milliseconds since 1970; `undefined` without a usable `Date`. */
  readAtMs: number | undefined
  /** `false` if there are more than the action reads. */
  isComplete: boolean
  /** How many pages were read, in the smaller size if one was too large. */
  pages: number
}

/** What {@link GitHubApi.pullRequest} read. Nothing in it is checked. */
export interface PullRequest {
  state: unknown
  closedAt: unknown
  /** The date of GitHub's response, in milliseconds since 1970; `undefined` without a usable `Date`. */
  readAtMs: number | undefined
}

type Page = Answer & { json: unknown[] }

const PAGE_SIZE = 100
/** A page that is too large is read again in this many smaller ones. */
const PARTS = 10
const MAX_PAGES = 100
/** How long a stopped step waits for the response to a new deployment. */
const CREATION_GRACE_MS = 2_500

/**
 * The deployments and pull requests of one repository.
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
   * Reads the deployments of an environment, or those with this task, page by page, the newest first. None is trusted.
   * @param onDeployment receives each with its ID; one may come twice if a page shifts meanwhile
   * @throws ActionError
   */
  async deployments(
    filter: { environment: string; task?: string },
    onDeployment: (id: number, deployment: unknown) => void,
  ): Promise<Listing> {
    let readAtMs: number | undefined
    let pages = 0
    for await (const { json, headers, requestId, dateMs } of this.#pages(filter)) {
      pages++
      readAtMs ??= requestId === undefined ? undefined : dateMs
      for (const row of json) {
        const id = field(row, 'id')
        if (isDeploymentId(id)) onDeployment(id, row)
      }
      // See https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
      const hasNext = /;\s*rel="?next\b/.test(headers.link ?? '')
      if (!hasNext || json.length === 0) return { readAtMs, isComplete: true, pages }
    }
    return { readAtMs, isComplete: false, pages }
  }

  /** Reads page by page. One that is too large is read again in smaller ones. */
  async *#pages(filter: object): AsyncGenerator<Page> {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const read = await this.#list(filter, page, PAGE_SIZE)
      if (read) yield read
      for (let part = 1; !read && part <= PARTS; part++) {
        const small = await this.#list(filter, (page - 1) * PARTS + part, PAGE_SIZE / PARTS)
        if (small) yield small
      }
    }
  }

  /** Returns a page, or `undefined` if a large one is too large. @throws ActionError */
  async #list(filter: object, page: number, size: number): Promise<Page | undefined> {
    const query = new URLSearchParams({ ...filter, per_page: String(size), ...(page > 1 && { page: String(page) }) })
    const { value: reply } = (await this.#send('GET', `/deployments?${query}`)).last
    if (reply.kind === 'fault' && reply.tooLarge && size === PAGE_SIZE) return undefined
    if (reply.kind === 'answer' && isSuccessful(reply.status) && Array.isArray(reply.json)) return reply as Page
    throw this.#errorOf(reply, 'list the records of names')
  }

  /** Creates a deployment, and returns its ID. @throws CreationError if no response confirmed it */
  async createDeployment(deployment: object): Promise<number> {
    const options = { body: deployment, graceMs: CREATION_GRACE_MS }
    const { last, lost } = await this.#send('POST', '/deployments', options)
    const isOk = last.classification === 'ok'
    const id = last.value.kind === 'answer' && isOk ? field(last.value.json, 'id') : undefined
    if (isDeploymentId(id)) return id
    throw new CreationError(this.#errorOf(last.value, 'record the name'), isOk || lost > 0)
  }

  /** Sets the status of a deployment. It must be inactive before it can be deleted. @throws ActionError */
  async setStatus(
    id: number,
    body: { state: 'success' | 'inactive'; environment_url?: string; auto_inactive?: boolean },
  ): Promise<void> {
    const { last } = await this.#send('POST', `/deployments/${id}/statuses`, { body })
    this.#expectDone(last, 'set the status of the record')
  }

  /** Deletes an inactive deployment. A missing one counts as deleted. @throws ActionError */
  async deleteDeployment(id: number): Promise<void> {
    const { last } = await this.#send('DELETE', `/deployments/${id}`)
    this.#expectDone(last, 'remove the record')
  }

  /**
   * Reads a pull request. Returns `undefined` if the repository has none with this number.
   * @see https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
   * @throws ActionError
   */
  async pullRequest(number: string): Promise<PullRequest | undefined> {
    const { value: reply } = (await this.#send('GET', `/pulls/${number}`)).last
    if (reply.kind === 'answer' && reply.status === 404 && isFromGitHub(reply)) return undefined
    if (reply.kind === 'fault' || !isSuccessful(reply.status)) {
      throw this.#errorOf(reply, `read pull request ${number}`, 'pull-requests: read')
    }
    const [state, closedAt] = [field(reply.json, 'state'), field(reply.json, 'closed_at')]
    return { state, closedAt, readAtMs: reply.requestId === undefined ? undefined : reply.dateMs }
  }

  /** @param path below the repository */
  async #send(method: Method, path: string, options: SendOptions = {}) {
    const route = `/repos/${this.#repository.name}${path}`
    const send = async () => {
      const { signal, requestTimeoutMs: timeoutMs } = this.#backoff
      return attemptAt(await this.#connection.exchange(method, route, { ...options, timeoutMs, signal }))
    }
    return await retry(send, this.#backoff)
  }

  /** @throws ActionError unless the request succeeded, or there is no such deployment */
  #expectDone({ classification, value }: Attempt<Reply>, action: string): void {
    const isMissing = value.kind === 'answer' && value.status === 404
    if (classification !== 'ok' && !isMissing) throw this.#errorOf(value, action)
  }

  /** @param permission the one that the request needs, if it is not that of records */
  #errorOf(reply: Reply, action: string, permission?: string): ActionError {
    if (this.#backoff.signal.aborted) return new ActionError(STOPPED)
    return errorOf(reply, action, { ...this.#repository, permission })
  }
}

/** The headers of each request to GitHub's API. */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

function isDeploymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** The step waits for a 403 about a rate limit as it does for a 429. */
function attemptAt(reply: Reply): Attempt<Reply> {
  const attempt = attemptOf(reply, isFromGitHub)
  const retryAfterMs = rateLimitOf(reply)?.waitMs
  return retryAfterMs === undefined ? attempt : { ...attempt, classification: 'rate-limited', retryAfterMs }
}
