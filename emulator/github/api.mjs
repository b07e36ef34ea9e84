// The deployments and pull requests that GitHub keeps, and the responses of its API, without sockets.
// https://docs.github.com/en/rest/deployments
import { randomBytes } from 'node:crypto'
import {
  DOCS,
  jsonAnswer,
  pageOf,
  rateLimitExceeded,
  refused,
  secondaryLimitExceeded,
  showDeployment,
  showStatus,
} from './answers.mjs'

/** @import { Answer, ApiRequest, Limit } from '../http/server.mjs' */

/** @typedef {{ statuses: Record<string, string>, conflicts: boolean }} Commit its commit statuses by context */
/** @typedef {{ number: number, closedAt: string | null }} PullRequest `closedAt`: `null` if open */
/**
 * @typedef {object} Repository
 * @property {number} id
 * @property {string} fullName
 * @property {boolean} private
 * @property {Map<string, Commit>} commits by SHA
 * @property {Map<number, PullRequest>} pullRequests by number
 */
/**
 * @typedef {object} Token
 * @property {'write' | 'read'} permission its `permissions: deployments`
 * @property {'read' | 'none'} pullRequests its `permissions: pull-requests`
 * @property {string} repository
 */
/**
 * @typedef {object} DeploymentStatus
 * @property {number} id
 * @property {string} state
 * @property {string} description
 * @property {string} environment
 * @property {string} logUrl
 * @property {string} environmentUrl
 * @property {string} createdAt ISO 8601, seconds
 */
/**
 * @typedef {object} Deployment
 * @property {number} id
 * @property {string} repository
 * @property {string} ref as the request had it
 * @property {string} sha
 * @property {string} task
 * @property {object | string} payload
 * @property {string} environment
 * @property {string | null} description
 * @property {boolean} transient
 * @property {boolean} production
 * @property {string} creator login
 * @property {string} createdAt ISO 8601, seconds
 * @property {DeploymentStatus[]} statuses the oldest first
 */
/**
 * @typedef {object} DeploymentOptions
 * @property {string} [task] default `deploy`
 * @property {object | string} [payload] default `{}`
 * @property {string} [environment] default `production`
 * @property {string | null} [description]
 * @property {string} [creator] login; default `octocat`
 * @property {string} [state] of a status that it has from the start
 */
/**
 * @typedef {object} Call a request that passed the checks
 * @property {Repository} repository
 * @property {Deployment} deployment that the path names
 * @property {URLSearchParams} query
 * @property {string} listUrl the address of the list that the path names, with the repository's number, as in Link
 * @property {any} input its JSON
 * @property {number} id that the path names
 */
/** @typedef {{ start: number, used: number }} Window */

/** The repository and the commit of the runner's `github` context. */
const REPOSITORY = 'octo-org/octo-site'
const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const BOT = 'github-actions[bot]'
const MOST_DESCRIPTION = 140

/**
 * A GitHub with one public repository, that of the runner's `github` context.
 *
 * @param {object} options
 * @param {Limit} options.limit
 * @param {(Limit & { status?: 403 | 429 }) | undefined} options.secondaryLimit
 * @param {() => string} options.root the address that the API's own addresses begin with
 * @param {{ aheadMs: number }} options.clock
 */
