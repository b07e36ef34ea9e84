import { type Backoff, type Clock, Deadline } from '../http/retry.ts'
import type { Runner } from '../runner/signals-and-exit.ts'

/** The parts of a step that its time limits depend on. */
type Timed = Pick<Runner, 'log' | 'stopped'> & GraceSignals & { clock: Clock }

/** How long a step may take, in milliseconds. `SWEEP_AFTER_MS` in `names/expiry-and-renewal.ts` assumes this limit. */
export const STEP_LIMIT_MS = 15 * 60_000
/** How much longer the revoke action's step may take for each access control that it revokes, in milliseconds. */
export const EXTRA_LIMIT_MS = 3_000
/** How much longer, in milliseconds, a step may take to revoke or report what it created, or to make its last check. */
export const CLEANUP_LIMIT_MS = 90_000

export type GraceSignals = ReturnType<typeof graceSignalsOf>

/** Returns signals that end a stopped step's work. @param stopped a signal that aborts when the step is stopped */
export function graceSignalsOf(stopped: AbortSignal) {
  const after = (ms: number) => {
    const grace = new AbortController()
    stopped.addEventListener('abort', () => setTimeout(() => grace.abort(), ms).unref(), { once: true })
    return grace.signal
  }
  // The lookup of a record ends first, so that two seconds remain to revoke or report what the step created.
  return { lookupEnded: after(4_000), graceEnded: after(6_000) }
}

/** Returns a backoff for a step's requests to a server. It ends when `signal` aborts. @param server the name to log */
export function backoffFor(server: string, deadline: Deadline, step: Timed, signal = step.stopped): Backoff {
  return { deadline, signal, report: message => step.log.info(`${server}: ${message}`) }
}

/** Starts and returns a backoff for revoking or reporting what a step created. It ends soon after a stop signal. */
export function cleanupBackoff(step: Timed, server = 'Pinata', signal = step.graceEnded): Backoff {
  return backoffFor(server, new Deadline(step.clock, CLEANUP_LIMIT_MS), step, signal)
}
