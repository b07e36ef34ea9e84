// The post step loads this file before it knows whether there is anything to do, so it imports nothing large.
import type { State } from '../state/state.ts'

/** The task of a post step. `warn of status`: `revoke` depends on the job's status, which is invalid. */
export type PostPlan = { task: 'warn of unreadable state' } | { task: 'clean up' | 'warn of status'; state: State }

/**
 * Decides what the post step has to do.
 * @param jobStatus `success`, `failure`, or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
export function decide(state: State | 'unreadable' | undefined, jobStatus: string): PostPlan | undefined {
  if (state === undefined) return undefined
  if (state === 'unreadable') return { task: 'warn of unreadable state' }
  if (state.phase !== 'ready' || state.revoke === 'after-job') return { task: 'clean up', state }
  if (jobStatus === 'success') return undefined
  return { task: ['failure', 'cancelled'].includes(jobStatus) ? 'clean up' : 'warn of status', state }
}
