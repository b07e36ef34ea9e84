import { ActionError, CreationError, STOPPED } from '../errors.ts'
import type { ExchangeOptions, Exchanger, Method } from '../http/connection.ts'
import { field, type HttpResponse, isMissing, isSuccess, type Reply } from '../http/reply.ts'
import { type Attempt, attemptOf, type Backoff, retry } from '../http/retry.ts'
import { errorOf, isFromGitHub, rateLimitOf } from './errors-and-rate-limits.ts'
import type { Repository } from './repository.ts'

/** A deployment in a response. Its ID is safe to use in a path, but its other fields are not trusted. */
export type Deployment = Partial<Record<string, unknown>> & { id: number }
type Page = { deployments: Deployment[]; dateMs: number | undefined; isLast: boolean }

const PAGE_SIZE = 100
/** How many smaller pages replace a page that is too large. */
const PARTS = 10
const MAX_PAGES = 100
/** How long, in milliseconds, a step waits for the response if it is stopped while creating a deployment. */
const CREATION_GRACE_MS = 2_500

/** A client for one repository's deployments and pull requests. @see https://docs.github.com/en/rest/deployments */
export class GitHubApi {
  readonly #connection: Exchanger
  readonly #repository: Repository
  readonly #backoff: Backoff

  constructor(connection: Exchanger, repository: Repository, backoff: Backoff) {
    this.#connection = connection
    this.#repository = repository
    this.#backoff = backoff
  }

  /** Returns a client that uses the same connection with different time limits. */
  with(backoff: Backoff): GitHubApi {
    return new GitHubApi(this.#connection, this.#repository, backoff)
  }

  /**
   * Reads the deployments that match the filter, newest first. If pages shift between requests, some deployments
   * are read twice. If a page is too large, requests smaller pages instead. @throws ActionError
   */
  async *deployments(filter: Record<string, string>, size = PAGE_SIZE, from = 1, to = MAX_PAGES): AsyncGenerator<Page> {
    for (let page = from; page <= to; page++) {
      const query = new URLSearchParams({ ...filter, per_page: `${size}`, ...(page > 1 && { page: `${page}` }) })
      const { reply } = await this.#send('GET', `/deployments?${query}`)
      if (reply.kind === 'fault' && reply.tooLarge && size === PAGE_SIZE) {
        yield* this.deployments(filter, size / PARTS, (page - 1) * PARTS + 1, page * PARTS)
      } else if (isSuccess(reply) && Array.isArray(reply.json)) yield pageOf(reply, reply.json, size)
      else throw this.#errorOf(reply, 'list the name records')
    }
  }

  /** Creates a deployment and returns its ID. @throws CreationError if no response confirms the creation */
  async createDeployment(deployment: object, action: string): Promise<number> {
    const { reply, lost } = await this.#send('POST', '/deployments', { body: deployment, graceMs: CREATION_GRACE_MS })
    if (isSuccess(reply) && isDeployment(reply.json)) return reply.json.id
    throw new CreationError(this.#errorOf(reply, action), isSuccess(reply) || lost > 0)
  }

  /** Sets a deployment's status if the deployment exists. @throws ActionError */
  async setStatus(id: number, status: object): Promise<void> {
    await this.#expectDone('set the status of the record', 'POST', `/deployments/${id}/statuses`, status)
  }

  /** Deactivates (as GitHub requires) and removes a deployment if it exists. @throws ActionError */
  async removeDeployment(id: number): Promise<void> {
    await this.setStatus(id, { state: 'inactive' })
    await this.#expectDone('remove the record', 'DELETE', `/deployments/${id}`)
  }

  async #expectDone(action: string, method: Method, path: string, body?: object): Promise<void> {
    const { reply } = await this.#send(method, path, { body })
    if (!isSuccess(reply) && !(isMissing(reply) && isFromGitHub(reply))) throw this.#errorOf(reply, action)
  }

  /** Returns a pull request's unvalidated fields, or `undefined` if it does not exist. @throws ActionError */
  async pullRequest(number: string) {
    const { reply } = await this.#send('GET', `/pulls/${number}`)
    if (isMissing(reply) && isFromGitHub(reply)) return undefined
    if (!isSuccess(reply)) throw this.#errorOf(reply, `read pull request ${number}`, 'pull-requests: read')
    return { state: field(reply.json, 'state'), closedAt: field(reply.json, 'closed_at'), readAtMs: reply.dateMs }
  }

  /** @param path relative to the repository's path in the API */
  async #send(method: Method, path: string, options: Partial<ExchangeOptions> = {}) {
    const route = `/repos/${this.#repository.name}${path}`
    const send = async (): Promise<Attempt> => {
      const reply = await this.#connection.exchange(method, route, { ...options, backoff: this.#backoff })
      const attempt = attemptOf(reply, isFromGitHub)
      // If a 403 reports a rate limit that ends at a known time, the step waits as it does after a 429.
      const retryAfterMs = rateLimitOf(reply)?.waitMs
      return retryAfterMs === undefined ? attempt : { ...attempt, classification: 'rate-limited', retryAfterMs }
    }
    return await retry(send, this.#backoff)
  }

  #errorOf(reply: Reply, action: string, permission?: string): ActionError {
    if (this.#backoff.signal.aborted) return new ActionError(`Could not ${action}. ${STOPPED}`)
    return errorOf(reply, action, { ...this.#repository, permission })
  }
}

/** The headers for each request to GitHub's API. */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

function isDeployment(value: unknown): value is Deployment {
  const id = field(value, 'id')
  return Number.isSafeInteger(id) && Number(id) > 0
}

/** @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function pageOf(response: HttpResponse, list: unknown[], size: number): Page {
  const hasNext = /;\s*rel="?next\b/.test(response.headers.link ?? '')
  const isLast = list.length === 0 || (!hasNext && list.length < size)
  return { deployments: list.filter(isDeployment), dateMs: response.dateMs, isLast }
}
