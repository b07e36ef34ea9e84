// Behavior that neither the contract tests nor the action tests cover: rejections, limits, and pages.
import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { DEPLOYMENTS, type GitHubResponse, githubCaller, startGitHubForTest } from '../support/github.ts'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const REFUSED = 'Resource not accessible by integration'

const messageOf = ({ status, json }: GitHubResponse) => [status, json.message]

test('allows a token only what its permission covers, and only in its repository', async () => {
  const github = await startGitHubForTest()
  const [write, read] = [githubCaller(github), githubCaller(github, github.addToken({ permission: 'read' }))]
  expect((await write('POST', DEPLOYMENTS, { ref: SHA })).status).toBe(201)
  expect((await read('GET', DEPLOYMENTS)).status).toBe(200)
  expect(messageOf(await read('POST', DEPLOYMENTS, { ref: SHA }))).toEqual([403, REFUSED])
  expect((await write('GET', '/repos/octo-org/secret/deployments')).status).toBe(404)
  for (const token of ['ghs_unknown', null]) {
    expect(messageOf(await githubCaller(github, token)('GET', DEPLOYMENTS))).toEqual([401, 'Bad credentials'])
  }
  const headers = { authorization: `Bearer ${github.addToken()}` }
  expect((await send(github, 'GET', DEPLOYMENTS, { headers })).body).toContain('User-Agent')
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
