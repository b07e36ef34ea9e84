import { setTimeout as delay } from 'node:timers/promises'
import { type Headers, type HttpResponse, isSuccess, type Reply } from './reply.ts'

/** Time and randomness, replaceable so that tests don't have to wait. All times are in milliseconds. */
export const systemClock = {
  /** The time since 1970, by the runner's clock, which may be wrong and may be adjusted while a step runs. */
  now: () => Date.now(),
  /** The time since the process started, by a monotonic clock. `performance` would take longer to load. */
  elapsed: () => process.uptime() * 1000,
  /** Waits. Rejects if the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, { signal }),
  random: () => Math.random(),
}
export type Clock = typeof systemClock

export class Deadline {
  readonly clock: Clock
  #end: number

  /** @param ms the time until the deadline */
  constructor(clock: Clock, ms: number) {
    this.clock = clock
    this.#end = clock.elapsed() + ms
  }

  /** The time until the deadline, in milliseconds, or 0 once it has passed. */
  get left(): number {
    return Math.max(0, this.#end - this.clock.elapsed())
  }

  /** Allows more time, counted from the deadline or, once it has passed, from now. */
  extend(ms: number): void {
    this.#end = Math.max(this.#end, this.clock.elapsed()) + ms
  }
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A server's request for a shorter wait is ignored. Otherwise, the step could retry endlessly. */
const SHORTEST_REQUESTED_MS = 1000
/** The time limit for one request, from the DNS lookup to the last byte of its response, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000
const REPORTED_WAIT_MS = 5_000

/** The limits for a step's sequential requests to one server, including the pauses between requests. */
export interface Backoff {
  deadline: Deadline
  /** Ends the work. Once this signal is aborted, pauses end immediately, and requests end within their `graceMs`. */
  signal: AbortSignal
  /** Receives a message, such as `HTTP 503. Waiting until 12:03:04 UTC.`, before each long wait. */
  report: (message: string) => void
}

export interface Attempt {
  /** A `transient` failure may be temporary. After a `permanent` failure, the same request would get the same reply. */
  classification: 'ok' | 'rate-limited' | 'transient' | 'permanent'
  mayHaveTakenEffect: boolean
  /** How long the server asks clients to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  /** The reason for a failure, such as "HTTP 503", for the log. */
  reason: string
  reply: Reply
}

/** Classifies a reply. @param isOwn whether the service itself sent a response (a proxy's 4xx may hide a success) */
export function attemptOf(reply: Reply, isOwn = (_: HttpResponse) => true): Attempt {
  if (reply.kind === 'fault') {
    const classification = reply.transient ? 'transient' : 'permanent'
    return { classification, mayHaveTakenEffect: reply.sent, reason: reply.reason, reply }
  }
  const { status, retryAfterMs, afterSuccess } = reply
  const isFailure = status >= 500 || status === 408
  // A server occasionally rejects a token that it has just accepted, so retry once to be sure.
  const isTransient = isFailure || (status === 401 && afterSuccess)
  const rejection = status === 429 ? 'rate-limited' : isTransient ? 'transient' : 'permanent'
  const mayHaveTakenEffect = status < 400 || isFailure || !isOwn(reply)
  const classification = isSuccess(reply) ? 'ok' : rejection
  return { classification, mayHaveTakenEffect, reason: `HTTP ${status}`, retryAfterMs, reply }
}

/** Waits for as long as the server asks, or backs off exponentially. Adds jitter. Returns whether to retry. */
async function waitBeforeRetry(attempt: Attempt, tries: number, { deadline, signal, report }: Backoff) {
  const { classification, retryAfterMs = 0, reason } = attempt
  const { clock, left } = deadline
  const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
  const jitter = clock.random()
  const isRequested = retryAfterMs >= SHORTEST_REQUESTED_MS
  const ms = isRequested ? retryAfterMs + jitter * Math.min(1000, growing) : growing * (0.5 + jitter / 2)
  if (ms >= left || signal.aborted) return false
  if (ms >= REPORTED_WAIT_MS) {
    const end = new Date(clock.now() + ms).toISOString().slice(11, 19)
    report(`${classification === 'rate-limited' ? 'rate limit exceeded' : reason}. Waiting until ${end} UTC.`)
  }
  await clock.sleep(ms, signal).catch(() => {})
  return !signal.aborted
}

export const MAX_TRIES = 5

/**
 * Tries a request until its outcome is final, or until a limit, the deadline, or the signal prevents a retry.
 * @param limits maximum failures (rate limits don't count), maximum lost responses, and the time that a retry needs
 * @returns the last attempt, whatever its outcome, and how many responses were lost
 */
export async function retry(
  send: () => Promise<Attempt>,
  backoff: Backoff,
  { maxTries = MAX_TRIES, maxLost = Number.POSITIVE_INFINITY, minLeftMs = 0 } = {},
): Promise<Attempt & { lost: number }> {
  for (let tries = 1, failures = 0, lost = 0; ; tries++) {
    const last = await send()
    const { classification, mayHaveTakenEffect } = last
    if (classification === 'ok') return { ...last, lost }
    if (mayHaveTakenEffect) lost++
    if (classification === 'transient') failures++
    const isFinal = classification === 'permanent' || failures >= maxTries || lost >= maxLost
    const mayRetry = !isFinal && (await waitBeforeRetry(last, tries, backoff)) && backoff.deadline.left >= minLeftMs
    if (!mayRetry) return { ...last, lost }
  }
}

/** Converts an HTTP date (RFC 9110, section 5.6.7) to milliseconds since 1970; returns `undefined` for other text. */
export function httpDate(text = ''): number | undefined {
  const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)
  const date = isDate ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

/** Converts `Retry-After` (RFC 9110, section 10.2.3) to milliseconds. If it is a date, subtracts `dateMs`. */
export function retryAfter(header: string | undefined, dateMs: number | undefined): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = httpDate(text)
  return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs)
}

/** Returns how many milliseconds after `dateMs` a rate limit resets, per `X-RateLimit-Reset` (seconds since 1970). */
export function rateLimitReset(headers: Headers, dateMs: number | undefined): number | undefined {
  const { 'x-ratelimit-reset': reset = '', 'x-ratelimit-remaining': remaining } = headers
  // GitHub sends both headers in every response. If requests remain, the limit has not been exceeded.
  const isReset = /^\d{1,12}$/.test(reset) && !(Number(remaining) > 0)
  return isReset && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined
}
