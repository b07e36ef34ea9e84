// Behavior that neither the contract tests nor the action tests cover: rejections, limits, and pages.
import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { DEPLOYMENTS, githubCaller, startGitHubForTest } from '../support/github.ts'

test('rejects requests without a User-Agent', async () => {
  const github = await startGitHubForTest()
  const headers = { authorization: `Bearer ${github.addToken()}` }
  expect(await send(github, 'GET', DEPLOYMENTS, { headers })).toMatchObject({ status: 403 })
})

test('enforces a secondary rate limit for changes, with Retry-After', async () => {
  const github = await startGitHubForTest({ secondaryLimit: { requests: 1, perMs: 1900 } })
  const call = githubCaller(github)
  await call('POST', DEPLOYMENTS, { ref: github.sha })
  const refused = await call('POST', DEPLOYMENTS, { ref: github.sha })
  expect([refused.status, refused.headers['retry-after']]).toEqual([403, '2'])
  expect((await call('GET', DEPLOYMENTS)).json).toHaveLength(1)
})
