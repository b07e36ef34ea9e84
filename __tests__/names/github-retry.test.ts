import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { violations } from '../support/github-openapi.ts'
import {
  githubRequestsOf,
  pinataAndGitHub,
  RECORDS,
  recordsOf,
  runKeyStep,
  runPost,
  runRevokeStep,
} from '../support/step.ts'

test.each([403, 429] as const)('a secondary rate limit is waited for as long as it says: %d', async status => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
  const fault = { kind: 'status', status, method: 'POST', body: { message }, retryAfter: 42 } as const
  const struck = github.fault({ ...fault, times: 2 })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toBeUndefined()
  expect(struck.count).toBe(2)
  expect(done.pauses.map(ms => Math.floor(ms / 1000))).toEqual([42, 42])
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: gateway.keys[1]?.id }])
})

test('a secondary rate limit that does not say how long is waited for a minute', async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  const message = 'You have exceeded a secondary rate limit.'
  github.fault({ kind: 'status', status: 403, method: 'GET', body: { message } })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.pauses.map(ms => Math.floor(ms / 1000))).toEqual([60])
})

test.each([0, -3_600_000, 3_600_000])(
  "the primary rate limit is waited for until it is reset, by GitHub's clock: the runner is %d ms ahead",
  async aheadMs => {
    const { github, inputs, env } = await pinataAndGitHub()
    const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(Math.ceil(Date.now() / 1000) + 90) }
    github.fault({ kind: 'status', status: 403, headers, method: 'GET', body: { message: 'API rate limit exceeded' } })
    const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env, aheadMs })
    expect(done.error).toBeUndefined()
    expect(done.pauses).toEqual([expect.closeTo(90_500, -4)])
  },
)

test('a rate limit that is reset too late ends the step, with the key revoked', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(Math.ceil(Date.now() / 1000) + 3600) }
  const message = 'API rate limit exceeded for installation ID 1.'
  github.fault({ kind: 'status', status: 403, headers, method: 'POST', body: { message }, times: 9 })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^GitHub's rate limit is used up, so it would not record the name\. .* was revoked\.$/)
  expect(gateway.keys).toHaveLength(1)
})

test.each(['reset', 'truncate', 'body'] as const)('a read that fails (%s) is repeated', async kind => {
  const { github, inputs, env } = await pinataAndGitHub()
  github.fault(kind === 'body' ? { kind, body: '<html>', method: 'GET' } : { kind, method: 'GET' })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toBeUndefined()
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'GET deployments', 'POST deployments', 'POST statuses'])
})

test('every page of records is read', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const { outputs } = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  // Newer deployments of the same environment, so that the record is on the last page.
  for (let count = 0; count < 230; count++) github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7` })
  github.requests.length = 0
  const again = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(again.outputs).toEqual({ ...outputs, created: 'false' })
  expect(githubRequestsOf(github)).toEqual([...Array(3).fill('GET deployments'), 'GET statuses'])
  const swept = await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect(swept.info.join()).toContain(`Key ${gateway.keys[1]?.id} (pr-7): stays, as it never expires.`)
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test('a list that never ends is left when a page tells nothing new', async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const [page] = github.requests.slice(0, 1)
  const next = `<${github.apiUrl}${page?.path}&page=2>; rel="next"`
  const deployment = { id: 1, environment: 'e', task: 't', payload: {} }
  const fault = { kind: 'status', status: 200, method: 'GET', headers: { Link: next }, body: [deployment] } as const
  const struck = github.fault({ ...fault, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep({ ...inputs, name: 'pr-8' }, { env })
  expect(done.error).toBeUndefined()
  expect(struck.count).toBe(2)
})

test('the token follows no address that an answer names', async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  const requests: unknown[] = []
  const stranger = createServer((req, res) => {
    requests.push(req.url)
    res.end('[]')
  })
  await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`
  const link = { Link: `<${address}?page=2>; rel="next"` }
  github.fault({ kind: 'status', status: 200, method: 'GET', headers: link, body: [{ id: 1 }] })
  expect((await runKeyStep({ ...inputs, name: 'a' }, { env })).error).toBeUndefined()
  github.fault({ kind: 'redirect', to: address, times: Number.POSITIVE_INFINITY })
  expect((await runKeyStep({ ...inputs, name: 'b' }, { env })).error).toMatch(
    /^GitHub answered with a redirect, which is not followed/,
  )
  stranger.close()
  expect(requests).toEqual([])
})

test('GitHub gets its token and never the JWT, Pinata the JWT and never the token', async () => {
  const { pinata, github, jwt, inputs, env } = await pinataAndGitHub()
  const made = await runKeyStep({ ...inputs, name: 'pr-7', revoke: 'after-job' }, { env })
  await runPost(made, inputs, 'success', { env })
  await runKeyStep({ ...inputs, name: 'pr-8' }, { env })
  await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  await runRevokeStep({ ...inputs, name: 'pr-8' }, { env })
  const whole = ({ path, headers, body }: { path: string; headers: object; body: string }) =>
    JSON.stringify([path, headers, body])
  expect(github.requests.length).toBeGreaterThan(10)
  for (const request of github.requests) {
    expect(request.headers.authorization).toBe(`Bearer ${inputs['github-token']}`)
    expect(whole(request)).not.toContain(jwt)
  }
  for (const request of pinata.requests) expect(whole(request)).not.toContain(inputs['github-token'])
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test('without a name, nothing is asked of GitHub', async () => {
  const { pinata, github, inputs, env } = await pinataAndGitHub()
  const made = await runKeyStep({ ...inputs, revoke: 'after-job' }, { env })
  await runPost(made, inputs, 'failure', { env })
  await runRevokeStep({ ...inputs, 'key-id': made.outputs['key-id'] ?? '' }, { env })
  await runRevokeStep({ ...inputs, 'older-than': '1d' }, { env })
  expect(github.requests).toEqual([])
  expect(pinata.requests.length).toBeGreaterThan(4)
})

test("GitHub Enterprise's API, below a path, works the same", async () => {
  const { github, inputs, env } = await pinataAndGitHub(1, { github: { prefix: '/api/v3' } })
  expect(env.GITHUB_API_URL).toMatch(/\/api\/v3$/)
  const made = await runKeyStep(
    { ...inputs, name: 'pr-7' },
    { env: { ...env, GITHUB_API_URL: `${env.GITHUB_API_URL}/` } },
  )
  expect(made.error).toBeUndefined()
  expect((await runKeyStep({ ...inputs, name: 'pr-7' }, { env })).outputs.created).toBe('false')
  expect((await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })).outputs['revoked-count']).toBe('1')
  expect(github.deployments.size).toBe(0)
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})
