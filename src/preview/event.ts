import { ActionError } from '../errors.ts'
import { readEvent } from '../github/repository.ts'
import { field } from '../http/reply.ts'
import { parseName } from '../inputs/name.ts'
import { oneLine } from '../printable-text.ts'

/** Returns the name of the preview and whether its pull request is closed. @throws ActionError */
export function decidePreview(given: string, env: NodeJS.ProcessEnv): { name: string; isClosed: boolean } {
  const { GITHUB_EVENT_NAME: eventName = '' } = env
  // Accept only one name: the revoke action would accept a list and revoke everything recorded under its names.
  if (!/^pull_request(_target)?$/.test(eventName)) {
    if (given !== '') return { name: parseName(given), isClosed: false }
    const run = `a run triggered by ${oneLine(eventName, 40) || 'an unknown event'} has no default for it`
    throw new ActionError(`name is empty, and ${run}. Set name, or run the step on pull_request events only.`)
  }
  // GitHub documents the event at https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request.
  const event = readEvent(env)
  const pullRequest = field(event, 'pull_request')
  const number = field(pullRequest, 'number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
    const advice = 'Run the step in a GitHub workflow, and do not set GITHUB_EVENT_NAME or GITHUB_EVENT_PATH yourself.'
    throw new ActionError(`Could not read the number of the pull request from the file at GITHUB_EVENT_PATH. ${advice}`)
  }
  // A closed pull request needs no access, even if someone adds a label to it.
  const isClosed = field(event, 'action') === 'closed' || field(pullRequest, 'state') === 'closed'
  return { name: parseName(given || `pr-${number}`), isClosed }
}
