// The work of the entries, in one bundle: what a runner downloads stays small, and a post step that has nothing to do
// loads none of it.
import { ActionError } from './errors.ts'
import { getKey } from './steps/get-key.ts'
import { readKeyInputs, readRevokeInputs } from './steps/inputs.ts'
import { couldNot, endJob } from './steps/post-step.ts'
import { revokeKeys } from './steps/revoke-keys.ts'
import type { EndOfJobWork } from './steps/state.ts'
import { runStep } from './steps/step.ts'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return runStep(async step => {
    const inputs = readKeyInputs(step.core.getInput, step.secrets)
    // Without the file, @actions/core would print the key instead.
    if (!step.env.GITHUB_OUTPUT) throw new ActionError('GITHUB_OUTPUT is not set, so the key could not be an output.')
    await getKey(inputs, step)
  }, 'fail')
}

/** The post step of `action.yml`, for a step that left work for it. It never fails a job. */
export function post(work: EndOfJobWork): Promise<void> {
  const about = couldNot(work.state.gateway, work.revoke ?? work.undecided, '')
  return runStep(step => endJob(work, step), 'warn', about)
}

/** The step of `revoke/action.yml`. */
export function revoke(): Promise<void> {
  return runStep(step => revokeKeys(readRevokeInputs(step.core.getInput, step.secrets), step), 'fail')
}
