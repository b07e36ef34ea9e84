import { ActionError, messageOf, resultOf } from '../errors.ts'
import { unlessItThrows } from '../http/reply.ts'
import { Deadline } from '../http/retry.ts'
import { parseApiUrl, readGitHubToken, readJwt } from '../inputs/credentials.ts'
import { reportUnclaimed, uncheckedSentence } from '../lost/report-unclaimed.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { controlsOf, idOf } from '../pinata/types.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import type { StateIn } from '../state/state.ts'
import { openPinata, openRecords, type Step } from '../step/step.ts'
import { backoffFor, cleanupBackoff } from '../step/time-limits.ts'
import { warnIfUnprotected } from '../step/unprotected.ts'
import type { PostPlan } from './decide.ts'

// The post step's time limit, excluding its last check, which can take 90 more seconds. GitHub kills a canceled job's
// post steps after 285 seconds. This limit allows for a 90-second lookup of the record and a 60-second rate-limit wait.
const REVOCATION_LIMIT_MS = 3 * 60_000

/** Carries out the plan. A failure causes only a warning, because the job has finished its work. */
export async function runPostStep(plan: PostPlan, step: Step): Promise<void> {
  if (plan.phase === 'unreadable' || plan.phase === 'unclear') return step.log.warning(failureOf(plan))
  const deadline = new Deadline(step.clock, REVOCATION_LIMIT_MS)
  const { getInput } = step.core
  // Mask the JWT before a response from GitHub can contain it. If the JWT is invalid, `open()` reports that.
  unlessItThrows(() => readJwt(getInput, step.masks, 'post step'))
  const open = () => {
    const credentials = { apiUrl: parseApiUrl(getInput('api-url')), jwt: readJwt(getInput, step.masks, 'post step') }
    return openPinata(credentials, backoffFor('Pinata', deadline, step, step.graceEnded), step)
  }
  try {
    if (plan.phase === 'creating') await reportUnclaimed(open(), plan, step)
    else if (plan.phase === 'ready' || !(await isRecorded(plan, open, step))) await revokeControl(plan, open(), step)
  } catch (error) {
    step.log.warning(failureOf(plan, ` ${messageOf(error)}`))
  }
}

/** Returns whether the access control is recorded. If so, other runs may use it, so it is kept. */
async function isRecorded({ record, gateway, control }: StateIn<'created'>, open: () => PinataApi, step: Step) {
  if (record === undefined) return false
  try {
    const token = readGitHubToken(step.core.getInput, step.masks)
    const lookup = cleanupBackoff(step, 'GitHub', step.lookupEnded)
    const records = openRecords(token, gateway.id, lookup, step)
    const { records: found, hasProof } = await records.find(record.name, record.proof)
    if (found.length === 0) return false
    if (!hasProof) {
      // Another run may have renewed the access control, after which a sweep may have removed the step's own record.
      const pinata = open().with(backoffFor('Pinata', lookup.deadline, step, step.graceEnded))
      const isRenewed = async () => {
        const { proven } = records.partition(found, controlsOf(await pinata.gateway(gateway.id)))
        return proven.some(each => idOf(each.control) === idOf(control))
      }
      // Check twice, because Pinata's list may be empty for a short time.
      if (!(await isRenewed()) && !(await isRenewed())) return false
    }
  } catch (error) {
    // The step clears this state once it knows that the record exists, so there is probably no record.
    step.log.info(`Could not look up the record for the name ${record.name}. ${messageOf(error)}`)
    return false
  }
  const why = `it is recorded under the name ${record.name}, so other runs may use it.`
  step.log.info(`Kept ${control.kind} ${control.subject} on gateway ${gatewayName(gateway)}: ${why}`)
  return true
}

async function revokeControl(state: StateIn<'created' | 'ready'>, pinata: PinataApi, step: Step): Promise<void> {
  const { gateway, control } = state
  const removal = await resultOf(pinata.remove(gateway.id, control))
  const hasFailed = removal instanceof ActionError
  if (!hasFailed) reportRevoked(removal === 'revoked', state, step)
  await warnIfUnprotected({ pinata, address: gateway, step }, hasFailed ? removal : [control])
  if (hasFailed) throw removal
}

function reportRevoked(wasListed: boolean, { gateway, control, phase }: StateIn<'created' | 'ready'>, step: Step) {
  const { kind, subject } = control
  const { heading, column, revoked, created } = LABELS[kind]
  const name = gatewayName(gateway)
  const done = kind === 'key' ? `Revoked key ${subject} on` : `Removed origin ${subject} from`
  const why = phase === 'created' ? `, because the step that ${created} it failed` : ''
  const sentence = wasListed ? `The post step ${revoked} the ${kind}${why}.` : `The ${kind} was already ${revoked}.`
  if (wasListed) step.log.info(`${done} gateway ${name}.`)
  else step.log.info(`Gateway ${name} has no ${kind} ${subject}. ${sentence}`)
  const items = Object.entries({ Gateway: gatewayCell(gateway), [column]: code(subject) })
  addToSummary(step, section(`${heading} ${revoked}`, sentence) + table(['Item', 'Value'], items))
}

/** Describes what the post step leaves behind if it fails or only warns. @param why the cause, with a leading space */
export function failureOf(plan: PostPlan, why = ''): string {
  if (plan.phase === 'unreadable')
    return "Could not read the state that the step saved, so the post step did nothing. If the step's log shows a new key or origin, revoke the key or remove the origin with the revoke action or in Pinata."
  if (plan.phase === 'creating') return uncheckedSentence(plan, why)
  const { control, gateway } = plan
  const { revoke } = LABELS[control.kind]
  const keyOrOrigin = `${control.kind} ${control.subject} on gateway ${gatewayName(gateway)}`
  const advice = `To ${revoke} the ${control.kind}, use the revoke action or Pinata.`
  if (plan.phase === 'unclear')
    return `The post step did not ${revoke} ${keyOrOrigin}: revoke is set to on-failure, but job-status is not success, failure, or cancelled. Do not set job-status. ${advice}`
  return `The post step may have left ${keyOrOrigin}.${why} ${advice}`
}
