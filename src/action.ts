// The work of the entries, in one bundle: what a runner downloads stays small, and a post step that has nothing to do
// loads none of it.
import { ActionError } from './errors.ts'
import { systemClock } from './http/retry.ts'
import type { Masks } from './runner/masks.ts'
import { run } from './runner/runner.ts'
import { allowOrigin } from './steps/allow-origin.ts'
import { getKey } from './steps/get-key.ts'
import { type GetInput, readKeyInputs, readOriginInputs, readRevokeInputs } from './steps/inputs.ts'
import { failureOf, runPostStep } from './steps/post-step.ts'
import { revoke as revokeSelected } from './steps/revoke.ts'
import type { PostWork } from './steps/state.ts'
import type { Step } from './steps/step.ts'

const KEY = 'Pinata gateway key'
const ORIGIN = 'Pinata web origin'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return runStep(readKeyInputs, getKey, { title: KEY, output: 'key' })
}

/** The step of `origin/action.yml`. */
export function origin(): Promise<void> {
  return runStep(readOriginInputs, allowOrigin, { title: ORIGIN, output: 'origin' })
}

/** The step of `revoke/action.yml`. */
export function revoke(): Promise<void> {
  return runStep(readRevokeInputs, revokeSelected, { title: KEY })
}

/** The post step of `action.yml` and `origin/action.yml`, for a step that left work for it. It never fails a job. */
export function post(work: PostWork): Promise<void> {
  const about = failureOf(work.state, work.revoke ?? work.undecided, '')
  const title = work.state.wanted.kind === 'key' ? KEY : ORIGIN
  return run(runner => runPostStep(work, { ...runner, clock: systemClock }), { onFailure: 'warn', title, about })
}

/** @param output what the step can't do without handing over, if there is such a thing */
function runStep<T>(
  readInputs: (getInput: GetInput, masks: Masks) => T,
  work: (inputs: T, step: Step) => Promise<void>,
  { title, output }: { title: string; output?: string },
): Promise<void> {
  return run(
    async runner => {
      const inputs = readInputs(runner.core.getInput, runner.masks)
      // Without the file, @actions/core would print the outputs instead, the key among them.
      if (output !== undefined && !runner.env.GITHUB_OUTPUT) {
        throw new ActionError(`GITHUB_OUTPUT is not set, so the ${output} could not be an output.`)
      }
      await work(inputs, { ...runner, clock: systemClock })
    },
    { onFailure: 'fail', title },
  )
}