export function createGitHubApi({ limit, secondaryLimit, root, clock }) {
  /** @type {Map<string, Repository>} */
  const repositories = new Map()
  /** @type {Map<string, Token>} */
  const tokens = new Map()
  /** @type {Map<number, Deployment>} */
  const deployments = new Map()
  /** All tokens are of one repository, so they share one limit, as GITHUB_TOKENs do. */
  const window = { start: Number.NEGATIVE_INFINITY, used: 0 }
  const writes = { start: Number.NEGATIVE_INFINITY, used: 0 }
  // As large as GitHub's: more than 32 bits hold.
  let lastId = 2_960_000_000

  /** Adds a repository. @param {{ fullName: string, private?: boolean }} options */
  function addRepository(options) {
    const { fullName, private: isPrivate = false } = options
    const id = 1_296_269 + repositories.size
    repositories.set(fullName.toLowerCase(), {
      id,
      fullName,
      private: isPrivate,
      commits: new Map(),
      pullRequests: new Map(),
    })
  }

  /** @param {string} [name] */
  const repositoryOf = (name = REPOSITORY) => /** @type {Repository} */ (repositories.get(name.toLowerCase()))

  /**
   * Adds a commit and returns its SHA. `conflicts`: it can't be merged with the default branch.
   *
   * @param {{ sha?: string } & Partial<Commit>} [options]
   */
  function addCommit(options = {}) {
    const { sha = randomBytes(20).toString('hex'), statuses = {}, conflicts = false } = options
    repositoryOf().commits.set(sha, { statuses, conflicts })
    return sha
  }

  /**
   * Adds a token like a job's and returns it. By default, it may write deployments and read pull requests.
   *
   * @param {Partial<Token>} [options]
   */
  function addToken(options = {}) {
    const token = `ghs_${randomBytes(18).toString('hex')}`
    tokens.set(token, { permission: 'write', pullRequests: 'read', repository: REPOSITORY, ...options })
    return token
  }

  /**
   * Adds a deployment of the first commit, as another client than the action does, and returns its live record.
   *
   * @param {DeploymentOptions} [options]
   */
  function addDeployment(options = {}) {
    const { state, creator = 'octocat', ...fields } = options
    const deployment = create(repositoryOf(), { ref: SHA, creator, ...fields })
    if (state !== undefined) addStatus(deployment, { state })
    return deployment
  }

  /** Adds or replaces a pull request, an open one by default. @param {{ number: number, closedAt?: string | null }} options */
  function addPullRequest({ number, closedAt = null }) {
    repositoryOf().pullRequests.set(number, { number, closedAt })
  }

  const now = () => new Date(Date.now() + clock.aheadMs).toISOString().replace(/\.\d+Z$/, 'Z')

  /**
   * @param {Repository} repository
   * @param {DeploymentOptions & { ref: string, creator: string, transient?: boolean, production?: boolean }} given
   */
  function create(repository, { ref, creator, ...given }) {
    const environment = given.environment ?? 'production'
    /** @type {Deployment} */
    const deployment = {
      id: ++lastId,
      repository: repository.fullName,
      ref,
      sha: ref,
      task: given.task ?? 'deploy',
      payload: given.payload ?? {},
      environment,
      description: given.description ?? null,
      transient: given.transient ?? false,
      production: given.production ?? environment === 'production',
      creator,
      createdAt: now(),
      statuses: [],
    }
    deployments.set(deployment.id, deployment)
    return deployment
  }

  /** @param {Deployment} deployment @param {Partial<DeploymentStatus> & { state: string }} given */
  function addStatus(deployment, { state, description = '', logUrl = '', environmentUrl = '' }) {
    const { environment } = deployment
    const status = { id: ++lastId, state, description, environment, logUrl, environmentUrl, createdAt: now() }
    deployment.statuses.push(status)
    return status
  }

  /** @param {Repository} repository */
  const inRepository = ({ fullName }) => [...deployments.values()].filter(({ repository }) => repository === fullName)

  /** @param {Call} call */
  function listDeployments({ repository, query, listUrl }) {
    const filters = /** @type {const} */ (['sha', 'ref', 'task', 'environment'])
    const found = inRepository(repository).filter(deployment =>
      filters.every(name => !query.get(name) || query.get(name) === deployment[name]),
    )
    const rows = found.reverse().map(deployment => showDeployment(root(), deployment))
    return pageOf(listUrl, query, rows)
  }

  /** @param {Call} call */
  function createDeployment({ repository, input }) {
    const commit = repository.commits.get(input.ref)
    if (!commit) return refused(422, `No ref found for: ${input.ref}`)
    if ((input.auto_merge ?? true) && commit.conflicts) return refused(409, `Conflict merging main into ${input.ref}`)
    /** @type {string[]} */
    const required = input.required_contexts ?? Object.keys(commit.statuses)
    if (required.some(context => commit.statuses[context] !== 'success')) {
      return refused(409, `Conflict: Commit status checks failed for ${input.ref}.`)
    }
    const { transient_environment: transient, production_environment: production } = input
    const deployment = create(repository, { ...input, creator: BOT, transient, production })
    return jsonAnswer(201, showDeployment(root(), deployment))
  }

  /** @param {Call} call */
  function deleteDeployment({ repository, deployment }) {
    // "If the repository only has one deployment, you can delete the deployment regardless of its status. If the
    // repository has more than one deployment, you can only delete inactive deployments." And what makes one inactive
    // is "any non-successful deployment status".
    const state = deployment.statuses.at(-1)?.state ?? 'success'
    if (state === 'success' && inRepository(repository).length > 1) {
      const message = 'We cannot delete an active deployment unless it is the only deployment in a given environment.'
      return refused(422, message)
    }
    deployments.delete(deployment.id)
    return { status: 204, headers: {}, body: '' }
  }

  /** @param {Call} call */
  function createStatus({ deployment, input }) {
    const { state, description = '', environment_url: environmentUrl = '', log_url: logUrl = '' } = input
    const wrong = [
      ...(description.length > MOST_DESCRIPTION
        ? [{ field: 'description', message: `description is too long (maximum is ${MOST_DESCRIPTION} characters)` }]
        : []),
      ...(environmentUrl !== '' && !/^https?:/.test(environmentUrl)
        ? [{ field: 'environment_url', message: 'environment_url must use http(s) scheme' }]
        : []),
    ]
    if (wrong.length > 0) {
      const errors = wrong.map(error => ({ resource: 'DeploymentStatus', code: 'custom', ...error }))
      return refused(422, 'Validation Failed', undefined, errors)
    }
    const status = addStatus(deployment, { state, description, logUrl, environmentUrl })
    return jsonAnswer(201, showStatus(root(), deployment, status))
  }

  /** @param {Call} call */
  function getPullRequest({ repository, id }) {
    const pullRequest = repository.pullRequests.get(id)
    if (pullRequest === undefined) return refused(404, 'Not Found', `${DOCS}/pulls/pulls#get-a-pull-request`)
    // Three of many properties.
    const { number, closedAt } = pullRequest
    return jsonAnswer(200, { number, state: closedAt === null ? 'open' : 'closed', closed_at: closedAt })
  }

  /** @type {{ method: string, path: RegExp, run: (call: Call) => Answer }[]} */
  const routes = [
    { method: 'GET', path: /^\/deployments$/, run: listDeployments },
    { method: 'POST', path: /^\/deployments$/, run: createDeployment },
    { method: 'DELETE', path: /^\/deployments\/(\d+)$/, run: deleteDeployment },
    { method: 'POST', path: /^\/deployments\/(\d+)\/statuses$/, run: createStatus },
    { method: 'GET', path: /^\/pulls\/(\d+)$/, run: getPullRequest },
  ]

  /** Begins a new window if this one is over. @param {Window} window @param {number} perMs */
  function renew(window, perMs) {
    if (Date.now() >= window.start + perMs) Object.assign(window, { start: Date.now(), used: 0 })
  }

  /** Counts a request, and returns whether it exceeds the limit. @param {Window} window @param {Limit} limit */
  function exceeds(window, { requests, perMs }) {
    renew(window, perMs)
    window.used += 1
    return window.used > requests
  }

  /** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api @param {string} method */
  function overLimit(method) {
    if (exceeds(window, limit)) return rateLimitExceeded()
    if (!secondaryLimit || method === 'GET' || !exceeds(writes, secondaryLimit)) return undefined
    const { status = 403, perMs } = secondaryLimit
    const answer = secondaryLimitExceeded(status)
    const seconds = Math.max(1, Math.ceil((writes.start + perMs - Date.now()) / 1000))
    return { ...answer, headers: { ...answer.headers, 'Retry-After': String(seconds) } }
  }

  /** The headers of every response that show how much of the limit is left. @returns {Record<string, string>} */
  function limitHeaders() {
    renew(window, limit.perMs)
    return {
      'X-RateLimit-Limit': String(limit.requests),
      'X-RateLimit-Remaining': String(Math.max(0, limit.requests - window.used)),
      'X-RateLimit-Reset': String(Math.ceil((window.start + limit.perMs + clock.aheadMs) / 1000)),
      'X-RateLimit-Used': String(window.used),
      'X-RateLimit-Resource': 'core',
    }
  }

  /**
   * The response to a request, after the request took effect.
   *
   * @param {ApiRequest} request
   * @param {string} path without the prefix of the API's root
   * @param {URLSearchParams} query
   * @returns {Answer}
   */
  function answer({ method, headers, body }, path, query) {
    if (!headers['user-agent']) {
      const text = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header'
      return { status: 403, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text }
    }
    const token = tokens.get(/^(?:Bearer|token) +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '')
    if (!token) return refused(401, 'Bad credentials')
    const tooMany = overLimit(method)
    if (tooMany) return tooMany

    const [, owner, name, repositoryId, rest = ''] =
      /^\/(?:repos\/([^/]+)\/([^/]+)|repositories\/(\d+))(\/.*)$/.exec(path) ?? []
    const repository =
      repositoryId === undefined
        ? repositories.get(`${owner}/${name}`.toLowerCase())
        : [...repositories.values()].find(repository => repository.id === Number(repositoryId))
    const route = routes.find(route => route.method === method && route.path.test(rest))
    const isOwn = token.repository === repository?.fullName
    // Without access, a private repository looks like one that does not exist.
    if (!repository || !route || (repository.private && !isOwn)) return refused(404, 'Not Found')
    const needed = method === 'GET' ? 'read' : 'write'
    const ofPull = route.run === getPullRequest
    const accepted = { 'X-Accepted-GitHub-Permissions': `${ofPull ? 'pull_requests' : 'deployments'}=${needed}` }
    const isWriter = isOwn && token.permission === 'write'
    // Everyone may read a public repository.
    const isReader = ofPull ? token.pullRequests === 'read' || !repository.private : true
    const isAllowed = needed === 'read' ? isReader : isWriter
    const id = route.path.exec(rest)?.[1]
    const deployment = deployments.get(Number(id))
    const isMissing = id !== undefined && !ofPull && deployment?.repository !== repository.fullName
    const given = !isAllowed
      ? refused(403, 'Resource not accessible by integration')
      : isMissing
        ? refused(404, 'Not Found')
        : route.run({
            repository,
            // A route without a deployment in its path does not use it.
            deployment: /** @type {Deployment} */ (deployment),
            query,
            listUrl: `${root()}/repositories/${repository.id}${rest}`,
            input: method === 'POST' ? JSON.parse(body) : undefined,
            id: Number(id),
          })
    return { ...given, headers: { ...given.headers, ...accepted } }
  }

  addRepository({ fullName: REPOSITORY })
  addCommit({ sha: SHA })
  return {
    repositories,
    tokens,
    deployments,
    addRepository,
    addCommit,
    addToken,
    addPullRequest,
    addDeployment,
    answer,
    limitHeaders,
  }
}
