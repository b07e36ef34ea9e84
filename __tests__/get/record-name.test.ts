import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import {
  githubRequestsOf,
  killedAt,
  pinataAndGitHub,
  recordsOf,
  requestsOf,
  runKeyStep,
  runOriginStep,
  runPost,
  until,
} from '../support/step.ts'

const RECORD = { method: 'POST', path: /deployments$/ } as const
const REJECTED = { ...RECORD, kind: 'status', status: 422 } as const

async function setup() {
  const there = await pinataAndGitHub()
  const { inputs, env, gateway, github } = there
  const run = (options = {}) => runKeyStep({ ...inputs, name: 'pr-7' }, { env, ...options })
  /** The keys that the step created. */
  const keys = () => gateway.keys.slice(1).map(({ id }) => id)
  const recorded = () => recordsOf(github).map(({ keyId }) => keyId)
  return { ...there, run, keys, recorded }
}

/** The end of an error if the key was revoked, and if it was kept. */
const REVOKED = / Key [\w-]{36} was revoked again\.$/
const KEPT =
  / Key [\w-]{36} is recorded under the name pr-7\. The next run with this name reuses it\. To revoke it, use the revoke action with the name\.$/

test('revokes the key at once if GitHub rejects the record', async () => {
  const { pinata, github, run, keys } = await setup()
  github.fault(REJECTED)
  const done = await run()
  expect(done.error).toMatch(REVOKED)
  expect(done.outputs).toEqual({})
  expect(keys()).toEqual([])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST deployments'])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'DELETE access_tokens', 'GET gateways'])
})

test('removes the origin at once if GitHub rejects the record', async () => {
  const { github, given, env, origins } = await originSetup()
  github.fault(REJECTED)
  const done = await runOriginStep({ ...given, name: 'pr-7' }, { env })
  expect(done.error).toContain(` Origin ${ORIGIN} was removed again.`)
  expect(origins()).toEqual([])
})

test('records the key again after a lost response', async () => {
  const { github, run, keys, recorded } = await setup()
  github.fault({ ...RECORD, kind: 'reset', when: 'after' })
  const done = await run()
  expect(done.error).toBeUndefined()
  expect(done.outputs['key-id']).toBe(keys()[0])
  expect(recorded()).toEqual([keys()[0], keys()[0]])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST deployments', 'POST deployments', 'POST statuses'])
})

test.each([
  ['a reset, then a rejection', [{ ...RECORD, kind: 'reset', when: 'after' }, REJECTED]],
  ['a response without an ID', [{ ...RECORD, kind: 'body', body: { message: 'Auto-merged' } }]],
  ["a proxy's 403", [{ ...RECORD, kind: 'status', status: 403, when: 'after', body: '<html>Blocked</html>' }]],
] as const)('succeeds if a lookup finds the record after %s', async (_name, faults) => {
  const { github, run, keys, recorded } = await setup()
  for (const fault of faults) github.fault(fault)
  const done = await run()
  expect(done.error).toBeUndefined()
  expect(done.outputs['key-id']).toBe(keys()[0])
  expect(recorded()).toEqual(keys())
  expect(githubRequestsOf(github).at(-1)).toBe('GET deployments')
  expect(await runPost(done, {}, 'failure')).toBeUndefined()
})

test.each([
  ['does not find the record', []],
  ['is rejected', [{ kind: 'status', status: 403, method: 'GET', skip: 1, times: Number.POSITIVE_INFINITY }]],
  ['gets no response', [{ kind: 'reset', method: 'GET', skip: 1, times: Number.POSITIVE_INFINITY }]],
] as const)('revokes the key if the lookup after a lost response %s', async (_name, faults) => {
  const { github, run, keys, recorded } = await setup()
  github.fault({ ...RECORD, kind: 'reset', when: 'before' })
  github.fault(REJECTED)
  for (const fault of faults) github.fault(fault)
  const done = await run()
  expect(done.error).toMatch(REVOKED)
  expect(keys()).toEqual([])
  expect(recorded()).toEqual([])
})

test('succeeds without the status of the record', async () => {
  const { github, run, keys } = await setup()
  github.fault({ kind: 'status', status: 403, method: 'POST', path: '/statuses' })
  const done = await run()
  expect(done.error).toBeUndefined()
  expect(done.outputs['key-id']).toBe(keys()[0])
  expect([done.warnings, done.debug.join()]).toEqual([[], expect.stringContaining('The record has no status. ')])
})

