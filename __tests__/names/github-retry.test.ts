import { createServer } from 'node:http'
import { expect, test } from '@jest/globals'
import { listen } from '../support/network.ts'
import { DAY_MS, namesSetup } from '../support/records.ts'
import { ALWAYS } from '../support/step.ts'

test.each([-3_600_000, 3_600_000])("uses GitHub's clock to wait for the reset: runner %d ms ahead", async aheadMs => {
  const { github, get } = await namesSetup()
  const reset = String(Math.ceil(Date.now() / 1000) + 90)
  const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset }
  const body = { message: 'API rate limit exceeded.' }
  github.fault({ kind: 'status', status: 403, method: 'GET', headers, body })
  const done = await get({}, { aheadMs })
  expect([done.error, done.pauses]).toEqual([undefined, [expect.closeTo(90_500, -4)]])
  expect(done.info[0]).toMatch(/^GitHub: rate limit exceeded\. Waiting until /)
})

test('reads no page after an empty one, whatever the Link header contains', async () => {
  const { github, get } = await namesSetup()
  const headers = { Link: `<${github.apiUrl}/?page=2>; rel="next"` }
  const injected = github.fault({ kind: 'status', status: 200, method: 'GET', headers, body: [], ...ALWAYS })
  expect((await get()).outputs.created).toBe('true')
  expect(injected.count).toBe(1)
})

test('does not send the token to an address from a response', async () => {
  const { github, get } = await namesSetup()
  const requests: unknown[] = []
  const server = createServer((request, response) => {
    requests.push(request.url)
    response.end()
  })
  const url = `http://127.0.0.1:${await listen(server)}/`
  const link = { Link: `<${url}?page=2>; rel="next"` }
  github.fault({ kind: 'status', status: 200, method: 'GET', headers: link, body: [{ id: 1 }] })
  expect((await get()).error).toBeUndefined()
  github.fault({ kind: 'redirect', to: url, ...ALWAYS })
  expect((await get()).error).toMatch(/redirect/)
  expect(requests).toEqual([])
})

test('sends the token only to GitHub, and the JWT only to Pinata', async () => {
  const { pinata, github, jwt, inputs, get, close, sweep, passTime } = await namesSetup()
  for (const name of ['pr-7', 'pr-8', 'pr-7']) await get({ name, 'expires-in': '1d' })
  await close('pr-8')
  passTime(2 * DAY_MS)
  expect((await sweep()).outputs['revoked-count']).toBe('1')
  const servers = [
    [github, inputs['github-token'], jwt],
    [pinata, jwt, inputs['github-token']],
  ] as const
  for (const [{ requests }, own, other] of servers) {
    expect(requests.length).toBeGreaterThan(9)
    for (const { headers, ...request } of requests) {
      const { authorization, ...others } = headers
      expect(authorization).toBe(`Bearer ${own}`)
      for (const secret of [own, other]) expect(JSON.stringify([others, request])).not.toContain(secret)
    }
  }
})

test("uses the path of GitHub Enterprise's API", async () => {
  const { github, env, get, close } = await namesSetup({ github: { prefix: '/api/v3' } })
  const options = { env: { ...env, GITHUB_API_URL: `${env.GITHUB_API_URL}/` } }
  expect((await get({}, options)).error).toBeUndefined()
  expect((await get()).outputs.created).toBe('false')
  expect((await close()).outputs['revoked-count']).toBe('1')
  expect(github.deployments.size).toBe(0)
})
