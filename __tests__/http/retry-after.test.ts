import { expect, test } from '@jest/globals'
import { rateLimitReset, retryAfter } from '../../src/http/retry.ts'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

test.each([
  [7000, ['7', ' 7 ']],
  [1500, ['1.5']],
  [4000, ['Fri, 12 Jul 2024 15:35:04 GMT']],
  [0, ['0', 'Fri, 12 Jul 2024 15:34:04 GMT']],
  [undefined, ['9'.repeat(400), '-5', '+5', '10, 20', '2024-07-12', 'soon', '-1 x', undefined]],
])('reads %j ms from each Retry-After header in %j', (ms, headers) => {
  for (const header of headers)
    expect([header, retryAfter(header, Date.parse('2024-07-12T15:35:00Z'))]).toEqual([header, ms])
})

const HOUR = 3_600_000

test.each([HOUR, -HOUR])("measures a server's times by its own clock, not the runner's: %d ms ahead", async aheadMs => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const inTenSeconds = Date.now() + 10_000
  const limited = { kind: 'status', method: 'POST', status: 429 } as const
  pinata.fault({ ...limited, headers: { 'X-RateLimit-Reset': String(Math.ceil(inTenSeconds / 1000)) } })
  pinata.fault({ ...limited, retryAfter: new Date(inTenSeconds).toUTCString() })
  const done = await runKeyStep(inputs, { aheadMs })
  // A rejected request created no key, so there is nothing to look for.
  expect([done.error, done.warnings, done.pauses.length]).toEqual([undefined, [], 2])
  for (const ms of done.pauses) {
    expect(ms).toBeGreaterThan(8000)
    expect(ms).toBeLessThan(13_000)
  }
})

test.each([
  ['a reset in ten seconds', { 'x-ratelimit-reset': '1720798510' }, 10_000],
  ['no request left', { 'x-ratelimit-reset': '1720798510', 'x-ratelimit-remaining': '0' }, 10_000],
  ['more requests than allowed', { 'x-ratelimit-reset': '1720798510', 'x-ratelimit-remaining': '-1' }, 10_000],
  ['an unusable number', { 'x-ratelimit-reset': '1720798510', 'x-ratelimit-remaining': '0, 59' }, 10_000],
  ['requests left', { 'x-ratelimit-reset': '1720798510', 'x-ratelimit-remaining': '1' }, undefined],
  ['a reset in the past', { 'x-ratelimit-reset': '1720798000' }, 0],
  ['a reset that is not a time', { 'x-ratelimit-reset': 'soon' }, undefined],
])('reads X-RateLimit-Reset: %s', (_name, headers, ms) => {
  expect(rateLimitReset(headers, Date.parse('2024-07-12T15:35:00Z'))).toBe(ms)
  expect(rateLimitReset(headers, undefined)).toBeUndefined()
})
