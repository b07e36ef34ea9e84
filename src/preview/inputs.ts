import { ActionError } from '../errors.ts'
import { readEvent } from '../github/repository.ts'
import { field } from '../http/reply.ts'
import { type GetInput, readJwt } from '../inputs/credentials.ts'
import type { CreateInputs, RevokeInputs } from '../inputs/read.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../inputs/read.ts'
import { parseFlag, parseList } from '../inputs/values.ts'
import type { Masks } from '../runner/masks.ts'
import { oneLine } from '../text.ts'

/** The inputs of `preview/action.yml`, converted to those of the actions that it combines. */
export type PreviewInputs = { closing: RevokeInputs } | { getting: [CreateInputs, ...CreateInputs[]] }

const ACCESS_INPUTS = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token']
const OWN_INPUTS = new Set([...ACCESS_INPUTS, 'expires-in', 'first-control', 'last-control', 'wait-for'])

/** @throws ActionError on the first invalid input, or if the event does not show what to do */
export function readPreviewInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): PreviewInputs {
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  readJwt(getInput, masks, env)
  const { name, isClosed } = readOccasion(getInput('name'), env)
  // The runner passes on inputs that action.yml does not have, so `rotate` or `dry-run` must not take effect here.
  const withInputs = (inputs: Record<string, string>) => (input: string) =>
    inputs[input] ?? (OWN_INPUTS.has(input) ? getInput(input) : '')
  const closing = readRevokeInputs(withInputs({ name, 'replaced-by': 'none' }), masks, env)
  // When the pull request closes, no deployment has set the origin, so it is not read.
  if (isClosed) return { closing }

  const urls = parseList('origin', getInput('origin'))
  const hasKey = parseFlag('key', getInput('key') || String(urls.length === 0))
  const key = hasKey ? [readKeyInputs(withInputs({ name }), masks, env)] : []
  const origins = urls.map(origin => readOriginInputs(withInputs({ name, origin }), masks, env))
  // Two URLs may have the same origin.
  const distinct = new Map(origins.map(each => [each.wanted.value, each])).values()
  const [first, ...others] = [...key, ...distinct]
  if (first !== undefined) return { getting: [first, ...others] }
  throw new ActionError('key is false and origin is empty. Set origin, or remove key to get a key.')
}

/**
 * Returns the name of the preview, and whether its pull request is closed.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
 */
function readOccasion(given: string, env: NodeJS.ProcessEnv): { name: string; isClosed: boolean } {
  const { GITHUB_EVENT_NAME: eventName = '' } = env
  if (!/^pull_request(_target)?$/.test(eventName)) {
    if (given !== '') return { name: given, isClosed: false }
    const run = `a run for ${oneLine(eventName, 40) || 'an unknown event'} has no pull request to name the preview after`
    throw new ActionError(`name is empty, and ${run}. Set name, or run the step on pull_request events only.`)
  }
  const event = readEvent(env)
  const pullRequest = field(event, 'pull_request')
  const number = field(pullRequest, 'number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
    const advice = 'Run the step in a GitHub workflow, and do not change its variables.'
    throw new ActionError(`Could not read the number of the pull request from the file in GITHUB_EVENT_PATH. ${advice}`)
  }
  // A closed pull request needs no access, even if someone adds a label to it.
  const isClosed = field(event, 'action') === 'closed' || field(pullRequest, 'state') === 'closed'
  return { name: given || `pr-${number}`, isClosed }
}
