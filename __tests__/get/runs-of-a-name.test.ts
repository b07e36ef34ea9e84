import { expect, test } from '@jest/globals'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS } from '../support/records.ts'
import { pinataAndGitHub, recordsOf, runKeyStep, runOriginStep } from '../support/step.ts'

const TOGETHER = 20

async function setup(options: Parameters<typeof pinataAndGitHub>[1] = {}) {
  const there = await pinataAndGitHub(1, options)
  const { pinata, github } = there
  const run = (more: Record<string, string> = {}) => there.run({ name: 'pr-7', ...more })
  const close = () => there.revoke({ name: 'pr-7' })
  const recorded = () => recordsOf(github).map(({ keyId }) => keyId)
  /** The number of requests to both servers from now on. */
  const countRequests = () => {
    const before = pinata.requests.length + github.requests.length
    return () => pinata.requests.length + github.requests.length - before
  }
  /** The requests that remove records, or announce it. */
  const removals = () =>
    github.requests.filter(({ method, body }) => method === 'DELETE' || body.includes('"inactive"')).length
  return { ...there, run, close, recorded, countRequests, removals }
}

test('gives each of twenty simultaneous runs a recorded key, and later runs the newest', async () => {
  const latency = { latencyMs: 10 }
  const { gateway, run, close, keyIds, recorded, removals } = await setup({ pinata: latency, github: latency })
  const wave = () => Promise.all(Array.from({ length: TOGETHER }, () => run({ 'expires-in': '7d' })))
  const first = await wave()
  expect(first.map(({ error }) => error)).toEqual(Array(TOGETHER).fill(undefined))
  for (const { outputs } of first) {
    expect(gateway.keys.find(({ id }) => id === outputs['key-id'])?.value).toBe(outputs['gateway-key'])
    expect(recorded()).toContain(outputs['key-id'])
  }
  expect(recorded().sort()).toEqual(keyIds().sort())
  const newest = gateway.keys.at(-1)?.id
  const second = await wave()
  for (const { outputs } of second) expect(outputs).toMatchObject({ 'key-id': newest, created: 'false' })
  expect(removals()).toBe(0)
  expect((await close()).error).toBeUndefined()
  expect(keyIds()).toEqual([])
})

test('gives runs a recorded key while their name is closed, and a later close revokes it', async () => {
  const latency = { latencyMs: 5 }
  const { gateway, keyIds, recorded, run, close } = await setup({ pinata: latency, github: latency })
  await run()
  const [, ...runs] = await Promise.all([close(), ...Array.from({ length: 5 }, () => run())])
  for (const { error } of runs) expect(error).toBeUndefined()
  expect(recorded()).toEqual(expect.arrayContaining(keyIds()))
  await close()
  expect([gateway.keys.length, recorded()]).toEqual([1, []])
})

test.each([
  [2, 'create', 'without a name', { name: '', 'expires-in': '' }, 0],
  [5, 'create', 'with a name', {}, 0],
  [2, 'reuse', 'with more than half of its period left', {}, 3 * DAY_MS],
  [3, 'renew', 'with less than half of its period left', {}, 4 * DAY_MS],
])('needs %d requests to %s a key or an origin %s', async (count, _verb, _name, given, passedMs) => {
  for (const [step, origin] of [
    [runKeyStep, ''],
    [runOriginStep, ORIGIN],
  ] as const) {
    const { pinata, inputs, env, countRequests } = await setup()
    const all = { ...inputs, origin, name: 'pr-7', 'expires-in': '7d', ...given }
    if (passedMs > 0) await step(all, { env })
    pinata.passTime(passedMs)
    const counted = countRequests()
    expect((await step(all, { env })).error).toBeUndefined()
    expect(counted()).toBe(count)
  }
})
