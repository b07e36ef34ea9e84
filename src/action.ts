// All entry points share this file's bundle to keep the download small. A post step loads the bundle only if needed.
import { ActionError } from './errors.ts'
import { getControl } from './get/key.ts'
import { Connection } from './http/connection.ts'
import type { EarlyConnection } from './http/early-connection.ts'
import { systemClock } from './http/retry.ts'
import type { InputSource } from './inputs/credentials.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from './inputs/read.ts'
import { LABELS } from './pinata/labels.ts'
import type { PostPlan } from './post/decide.ts'
import { failureOf, runPostStep } from './post/run.ts'
import { readPreviewInputs } from './preview/inputs-and-event.ts'
import { PREVIEW_HEADING, preview as runPreview } from './preview/preview.ts'
import { REVOKE_HEADING } from './revoke/report.ts'
import { revoke as revokeSelected } from './revoke/revoke.ts'
import { type Runner, run } from './runner/signals-and-exit.ts'
import type { Step } from './step/step.ts'
import { graceSignalsOf } from './step/time-limits.ts'

/** The actions' steps. `main` is for the root folder's action. The others are named after their actions' folders. */
export const main = entryOf(readKeyInputs, getControl, LABELS.key.heading)
export const origin = entryOf(readOriginInputs, getControl, LABELS.origin.heading)
export const revoke = entryOf(readRevokeInputs, revokeSelected, REVOKE_HEADING)
export const preview = entryOf(readPreviewInputs, runPreview, PREVIEW_HEADING)

/** Runs the post step, which every action except the revoke action has. The post step never fails a job. */
export function post(plan: PostPlan): Promise<void> {
  const { heading } = LABELS[plan.phase === 'unreadable' ? 'key' : plan.wanted.kind]
  return run(runner => runPostStep(plan, stepOf(runner)), heading, ` ${failureOf(plan)}`)
}

function entryOf<T>(read: (from: InputSource) => T, work: (inputs: T, step: Step) => Promise<void>, title: string) {
  return (early?: EarlyConnection): Promise<void> =>
    run(async runner => {
      const inputs = read({ ...runner, getInput: runner.core.getInput })
      const why = 'GITHUB_OUTPUT is not set. Run the step in a GitHub Actions workflow.'
      // Without `GITHUB_OUTPUT`, `@actions/core` would print the outputs, including the key.
      if (!runner.env.GITHUB_OUTPUT) throw new ActionError(`Could not set the outputs: ${why}`)
      await work(inputs, stepOf(runner, early))
    }, title)
}

function stepOf(runner: Runner, early?: EarlyConnection): Step {
  const network = { log: runner.log, redact: (text: string) => runner.masks.redact(text), early }
  const connect: Step['connect'] = (baseUrl, options) => new Connection(baseUrl, options, network)
  return { ...runner, ...graceSignalsOf(runner.stopped), clock: systemClock, connect }
}
