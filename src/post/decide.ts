// The post step loads this file before it knows whether there is anything to do, so it imports no large code.
import type { State, StateIn } from '../state/state.ts'

/** The task of a post step. */
export type PostPlan =
  /** The state can't be read. */
  | { task: 'warn' }
  /** The response to a creation is missing. */
  | { task: 'report unclaimed'; state: StateIn<'creating'> }
  /** The access control was neither recorded nor passed on. */
  | { task: 'roll back'; state: StateIn<'created'> }
  /** `warn of status`: `revoke` depends on the job's status, which is not valid. */
  | { task: 'revoke' | 'warn of status'; state: StateIn<'ready'> }

/**
 * Decides what the post step has to do.
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
export function decide(state: State | 'unreadable' | undefined, jobStatus: string): PostPlan | undefined {
  if (state === undefined) return undefined
  if (state === 'unreadable') return { task: 'warn' }
  if (state.phase === 'creating') return { task: 'report unclaimed', state }
  if (state.phase === 'created') return { task: 'roll back', state }
  if (state.revoke === 'after-job') return { task: 'revoke', state }
  if (state.revoke === 'never' || jobStatus === 'success') return undefined
  return { task: ['failure', 'cancelled'].includes(jobStatus) ? 'revoke' : 'warn of status', state }
}
