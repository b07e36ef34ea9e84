import { expect, test } from '@jest/globals'
import { rateLimitOf } from '../../src/github/rate-limit.ts'
import { DATE, type Response, receive } from '../support/error-server.ts'

const USED_UP = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse(DATE) / 1000 + 30) }
const PRIMARY = 'API rate limit exceeded for installation ID 1.'
const SECONDARY = 'You have exceeded a secondary rate limit.'

test.each<[string, Response, ReturnType<typeof rateLimitOf>]>([
  ['exhausted', [403, { message: PRIMARY }, USED_UP], { kind: 'primary', waitMs: 30_000 }],
  ['exhausted, without a message', [403, '', USED_UP], { kind: 'primary', waitMs: 30_000 }],
  ['exhausted, without a time', [403, { message: PRIMARY }], { kind: 'primary', waitMs: undefined }],
  ['too many requests, without a time', [429, ''], { kind: 'primary', waitMs: undefined }],
  ['only a time to wait', [403, { message: 'x' }, { 'retry-after': '5' }], { kind: 'primary', waitMs: 5000 }],
  ['secondary', [403, { message: SECONDARY }], { kind: 'secondary', waitMs: 60_000 }],
  ['secondary, timed', [429, { message: SECONDARY }, { 'retry-after': '5' }], { kind: 'secondary', waitMs: 5000 }],
  ['secondary, until the reset', [403, { message: SECONDARY }, USED_UP], { kind: 'secondary', waitMs: 30_000 }],
  ['a failure for another reason', [403, { message: 'Forbidden' }, USED_UP], undefined],
  ['another status', [404, { message: PRIMARY }, USED_UP], undefined],
])('recognizes whether a rate limit was exceeded: %s', async (_what, response, expected) => {
  expect(rateLimitOf(await receive(response))).toEqual(expected)
})
