import { readFileSync } from 'node:fs'
import { ActionError } from '../errors.ts'
import { field, parseJson } from '../http/answers.ts'
import { isLoopback } from '../inputs/values.ts'
import { quoted } from '../text.ts'

/** What the runner tells about the repository that the workflow runs in. */
export interface Repository {
  /** Of GitHub's API, without a slash at its end. */
  apiUrl: string
  /** `owner/name`, safe in a path. */
  name: string
  /** It stays when the repository is renamed. */
  id: string
  /** The commit that the workflow runs for. */
  sha: string
}

/** @throws ActionError if the variables that every runner sets are not there */
export function readRepository(env: NodeJS.ProcessEnv): Repository {
  const apiUrl = env.GITHUB_API_URL || 'https://api.github.com'
  const name = env.GITHUB_REPOSITORY ?? ''
  const sha = env.GITHUB_SHA ?? ''
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new ActionError(
      `GITHUB_API_URL ${quoted(apiUrl)} is not an https address, so github-token is not sent there.`,
    )
  const id = env.GITHUB_REPOSITORY_ID || idInEvent(env.GITHUB_EVENT_PATH)
  if (!/^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(name) || !/^\d{1,20}$/.test(id)) {
    throw new ActionError(
      'Names are recorded as deployments of the repository, but the runner does not tell which it is: GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID or GITHUB_SHA is not set.',
    )
  }
  return { apiUrl: (url.origin + url.pathname).replace(/\/+$/, ''), name, id, sha }
}

/** The repository's ID in the event that started the workflow; an empty string if it is not there. */
function idInEvent(path: string | undefined): string {
  try {
    return String(field(field(parseJson(readFileSync(path ?? '', 'utf8')), 'repository'), 'id') ?? '')
  } catch {
    return ''
  }
}
