// What GitHub keeps of deployments and how its API answers: repositories, tokens, deployments and their statuses. No
// sockets in here. https://docs.github.com/en/rest/deployments
import { randomBytes } from 'node:crypto'
import { refuseUnknown } from '../options.mjs'
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
/**
 * @typedef {object} Repository
 * @property {number} id
 * @property {string} fullName
 * @property {boolean} private
 * @property {Map<string, Commit>} commits by SHA
 * @property {Map<string, string>} refs SHA by the name of a branch or tag
 * @property {Set<string>} environments the names of those that deployments made; they stay when those go
 */
/** @typedef {'write' | 'read' | 'none'} Permission of `permissions: deployments` */
/** @typedef {{ permission: Permission, repository: string, valid: boolean }} Token */
/**
 * @typedef {object} DeploymentStatus
 * @property {number} id
 * @property {string} state
 * @property {string} creator
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
 * @property {string} ref as it was asked for
 * @property {string} sha
 * @property {string} task
 * @property {object | string} payload
 * @property {string} originalEnvironment
 * @property {string} environment the one that its last status may have named
 * @property {string | null} description
 * @property {boolean} transient
 * @property {boolean} production
 * @property {string} creator login
 * @property {string} createdAt ISO 8601, seconds
 * @property {string} updatedAt ISO 8601, seconds
 * @property {DeploymentStatus[]} statuses in the order they came
 */
/**
 * @typedef {object} DeploymentOptions
 * @property {string} [repository]
 * @property {string} [ref] default `main`
 * @property {string} [task] default `deploy`
 * @property {object | string} [payload] default `{}`
 * @property {string} [environment] default `production`
 * @property {string | null} [description]
 * @property {boolean} [transient]
 * @property {boolean} [production]
 * @property {string} [creator] login; default `octocat`
 * @property {string} [state] of a status that it has from the start
 */
/** @typedef {{ start: number, used: number }} Window */
/** @typedef {{ window: Window, writes: Window }} Caller */
/**
 * @typedef {object} Call a request that got past the checks
 * @property {Repository} repository
 * @property {Deployment} deployment that the path names
 * @property {URLSearchParams} query
 * @property {string} listUrl the address of the list that the path names, by the repository's number as Link has it
 * @property {string} docs the page of GitHub's documentation
 * @property {any} input the JSON that it came with
 */
/**
 * @typedef {object} Route
 * @property {string} method
 * @property {RegExp} path what comes after the repository
 * @property {string} docs the page of GitHub's documentation
 * @property {Record<string, Rule>} [body] what its JSON may hold
 * @property {(call: Call) => Answer} run
 */
/** @typedef {{ type: string[], required?: boolean, oneOf?: string[] }} Rule */

/** The repository and the commit of the runner's `github` context. */
const REPOSITORY = 'octo-org/octo-site'
const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
/** How many requests without a token are let through in a window. */
const ANONYMOUS_LIMIT = 60
const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']

/**
 * A GitHub with one public repository, that of the runner's `github` context.
 *
 * @param {object} options
 * @param {Limit} options.limit
 * @param {(Limit & { status?: 403 | 429 }) | undefined} options.secondaryLimit
 * @param {() => string} options.root the address that the API's own addresses begin with
 * @param {{ aheadMs: number } | undefined} [options.clock]
 */
