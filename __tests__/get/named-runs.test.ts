import { expect, test } from '@jest/globals'
import { namesSetup } from '../support/records.ts'

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
