// The post step loads this file before it knows whether there is anything to do, so this file imports nothing large.
import type { SavedState, StateIn } from '../state/state.ts'

/** The post step's plan. `unclear`: `revoke` depends on the job's status, which is invalid. */
export type PostPlan = SavedState | (Omit<StateIn<'ready'>, 'phase'> & { phase: 'unclear' })

/** Returns the plan; `undefined` if there is nothing to do. @param jobStatus `${{ job.status }}` at the end of the job */
export function decide(state: SavedState | undefined, jobStatus: string): PostPlan | undefined {
  if (state?.phase !== 'ready' || state.revoke === 'after-job') return state
  if (jobStatus === 'success') return undefined
  return ['failure', 'cancelled'].includes(jobStatus) ? state : { ...state, phase: 'unclear' }
}
