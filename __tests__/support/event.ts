import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder('events')
let written = 0

/** Returns the runner's variables for an event. Without a payload, the event's file is missing. */
export function eventEnv(name: string, payload?: object | string): Record<string, string> {
  const file = path.join(folder, `${written++}.json`)
  if (payload !== undefined) writeFileSync(file, typeof payload === 'string' ? payload : JSON.stringify(payload))
  return { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: file }
}

/** Returns the payload for activity on pull request 7 of this repository. */
export function pullRequestEvent(action: string, state = action === 'closed' ? 'closed' : 'open') {
  const pullRequest = { number: 7, state, head: { repo: { id: 1296269 } } }
  return { action, number: 7, pull_request: pullRequest }
}

/** Returns the runner's variables for the event of {@link pullRequestEvent}. */
export function pullRequestEnv(...activity: Parameters<typeof pullRequestEvent>): Record<string, string> {
  return eventEnv('pull_request', pullRequestEvent(...activity))
}
