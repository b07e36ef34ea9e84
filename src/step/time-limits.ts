import { Backoff, Deadline } from '../http/retry.ts'
import { endOfGrace } from '../runner/process.ts'
import type { Step } from './step.ts'

/** How long a step may take, in milliseconds. The name protocol depends on this (src/names/expiry-and-renewal.ts). */
export const STEP_LIMIT_MS = 15 * 60_000
/** How much longer a step may take to revoke or report what it created, in milliseconds. */
const CLEANUP_LIMIT_MS = 90_000
/** How long a stopped step may look for a record, in milliseconds. A few seconds are then left for the revocation. */
const LOOKUP_GRACE_MS = 4_000

type Server = 'Pinata' | 'GitHub' | 'Gateway'

/** Returns a step's backoff for a server, which lasts until the step is stopped. The log shows long waits. */
export function backoffFor(server: Server, deadline: Deadline, step: Step, signal = step.stopped): Backoff {
  return new Backoff(step.clock, deadline, signal, message => step.log.info(`${server}: ${message}`))
}

/** Returns the backoff to revoke or report what a step created. The limit starts now; a stopped step has seconds. */
export function cleanupBackoff(step: Step, server: Server = 'Pinata'): Backoff {
  return backoffFor(server, new Deadline(step.clock, CLEANUP_LIMIT_MS), step, step.graceEnded)
}

/**
 * Returns a function that creates the backoff for finding a record before a revocation. Call lookupBackoff() before
 * requesting the record, because a stopped step's time starts at the stop.
 */
export function lookupBackoff(step: Step): () => Backoff {
  const end = endOfGrace(step.stopped, LOOKUP_GRACE_MS)
  return () => backoffFor('GitHub', new Deadline(step.clock, CLEANUP_LIMIT_MS), step, end)
}
