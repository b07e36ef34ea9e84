// The work of the entries, in one bundle: what a runner downloads stays small, and a post step that has nothing to do
// loads none of it.
import { ActionError } from './errors.ts'
import { systemClock } from './http/retry.ts'
import { run } from './runner/runner.ts'
import { getKey } from './steps/get-key.ts'
import { readKeyInputs, readRevokeInputs } from './steps/inputs.ts'
import { failureOf, runPostStep } from './steps/post-step.ts'
import { revokeKeys } from './steps/revoke-keys.ts'
import type { PostWork } from './steps/state.ts'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return run(async runner => {
    const inputs = readKeyInputs(runner.core.getInput, runner.masks)
    // Without the file, @actions/core would print the key instead.
    if (!runner.env.GITHUB_OUTPUT) throw new ActionError('GITHUB_OUTPUT is not set, so the key could not be an output.')
    await getKey(inputs, { ...runner, clock: systemClock })
  }, 'fail')
}

/** The post step of `action.yml`, for a step that left work for it. It never fails a job. */
export function post(work: PostWork): Promise<void> {
  const about = failureOf(work.state.gateway, work.revoke ?? work.undecided, '')
  return run(runner => runPostStep(work, { ...runner, clock: systemClock }), 'warn', about)
}

/** The step of `revoke/action.yml`. */
export function revoke(): Promise<void> {
  return run(runner => {
    const inputs = readRevokeInputs(runner.core.getInput, runner.masks)
    return revokeKeys(inputs, { ...runner, clock: systemClock })
  }, 'fail')
}
