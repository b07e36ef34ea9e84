import { expect, test } from '@jest/globals'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS, namesSetup } from '../support/records.ts'
import { runKeyStep, runOriginStep } from '../support/step.ts'

test('gives each of twenty simultaneous runs a recorded key', async () => {
  const latency = { latencyMs: 10 }
  const { gateway, get, close, keyIds, recorded } = await namesSetup({ pinata: latency, github: latency })
  const runs = await Promise.all(Array.from({ length: 20 }, () => get()))
  for (const { error, outputs } of runs) {
    expect(error).toBeUndefined()
    expect(gateway.keys.find(({ id }) => id === outputs['key-id'])?.value).toBe(outputs['gateway-key'])
  }
  expect(recorded().sort()).toEqual(keyIds().sort())
  expect((await close()).error).toBeUndefined()
  expect(keyIds()).toEqual([])
})

test.each([
  [2, 'create', 'without a name', { name: '', 'expires-in': '' }, 0],
  [5, 'create', 'with a name', {}, 0],
  [2, 'reuse', 'with more than half of its period left', {}, 3 * DAY_MS],
  [3, 'renew', 'with less than half of its period left', {}, 4 * DAY_MS],
])('needs %d requests to %s a key or an origin %s', async (count, _verb, _name, given, passedMs) => {
  for (const step of [runKeyStep, runOriginStep]) {
    const { pinata, github, inputs, env } = await namesSetup()
    const all = { ...inputs, origin: ORIGIN, name: 'pr-7', 'expires-in': '7d', ...given }
    if (passedMs > 0) await step(all, { env })
    pinata.passTime(passedMs)
    for (const { requests } of [pinata, github]) requests.length = 0
    expect((await step(all, { env })).error).toBeUndefined()
    expect(pinata.requests.length + github.requests.length).toBe(count)
  }
})
