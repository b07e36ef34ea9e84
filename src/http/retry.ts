import { setTimeout as delay } from 'node:timers/promises'
import { ActionError, STOPPED } from '../errors.ts'
import type { Reply } from './connection.ts'

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

/** How often something that failed for no fault of ours is tried. A full rate limit is waited for instead. */
export const MAX_TRIES = 5

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A `Retry-After` that is shorter says nothing. */
const SHORTEST_ASKED_MS = 1000

/** What a reply asks of the one who sent the request. */
export type Verdict = 'done' | 'wait' | 'again' | 'final'

/**
 * `done`: a 2xx. `wait`: the rate limit is used up, nothing was done. `again`: a fault that may pass.
 * `final`: the same request would get the same reply.
 */
export function verdict(reply: Reply): Verdict {
  if (reply.kind === 'fault') return reply.transient ? 'again' : 'final'
  if (reply.status >= 200 && reply.status < 300) return 'done'
  if (reply.status === 429) return 'wait'
  return reply.status >= 500 || reply.status === 408 ? 'again' : 'final'
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

/**
 * The patience of one step with one server: the step's deadline, and one pause that all requests to the server keep
 * when it says that a rate limit is used up.
 */
export class Patience {
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly #deadline: Deadline
  #closedUntil = 0

  /** @param signal the step is stopped: pauses and requests end at once */
  constructor(clock: Clock, deadline: Deadline, signal?: AbortSignal) {
    this.clock = clock
    this.signal = signal
    this.#deadline = deadline
  }

  /** Milliseconds until the deadline. */
  get left(): number {
    return this.#deadline.left
  }

  /** Waits while the rate limit is known to be used up. @throws ActionError when the step is stopped meanwhile */
  async turn(): Promise<void> {
    const closedFor = () => this.#closedUntil - this.clock.elapsed()
    for (let ms = closedFor(); ms > 0; ms = closedFor()) await this.#sleep(ms)
  }

  /**
   * Pauses before the next try: as long as the server asks (`Retry-After`, `X-RateLimit-Reset`), else longer each time; with jitter, so that jobs that
   * were refused together do not come back together.
   *
   * @param tries how many were made
   * @returns false, without a pause, if the deadline would pass first
   * @throws ActionError when the step is stopped meanwhile
   */
  async pause(reply: Reply, tries: number): Promise<boolean> {
    const asked = reply.kind === 'answer' ? reply.retryAfterMs : undefined
    const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
    const jitter = this.clock.random()
    // A server that asks for no time at all gets the growing pause, or it would be asked without end.
    const ms =
      (asked ?? 0) < SHORTEST_ASKED_MS ? growing * (0.5 + jitter / 2) : Number(asked) + jitter * Math.min(1000, growing)
    if (ms >= this.left) return false
    if (verdict(reply) === 'wait') {
      this.#closedUntil = Math.max(this.#closedUntil, this.clock.elapsed() + ms)
      await this.turn()
    } else {
      await this.#sleep(ms)
    }
    return true
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.signal?.aborted) await this.clock.sleep(ms, this.signal).catch(() => {})
    if (this.signal?.aborted) throw new ActionError(STOPPED)
  }
}

/**
 * Sends a request that does no harm when it is repeated (a read, a delete, a record that is only added) until it is
 * answered for good, {@link MAX_TRIES} times at the most, waits for the rate limit not counted.
 *
 * @returns the last reply, whatever it was
 * @throws ActionError when the step is stopped in a pause
 */
export async function repeat(send: () => Promise<Reply>, patience: Patience, maxTries = MAX_TRIES): Promise<Reply> {
  let failures = 0
  for (let tries = 1; ; tries++) {
    await patience.turn()
    const reply = await send()
    const asks = verdict(reply)
    if (asks === 'again') failures++
    if (asks === 'done' || asks === 'final' || failures >= maxTries) return reply
    if (!(await patience.pause(reply, tries))) return reply
  }
}
