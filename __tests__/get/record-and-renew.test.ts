import { expect, test } from '@jest/globals'
import { namesSetup } from '../support/records.ts'
import { ALWAYS, githubRequestsOf, type Options, RECORDS, requestsOf, until } from '../support/step.ts'

const RECORD = { method: 'POST', path: /deployments$/ } as const
const REJECTED = { ...RECORD, kind: 'status', status: 422 } as const

async function setup() {
  const fixture = await namesSetup()
  return { ...fixture, run: (options: Options = {}) => fixture.get({}, options) }
}

const REVOKED = / Key [\w-]{36} was revoked\.$/
const KEPT =
  / Key [\w-]{36} is recorded under the name pr-7, so other runs may use it\. To revoke only this key, set the revoke action's key-id to [\w-]{36}\.$/

test('revokes the key at once if GitHub rejects the record', async () => {
  const { pinata, github, run, post, keyIds } = await setup()
  github.fault(REJECTED)
  const done = await run()
  expect(done.error).toMatch(REVOKED)
  expect([keyIds(), done.outputs]).toEqual([[], {}])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST deployments'])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'DELETE access_tokens', 'GET gateways'])
  expect(await post(done)).toBeUndefined()
})

test('records the key again after a lost response', async () => {
  const { github, run, keyIds, recorded } = await setup()
  github.fault({ ...RECORD, kind: 'reset', when: 'after' })
  const done = await run()
  expect([done.error, done.outputs['key-id']]).toEqual([undefined, keyIds()[0]])
  expect(recorded()).toEqual([keyIds()[0], keyIds()[0]])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST deployments', 'POST deployments', 'POST statuses'])
})

test.each([
  ['a reset, then a rejection', [{ ...RECORD, kind: 'reset', when: 'after' }, REJECTED]],
  ['a response without an ID', [{ ...RECORD, kind: 'body', body: { message: 'Auto-merged' } }]],
  ["a proxy's 403", [{ ...RECORD, kind: 'status', status: 403, when: 'after', body: '<html>Blocked</html>' }]],
] as const)('succeeds if a lookup finds the record after %s', async (_name, faults) => {
  const { github, run, post, keyIds, recorded } = await setup()
  for (const fault of faults) github.fault(fault)
  const done = await run()
  expect([done.error, done.outputs['key-id']]).toEqual([undefined, keyIds()[0]])
  expect(recorded()).toEqual(keyIds())
  expect(githubRequestsOf(github).at(-1)).toBe('GET deployments')
  expect(await post(done)).toBeUndefined()
})

test('succeeds if the first page of a lookup contains the record, even if the next page fails', async () => {
  const { github, run, keyIds, recorded } = await setup()
  for (let number = 0; number < 150; number++) github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7` })
  github.fault({ ...RECORD, kind: 'reset', when: 'after', ...ALWAYS })
  // Before the lookup, the step reads both pages twice.
  github.fault({ kind: 'status', status: 502, method: 'GET', path: 'page=2', skip: 2, ...ALWAYS })
  expect((await run()).error).toBeUndefined()
  expect(recorded()).toContain(keyIds()[0])
  expect(githubRequestsOf(github).filter(request => request.startsWith('GET'))).toHaveLength(5)
})

const FAILED_LOOKUP = { method: 'GET', skip: 1, ...ALWAYS } as const

test.each([
  ['does not find the record', []],
  ['is rejected', [{ ...FAILED_LOOKUP, kind: 'status', status: 403 }]],
  ['gets no response', [{ ...FAILED_LOOKUP, kind: 'reset' }]],
] as const)('revokes the key if the lookup after a lost response %s', async (_name, faults) => {
  const { github, run, keyIds, recorded } = await setup()
  for (const fault of [{ ...RECORD, kind: 'reset', when: 'before' } as const, REJECTED, ...faults]) github.fault(fault)
  expect((await run()).error).toMatch(REVOKED)
  expect([keyIds(), recorded()]).toEqual([[], []])
})

test.each([{}, { retryAfter: 60 }])("succeeds at once if the record's status cannot be set: %j", async limit => {
  const { github, run, keyIds } = await setup()
  github.fault({ kind: 'status', status: 403, method: 'POST', path: '/statuses', ...limit })
  const done = await run()
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { 'key-id': keyIds()[0] }, pauses: [] })
  expect(done.debug.join()).toContain('The record has no status. ')
})

test('keeps a recorded key if the outputs cannot be set, because another run may already be reusing it', async () => {
  const { run, post, keyIds } = await setup()
  const done = await run({ broken: 'outputs' })
  expect((await run()).outputs).toMatchObject({ 'key-id': keyIds()[0], created: 'false' })
  expect(done.error).toMatch(/^Could not set the outputs: no space left on device\. /)
  expect(done.error).toMatch(KEPT)
  expect(await post(done)).toBeUndefined()
  expect(keyIds()).toHaveLength(1)
})

test('fails but keeps the key if the state cannot be cleared after the key is recorded', async () => {
  const { run, post, keyIds } = await setup()
  const done = await run({ broken: 'cleared state' })
  expect(done.error).toMatch(/^Could not save the state for the post step: .* is recorded under the name pr-7, so/)
  expect((await post(done))?.warnings).toEqual([])
  expect(keyIds()).toEqual([done.outputs['key-id']])
})

test.each([
  ['keeps', 'after GitHub adds the record', { path: /deployments$/, when: 'after' }, KEPT, 1],
  ['revokes', 'before GitHub adds the record', { path: /deployments$/, when: 'before' }, REVOKED, 0],
  ['keeps', "while it sets the record's status", { path: '/statuses' }, KEPT, 1],
] as const)('%s the key if the step is stopped %s', async (_verb, _moment, fault, error, left) => {
  const { github, run, keyIds, recorded } = await setup()
  const stop = new AbortController()
  const hanging = github.fault({ method: 'POST', kind: 'hang', ...fault })
  const step = run({ cancelled: stop.signal })
  await until(() => hanging.count > 0)
  const startedAt = performance.now()
  stop.abort()
  const done = await step
  expect(performance.now() - startedAt).toBeLessThan(7000)
  expect(done.error).toMatch(
    left === 0 ? /^Could not record the name\. The step was stopped: / : /^The step was stopped: /,
  )
  expect(done.error).toMatch(error)
  expect(keyIds()).toHaveLength(left)
  expect(recorded()).toEqual(keyIds())
  expect(done.outputs).toEqual({})
})

test.each([
  ['GitHub is unreachable', { GITHUB_API_URL: 'http://127.0.0.1:1' }, /^Could not list the name records via /],
  ['the repository is unknown', { GITHUB_REPOSITORY: '' }, /GITHUB_REPOSITORY/],
])('creates no key if %s', async (_name, variables, error) => {
  const { pinata, env, run } = await setup()
  expect((await run({ env: { ...env, ...variables } })).error).toMatch(error)
  expect(requestsOf(pinata)).toEqual([])
})
