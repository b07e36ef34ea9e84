// An emulated GitHub on loopback: its REST API for deployments and pull requests, with faults.
import { randomBytes } from 'node:crypto'
import { startServer } from '../http/server.mjs'
import { apiError, createGitHubApi } from './api.mjs'

/** @import { Limit } from '../http/responses.mjs' */
/** @import { ServerOptions } from '../http/server.mjs' */

/**
 * Starts an emulated GitHub on 127.0.0.1, with the public repository of the runner's `github` context. `prefix`: the
 * start of the API's paths, such as `/api/v3` on GitHub Enterprise. `secondaryLimit`: for requests that make changes.
 * @param {{ prefix?: string, secondaryLimit?: Limit | undefined } & ServerOptions} [options]
 */
export async function startGitHub({ prefix = '', secondaryLimit, ...serverOptions } = {}) {
  const clock = { aheadMs: 0 }
  const { respond, ...api } = createGitHubApi({ prefix, secondaryLimit, clock })
  const { origin, ...server } = await startServer(
    {
      respond,
      headers: () => ({ 'X-GitHub-Request-Id': randomBytes(16).toString('hex').toUpperCase() }),
      failure: apiError,
    },
    { ...serverOptions, clock },
  )
  return { ...server, ...api, apiUrl: `${origin}${prefix}` }
}
