// GitHub's deployments and pull requests, and the responses of its API, without sockets.
// https://docs.github.com/en/rest/deployments
import { randomBytes } from 'node:crypto'
import { createWindow, jsonResponse } from '../http/responses.mjs'
import { apiError, pageOf, secondaryLimitExceeded } from './responses.mjs'

/** @import { EmulatedResponse, Limit } from '../http/responses.mjs' */
/** @import { ApiRequest } from '../http/server.mjs' */

/** @typedef {{ statuses: Record<string, string>, conflicts: boolean }} Commit `statuses`: by context */
/**
 * @typedef {object} Repository
 * @property {number} id
 * @property {string} fullName
 * @property {boolean} private
 * @property {Map<string, Commit>} commits by SHA
 * @property {Map<number, string | null>} pullRequests when each was closed (`null` if open), by number
 */
/**
 * @typedef {object} Token
 * @property {'write' | 'read'} permission its `permissions: deployments`
 * @property {'read' | 'none'} pullRequests its `permissions: pull-requests`
 */
/** @typedef {{ state: string, environment: string, environmentUrl: string }} DeploymentStatus */
/**
 * @typedef {object} Deployment
 * @property {number} id
 * @property {string} repository
 * @property {string} sha also its `ref`: the emulator has no other refs
 * @property {string} task
 * @property {object | string} payload
 * @property {string} environment
 * @property {string | null} description
 * @property {boolean} transient
 * @property {boolean} production
 * @property {string} createdAt ISO 8601, seconds
 * @property {DeploymentStatus[]} statuses oldest first
 */
/** @typedef {Partial<Pick<Deployment, 'task' | 'payload' | 'environment' | 'description'>>} DeploymentOptions */
/**
 * @typedef {object} Call a request that passed the checks
 * @property {Repository} repository
 * @property {number} id the one in the path
 * @property {URL} url
 * @property {any} input the JSON of its body
 */

/** The repository and the commit of the runner's `github` context. */
const REPOSITORY = 'octo-org/octo-site'
const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'

/**
 * Creates a GitHub with one public repository: the one in the runner's `github` context.
 * @param {object} options
 * @param {Limit} options.limit
 * @param {Limit | undefined} options.secondaryLimit
 * @param {{ aheadMs: number }} options.clock
 */
