import { readFileSync } from 'node:fs'
import { ActionError } from '../errors.ts'
import { baseUrlOf } from '../http/proxy.ts'
import { field, parseUrl, unlessItThrows } from '../http/reply.ts'

/** The workflow's repository and run, according to the runner's environment variables. */
export type Repository = ReturnType<typeof readRepository>

/**
 * Reads the repository and the run. @throws ActionError if a variable is missing or invalid
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export function readRepository(env: NodeJS.ProcessEnv) {
  const { id, isFromFork } = readRun(env)
  const apiUrl = parseUrl(env.GITHUB_API_URL || 'https://api.github.com')
  return {
    /** The full name, in the form `owner/name`, which is safe to use in a path. */
    name: requireVariable('GITHUB_REPOSITORY', /^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.exec(env.GITHUB_REPOSITORY ?? '')?.[0]),
    /** The ID, which stays the same if the repository is renamed. */
    id: requireVariable('GITHUB_REPOSITORY_ID', /^\d{1,20}$/.exec(id)?.[0]),
    /** The URL of GitHub's API, without a trailing slash. */
    apiUrl: requireVariable('GITHUB_API_URL (which must use HTTPS)', apiUrl && baseUrlOf(apiUrl)),
    /** The hash of the run's commit, or an empty string if it is missing or invalid. */
    sha: /^[\da-f]{40,64}$/i.exec(env.GITHUB_SHA ?? '')?.[0] ?? '',
    isFromFork,
  }
}

/** Returns the value of an environment variable. @throws ActionError if the value is empty or `undefined` */
export function requireVariable(variable: string, value: string | undefined): string {
  if (value) return value
  const advice = 'Run the step in a GitHub Actions workflow, or do not use names.'
  // The message does not quote the value, because it may contain a password.
  throw new ActionError(`Could not access the name records: ${variable} is missing or invalid. ${advice}`)
}

/** Returns the event that started the run, or `undefined` if it can't be read. */
export function readEvent(env: NodeJS.ProcessEnv): unknown {
  return unlessItThrows(() => JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? '', 'utf8')))
}

/** Returns the repository's ID (empty if it is unknown), and whether a pull request from a fork started the run. */
export function readRun(env: NodeJS.ProcessEnv) {
  const event = readEvent(env)
  const id = env.GITHUB_REPOSITORY_ID || String(field(field(event, 'repository'), 'id') ?? '')
  const pullRequest = env.GITHUB_EVENT_NAME === 'pull_request_target' ? undefined : field(event, 'pull_request')
  // A pull request from a deleted fork has no head repository, but still counts as coming from a fork.
  const head = field(field(field(pullRequest, 'head'), 'repo'), 'id')
  return { id, isFromFork: pullRequest !== undefined && String(head) !== id }
}
