// What the entries share, in one bundle: what a runner downloads stays small, and an entry that has nothing to do loads
// none of it.
import { couldNot, endJob } from './end-of-job.ts'
import { ActionError } from './errors.ts'
import { getKey } from './gateway-key.ts'
import { readKeyInputs } from './inputs.ts'
import type { EndOfJobWork } from './state.ts'
import { runStep } from './step.ts'

/** The step of `action.yml`. */
export function main(): Promise<void> {
  return runStep(async step => {
    const inputs = readKeyInputs(step.core.getInput, step.secrets)
    // Without the file, @actions/core would print the key instead.
    if (!step.env.GITHUB_OUTPUT) throw new ActionError('GITHUB_OUTPUT is not set, so the key could not be an output.')
    await getKey(inputs, step)
  }, 'fail')
}

/** The end of the job, for a step of `action.yml` that left work for it. It never fails a job. */
export function post(work: EndOfJobWork): Promise<void> {
  const about = couldNot(work.state.gateway, work.revoke ?? work.undecided, '')
  return runStep(step => endJob(work, step), 'warn', about)
}

// What revoke.ts and names.ts use besides. In dist/ they are bundles of their own, as most jobs need neither, and find
// these here (scripts/build.mjs).
export { ActionError, messageOf, STOPPED } from './errors.ts'
export { explainFault, field, whatWasSaid } from './explain.ts'
export { Connection, parse, rateLimitReset } from './http.ts'
export { isKeyId, isKeyName, isLoopback, readRevokeInputs } from './inputs.ts'
export { addToSummary, gatewayCell, nameOf, readableTime, table } from './report.ts'
export { Deadline, repeat, verdict } from './retry.ts'
export { openApi, openRecords, patienceOf, runStep } from './step.ts'
export { count, printable, quoted } from './text.ts'