export function createGitHubApi({ limit, secondaryLimit, clock }) {
  /** @type {Map<string, Repository>} */
  const repositories = new Map()
  /** @type {Map<string, Token>} */
  const tokens = new Map()
  /** @type {Map<number, Deployment>} */
  const deployments = new Map()
  const requests = createWindow(limit)
  const changes = secondaryLimit && createWindow(secondaryLimit)
  // As large as GitHub's IDs: too large for a signed 32-bit integer.
  let lastId = 2_960_000_000

  /** Adds a repository. @param {{ fullName: string, private?: boolean }} options */
  function addRepository({ fullName, private: isPrivate = false }) {
    const id = 1_296_269 + repositories.size
    /** @type {Repository} */
    const repository = { id, fullName, private: isPrivate, commits: new Map(), pullRequests: new Map() }
    repositories.set(fullName.toLowerCase(), repository)
    return repository
  }

  const mainRepo = addRepository({ fullName: REPOSITORY })

  /** Returns a new commit's SHA. `conflicts`: merging fails. @param {{ sha?: string } & Partial<Commit>} [options] */
  function addCommit({ sha = randomBytes(20).toString('hex'), statuses = {}, conflicts = false } = {}) {
    mainRepo.commits.set(sha, { statuses, conflicts })
    return sha
  }

  addCommit({ sha: SHA })

  /** Adds a token like a job's and returns it. It has all permissions by default. @param {Partial<Token>} [options] */
  function addToken(options) {
    const token = `ghs_${randomBytes(18).toString('hex')}`
    tokens.set(token, { permission: 'write', pullRequests: 'read', ...options })
    return token
  }

  /** Adds a deployment and returns its live record. @param {DeploymentOptions & { state?: string }} [options] */
  function addDeployment({ state, ...given } = {}) {
    const deployment = create(mainRepo, { ...given, ref: SHA })
    if (state !== undefined) addStatus(deployment, { state })
    return deployment
  }

  /** Adds or replaces a pull request, open by default. @param {{ number: number, closedAt?: string | null }} options */
  function addPullRequest({ number, closedAt = null }) {
    mainRepo.pullRequests.set(number, closedAt)
  }

  /** @param {Repository} repository @param {DeploymentOptions & Record<string, any>} input */
  function create(repository, input) {
    const { ref: sha, task = 'deploy', payload = {}, environment = 'production', description = null } = input
    const { transient_environment: transient = false, production_environment: production = true } = input
    const createdAt = new Date(Date.now() + clock.aheadMs).toISOString().replace(/\.\d+Z$/, 'Z')
    const fields = { sha, task, payload, environment, description, transient, production, createdAt }
    /** @type {Deployment} */
    const deployment = { id: ++lastId, repository: repository.fullName, ...fields, statuses: [] }
    deployments.set(deployment.id, deployment)
    return deployment
  }

  /** @param {Deployment} deployment @param {{ state: string, environment_url?: string }} input */
  function addStatus({ environment, statuses }, { state, environment_url: environmentUrl = '' }) {
    statuses.push({ state, environment, environmentUrl })
  }

  /** Returns the properties that the action sets or reads. @param {Deployment} deployment */
  const toJson = ({ id, sha, task, payload, environment, description, transient, production, createdAt }) => ({
    ...{ id, sha, ref: sha, task, payload, environment, description, created_at: createdAt },
    ...{ transient_environment: transient, production_environment: production },
  })

  /** @param {Repository} repository */
  const inRepository = ({ fullName }) => [...deployments.values()].filter(({ repository }) => repository === fullName)

  /** @param {Call} call */
  function listDeployments({ repository, url }) {
    const { searchParams: query } = url
    const found = inRepository(repository)
      .filter(each => [each.environment, null].includes(query.get('environment')))
      .filter(each => [each.task, null].includes(query.get('task')))
      .reverse()
    return pageOf(url, found.map(toJson))
  }

  /** @param {Call} call */
  function createDeployment({ repository, input }) {
    const { ref, auto_merge: merges = true } = input
    const commit = repository.commits.get(ref)
    if (!commit) return apiError(422, `No ref found for: ${ref}`)
    if (merges && commit.conflicts) return apiError(409, `Conflict merging main into ${ref}`)
    /** @type {string[]} */
    const required = input.required_contexts ?? Object.keys(commit.statuses)
    if (required.some(context => commit.statuses[context] !== 'success')) {
      return apiError(409, `Conflict: Commit status checks failed for ${ref}.`)
    }
    return jsonResponse(201, toJson(create(repository, input)))
  }

  /** @param {Call} call */
  function deleteDeployment({ repository, id }) {
    // "If the repository only has one deployment, you can delete the deployment regardless of its status. If the
    // repository has more than one deployment, you can only delete inactive deployments." A deployment is made inactive
    // by "any non-successful deployment status".
    const state = deployments.get(id)?.statuses.at(-1)?.state ?? 'success'
    if (state === 'success' && inRepository(repository).length > 1) {
      const message = 'We cannot delete an active deployment unless it is the only deployment in a given environment.'
      return apiError(422, message)
    }
    deployments.delete(id)
    return { status: 204, headers: {}, body: '' }
  }

  /** @param {Call} call */
  function createStatus({ id, input }) {
    addStatus(/** @type {Deployment} */ (deployments.get(id)), input)
    return jsonResponse(201, { state: input.state })
  }

  /** @param {Call} call */
  function getPullRequest({ repository, id }) {
    const closedAt = repository.pullRequests.get(id)
    if (closedAt === undefined) return apiError(404, 'Not Found')
    // GitHub returns many more properties.
    return jsonResponse(200, { number: id, state: closedAt === null ? 'open' : 'closed', closed_at: closedAt })
  }

  /** @type {{ method: string, path: RegExp, run: (call: Call) => EmulatedResponse }[]} */
  const routes = [
    { method: 'GET', path: /^\/deployments$/, run: listDeployments },
    { method: 'POST', path: /^\/deployments$/, run: createDeployment },
    { method: 'DELETE', path: /^\/deployments\/(\d+)$/, run: deleteDeployment },
    { method: 'POST', path: /^\/deployments\/(\d+)\/statuses$/, run: createStatus },
    { method: 'GET', path: /^\/pulls\/(\d+)$/, run: getPullRequest },
  ]

  /** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api @param {string} method */
  function overLimit(method) {
    // All tokens belong to one repository, so they share its limit, as GITHUB_TOKENs do.
    if (requests.exceeds()) return apiError(403, 'API rate limit exceeded for installation ID 12345678.')
    if (!changes || method === 'GET' || !changes.exceeds()) return undefined
    return secondaryLimitExceeded(403, changes.retryAfter())
  }

  /** Returns the rate limit headers, which every response has. @returns {Record<string, string>} */
  const limitHeaders = () => ({
    'X-RateLimit-Remaining': String(requests.left()),
    'X-RateLimit-Reset': String(Math.ceil((Date.now() + clock.aheadMs + requests.endsInMs()) / 1000)),
  })

  /**
   * Carries out a request, and returns the response.
   * @param {ApiRequest} request
   * @param {string} path without the API's prefix
   * @param {URL} url
   * @returns {EmulatedResponse}
   */
  function respond({ method, headers, body }, path, url) {
    if (!headers['user-agent']) return apiError(403, 'Request forbidden: please send a User-Agent header')
    const token = tokens.get(/^(?:Bearer|token) +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '')
    if (!token) return apiError(401, 'Bad credentials')
    const limitError = overLimit(method)
    if (limitError) return limitError

    const [, name = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(path) ?? []
    const repository = repositories.get(name.toLowerCase())
    const route = routes.find(route => route.method === method && route.path.test(rest))
    // Without access, a private repository looks like one that does not exist.
    if (!repository || !route || (repository.private && repository !== mainRepo)) return apiError(404, 'Not Found')
    // Anyone may read a public repository.
    const mayRead = route.run !== getPullRequest || token.pullRequests === 'read' || !repository.private
    const mayWrite = repository === mainRepo && token.permission === 'write'
    if (!(method === 'GET' ? mayRead : mayWrite)) return apiError(403, 'Resource not accessible by integration')
    const id = Number(route.path.exec(rest)?.[1])
    const isMissing = rest.startsWith('/deployments/') && deployments.get(id)?.repository !== repository.fullName
    if (isMissing) return apiError(404, 'Not Found')
    return route.run({ repository, id, url, input: method === 'POST' ? JSON.parse(body) : undefined })
  }

  return {
    ...{ repositories, tokens, deployments, respond, limitHeaders },
    ...{ addRepository, addCommit, addToken, addPullRequest, addDeployment },
  }
}
