import { ActionError } from '../errors.ts'
import { readRun } from '../github/repository.ts'
import { baseUrlOf } from '../http/proxy.ts'
import { parseUrl } from '../http/reply.ts'
import { type ApiUrl, DEFAULT_API_URL } from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import { Secret } from '../secret.ts'
import { GITHUB_TOKEN, mistakeIn, shown } from './rejected-value.ts'

/** The source of inputs. `getInput` returns a trimmed value, or an empty string if the input is unset. */
export type InputSource = { getInput: (name: string) => string; masks: Masks; env: NodeJS.ProcessEnv }

/** A bearer token (RFC 6750, section 2.1). Excludes paths, and tokens too short to mask or too long for a header. */
const TOKEN = /^(?=.{4,8192}$)\w[\w.~+/-]*=*$/
/** A Pinata API key or API secret. */
const API_KEY = /^[\da-f]{20}$|(^|[^\da-f])[\da-f]{64}$/i
/** A URL with only a scheme, a host, and a path. Excludes `.` and `..` segments, which a URL parser would resolve. */
const API_ADDRESS = /^https?:\/\/[\w.:[\]-]+(\/(?!(\.|%2e){1,2}(\/|$))[\w.:~%+-]*)*$/i

const withoutBearer = (given: string) => given.replace(/^Bearer(\s+|$)/i, '')

/** Reads and masks the JWT. @param env used to explain an empty JWT @throws ActionError if the value can't be a JWT */
export function readJwt(getInput: InputSource['getInput'], masks: Masks, env: NodeJS.ProcessEnv | 'post step'): Secret {
  const given = getInput('pinata-jwt')
  masks.add(given)
  const jwt = withoutBearer(given)
  masks.add(jwt)
  if (jwt === '') throw new ActionError(`pinata-jwt is empty${whyEmpty(env)}`)
  const apiKey = API_KEY.test(jwt) ? "Pinata's API key or API secret, not the JWT shown next to it" : undefined
  const problem = apiKey ?? mistakeIn(jwt) ?? (TOKEN.test(jwt) ? undefined : 'not a JWT')
  if (problem === undefined) return new Secret(jwt)
  const form = 'one line that starts with eyJ, contains two dots, and has no quotation marks'
  const advice = `Set it to the JWT of a Pinata API key: ${form}. If you no longer have the JWT, create a new API key.`
  throw new ActionError(`pinata-jwt is ${problem}. ${advice}`)
}

function whyEmpty(env: NodeJS.ProcessEnv | 'post step'): string {
  if (env === 'post step')
    return ' in the post step: the expression that sets it no longer has a value. Use the secret directly, not `env` or an output.'
  if (readRun(env).isFromFork)
    return ': GitHub passes no secrets to runs for pull requests from forks. Skip the step in those runs with `if: github.event.pull_request.head.repo.full_name == github.repository`.'
  if (env.GITHUB_ACTOR === 'dependabot[bot]')
    return ": GitHub passes only Dependabot secrets to runs that Dependabot started. Add the secret to the repository's Dependabot secrets, or skip the step with `if: github.actor != 'dependabot[bot]'`."
  return ". Check that the secret exists and that the workflow uses its exact name. If it belongs to an environment, set the job's `environment` to that environment's name. In a reusable workflow, the caller must pass the secret."
}

/** Reads and masks the GitHub token. @throws ActionError if the value can't be a token */
export function readGitHubToken(getInput: InputSource['getInput'], masks: Masks): Secret {
  const token = getInput('github-token')
  masks.add(token)
  const isJwt = token === withoutBearer(getInput('pinata-jwt'))
  const mistake = mistakeIn(token.replace(GITHUB_TOKEN, 'token')) ?? (isJwt ? 'the JWT for Pinata' : undefined)
  if (TOKEN.test(token) && mistake === undefined) return new Secret(token)
  const advice = "Remove it to use the job's own token, or set it to a token that can write deployments."
  throw new ActionError(`github-token is ${mistake ?? 'not a token'}. ${advice}`)
}

/** Returns the address to send the JWT to. @throws ActionError unless it uses HTTPS, or HTTP on loopback */
export function parseApiUrl(value: string): ApiUrl {
  const text = value || DEFAULT_API_URL
  const url = text.length <= 2000 && API_ADDRESS.test(text) && !mistakeIn(text) ? parseUrl(text) : undefined
  const address = url && baseUrlOf(url)
  if (address !== undefined) return address as ApiUrl
  const problem = url ? 'uses plain HTTP, which exposes the JWT' : 'is not an HTTPS address with only a host and a path'
  throw new ActionError(`api-url ${shown(text)} ${problem}. Remove it, or use an address such as ${DEFAULT_API_URL}.`)
}
