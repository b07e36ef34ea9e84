// A GitHub on loopback: the part of its REST API that keeps deployments, with limits and faults.
import { randomBytes } from 'node:crypto'
import { startServer } from '../http/server.mjs'
import { failure } from './answers.mjs'
import { createGitHubApi } from './api.mjs'

/** @import { Limit, ServerOptions } from '../http/server.mjs' */

/**
 * @typedef {object} GitHubOptions
 * @property {number} [port] default 0: any that is free
 * @property {{ key: string, cert: string }} [tls] PEM; with it, it speaks https
 * @property {number} [latencyMs] a pause before each request takes effect; default 0
 * @property {boolean | string} [date] whether answers have a `Date`, or a text to send as it is; default true
 * @property {number} [clockAheadMs] how far GitHub's clock is ahead, which tells `created_at`, `Date` and
 *   `X-RateLimit-Reset`; default 0
 * @property {ServerOptions['observe']} [observe] told of each request as it goes on
 * @property {string} [prefix] what the API's paths begin with; default none, on GitHub Enterprise `/api/v3`
 * @property {Limit} [limit] requests with tokens of one repository; default 1000 an hour, as for GITHUB_TOKEN
 * @property {Limit & { status?: 403 | 429 }} [secondaryLimit] requests that change something, and the status of one too
 *   many (403 unless given); default none
 */

/**
 * Starts a GitHub on 127.0.0.1, with the public repository of the runner's `github` context. An error in the emulator
 * itself, or in a function that a fault was given, closes the connection it happened on and comes out of `close()`.
 *
 * @param {GitHubOptions} [options]
 */
export async function startGitHub(options = {}) {
  const {
    prefix = '',
    limit = { requests: 1000, perMs: 3_600_000 },
    secondaryLimit,
    clockAheadMs = 0,
    ...others
  } = options
  const clock = { aheadMs: clockAheadMs }
  const serverOptions = { ...others, clock }
  if (!/^(\/[\w.-]+)*$/.test(prefix)) throw new TypeError('startGitHub: prefix is a path without a slash at its end')
  let apiUrl = ''
  const api = createGitHubApi({ limit, secondaryLimit, root: () => apiUrl, clock })

  const { origin, ...server } = await startServer(
    {
      newRequestId,
      answer: (request, { pathname, searchParams }) => {
        // What lies beside the API is no part of it.
        const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : ''
        return api.answer(request, path, searchParams)
      },
      seal: ({ requestId }, answer) => ({
        ...answer,
        headers: {
          'X-GitHub-Media-Type': 'github.v3; format=json',
          'X-GitHub-Api-Version-Selected': '2022-11-28',
          'X-GitHub-Request-Id': requestId,
          ...api.limitHeaders(),
          ...answer.headers,
        },
      }),
      failure,
    },
    serverOptions,
  )
  apiUrl = `${origin}${prefix}`

  return {
    ...server,
    apiUrl,
    repositories: api.repositories,
    tokens: api.tokens,
    deployments: api.deployments,
    addRepository: api.addRepository,
    addCommit: api.addCommit,
    addToken: api.addToken,
    addPullRequest: api.addPullRequest,
    addDeployment: api.addDeployment,
    /** Moves GitHub's clock forward by so many milliseconds. */
    passTime: (/** @type {number} */ ms) => {
      clock.aheadMs += ms
    },
  }
}

/** Five groups, like `C0DE:2A54F1:1B3D2C9:1E0A77B:65F0A1B2`. */
function newRequestId() {
  const digits = randomBytes(19).toString('hex').toUpperCase()
  return digits.replace(/^(.{4})(.{6})(.{7})(.{7})(.{8}).*$/, '$1:$2:$3:$4:$5')
}
