// The post step loads this file before it knows whether there is anything to do, so it imports nothing large.
import type { SavedState, StateIn } from '../state/state.ts'

/** What the post step settles. `unclear`: `revoke` depends on the job's status, which is invalid. */
export type PostPlan = SavedState | (Omit<StateIn<'ready'>, 'phase'> & { phase: 'unclear' })

/**
 * Decides what the post step has to settle.
 * @param jobStatus `success`, `failure`, or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
export function decide(state: SavedState | undefined, jobStatus: string): PostPlan | undefined {
  if (state?.phase !== 'ready' || state.revoke === 'after-job') return state
  if (jobStatus === 'success') return undefined
  return ['failure', 'cancelled'].includes(jobStatus) ? state : { ...state, phase: 'unclear' }
}
