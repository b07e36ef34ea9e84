// The end of a job loads this file before it knows whether there is anything to do, so it imports types only.

import type { GatewayName } from '../pinata/api.ts'
import type { ApiUrl, KeyId, KeyName, RevokeWhen } from './inputs.ts'
import type { Snapshot } from './snapshot.ts'

/** What main leaves for the end of the job. No secret is in it: the runner keeps it in plain text. */
export interface State {
  apiUrl: ApiUrl
  gateway: GatewayName
  revoke: RevokeWhen
  /** The key that this step made. */
  keyId?: KeyId
  /** The name that is recorded for it. */
  name?: KeyName
  /** Set while a key may have been made that nobody knows of: what the gateway had before. */
  before?: Snapshot
}

const NAME = 'end-of-job'

/** Saves the state for the end of the job; `undefined` clears it. What was saved last counts. */
export function writeState(save: (name: string, value: string) => void, state: State | undefined): void {
  save(NAME, state === undefined ? '' : JSON.stringify(state))
}

/** What main saved, read from the environment as `core.getState` does; `undefined` if there is none that can be read. */
export function readState(env: NodeJS.ProcessEnv): State | undefined {
  try {
    const state: Partial<State> | null = JSON.parse(env[`STATE_${NAME}`] ?? '')
    return typeof state?.apiUrl === 'string' && typeof state.gateway?.id === 'string' ? (state as State) : undefined
  } catch {
    return undefined
  }
}

/** What there is to do at the end of the job. */
export interface EndOfJobWork {
  state: State
  /** The key to revoke. */
  revoke?: KeyId
  /** A key that may or may not have to be revoked: the job's status was not given. */
  undecided?: KeyId
}

/**
 * Decides what the end of the job has to do.
 *
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` at the end
 * @returns `undefined` if there is nothing to do
 */
export function workAtEndOfJob(state: State | undefined, jobStatus: string): EndOfJobWork | undefined {
  if (state === undefined) return undefined
  const { keyId, revoke, before } = state
  const failed = jobStatus === 'failure' || jobStatus === 'cancelled'
  if (keyId !== undefined && (revoke === 'after-job' || (revoke === 'on-failure' && failed)))
    return { state, revoke: keyId }
  if (keyId !== undefined && revoke === 'on-failure' && jobStatus !== 'success') return { state, undecided: keyId }
  return before === undefined ? undefined : { state }
}
