import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { caller, start } from '../support/emulator-client.ts'

test('Over the limit it answers 429 with Retry-After, and nothing takes effect', async () => {
  const pinata = await start({ limit: { requests: 2, perMs: 2500 } })
  const gateway = pinata.addGateway()
  const call = caller(pinata)
  const path = `/gateways/${gateway.id}/access_tokens`
  expect((await call('POST', path)).status).toBe(200)
  expect((await call('POST', path)).status).toBe(200)
  const refused = await call('POST', path)
  expect(refused).toMatchObject({ status: 429, json: { error: { code: 429, message: 'Too Many Requests' } } })
  // 2.5 seconds less what the three requests took, rounded up.
  expect(refused.headers['retry-after']).toBe('3')
  expect(gateway.keys).toHaveLength(2)
})

const HEADERS = ['retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'] as const

test.each([
  [undefined, ['retry-after']],
  ['retry-after', ['retry-after']],
  ['reset', ['x-ratelimit-reset']],
  ['nothing', []],
] as const)('tells: %s', async (tells, told) => {
  const pinata = await start({ limit: { requests: 1, perMs: 60_000, ...(tells && { tells }) } })
  const call = caller(pinata)
  const answers = [await call('GET', '/gateways'), await call('GET', '/gateways')]
  expect(answers.map(({ status }) => status)).toEqual([200, 429])
  expect(answers.map(({ headers }) => HEADERS.filter(name => name in headers))).toEqual([[], told])
})

test.each([0, 3_600_000])('X-RateLimit-Reset is by the clock of Date, which is %d ms ahead', async clockAheadMs => {
  const pinata = await start({ limit: { requests: 1, perMs: 20_000, tells: 'reset' }, clockAheadMs })
  const call = caller(pinata)
  await call('GET', '/gateways')
  const { headers } = await call('GET', '/gateways')
  const seconds = Number(headers['x-ratelimit-reset']) - Date.parse(headers.date ?? '') / 1000
  expect(seconds).toBeGreaterThan(17)
  expect(seconds).toBeLessThanOrEqual(21)
})

test('Who waits until X-RateLimit-Reset gets through', async () => {
  const pinata = await start({ limit: { requests: 1, perMs: 300, tells: 'reset' } })
  const call = caller(pinata)
  await call('GET', '/gateways')
  const refused = await call('GET', '/gateways')
  expect(refused.status).toBe(429)
  await sleep(Number(refused.headers['x-ratelimit-reset']) * 1000 - Date.now() + 10)
  expect((await call('GET', '/gateways')).status).toBe(200)
})

test('Who waits as long as Retry-After says gets through', async () => {
  const pinata = await start({ limit: { requests: 1, perMs: 300 } })
  const call = caller(pinata)
  expect((await call('GET', '/gateways')).status).toBe(200)
  const refused = await call('GET', '/gateways')
  expect(refused.headers['retry-after']).toBe('1')
  await sleep(Number(refused.headers['retry-after']) * 1000)
  expect((await call('GET', '/gateways')).status).toBe(200)
  expect((await call('GET', '/gateways')).status).toBe(429)
})

test('All JWTs of an account share its limit, and another account has its own', async () => {
  const pinata = await start({ limit: { requests: 2, perMs: 60_000 } })
  const [one, two] = [caller(pinata), caller(pinata)]
  const other = caller(pinata, pinata.addJwt({ account: 'somebody else' }))
  const answers = [
    await one('GET', '/gateways'),
    await two('GET', '/gateways'),
    await two('GET', '/gateways'),
    await other('GET', '/gateways'),
  ]
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 429, 200])
})

test('Without a limit there is none', async () => {
  const pinata = await start()
  const call = caller(pinata)
  const answers = await Promise.all(Array.from({ length: 200 }, () => call('GET', '/gateways')))
  expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([200]))
})

test('latencyMs holds up every request to the API, side by side', async () => {
  const pinata = await start({ latencyMs: 200 })
  const call = caller(pinata)
  const began = performance.now()
  await Promise.all(Array.from({ length: 40 }, () => call('GET', '/gateways')))
  const took = performance.now() - began
  expect(took).toBeGreaterThan(190)
  expect(took).toBeLessThan(40 * 190)
})
