// The work of the entries, in one bundle: what a runner downloads stays small, and a post step that has nothing to do
// loads none of it.
import { ActionError } from './errors.ts'
import { systemClock } from './http/retry.ts'
import { type Runner, run } from './runner/runner.ts'
import { allowOrigin } from './steps/allow-origin.ts'
import { getKey } from './steps/get-key.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from './steps/inputs.ts'
import { failureOf, runPostStep } from './steps/post-step.ts'
import { revoke as revokeSelected } from './steps/revoke.ts'
import type { PostWork } from './steps/state.ts'

const KEY = 'Pinata gateway key'
const ORIGIN = 'Pinata web origin'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return run(
    async runner => {
      const inputs = readKeyInputs(runner.core.getInput, runner.masks)
      requireOutputFile(runner, 'key')
      await getKey(inputs, { ...runner, clock: systemClock })
    },
    { onFailure: 'fail', title: KEY },
  )
}

/** The step of `origin/action.yml`. */
export function origin(): Promise<void> {
  return run(
    async runner => {
      const inputs = readOriginInputs(runner.core.getInput, runner.masks)
      requireOutputFile(runner, 'origin')
      await allowOrigin(inputs, { ...runner, clock: systemClock })
    },
    { onFailure: 'fail', title: ORIGIN },
  )
}

/** The post step of `action.yml` and `origin/action.yml`, for a step that left work for it. It never fails a job. */
export function post(work: PostWork): Promise<void> {
  const about = failureOf(work.state, work.revoke ?? work.undecided, '')
  const title = work.state.wanted.kind === 'key' ? KEY : ORIGIN
  return run(runner => runPostStep(work, { ...runner, clock: systemClock }), { onFailure: 'warn', title, about })
}

/** The step of `revoke/action.yml`. */
export function revoke(): Promise<void> {
  return run(
    runner => {
      const inputs = readRevokeInputs(runner.core.getInput, runner.masks)
      return revokeSelected(inputs, { ...runner, clock: systemClock })
    },
    { onFailure: 'fail', title: KEY },
  )
}

/** Without the file, @actions/core would print the outputs instead, the key among them. */
function requireOutputFile({ env }: Runner, what: string): void {
  if (!env.GITHUB_OUTPUT) throw new ActionError(`GITHUB_OUTPUT is not set, so the ${what} could not be an output.`)
}
