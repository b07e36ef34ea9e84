import { expect, test } from '@jest/globals'
import type { Answer } from '../../src/http/answers.ts'
import { rateLimitReset, retryAfter } from '../../src/http/headers.ts'
import { attemptOf, Backoff, type Clock, Deadline, retry } from '../../src/http/retry.ts'
import { pinataWithGateway, requestsOf, runKeyStep } from '../support/step.ts'

/** A clock that goes on only by sleeping, and the pauses it was asked for. */
function clock(random = 0.5) {
  const pauses: number[] = []
  let now = 0
  const fake: Clock = {
    now: () => now,
    elapsed: () => now,
    sleep: async ms => {
      pauses.push(ms)
      now += ms
    },
    random: () => random,
  }
  return { ...fake, pauses }
}

function answer(status: number, retryAfterMs?: number): Answer {
  return {
    kind: 'answer',
    status,
    json: {},
    headers: {},
    requestId: undefined,
    dateMs: undefined,
    location: undefined,
    retryAfterMs,
  }
}

const NEVER = new AbortController().signal

/** A backoff with a deadline, and nobody who stops the step. */
const backoffOf = (time: Clock, limitMs: number) => new Backoff(time, new Deadline(time, limitMs), NEVER)

/** What {@link retry} sends. */
const sending = (send: () => Answer) => async () => attemptOf(send())

/** Sends requests that are answered with these statuses, the last one for ever. */
async function send(statuses: Answer[], limitMs: number, random?: number) {
  const time = clock(random)
  let sent = 0
  const { last } = await retry(
    sending(() => statuses[Math.min(sent++, statuses.length - 1)] as Answer),
    backoffOf(time, limitMs),
  )
  return { status: (last.value as Answer).status, sent, pauses: time.pauses, took: time.now() }
}

test.each([500, 502, 503, 504, 408])('a %d is asked again five times, with growing pauses', async status => {
  const { sent, pauses } = await send([answer(status)], 60_000)
  expect(sent).toBe(5)
  expect(pauses).toEqual([375, 750, 1500, 3000])
})

test.each([400, 401, 403, 404, 301])('a %d is not asked again', async status => {
  expect((await send([answer(status)], 60_000)).sent).toBe(1)
})

test('pauses are spread by chance from half to all of their length', async () => {
  expect((await send([answer(500)], 60_000, 0)).pauses).toEqual([250, 500, 1000, 2000])
  expect((await send([answer(500)], 60_000, 1)).pauses).toEqual([500, 1000, 2000, 4000])
})

test('a rate limit is waited for as long as Retry-After says, and a little longer by chance', async () => {
  const { status, pauses } = await send([answer(429, 7000), answer(429, 7000), answer(200)], 60_000)
  expect(status).toBe(200)
  expect(pauses).toEqual([7250, 7500])
})

test('a rate limit without Retry-After is waited for with growing pauses, more often than a failure', async () => {
  const { status, sent, pauses } = await send([...Array(9).fill(answer(429)), answer(200)], 600_000)
  expect([status, sent]).toEqual([200, 10])
  expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000)
})

test.each([0, 999])('a Retry-After of %d ms is no reason to ask without end', async ms => {
  const { sent, pauses } = await send([answer(429, ms)], 60_000)
  expect(pauses.slice(0, 6)).toEqual([375, 750, 1500, 3000, 6000, 11_250])
  expect(sent).toBeLessThan(12)
})

test('Retry-After of a failure is obeyed too', async () => {
  expect((await send([answer(503, 9000), answer(200)], 60_000)).pauses).toEqual([9250])
})

test.each([0, 1, 2, 3, 4, 5])('a clock that goes on between two looks makes no pause of nothing: %d', async early => {
  const pauses: number[] = []
  let time = 0
  const ticking = {
    // Each look takes a millisecond, and timers may be early.
    now: () => 0,
    elapsed: () => time++,
    sleep: async (ms: number) => {
      pauses.push(ms)
      time += Math.max(1, ms - early)
    },
    random: () => 0,
  }
  const backoff = backoffOf(ticking, 60_000)
  await retry(
    sending(() => (pauses.length === 0 ? answer(429, 5000) : answer(200))),
    backoff,
  )
  expect(Math.min(...pauses)).toBeGreaterThan(0)
})

