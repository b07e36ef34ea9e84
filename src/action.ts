// All of the code but the entries, in one bundle that they share: what a runner downloads stays small, and an entry
// that has nothing to do loads none of it.
import { endJob } from './end-of-job.ts'
import { getKey } from './gateway-key.ts'
import { readKeyInputs, readRevokeInputs } from './inputs.ts'
import { revokeKeys } from './revoke-keys.ts'
import type { EndOfJobWork } from './state.ts'
import { runStep } from './step.ts'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return runStep(step => getKey(readKeyInputs(step.core.getInput, step.secrets), step), 'fail')
}

/** The end of the job, for a step of `action.yml` that left work for it. It never fails a job. */
export function post(work: EndOfJobWork): Promise<void> {
  return runStep(step => endJob(work, step), 'warn')
}

/** The step of `revoke/action.yml`. */
export function revoke(): Promise<void> {
  return runStep(step => revokeKeys(readRevokeInputs(step.core.getInput, step.secrets), step), 'fail')
}
