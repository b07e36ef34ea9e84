import { expect, test } from '@jest/globals'
import { jobWith, leaksOf, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { ORIGIN, originRecords, originSetup } from '../support/origin.ts'

/** A gateway, and a job that may use it; the action runs as a runner starts it. */
async function setup() {
  const there = await originSetup()
  const { github, jwt, inputs, given } = there
  const start = (options: Parameters<typeof jobWith>[1] = {}) =>
    jobWith(jwt, { ...options, context: { github: { api_url: github.apiUrl, token: inputs['github-token'] } } })
  const { 'github-token': _token, 'pinata-jwt': _jwt, ...others } = given
  const use = { ...others, 'pinata-jwt': '${{ secrets.PINATA_JWT }}' }
  return { ...there, start, use }
}

test('a preview from its push to its close', async () => {
  const there = await setup()
  const { jwt, start, use, origins, readFrom } = there
  const { origin: _origin, ...onGateway } = use
  expect(await readFrom(ORIGIN)).toBe(401)
  const push = start()
  const step = await push.step({
    action: ORIGIN_ACTION,
    id: 'origin',
    with: { ...use, name: 'pr-7', 'expires-in': '7d' },
  })
  expect(step.outcome).toBe('success')
  expect(step.annotations).toEqual([])
  expect(leaksOf(step, jwt)).toEqual([])
  // An origin is no secret, so it may be a job output.
  expect(push.jobOutputs({ origin: '${{ steps.origin.outputs.origin }}' })).toMatchObject({
    outputs: { origin: ORIGIN },
    skipped: [],
  })
  await push.end()
  expect(await readFrom(ORIGIN)).toBe(200)
  expect(originRecords(there)).toHaveLength(1)
  const close = start()
  const removed = await close.step({ action: REVOKE_ACTION, with: { ...onGateway, name: 'pr-7' } })
  expect(removed.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': ORIGIN })
  await close.end()
  expect(await readFrom(ORIGIN)).toBe(401)
  expect(origins()).toEqual([])
})

test.each([
  ['success', 1],
  ['failure', 0],
  ['cancelled', 0],
] as const)('revoke: on-failure in a job that ends as %s leaves %d origins', async (status, left) => {
  const { jwt, start, use, origins, gateway } = await setup()
  const job = start()
  await job.step({ action: ORIGIN_ACTION, with: { ...use, name: 'pr-7', revoke: 'on-failure' } })
  const id = String(gateway.allowedHosts[0]?.id)
  const [post] = await job.end({ status })
  expect(origins()).toHaveLength(left)
  expect(post?.exitCode).toBe(0)
  // The state may hold the ID of the origin: the post step removes it by that.
  const leaks = post ? leaksOf({ ...post, state: {} }, jwt, id) : []
  expect(leaks).toEqual([])
})

const onPosix = process.platform === 'win32' ? test.failing : test

onPosix.each([
  ['is answered', { kind: 'delay', ms: 300 }],
  ['is answered by nobody, and took effect', { kind: 'hang', when: 'after' }],
  ['is answered by nobody, and took no effect', { kind: 'hang', when: 'before' }],
] as const)('cancelled while the request %s: nothing is left', async (_name, fault) => {
  const { pinata, start, use, origins } = await setup()
  pinata.fault({ method: 'POST', path: 'hosts', ...fault })
  const job = start({ cancelAfterMs: { terminate: 500, kill: 10_000 } })
  const step = job.step({ action: ORIGIN_ACTION, with: { ...use, name: 'pr-7' } })
  while (!pinata.requests.some(request => request.method === 'POST')) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const started = performance.now()
  job.cancel()
  const main = await step
  expect(performance.now() - started).toBeLessThan(7500)
  expect(main.outcome).toBe('cancelled')
  expect(main.signal).toBeNull()
  await job.end()
  expect(origins()).toEqual([])
})

onPosix('killed while the request is under way: the post step removes the origin', async () => {
  const { pinata, start, use, origins } = await setup()
  pinata.fault({ method: 'POST', path: 'hosts', kind: 'hang', when: 'after' })
  const job = start()
  let kill = () => {}
  const step = job.step({
    action: ORIGIN_ACTION,
    with: { ...use, name: 'pr-7' },
    onStart: child => {
      kill = () => void child.kill('SIGKILL')
    },
  })
  while (origins().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  kill()
  await step
  const [post] = await job.end()
  expect(origins()).toEqual([])
  expect(post?.annotations).toEqual([])
})

onPosix('killed after the origin was added and before it was handed over: the post step removes it', async () => {
  const there = await setup()
  const { github, start, use, origins } = there
  github.fault({ method: 'POST', path: /deployments$/, kind: 'hang', when: 'after' })
  const job = start()
  let kill = () => {}
  const step = job.step({
    action: ORIGIN_ACTION,
    with: { ...use, name: 'pr-7' },
    onStart: child => {
      kill = () => void child.kill('SIGKILL')
    },
  })
  while (github.deployments.size === 0) await new Promise(resolve => setTimeout(resolve, 5))
  kill()
  await step
  await job.end()
  expect(origins()).toEqual([])
  expect(originRecords(there)).toEqual([])
})