test('nothing is waited for beyond the overall limit', async () => {
  const { status, sent, took } = await send([answer(429, 3_600_000)], 60_000)
  expect([status, sent, took]).toEqual([429, 1, 0])
})

test('a clock that is set back while a step runs gives it no more time', async () => {
  const time = clock()
  const setBack = { ...time, now: () => time.now() - 3_600_000 * time.pauses.length }
  const { last } = await retry(
    sending(() => answer(429, 1000)),
    backoffOf(setBack, 60_000),
  )
  expect((last.value as Answer).status).toBe(429)
  expect(time.elapsed()).toBeLessThanOrEqual(60_000)
})

test('all tries together end at the overall limit', async () => {
  const { took } = await send([answer(429, 1000)], 60_000)
  expect(took).toBeGreaterThan(50_000)
  expect(took).toBeLessThanOrEqual(60_000)
})

test('when one request meets the rate limit, the others wait as well', async () => {
  const time = clock()
  const backoff = backoffOf(time, 60_000)
  const first = retry(
    sending(() => (time.now() < 5000 ? answer(429, 5000) : answer(200))),
    backoff,
  )
  await Promise.resolve()
  let sentAt = -1
  await retry(
    sending(() => {
      sentAt = time.now()
      return answer(200)
    }),
    backoff,
  )
  await first
  expect(sentAt).toBeGreaterThanOrEqual(5000)
})

test.each([
  ['7', 7000],
  [' 7 ', 7000],
  ['0', 0],
  ['1.5', 1500],
  ['-5', undefined],
  ['+5', undefined],
  ['10, 20', undefined],
  ['2024-07-12', undefined],
  ['Fri, 12 Jul 2024 15:35:04 GMT', 4000],
  ['Fri, 12 Jul 2024 15:34:04 GMT', 0],
  ['soon', undefined],
  ['-1 x', undefined],
  [undefined, undefined],
])('reads Retry-After: %s', (header, ms) => {
  expect(retryAfter(header, Date.parse('2024-07-12T15:35:00Z'))).toBe(ms)
})

test.each([
  ['a reset', { kind: 'reset' }],
  ['a cut answer', { kind: 'truncate' }],
  ['a 500', { kind: 'status', status: 500 }],
  ['a page of HTML', { kind: 'body', body: '<html>' }],
] as const)('the read before a key is made is repeated after %s', async (_name, fault) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ method: 'GET', ...fault })
  const done = await runKeyStep({ ...inputs, 'first-key': 'fail' })
  expect(done.error).toBeUndefined()
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways', 'POST access_tokens'])
})

const HOUR = 3_600_000

test.each([0, HOUR, -HOUR])(
  "times that a server names are measured by its own clock, not the runner's: %d ms",
  async aheadMs => {
    const { pinata, inputs } = await pinataWithGateway(1)
    const inTenSeconds = Date.now() + 10_000
    const limited = { kind: 'status', method: 'POST', status: 429 } as const
    pinata.fault({ ...limited, headers: { 'X-RateLimit-Reset': String(Math.ceil(inTenSeconds / 1000)) } })
    pinata.fault({ ...limited, retryAfter: new Date(inTenSeconds).toUTCString() })
    const done = await runKeyStep(inputs, { aheadMs })
    expect(done.error).toBeUndefined()
    expect(done.pauses).toHaveLength(2)
    for (const ms of done.pauses) {
      expect(ms).toBeGreaterThan(8000)
      expect(ms).toBeLessThan(13_000)
    }
  },
)

test.each([
  ['a reset in ten seconds', { 'x-ratelimit-reset': '1720798510' }, 10_000],
  ['a reset that is over asks for nothing', { 'x-ratelimit-reset': '1720798000' }, 0],
  ['a reset that is no time says nothing', { 'x-ratelimit-reset': 'soon' }, undefined],
])('X-RateLimit-Reset: %s', (_name, headers, ms) => {
  expect(rateLimitReset(headers, Date.parse('2024-07-12T15:35:00Z'))).toBe(ms)
  expect(rateLimitReset(headers, undefined)).toBeUndefined()
})
