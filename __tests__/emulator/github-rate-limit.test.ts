import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, type GitHubAnswer, githubCaller, startedGitHub } from '../support/github.ts'

const MINUTE = 60_000
const DOCS = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api'

/** Limit, what remains, and what is used, as the headers tell. */
const counted = ({ headers }: GitHubAnswer) =>
  ['limit', 'remaining', 'used'].map(name => Number(headers.get(`x-ratelimit-${name}`)))

test('Every answer tells how much of the limit is left, and until when it counts', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const before = Math.ceil(Date.now() / 1000)
  const first = await call('GET', DEPLOYMENTS)
  expect(counted(first)).toEqual([1000, 999, 1])
  expect(first.headers.get('x-ratelimit-resource')).toBe('core')
  const reset = Number(first.headers.get('x-ratelimit-reset'))
  expect(reset).toBeGreaterThanOrEqual(before + 3600)
  expect(reset).toBeLessThanOrEqual(before + 3602)
  const second = await call('GET', `${DEPLOYMENTS}/1`)
  expect(counted(second)).toEqual([1000, 998, 2])
  expect(second.headers.get('x-ratelimit-reset')).toBe(String(reset))
})

test('Over the limit it answers 403 with nothing remaining, and nothing takes effect', async () => {
  const github = await startedGitHub({ limit: { requests: 1, perMs: MINUTE } })
  const call = githubCaller(github)
  expect((await call('POST', DEPLOYMENTS, { ref: 'main' })).status).toBe(201)
  const refused = await call('POST', DEPLOYMENTS, { ref: 'main' })
  expect(refused.status).toBe(403)
  expect(refused.json).toEqual({
    message: 'API rate limit exceeded for installation ID 12345678.',
    documentation_url: DOCS,
    status: '403',
  })
  expect(counted(refused).slice(0, 2)).toEqual([1, 0])
  expect(refused.headers.has('retry-after')).toBe(false)
  expect(github.deployments.size).toBe(1)
})

test('Who waits until the reset gets through', async () => {
  const github = await startedGitHub({ limit: { requests: 1, perMs: 1000 } })
  const call = githubCaller(github)
  await call('GET', DEPLOYMENTS)
  const refused = await call('GET', DEPLOYMENTS)
  expect(refused.status).toBe(403)
  await sleep(Number(refused.headers.get('x-ratelimit-reset')) * 1000 - Date.now() + 10)
  expect((await call('GET', DEPLOYMENTS)).status).toBe(200)
})

test('All tokens of a repository share its limit, another repository has its own, and so has who has no token', async () => {
  const github = await startedGitHub({ limit: { requests: 2, perMs: MINUTE } })
  const repository = github.addRepository({ fullName: 'octo-org/other' }).fullName
  const tokens = [github.addToken(), github.addToken(), github.addToken(), github.addToken({ repository }), null]
  const statuses = []
  for (const token of tokens) statuses.push((await githubCaller(github, token)('GET', DEPLOYMENTS)).status)
  expect(statuses).toEqual([200, 200, 403, 200, 200])
})

test('Without a token the limit is lower', async () => {
  const github = await startedGitHub()
  expect(counted(await githubCaller(github, null)('GET', DEPLOYMENTS))).toEqual([60, 59, 1])
})

test.each([403, 429] as const)('A secondary limit is for what changes something: %d with Retry-After', async status => {
  const github = await startedGitHub({ secondaryLimit: { requests: 1, perMs: 1900, status } })
  const call = githubCaller(github)
  const { id } = (await call('POST', DEPLOYMENTS, { ref: 'main' })).json
  const refused = await call('POST', `${DEPLOYMENTS}/${id}/statuses`, { state: 'success' })
  expect(refused.status).toBe(status)
  expect(refused.json).toEqual({
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    documentation_url: `${DOCS}#about-secondary-rate-limits`,
    status: String(status),
  })
  expect(refused.headers.get('retry-after')).toBe('2')
  // The headers of the other limit show nothing of it.
  expect(counted(refused)).toEqual([1000, 998, 2])
  expect((await call('GET', DEPLOYMENTS)).status).toBe(200)
  expect(github.deployments.get(id)?.statuses).toEqual([])
  await sleep(2000)
  expect((await call('DELETE', `${DEPLOYMENTS}/${id}`)).status).toBe(204)
})

test('Both can be ordered for one request', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  github.fault({ kind: 'status', status: 429, retryAfter: 7 })
  const secondary = await call('GET', DEPLOYMENTS)
  expect(secondary.json.message).toContain('You have exceeded a secondary rate limit')
  expect(secondary.headers.get('retry-after')).toBe('7')
  github.fault({ kind: 'status', status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '17' } })
  const primary = await call('GET', DEPLOYMENTS)
  expect(primary.status).toBe(403)
  expect(primary.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(primary.headers.get('x-ratelimit-reset')).toBe('17')
  expect((await call('GET', DEPLOYMENTS)).status).toBe(200)
})
