// The post step loads this file before it knows whether there is anything to do, so this file imports nothing large.
import type { SavedState, StateIn } from '../state/state.ts'

/** The post step's plan. In the `unclear` phase, `revoke` depends on the job's status, but that status is invalid. */
export type PostPlan = SavedState | (Omit<StateIn<'ready'>, 'phase'> & { phase: 'unclear' })

/** Returns the plan, or `undefined` if none is needed. @param jobStatus `${{ job.status }}` when the job ends */
export function decide(state: SavedState | undefined, jobStatus: string): PostPlan | undefined {
  if (state?.phase !== 'ready' || state.revoke === 'after-job') return state
  if (jobStatus === 'success') return undefined
  return ['failure', 'cancelled'].includes(jobStatus) ? state : { ...state, phase: 'unclear' }
}
