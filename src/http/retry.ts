import { setTimeout as delay } from 'node:timers/promises'
import { type Classification, classify, mayHaveTakenEffect, type Reply } from './answers.ts'

/** Time and chance, so that tests need not wait. Milliseconds throughout. */
export interface Clock {
  /** Since 1970, by the runner's clock, which may be wrong and may be set while a step runs. */
  now(): number
  /** Since some moment, by a clock that nobody sets: how long something takes. */
  elapsed(): number
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
}

/** Until when a piece of work may take. */
export class Deadline {
  readonly #clock: Clock
  #until: number

  /** @param ms how long from now */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#until = clock.elapsed() + ms
  }

  /** Milliseconds until the deadline; 0 when it is over. */
  get left(): number {
    return Math.max(0, this.#until - this.#clock.elapsed())
  }

  /** Gives more time, for work that turned out to be more. */
  extend(ms: number): void {
    this.#until += ms
  }
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A shorter time that a server asks for says nothing. */
const SHORTEST_ASKED_MS = 1000

/** One request, from the name look-up to the last byte of its answer. In milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000

/** The pauses between the requests of a step to one server. A used up rate limit makes all of them wait. */
export class Backoff {
  readonly deadline: Deadline
  /** The step is stopped: pauses and requests end at once. */
  readonly signal: AbortSignal
  readonly #clock: Clock
  #closedUntil = 0

  constructor(clock: Clock, deadline: Deadline, signal: AbortSignal) {
    this.#clock = clock
    this.deadline = deadline
    this.signal = signal
  }

  /** How long the next request may take, in milliseconds. */
  get requestTimeoutMs(): number {
    return Math.max(1, Math.min(REQUEST_TIMEOUT_MS, this.deadline.left))
  }

  /** Waits while the rate limit is known to be used up, or until the step is stopped. */
  async waitForRateLimit(): Promise<void> {
    const closedFor = () => this.#closedUntil - this.#clock.elapsed()
    for (let ms = closedFor(); ms > 0 && !this.signal.aborted; ms = closedFor()) await this.#sleep(ms)
  }

  /**
   * Pauses before the next try: as long as the server asks, else longer each time; with jitter, so that jobs that were
   * refused together do not come back together.
   *
   * @param tries how many were made
   * @returns false, without a pause, if the deadline would pass first; false as well if the step is stopped
   */
  async waitBeforeRetry({ classification, retryAfterMs = 0 }: Attempt<unknown>, tries: number): Promise<boolean> {
    const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
    const jitter = this.#clock.random()
    // A server that asks for no time at all gets the growing pause, or it would be asked without end.
    const ms =
      retryAfterMs < SHORTEST_ASKED_MS ? growing * (0.5 + jitter / 2) : retryAfterMs + jitter * Math.min(1000, growing)
    if (ms >= this.deadline.left || this.signal.aborted) return false
    if (classification === 'rate-limited') {
      this.#closedUntil = Math.max(this.#closedUntil, this.#clock.elapsed() + ms)
      await this.waitForRateLimit()
    } else {
      await this.#sleep(ms)
    }
    return !this.signal.aborted
  }

  /** Pauses for some milliseconds. @returns false if the deadline would pass first, or the step is stopped */
  async pause(ms: number): Promise<boolean> {
    if (ms >= this.deadline.left || this.signal.aborted) return false
    await this.#sleep(ms)
    return !this.signal.aborted
  }

  async #sleep(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.signal).catch(() => {})
  }
}

/** What came of sending a request once. */
export interface Attempt<T> {
  classification: Classification
  mayHaveTakenEffect: boolean
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  value: T
}

/** An attempt as its reply tells of it. */
export function attemptOf(reply: Reply): Attempt<Reply> {
  const retryAfterMs = reply.kind === 'answer' ? reply.retryAfterMs : undefined
  return { classification: classify(reply), mayHaveTakenEffect: mayHaveTakenEffect(reply), retryAfterMs, value: reply }
}

/** How often something is tried. */
export interface RetryPolicy<T> {
  /** Tries that fail for no fault of ours; waits for the rate limit are not counted. */
  maxTries?: number
  /** Lost answers: failed tries that may have taken effect. */
  maxLost?: number
  /** How much time must be left for one more try, in milliseconds. */
  minLeftMs?: number
  /** Looks for what a failed try brought about. What it finds is the outcome. */
  findLost?: (() => Promise<T | undefined>) | undefined
}

export const MAX_TRIES = 5

/**
 * Sends a request until it is answered for good, or the policy, the deadline or the end of the step is in the way.
 *
 * @returns the last attempt, whatever it was, and how many answers were lost for good
 */
export async function retry<T>(
  send: () => Promise<Attempt<T>>,
  backoff: Backoff,
  { maxTries = MAX_TRIES, maxLost = Number.POSITIVE_INFINITY, minLeftMs = 0, findLost }: RetryPolicy<T> = {},
): Promise<{ last: Attempt<T>; lost: number }> {
  let failures = 0
  let lost = 0
  for (let tries = 1; ; tries++) {
    await backoff.waitForRateLimit()
    const last = await send()
    const { classification } = last
    if (classification === 'ok') return { last, lost }
    if (last.mayHaveTakenEffect) {
      const value = await findLost?.()
      if (value !== undefined) return { last: { classification: 'ok', mayHaveTakenEffect: true, value }, lost }
      lost++
    }
    if (classification === 'transient') failures++
    const isFinal = classification === 'permanent' || failures >= maxTries || lost >= maxLost
    if (isFinal || !(await backoff.waitBeforeRetry(last, tries)) || backoff.deadline.left < minLeftMs)
      return { last, lost }
  }
}
