// Behavior that neither the contract tests nor the action tests cover: rejections, limits, and pages.
import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { DEPLOYMENTS, githubCaller, startGitHubForTest } from '../support/github.ts'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'

test('rejects requests without a User-Agent', async () => {
  const github = await startGitHubForTest()
  const headers = { authorization: `Bearer ${github.addToken()}` }
  expect(await send(github, 'GET', DEPLOYMENTS, { headers })).toMatchObject({ status: 403 })
})

test('filters deployments, and lists the newest first in pages connected by Link headers', async () => {
  const github = await startGitHubForTest({ prefix: '/api/v3' })
  const call = githubCaller(github)
  for (const task of ['one', 'two', 'three']) github.addDeployment({ task })
  github.addDeployment({ environment: 'else' })
  const page = async (number: number) => {
    const { json, headers } = await call('GET', `${DEPLOYMENTS}?environment=production&per_page=2&page=${number}`)
    return [json.map(({ task }: { task: string }) => task), headers.get('link')]
  }
  expect(await page(1)).toEqual([['three', 'two'], expect.stringMatching(/&page=2>; rel="next"$/)])
  expect(await page(2)).toEqual([['one'], null])
  for (let count = 0; count < 101; count++) github.addDeployment({ task: 'many' })
  const length = async (query: string) => (await call('GET', `${DEPLOYMENTS}?task=many${query}`)).json.length
  expect([await length(''), await length('&per_page=1000'), await length('&page=5')]).toEqual([30, 100, 0])
})

test('enforces a secondary limit for changes, with Retry-After', async () => {
  const github = await startGitHubForTest({ secondaryLimit: { requests: 1, perMs: 1900 } })
  const call = githubCaller(github)
  await call('POST', DEPLOYMENTS, { ref: SHA })
  const refused = await call('POST', DEPLOYMENTS, { ref: SHA })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '2'])
  expect((await call('GET', DEPLOYMENTS)).json).toHaveLength(1)
})
