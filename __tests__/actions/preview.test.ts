import { expect, test } from '@jest/globals'
import { pullRequestEvent } from '../support/event.ts'
import { jobWith, PREVIEW_ACTION } from '../support/job.ts'
import { addEntry } from '../support/origin.ts'
import { pinataAndGitHub } from '../support/step.ts'

test('adds all warnings to the summary, although GitHub shows only ten annotations', async () => {
  const { github, gateway, jwt, inputs } = await pinataAndGitHub(1)
  const origins = Array.from({ length: 12 }, (_, number) => `https://pr-${number}.example.com`)
  for (const origin of origins) addEntry(gateway, origin)
  const context = { api_url: github.apiUrl, event_name: 'pull_request', event: pullRequestEvent('opened') }
  const job = jobWith(jwt, { context: { github: context } })
  const { summary } = await job.step({ action: PREVIEW_ACTION, with: { ...inputs, origin: origins.join() } })
  expect(summary).toContain('### Pinata preview: warnings\n\n- ')
  expect(summary.match(/^- `This step will not remove origin .* or record it under the name pr-7/gm)).toHaveLength(12)
})