export function createGitHubApi({ limit, secondaryLimit, root, clock = { aheadMs: 0 } }) {
  /** @type {Map<string, Repository>} */
  const repositories = new Map()
  /** @type {Map<string, Token>} */
  const tokens = new Map()
  /** @type {Map<number, Deployment>} */
  const deployments = new Map()
  /** @type {Map<string, Caller>} */
  const callers = new Map()
  // As large as GitHub's: more than 32 bits hold.
  let lastId = 2_960_000_000

  /** @param {string} name */
  function repositoryOf(name) {
    const repository = repositories.get(name.toLowerCase())
    if (!repository) throw new TypeError(`there is no repository ${name}`)
    return repository
  }

  /**
   * Adds a repository and answers its live record. Its branch `main` is at the last of the commits.
   *
   * @param {{ fullName: string, private?: boolean, commits?: string[] }} options
   */
  function addRepository(options) {
    refuseUnknown('addRepository', options, ['fullName', 'private', 'commits'])
    const { fullName, commits = [randomBytes(20).toString('hex')] } = options
    if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw new TypeError('addRepository: fullName is owner/name')
    if (repositories.has(fullName.toLowerCase())) throw new TypeError(`addRepository: ${fullName} exists`)
    /** @type {Repository} */
    const repository = {
      id: 1_296_269 + repositories.size,
      fullName,
      private: options.private ?? false,
      commits: new Map(),
      refs: new Map(),
      environments: new Set(),
    }
    repositories.set(fullName.toLowerCase(), repository)
    for (const sha of commits) addCommit({ repository: fullName, sha, ref: 'main' })
    return repository
  }

  /**
   * Adds a commit and answers its SHA. With `ref` a branch or tag of that name is there, or moved there. `statuses` are
   * commit statuses by context; `conflicts` says that it can't be merged with the default branch.
   *
   * @param {{ repository?: string, sha?: string, ref?: string, statuses?: Record<string, string>, conflicts?: boolean }} [options]
   */
  function addCommit(options = {}) {
    refuseUnknown('addCommit', options, ['repository', 'sha', 'ref', 'statuses', 'conflicts'])
    const { sha = randomBytes(20).toString('hex'), ref, statuses = {}, conflicts = false } = options
    if (!/^[0-9a-f]{40}$/.test(sha)) throw new TypeError('addCommit: sha is 40 hexadecimal digits')
    const repository = repositoryOf(options.repository ?? REPOSITORY)
    repository.commits.set(sha, { statuses, conflicts })
    if (ref !== undefined) repository.refs.set(ref, sha)
    return sha
  }

  /**
   * Adds a token like a job's and answers it. Default: one that may write deployments of the first repository.
   *
   * @param {{ permission?: Permission, repository?: string, valid?: boolean }} [options]
   */
  function addToken(options = {}) {
    refuseUnknown('addToken', options, ['permission', 'repository', 'valid'])
    const { permission = 'write', repository = REPOSITORY, valid = true } = options
    if (!['write', 'read', 'none'].includes(permission)) {
      throw new TypeError(`addToken: permission can't be ${permission}`)
    }
    const token = `ghs_${randomBytes(18).toString('hex')}`
    tokens.set(token, { permission, repository: repositoryOf(repository).fullName, valid })
    return token
  }

  /**
   * Adds a deployment that somebody made by other means than this API, and answers its live record.
   *
   * @param {DeploymentOptions} [options]
   */
  function addDeployment(options = {}) {
    const own = ['repository', 'ref', 'task', 'payload', 'environment', 'description']
    refuseUnknown('addDeployment', options, [...own, 'transient', 'production', 'creator', 'state'])
    const { state, repository: name = REPOSITORY, ref = 'main', creator = 'octocat', ...rest } = options
    const repository = repositoryOf(name)
    const sha = resolve(repository, ref)
    if (sha === undefined) throw new TypeError(`addDeployment: no ref ${ref} in ${name}`)
    const deployment = create(repository, { ...rest, ref, sha, creator })
    if (state !== undefined) addStatus(deployment, { state, creator })
    return deployment
  }

  const now = () => new Date(Date.now() + clock.aheadMs).toISOString().replace(/\.\d+Z$/, 'Z')

  /** @param {Repository} repository @param {string} ref */
  function resolve(repository, ref) {
    return repository.commits.has(ref) ? ref : repository.refs.get(ref.replace(/^(refs\/)?(heads|tags)\//, ''))
  }

  /**
   * @param {Repository} repository
   * @param {Omit<DeploymentOptions, 'repository' | 'state'> & { ref: string, sha: string, creator: string }} given
   */
  function create(repository, given) {
    const { ref, sha, creator, task = 'deploy', payload = {}, environment = 'production', description = null } = given
    const createdAt = now()
    /** @type {Deployment} */
    const deployment = {
      id: ++lastId,
      repository: repository.fullName,
      ref,
      sha,
      task,
      payload,
      originalEnvironment: environment,
      environment,
      description,
      transient: given.transient ?? false,
      production: given.production ?? environment === 'production',
      creator,
      createdAt,
      updatedAt: createdAt,
      statuses: [],
    }
    deployments.set(deployment.id, deployment)
    repository.environments.add(environment)
    return deployment
  }

  /**
   * @param {Deployment} deployment
   * @param {Partial<DeploymentStatus> & { state: string, creator: string }} given
   */
  function addStatus(deployment, { state, creator, environment, description = '', logUrl = '', environmentUrl = '' }) {
    const createdAt = now()
    if (environment !== undefined) deployment.environment = environment
    const status = {
      id: ++lastId,
      state,
      creator,
      description,
      environment: deployment.environment,
      logUrl,
      environmentUrl,
      createdAt,
    }
    deployment.statuses.push(status)
    deployment.updatedAt = createdAt
    return status
  }

  /** @param {Deployment} deployment */
  const stateOf = deployment => deployment.statuses.at(-1)?.state

  /** @param {Repository} repository */
  const inRepository = repository =>
    [...deployments.values()].filter(({ repository: name }) => name === repository.fullName)

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
  function createDeployment({ repository, docs, input }) {
    const sha = resolve(repository, input.ref)
    const commit = repository.commits.get(sha ?? '')
    if (sha === undefined || !commit) return refused(422, `No ref found for: ${input.ref}`, docs)

    if ((input.auto_merge ?? true) && commit.conflicts) {
      return refused(409, `Conflict merging main into ${input.ref}`, docs)
    }
    const contexts = Object.entries(commit.statuses).map(([context, state]) => ({ context, state }))
    /** @type {string[]} */
    const required = input.required_contexts ?? Object.keys(commit.statuses)
    if (required.some(context => commit.statuses[context] !== 'success')) {
      const error = { contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }
      return refused(409, `Conflict: Commit status checks failed for ${input.ref}.`, docs, [error])
    }
    const deployment = create(repository, {
      ref: input.ref,
      sha,
      creator: 'github-actions[bot]',
      task: input.task,
      payload: input.payload,
      environment: input.environment,
      description: input.description,
      transient: input.transient_environment,
      production: input.production_environment,
    })
    return jsonAnswer(201, showDeployment(root(), deployment))
  }

  /** @param {Call} call */
  function deleteDeployment({ repository, deployment, docs }) {
    // "If the repository only has one deployment, you can delete the deployment regardless of its status. If the
    // repository has more than one deployment, you can only delete inactive deployments." And what makes one inactive
    // is "any non-successful deployment status".
    const state = stateOf(deployment)
    const inactive = state !== undefined && state !== 'success'
    if (!inactive && inRepository(repository).length > 1) {
      const message = 'We cannot delete an active deployment unless it is the only deployment in a given environment.'
      return refused(422, message, docs)
    }
    deployments.delete(deployment.id)
    return { status: 204, headers: {}, body: '' }
  }

  /** @param {Call} call */
  function listStatuses({ deployment, query, listUrl }) {
    const rows = deployment.statuses.toReversed().map(status => showStatus(root(), deployment, status))
    return pageOf(listUrl, query, rows)
  }

  /** @param {Call} call */
  function createStatus({ repository, deployment, docs, input }) {
    /** @type {{ field: string, message: string }[]} */
    const wrong = []
    const description = input.description ?? ''
    if (description.length > 140) {
      wrong.push({ field: 'description', message: 'description is too long (maximum is 140 characters)' })
    }
    for (const field of ['target_url', 'log_url', 'environment_url']) {
      if (input[field] && !/^https?:\/\//.test(input[field])) {
        wrong.push({ field, message: `${field} must use http(s) scheme` })
      }
    }
    if (wrong.length > 0) {
      const errors = wrong.map(error => ({ resource: 'DeploymentStatus', code: 'custom', ...error }))
      return refused(422, 'Validation Failed', docs, errors)
    }

    const creator = 'github-actions[bot]'
    const status = addStatus(deployment, {
      state: input.state,
      creator,
      environment: input.environment,
      description,
      logUrl: input.log_url ?? input.target_url,
      environmentUrl: input.environment_url,
    })
    if (input.state === 'success' && (input.auto_inactive ?? true)) {
      const prior = inRepository(repository).filter(
        other => other.id < deployment.id && other.environment === deployment.environment,
      )
      for (const other of prior) {
        if (!other.transient && !other.production && stateOf(other) === 'success') {
          addStatus(other, { state: 'inactive', creator })
        }
      }
    }
    const shown = showStatus(root(), deployment, status)
    return jsonAnswer(201, shown, { Location: shown.url })
  }

  /** @type {Route[]} */
  const routes = [
    {
      method: 'GET',
      path: /^\/deployments$/,
      docs: `${DOCS}/deployments/deployments#list-deployments`,
      run: listDeployments,
    },
    {
      method: 'POST',
      path: /^\/deployments$/,
      docs: `${DOCS}/deployments/deployments#create-a-deployment`,
      body: {
        ref: { type: ['string'], required: true },
        task: { type: ['string'] },
        auto_merge: { type: ['boolean'] },
        required_contexts: { type: ['array'] },
        payload: { type: ['object', 'string'] },
        environment: { type: ['string'] },
        description: { type: ['string', 'null'] },
        transient_environment: { type: ['boolean'] },
        production_environment: { type: ['boolean'] },
      },
      run: createDeployment,
    },
    {
      method: 'GET',
      path: /^\/deployments\/(\d+)$/,
      docs: `${DOCS}/deployments/deployments#get-a-deployment`,
      run: ({ deployment }) => jsonAnswer(200, showDeployment(root(), deployment)),
    },
    {
      method: 'DELETE',
      path: /^\/deployments\/(\d+)$/,
      docs: `${DOCS}/deployments/deployments#delete-a-deployment`,
      run: deleteDeployment,
    },
    {
      method: 'GET',
      path: /^\/deployments\/(\d+)\/statuses$/,
      docs: `${DOCS}/deployments/statuses#list-deployment-statuses`,
      run: listStatuses,
    },
    {
      method: 'POST',
      path: /^\/deployments\/(\d+)\/statuses$/,
      docs: `${DOCS}/deployments/statuses#create-a-deployment-status`,
      body: {
        state: { type: ['string'], required: true, oneOf: STATES },
        target_url: { type: ['string'] },
        log_url: { type: ['string'] },
        description: { type: ['string'] },
        environment: { type: ['string'] },
        environment_url: { type: ['string'] },
        auto_inactive: { type: ['boolean'] },
      },
      run: createStatus,
    },
  ]

  /**
   * The window that a caller's requests are counted in. All tokens of a repository share one, as GITHUB_TOKENs do.
   *
   * @param {string | undefined} name the token's repository
   */
  function callerOf(name = '') {
    const caller = callers.get(name) ?? { window: newWindow(), writes: newWindow() }
    callers.set(name, caller)
    return caller
  }

  const newWindow = () => ({ start: Number.NEGATIVE_INFINITY, used: 0 })

  /** Begins a new window if this one is over. @param {Window} window @param {number} perMs */
  function renew(window, perMs) {
    if (Date.now() >= window.start + perMs) Object.assign(window, { start: Date.now(), used: 0 })
  }

  /** Counts one more and answers whether it is one too many. @param {Window} window @param {Limit} limit */
  function exceeds(window, { requests, perMs }) {
    renew(window, perMs)
    window.used += 1
    return window.used > requests
  }

  /** @param {string | undefined} name the token's repository */
  const limitOf = name => (name === undefined ? Math.min(limit.requests, ANONYMOUS_LIMIT) : limit.requests)

  /**
   * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
   *
   * @param {string | undefined} name the token's repository
   * @param {ApiRequest} request
   */
  function overLimit(name, { method }) {
    const { window, writes } = callerOf(name)
    if (exceeds(window, { ...limit, requests: limitOf(name) })) {
      return rateLimitExceeded(name === undefined ? '127.0.0.1' : 'installation ID 12345678')
    }
    if (secondaryLimit && method !== 'GET' && exceeds(writes, secondaryLimit)) {
      const answer = secondaryLimitExceeded(secondaryLimit.status ?? 403)
      const seconds = Math.max(1, Math.ceil((writes.start + secondaryLimit.perMs - Date.now()) / 1000))
      return { ...answer, headers: { ...answer.headers, 'Retry-After': String(seconds) } }
    }
    return undefined
  }

  /**
   * The headers of every answer that tell how much of the limit is left.
   *
   * @param {ApiRequest} request
   * @returns {Record<string, string>}
   */
  function limitHeaders({ headers }) {
    const name = tokens.get(tokenIn(headers.authorization) ?? '')?.repository
    const { window } = callerOf(name)
    renew(window, limit.perMs)
    return {
      'X-RateLimit-Limit': String(limitOf(name)),
      'X-RateLimit-Remaining': String(Math.max(0, limitOf(name) - window.used)),
      'X-RateLimit-Reset': String(Math.ceil((window.start + limit.perMs + clock.aheadMs) / 1000)),
      'X-RateLimit-Used': String(window.used),
      'X-RateLimit-Resource': 'core',
    }
  }

  /**
   * What the API answers to a request, after whatever the request changes has been changed.
   *
   * @param {ApiRequest} request
   * @param {string} path without the prefix of the API's root
   * @param {URLSearchParams} query
   * @returns {Answer}
   */
  function answer(request, path, query) {
    const { method, headers, body } = request
    if (!headers['user-agent']) {
      const text =
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header ' +
        '(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).\r\n'
      return { status: 403, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text }
    }
    const token = tokens.get(tokenIn(headers.authorization) ?? '')
    if (headers.authorization !== undefined && !token?.valid) return refused(401, 'Bad credentials')
    const tooMany = overLimit(token?.repository, request)
    if (tooMany) return tooMany

    const [, owner, name, id, rest = ''] = /^\/(?:repos\/([^/]+)\/([^/]+)|repositories\/(\d+))(\/.*)$/.exec(path) ?? []
    const repository =
      id === undefined
        ? repositories.get(`${owner}/${name}`.toLowerCase())
        : [...repositories.values()].find(repository => repository.id === Number(id))
    const route = routes.find(route => route.method === method && route.path.test(rest))
    if (!repository || !route) return refused(404, 'Not Found', route?.docs)

    const permission = token?.repository === repository.fullName ? token.permission : undefined
    // Who may not know that it exists gets the same answer as if it didn't.
    if (repository.private && permission === undefined) return refused(404, 'Not Found', route.docs)
    const needed = method === 'GET' ? 'read' : 'write'
    const allowed = permission === 'write' || (needed === 'read' && (permission === 'read' || !repository.private))
    const accepted = { 'X-Accepted-GitHub-Permissions': `deployments=${needed}` }
    if (!allowed) {
      const refusal = token
        ? refused(403, 'Resource not accessible by integration', route.docs)
        : refused(401, 'Requires authentication', route.docs)
      return { ...refusal, headers: { ...refusal.headers, ...accepted } }
    }

    const deploymentId = route.path.exec(rest)?.[1]
    const deployment = deployments.get(Number(deploymentId))
    if (deploymentId !== undefined && deployment?.repository !== repository.fullName) {
      return refused(404, 'Not Found', route.docs)
    }
    const input = route.body && parse(body)
    if (route.body) {
      if (input === undefined) return refused(400, 'Problems parsing JSON', route.docs)
      if (typeOf(input) !== 'object') return refused(400, 'Body should be a JSON object', route.docs)
      const wrong = misfit(/** @type {Record<string, unknown>} */ (input), route.body)
      if (wrong !== undefined) return refused(422, `Invalid request.\n\n${wrong}`, route.docs)
    }
    const given = route.run({
      repository,
      // A route without a deployment in its path doesn't look at it.
      deployment: /** @type {Deployment} */ (deployment),
      query,
      listUrl: `${root()}/repositories/${repository.id}${rest}`,
      docs: route.docs,
      input,
    })
    return { ...given, headers: { ...given.headers, ...accepted } }
  }

  addRepository({ fullName: REPOSITORY, commits: [SHA] })
  return {
    repositories,
    tokens,
    deployments,
    addRepository,
    addCommit,
    addToken,
    addDeployment,
    answer,
    limitHeaders,
  }
}

/** @param {string | undefined} authorization */
const tokenIn = authorization => /^(?:Bearer|token) +(\S+)$/i.exec(authorization ?? '')?.[1]

/** @param {string} body @returns {unknown} `undefined` if it is no JSON */
function parse(body) {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/**
 * What is wrong with the JSON of a request, in GitHub's words.
 *
 * @param {Record<string, unknown>} input
 * @param {Record<string, Rule>} rules
 */
function misfit(input, rules) {
  for (const [name, { type, required, oneOf }] of Object.entries(rules)) {
    if (!Object.hasOwn(input, name)) {
      if (required) return `"${name}" wasn't supplied.`
      continue
    }
    const value = input[name]
    if (!type.includes(typeOf(value))) {
      return `Invalid property /${name}: \`${JSON.stringify(value)}\` is not of type \`${type.join('` or `')}\`.`
    }
    if (oneOf && !oneOf.includes(String(value))) {
      return `Invalid property /${name}: \`${value}\` is not a possible value. Must be one of the following: ${oneOf.join(', ')}.`
    }
  }
  return undefined
}

/** @param {unknown} value */
function typeOf(value) {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
