import { expect, test } from '@jest/globals'
import { faultOf } from '../../src/http/network-faults.ts'
import type { HttpResponse, Reply } from '../../src/http/reply.ts'
import { attemptOf, type Clock, Deadline, MAX_TRIES, retry, systemClock } from '../../src/http/retry.ts'
import { connectTo, within } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

/** Returns a clock that advances only when something sleeps, and the list of requested pauses. */
function clock(random = 0.5) {
  const pauses: number[] = []
  const now = () => pauses.reduce((sum, ms) => sum + ms, 0)
  const fake: Clock = { now, elapsed: now, sleep: async ms => void pauses.push(ms), random: () => random }
  return { ...fake, pauses }
}

function response(status: number, retryAfterMs?: number, afterSuccess = false): HttpResponse {
  const rest = { json: {}, headers: {}, requestId: undefined, dateMs: undefined }
  return { kind: 'response', status, retryAfterMs, afterSuccess, ...rest }
}

/** Returns the limits of a step that, by default, has a minute and is never stopped. */
function backoffFor(time: Clock, { limitMs = 60_000, signal = new AbortController().signal, reports = [''] } = {}) {
  return { deadline: new Deadline(time, limitMs), signal, report: (message: string) => void reports.push(message) }
}

/** Sends requests that get these replies, the last one repeatedly. By default, the step has a minute. */
async function send(replies: Reply[], { time = clock(), maxTries = MAX_TRIES, limitMs = 60_000 } = {}) {
  let sent = 0
  const reports: string[] = []
  const next = async () => {
    if (sent > 100) throw new Error('The retries do not end.')
    return attemptOf(replies[Math.min(sent++, replies.length - 1)] as Reply)
  }
  const { reply } = await retry(next, backoffFor(time, { limitMs, reports }), { maxTries })
  return { status: (reply as HttpResponse).status, sent, pauses: time.pauses, elapsedMs: time.elapsed(), reports }
}

const responses = (...statuses: number[]) => statuses.map(status => response(status))

test.each([
  ['a server failure, with growing pauses', responses(500, 502, 503, 504, 408), [375, 750, 1500, 3000]],
  ['no other rejection', responses(400, 401, 403, 404, 301), []],
  ['no other rejection after a success', [response(403, undefined, true)], []],
])('retries %s', async (_name, replies, expected) => {
  for (const each of replies) expect((await send([each])).pauses).toEqual(expected)
})

test.each([
  ['once, as the first response of a connection', 0, 1, 401, 1],
  ['once, after a success', 1, 1, 200, 3],
  ['twice, after a success', 1, 2, 401, 3],
])('retries a 401 only right after a success: %s', async (_name, successes, times, status, requests) => {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  const connection = connectTo(pinata.apiUrl, jwt)
  const read = () => connection.exchange('GET', `/gateways/${gateway.id}`, within(30_000))
  pinata.fault({ kind: 'status', status: 401, skip: successes, times })
  for (let count = 0; count < successes; count++) expect(await read()).toMatchObject({ status: 200 })
  const { reply } = await retry(async () => attemptOf(await read()), backoffFor(clock()))
  expect(reply).toMatchObject({ status })
  expect(pinata.requests).toHaveLength(requests)
})

test.each<[string, Reply, string[], times?: number]>([
  ['after a failure', response(503, 9000), ['HTTP 503. Waiting until 00:00:09 UTC.']],
  ['for the rate limit', response(429, 32_000), ['rate limit exceeded. Waiting until 00:00:32 UTC.']],
  ['after a fault', faultOf('read ECONNRESET'), ['read ECONNRESET. Waiting until 00:00:11 UTC.'], 5],
  ['unless it is under five seconds', response(503, 4000), []],
  ['unless it is too long for the step', response(429, 61_000), []],
])('reports a wait, with its reason and end, %s', async (_name, first, messages, times = 1) => {
  expect((await send([...Array(times).fill(first), response(200)], { maxTries: 7 })).reports).toEqual(messages)
})

test('randomizes pauses between half and all of their length', async () => {
  expect((await send([response(500)], { time: clock(0) })).pauses).toEqual([250, 500, 1000, 2000])
  expect((await send([response(500)], { time: clock(1) })).pauses).toEqual([500, 1000, 2000, 4000])
})

test('waits as long as Retry-After requires, plus a little jitter', async () => {
  expect((await send([response(503, 9000), response(200)])).pauses).toEqual([9250])
  const { status, pauses } = await send([response(429, 7000), response(429, 7000), response(200)])
  expect([status, pauses]).toEqual([200, [7250, 7500]])
})

test('retries with growing pauses, and more often than after a failure, if a rate limit has no Retry-After', async () => {
  const { status, sent, pauses } = await send([...Array(9).fill(response(429)), response(200)], { limitMs: 600_000 })
  expect([status, sent]).toEqual([200, 10])
  expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000)
})

test.each([0, 999])('does not retry endlessly if Retry-After is %d ms', async ms => {
  const { sent, pauses } = await send([response(429, ms)])
  expect(pauses.slice(0, 6)).toEqual([375, 750, 1500, 3000, 6000, 11_250])
  expect(sent).toBeLessThan(12)
})

test('measures durations in milliseconds since the process started', async () => {
  const [ms, otherMs] = [systemClock.elapsed(), performance.now()]
  await systemClock.sleep(100)
  expect(Math.abs(systemClock.elapsed() - ms - (performance.now() - otherMs))).toBeLessThan(20)
  expect(systemClock.elapsed()).toBeLessThan(86_400_000)
})

test('ends a pause at once when the step is stopped', async () => {
  const backoff = backoffFor(systemClock, { signal: AbortSignal.timeout(50) })
  const startedAt = performance.now()
  let sent = 0
  await retry(async () => attemptOf(response(503, 30_000 * ++sent)), backoff)
  expect(sent).toBe(1)
  expect(performance.now() - startedAt).toBeLessThan(5000)
})

test('stops retrying at the time limit, even if the clock is set back, and does not wait beyond it', async () => {
  expect(await send([response(429, 3_600_000)])).toMatchObject({ status: 429, sent: 1, elapsedMs: 0 })
  const time = clock()
  const clockSetBack = { ...time, now: () => time.now() - 3_600_000 * time.pauses.length }
  const { status, elapsedMs } = await send([response(429, 1000)], { time: clockSetBack })
  expect(status).toBe(429)
  expect(elapsedMs).toBeGreaterThan(50_000)
  expect(elapsedMs).toBeLessThanOrEqual(60_000)
})
