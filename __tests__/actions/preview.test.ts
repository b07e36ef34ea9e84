import { expect, test } from '@jest/globals'
import { pullRequestEvent } from '../support/event.ts'
import { jobWith, leaksOf, PREVIEW_ACTION } from '../support/job.ts'
import { addEntry } from '../support/origin.ts'
import { pinataAndGitHub, recordsOf } from '../support/step.ts'

const ORIGIN = 'https://pr-7.example.com'

async function setup() {
  const fixture = await pinataAndGitHub(1)
  const { github, gateway, jwt, inputs } = fixture
  const { 'github-token': token, ...others } = inputs
  const start = (action: string, secret = jwt) => {
    const context = { api_url: github.apiUrl, token, event_name: 'pull_request', event: pullRequestEvent(action) }
    const job = jobWith(secret, { context: { github: context } })
    const step = (more = {}) => job.step({ action: PREVIEW_ACTION, with: { ...others, 'pinata-jwt': secret, ...more } })
    return { job, step }
  }
  const left = () => [gateway.keys.length, gateway.allowedHosts.length, recordsOf(github).length]
  return { ...fixture, token, start, left }
}

test('gives a pull request a key and an origin until the pull request closes', async () => {
  const { gateway, jwt, token, start, left } = await setup()
  for (const [action, created] of Object.entries({ opened: 'true', synchronize: 'false' })) {
    const { job, step } = start(action)
    const main = await step({ origin: ORIGIN, key: 'true' })
    expect(main.annotations).toEqual([])
    const [, key] = gateway.keys
    expect(main.outputs).toMatchObject({ 'gateway-key': key?.value, origin: ORIGIN, created, closed: 'false' })
    const [post] = await job.end()
    for (const result of [main, post]) expect(result && leaksOf(result, jwt, token, key?.value ?? '')).toEqual([])
    expect(left()).toEqual([2, 1, 2])
  }
  // On close, the deployment that would set the origin does not run.
  const main = await start('closed').step({ origin: '', key: 'true' })
  expect([main.annotations, main.outputs.closed]).toEqual([[], 'true'])
  expect(main.summary).toContain(': 1 origin removed, 1 key revoked.')
  expect(left()).toEqual([1, 0, 0])
})

test('adds all warnings to the summary, although GitHub shows only ten annotations', async () => {
  const { gateway, start } = await setup()
  const origins = Array.from({ length: 12 }, (_, number) => `https://pr-${number}.example.com`)
  for (const origin of origins) addEntry(gateway, origin)
  const { summary } = await start('opened').step({ origin: origins.join() })
  expect(summary.match(/^- `Origin .* was not recorded under the name pr-7/gm)).toHaveLength(12)
})
