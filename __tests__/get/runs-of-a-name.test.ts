import { expect, test } from '@jest/globals'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS } from '../support/records.ts'
import { changeList, pinataAndGitHub, RECORDS, recordsOf, runKeyStep, runOriginStep } from '../support/step.ts'

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

test.each([
  ['lags once', (list: object[]) => list.slice(0, 1)],
  ['is null once', () => null],
])("removes no record if the gateway's list %s", async (_name, change) => {
  const { pinata, run, close, keyIds, recorded, removals } = await setup()
  const first = await run()
  changeList(pinata, policies => {
    policies.accessTokens = change(policies.accessTokens)
  })
  const second = await run()
  expect(second.outputs.created).toBe('true')
  expect(recorded()).toEqual([first.outputs['key-id'], second.outputs['key-id']])
  expect((await run()).outputs).toMatchObject({ 'key-id': second.outputs['key-id'], created: 'false' })
  expect(removals()).toBe(0)
  await close()
  expect(keyIds()).toEqual([])
})

test('needs two requests and writes nothing if someone created deployments by hand for 100 names', async () => {
  const { gateway, github, run, countRequests, removals } = await setup()
  const first = await run()
  const forge = (name: string) => {
    const payload = { schema: 1, kind: 'key', name, gatewayId: gateway.id, keyId: gateway.keys[0]?.id, expiresAt: null }
    github.addDeployment({ ...RECORDS, task: `${RECORDS.task}${name}`, payload: { ...payload, proof: 'forged' } })
  }
  for (let number = 0; number < 100; number++) forge(`pr-${number}`)
  const counted = countRequests()
  const done = await run()
  expect(done.outputs).toMatchObject({ 'key-id': first.outputs['key-id'], created: 'false' })
  expect(counted()).toBe(2)
  expect(removals()).toBe(0)
  expect(done.warnings).toEqual([expect.stringContaining('this action did not write it')])
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
