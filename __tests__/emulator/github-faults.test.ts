import { expect, test } from '@jest/globals'
import { startGitHub } from '../../emulator/github/github.mjs'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { send } from '../support/emulator-client.ts'
import { DEPLOYMENTS, githubCaller, startedGitHub } from '../support/github.ts'

test('The log has what came in and what went out', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const made = await call('POST', `${DEPLOYMENTS}`, { ref: 'main' }, { 'X-Custom': 'yes' })
  await call('GET', `${DEPLOYMENTS}?per_page=1`)
  const [post, get] = github.requests
  expect(post).toMatchObject({
    method: 'POST',
    path: DEPLOYMENTS,
    headers: { 'x-custom': 'yes' },
    body: '{"ref":"main"}',
    status: 201,
    requestId: made.headers.get('x-github-request-id'),
    answer: {
      status: 201,
      headers: { 'X-GitHub-Request-Id': post?.requestId, 'X-RateLimit-Remaining': '999' },
      body: JSON.stringify(made.json),
    },
  })
  expect(get).toMatchObject({ path: `${DEPLOYMENTS}?per_page=1`, body: '', status: 200 })
})

test('Faults strike before or after a request took effect, and the log tells what was answered', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const create = () => call('POST', DEPLOYMENTS, { ref: 'main' })
  github.fault({ kind: 'reset', method: 'POST' })
  await expect(create()).rejects.toThrow()
  expect(github.deployments.size).toBe(0)
  github.fault({ kind: 'reset', method: 'POST', when: 'after' })
  await expect(create()).rejects.toThrow()
  expect(github.deployments.size).toBe(1)
  github.fault({ kind: 'status', status: 500 })
  expect((await create()).json).toEqual({
    message: 'Internal Server Error',
    documentation_url: 'https://docs.github.com/rest',
    status: '500',
  })
  github.fault({ kind: 'status', status: 502 })
  expect((await create()).headers.get('content-type')).toBe('text/html; charset=utf-8')
  github.fault({ kind: 'hang' })
  github.clearFaults()
  expect((await create()).status).toBe(201)
  expect(github.requests.map(({ status, answer }) => [status, answer?.status])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [500, 500],
    [502, 502],
    [201, 201],
  ])
})

test('It goes away and comes back with all it knew', async () => {
  const github = await startedGitHub()
  const { id } = github.addDeployment()
  const call = githubCaller(github)
  github.refuse()
  await expect(call('GET', DEPLOYMENTS)).rejects.toThrow()
  await github.resume()
  expect((await call('GET', `${DEPLOYMENTS}/${id}`)).status).toBe(200)
})

test('A mistake in a function that a fault was given comes out of close()', async () => {
  const github = await startGitHub()
  github.fault({
    kind: 'body',
    body: () => {
      throw new Error('a mistake in a test')
    },
  })
  await expect(githubCaller(github)('GET', DEPLOYMENTS)).rejects.toThrow()
  await expect(github.close()).rejects.toThrow('a mistake in a test')
})

test('It speaks TLS, and its addresses say so', async () => {
  const tls = selfSigned()
  const github = await startedGitHub({ tls, prefix: '/api/v3' })
  github.addDeployment()
  expect(github.apiUrl).toBe(`https://127.0.0.1:${github.port}/api/v3`)
  const { json } = await send(github, 'GET', `/api/v3${DEPLOYMENTS}`, {
    headers: { 'user-agent': 'test' },
    ca: tls.cert,
  } as object)
  expect(json[0].url).toMatch(`${github.apiUrl}${DEPLOYMENTS}/`)
})