test('keeps a recorded key if the outputs cannot be set and reports it', async () => {
  const { inputs, env, run, keys } = await setup()
  const done = await run({ broken: 'outputs' })
  expect(done.error).toBe(
    `Could not set the outputs: no space left on device. Key ${keys()[0]} is recorded under the name pr-7. The next run with this name reuses it. To revoke it, use the revoke action with the name.`,
  )
  expect(await runPost(done, inputs, 'failure', { env })).toBeUndefined()
  expect((await run()).outputs).toMatchObject({ 'key-id': keys()[0], created: 'false' })
})

test('does not revoke a key that another run reuses before this one fails', async () => {
  const { inputs, env, github, run, keys } = await setup()
  let other: ReturnType<typeof run> | undefined
  // The other run begins once the record exists, before this one writes its outputs.
  github.fault({ kind: 'status', status: 503, method: 'POST', path: '/statuses' })
  const onPause = () => {
    other ??= run()
    return other
  }
  const done = await run({ broken: 'outputs', onPause })
  const reused = await other
  expect(reused?.outputs).toMatchObject({ 'key-id': keys()[0], created: 'false' })
  expect(done.error).toMatch(KEPT)
  await runPost(done, inputs, 'failure', { env })
  expect(keys()).toEqual([reused?.outputs['key-id']])
})

test('fails but keeps the key if its state cannot be cleared after the record', async () => {
  const { inputs, env, run, keys } = await setup()
  const done = await run({ broken: 'cleared state' })
  expect(done.error).toMatch(/^Could not save the state for the post step: .* is recorded under the name pr-7\./)
  const post = await runPost(done, inputs, 'failure', { env })
  expect(post?.warnings).toEqual([])
  expect(keys()).toEqual([done.outputs['key-id']])
})

test.each([
  ['keeps', 'after', KEPT, 1],
  ['revokes', 'before', REVOKED, 0],
] as const)(
  '%s the key if the step is stopped while GitHub does not respond, %s it added the record',
  async (_verb, when, error, left) => {
    const { github, run, keys, recorded } = await setup()
    const stop = new AbortController()
    github.fault({ ...RECORD, kind: 'hang', when })
    const step = run({ cancelled: stop.signal })
    await until(() => githubRequestsOf(github).includes('POST deployments'))
    const started = performance.now()
    stop.abort()
    const done = await step
    expect(performance.now() - started).toBeLessThan(7000)
    expect(done.error).toMatch(/^The step was stopped: /)
    expect(done.error).toMatch(error)
    expect(keys()).toHaveLength(left)
    expect(recorded()).toEqual(keys())
    expect(done.outputs).toEqual({})
  },
)

test('keeps the key if the step is stopped after the record', async () => {
  const { github, run, keys, recorded } = await setup()
  const stop = new AbortController()
  github.fault({ kind: 'hang', method: 'POST', path: '/statuses' })
  const step = run({ cancelled: stop.signal })
  await until(() => githubRequestsOf(github).includes('POST statuses'))
  stop.abort()
  expect((await step).error).toMatch(KEPT)
  expect(recorded()).toEqual(keys())
})

test('records nothing if the step is stopped before the record', async () => {
  const { pinata, github, run, keys } = await setup()
  const stop = new AbortController()
  const body = (json: object) => {
    stop.abort()
    return json
  }
  pinata.fault({ kind: 'body', method: 'POST', body })
  expect((await run({ cancelled: stop.signal })).error).toMatch(REVOKED)
  expect(keys()).toEqual([])
  expect(githubRequestsOf(github)).toEqual(['GET deployments'])
})

test('saves which record it adds before it sends it', async () => {
  const { github, run, keys } = await setup()
  const done = await run()
  const [{ proof } = {}] = [...github.deployments.values()].map(({ payload }) => payload as { proof?: string })
  const { state } = killedAt(done, 'created')
  expect(JSON.parse(state['post-step'] ?? '')).toMatchObject({ id: keys()[0], record: { name: 'pr-7', proof } })
  expect(proof).toMatch(/./)
})
