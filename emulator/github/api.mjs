// GitHub's deployments and pull requests, and the responses of its API, without sockets.
// https://docs.github.com/en/rest/deployments
import { randomBytes } from 'node:crypto'
import { createWindow, jsonResponse } from '../http/responses.mjs'

/** @import { EmulatedResponse, Limit } from '../http/responses.mjs' */
/** @import { ApiRequest } from '../http/server.mjs' */

/** @typedef {{ state: string, environment: string, environmentUrl: string }} DeploymentStatus */
/**
 * `sha`: the commit, which is also the only `ref`. `createdAt`: ISO 8601 without fractions. `statuses`: oldest first.
 * @typedef {{ task: string, payload: object | string, environment: string, description: string | null }} Given
 * @typedef {Given & { id: number, sha: string, transient: boolean, production: boolean, createdAt: string,
 *   statuses: DeploymentStatus[] }} Deployment
 */
/** @typedef {{ id: number, url: URL, input: any }} Call a request that passed the checks; `input`: its JSON body */

/** Returns an API error. @param {number} status @param {string} message @param {Record<string, string>} [headers] */
export const apiError = (status, message, headers) =>
  jsonResponse(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, headers)

/** The repository and the commit of the runner's `github` context. */
const REPOSITORY = 'octo-org/octo-site'
const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'

/**
 * Creates an emulated GitHub with one public repository: the one in the runner's `github` context.
 * @param {{ prefix: string, secondaryLimit: Limit | undefined, clock: { aheadMs: number } }} options
 */
export function createGitHubApi({ prefix, secondaryLimit, clock }) {
  const routePath = new RegExp(`^${prefix}/repos/([^/]+/[^/]+)(/.*)$`)
  /** When each pull request was closed (`null` if open), by number. @type {Map<number, string | null>} */
  const pullRequests = new Map()
  /** @type {Set<string>} */
  const tokens = new Set()
  /** @type {Map<number, Deployment>} */
  const deployments = new Map()
  const changes = secondaryLimit && createWindow(secondaryLimit)
  // Like GitHub's IDs, this number is too large for a signed 32-bit integer.
  let lastId = 2_960_000_000

  /** Adds a token that may write deployments, and returns it. */
  function addToken() {
    const token = `ghs_${randomBytes(18).toString('hex')}`
    tokens.add(token)
    return token
  }

  /** Adds a deployment. The API changes the returned data. @param {Partial<Given> & { state?: string }} [options] */
  function addDeployment({ state, ...given } = {}) {
    const deployment = create({ ...given, ref: SHA })
    if (state !== undefined) addStatus(deployment, { state })
    return deployment
  }

  /** Adds or replaces a pull request, open by default. @param {{ number: number, closedAt?: string | null }} options */
  function addPullRequest({ number, closedAt = null }) {
    pullRequests.set(number, closedAt)
  }

  /** @param {Partial<Given> & Record<string, any>} input */
  function create(input) {
    const { ref: sha, task = 'deploy', payload = {}, environment = 'production', description = null } = input
    const { transient_environment: transient = false, production_environment: production = true } = input
    const createdAt = new Date(Date.now() + clock.aheadMs).toISOString().replace(/\.\d+Z$/, 'Z')
    const fields = { sha, task, payload, environment, description, transient, production, createdAt }
    /** @type {Deployment} */
    const deployment = { id: ++lastId, ...fields, statuses: [] }
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

  /** The handlers of the routes in the repository. @type {Record<string, (call: Call) => EmulatedResponse>} */
  const handlers = {
    // Returns one page, with the URL of the next page in `Link`.
    // https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    'GET /deployments'({ url }) {
      const { searchParams: query } = url
      const found = [...deployments.values()]
        .filter(each => [each.environment, null].includes(query.get('environment')))
        .filter(each => [each.task, null].includes(query.get('task')))
        .reverse()
      const size = Math.min(Number(query.get('per_page')) || 30, 100)
      const page = Number(query.get('page')) || 1
      const next = new URL(url)
      next.searchParams.set('page', String(page + 1))
      const link = page * size < found.length ? { Link: `<${next}>; rel="next"` } : undefined
      return jsonResponse(200, found.slice((page - 1) * size, page * size).map(toJson), link)
    },

    'POST /deployments'({ input }) {
      if (input.ref !== SHA) return apiError(422, `No ref found for: ${input.ref}`)
      return jsonResponse(201, toJson(create(input)))
    },

    'DELETE /deployments/{id}'({ id }) {
      // docs/emulators.md explains this condition. "Any non-successful deployment status" makes a deployment inactive.
      const state = deployments.get(id)?.statuses.at(-1)?.state ?? 'success'
      if (state === 'success' && deployments.size > 1) {
        const message = 'We cannot delete an active deployment unless it is the only deployment in a given environment.'
        return apiError(422, message)
      }
      deployments.delete(id)
      return { status: 204, headers: {}, body: '' }
    },

    'POST /deployments/{id}/statuses'({ id, input }) {
      addStatus(/** @type {Deployment} */ (deployments.get(id)), input)
      return jsonResponse(201, { state: input.state })
    },

    'GET /pulls/{id}'({ id }) {
      const closedAt = pullRequests.get(id)
      if (closedAt === undefined) return apiError(404, 'Not Found')
      // GitHub returns many more properties.
      return jsonResponse(200, { number: id, state: closedAt === null ? 'open' : 'closed', closed_at: closedAt })
    },
  }

  /** @param {ApiRequest} request @param {URL} url */
  function respond({ method, headers, body }, url) {
    if (!headers['user-agent']) return apiError(403, 'Request forbidden: please send a User-Agent header')
    const [, token = ''] = /^(?:Bearer|token) +(\S+)$/i.exec(headers.authorization ?? '') ?? []
    if (!tokens.has(token)) return apiError(401, 'Bad credentials')
    if (method !== 'GET' && changes?.exceeds()) {
      return apiError(403, 'You have exceeded a secondary rate limit. Please wait a few minutes.', changes.retryAfter())
    }

    const [, name = '', rest = ''] = routePath.exec(url.pathname) ?? []
    const handle = handlers[`${method} ${rest.replace(/\d+/, '{id}')}`]
    if (name.toLowerCase() !== REPOSITORY || !handle) return apiError(404, 'Not Found')
    const id = Number(/\d+/.exec(rest)?.[0])
    if (rest.startsWith('/deployments/') && !deployments.has(id)) return apiError(404, 'Not Found')
    return handle({ id, url, input: method === 'POST' ? JSON.parse(body) : undefined })
  }

  return { sha: SHA, tokens, deployments, respond, addToken, addPullRequest, addDeployment }
}
