import { ActionError } from '../errors.ts'
import { readEvent } from '../github/repository.ts'
import { field } from '../http/reply.ts'
import { type InputSource, readJwt } from '../inputs/credentials.ts'
import { parseName } from '../inputs/name.ts'
import { parseOrigin } from '../inputs/origin.ts'
import { type CreateInputs, readCommonInputs, readKeyInputs, readRevokeInputs } from '../inputs/read.ts'
import { parseFlag, parseList } from '../inputs/values.ts'
import { oneLine } from '../printable-text.ts'

/** The inputs of `preview/action.yml`, converted to the inputs of the actions that it combines. */
export type PreviewInputs = ReturnType<typeof readPreviewInputs>

const FORWARDED = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token', 'first-control', 'last-control', 'wait-for']

/** Reads the inputs. @throws ActionError for the first invalid or missing input, or if the event is invalid */
export function readPreviewInputs(source: InputSource) {
  const { getInput, masks, env } = source
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  readJwt(getInput, masks, env)
  const { name, isClosed } = decidePreview(getInput('name'), env)
  // `expires-in` is empty if it comes from an unset variable. Without a default, access controls would never expire.
  const expiresIn = getInput('expires-in') || '14d'
  const own: Record<string, string> = { name, 'expires-in': expiresIn, 'replaced-by': 'none', keep: 'none' }
  // The runner also passes inputs that `action.yml` does not define. Ignore them, including `rotate` and `dry-run`.
  const forward = (input: string) => (FORWARDED.includes(input) ? getInput(input) : (own[input] ?? ''))
  const forwarded = { ...source, getInput: forward }
  const closing = readRevokeInputs(forwarded)
  // A run for a closed pull request deploys no preview, so `origin` might be unset. Don't read it.
  if (isClosed) return { name, isClosed, closing, getting: [] }
  const origins = new Set(parseList('origin', getInput('origin')).map(parseOrigin))
  const hasKey = parseFlag('key', getInput('key') || String(origins.size === 0))
  const getting: CreateInputs[] = hasKey ? [readKeyInputs(forwarded)] : []
  for (const value of origins) getting.push({ ...readCommonInputs(forwarded), wanted: { kind: 'origin', value } })
  if (getting.length > 0) return { name, isClosed, closing, getting }
  throw new ActionError('The key input is false, and the origin input is empty. Set origin, or set key to true.')
}

/** Returns the name of the preview and whether its pull request is closed. @throws ActionError */
function decidePreview(given: string, env: NodeJS.ProcessEnv): { name: string; isClosed: boolean } {
  const { GITHUB_EVENT_NAME: eventName = '' } = env
  // Accept only one name, because the revoke action would accept a list and revoke everything recorded under each name.
  if (!/^pull_request(_target)?$/.test(eventName)) {
    if (given !== '') return { name: parseName(given), isClosed: false }
    const run = `it has no default in a run triggered by ${oneLine(eventName, 40) || 'an unknown event'}`
    throw new ActionError(`The name input is empty, and ${run}. Set name, or run the step on pull_request events only.`)
  }
  // GitHub documents the event at https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request.
  const event = readEvent(env)
  const pullRequest = field(event, 'pull_request')
  const number = field(pullRequest, 'number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
    const advice = 'Run the step in a GitHub Actions workflow, and do not set GITHUB_EVENT_NAME or GITHUB_EVENT_PATH.'
    throw new ActionError(`Could not read the pull request number from the file at GITHUB_EVENT_PATH. ${advice}`)
  }
  // The preview of a closed pull request needs no access, even if another event (such as a new label) starts the run.
  const isClosed = field(event, 'action') === 'closed' || field(pullRequest, 'state') === 'closed'
  return { name: parseName(given || `pr-${number}`), isClosed }
}
