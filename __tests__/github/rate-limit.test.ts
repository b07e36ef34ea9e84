import { expect, test } from '@jest/globals'
import { rateLimitOf } from '../../src/github/errors-and-rate-limits.ts'
import { DATE, type ResponseRow, receive } from '../support/error-server.ts'

const LIMIT_EXHAUSTED = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse(DATE) / 1000 + 30) }
const LIMIT_LEFT = { ...LIMIT_EXHAUSTED, 'x-ratelimit-remaining': '4500' }
const SECONDARY = 'You have exceeded a secondary rate limit.'

test.each<[string, ResponseRow, ReturnType<typeof rateLimitOf>]>([
  ['exhausted, without a message', [403, '', LIMIT_EXHAUSTED], { waitMs: 30_000 }],
  ['too many requests, without a time', [429, ''], { waitMs: undefined }],
  ['only a time to wait', [403, { message: 'x' }, { 'retry-after': '5' }], { waitMs: 5000 }],
  ['secondary, until the reset', [403, { message: SECONDARY }, LIMIT_EXHAUSTED], { waitMs: 30_000 }],
  ['secondary, 403, without a time', [403, { message: SECONDARY }, LIMIT_LEFT], { waitMs: 60_000 }],
  ['secondary, 429, without a time', [429, { message: SECONDARY }, LIMIT_LEFT], { waitMs: 60_000 }],
  ['another status', [404, { message: 'API rate limit exceeded for installation ID 1.' }, LIMIT_EXHAUSTED], undefined],
])('recognizes whether a rate limit was exceeded: %s', async (_name, response, expected) => {
  expect(rateLimitOf(await receive(response))).toEqual(expected)
})
