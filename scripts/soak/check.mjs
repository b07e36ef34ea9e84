// Finds the outcomes of a run's keys and origins, and the promises that the run broke.
import { leaksOf } from './leaked-secrets.mjs'
import { getsKey, isRevoking, nameOf } from './plan.mjs'
import { checkRevoked, checkSelection, falseClaims, linesOf, violationsOf } from './revocations.mjs'

/** @import { JobRun, ProcessRun, RunResult } from './run.mjs' */
/** @import { Created } from './world.mjs' */
/** @import { JobPlan } from './plan.mjs' */

/** The maximum output of a step, including debug lines. */
const MAX_LINES = 1000
const MAX_BYTES = 100_000

/**
 * @param {RunResult} result
 * @returns {{ outcomes: Map<string, string>, violations: string[] }} outcomes by ID; broken promises, one sentence each
 */
export function checkRun(result) {
  const { jobs } = result
  const outcomes = new Map(result.created.map(control => [control.id, outcomeOf(control, result)]))
  const lost = result.created.filter(({ id }) => outcomes.get(id) === 'lost')
  const violations = [
    ...(result.emulatorError === undefined ? [] : [`The emulator failed: ${String(result.emulatorError)}`]),
    ...lost.map(({ kind, id, value }) => `${kind === 'key' ? `Key ${id}` : `Origin ${value} (${id})`} is lost.`),
    ...jobs.flatMap((job, number) => [
      ...job.processes.flatMap(each => checkProcess(job, each)),
      ...checkOutputs(job, result),
      ...checkRevocation(job, number, result),
      ...checkSelection(job),
      ...falseClaims(job),
    ]),
    ...result.revoked.flatMap(each => checkRevoked(each, result)),
    ...checkSweep(result),
    ...leaksOf(result),
  ]
  return { outcomes, violations }
}

/**
 * Returns the first outcome that applies to a key or an origin that a job requested. (docs/development.md, The soak) No
 * promise covers `not reported: …`, because a killed process logs nothing and a canceled one has no time to read the
 * gateway. In these cases, only the saved state names the key.
 * @param {Created} control
 * @param {RunResult} result
 */
function outcomeOf({ kind, id, value, job: number }, { remaining, jobs, recorded }) {
  if (!remaining.has(id)) return 'revoked'
  const job = jobs[number]
  if (job === undefined) return 'lost'
  const { main, post, processes, isShutDown } = job
  const { outcome, outputs } = main.result
  const isOutput = kind === 'key' ? outputs['key-id'] === id : outputs.origin === value
  // A step with a name must record what it creates. Otherwise, a revocation by name could not find it.
  const needsRecord = kind === 'origin' && nameOf(job.planned) !== undefined
  if (outcome === 'success' && isOutput && !needsRecord) return 'output'
  if (recorded.has(id)) return 'recorded'
  // The log always shows the input `origin`, so only messages of the action count.
  const lines = processes.flatMap(each => linesOf(each))
  const log = lines.join('\n')
  const annotations = processes.flatMap(({ result }) => result.annotations.map(({ message }) => message))
  const messages = [...annotations, ...lines.filter(line => line.startsWith('Added origin '))].join('\n')
  if (kind === 'key' ? log.includes(id) : messages.includes(value)) return 'named'
  if (/may have an unclaimed (key|entry)/.test(log)) return 'reported without ID'
  const killed = main.result.signal !== null
  const cancelled = outcome === 'cancelled'
  if (killed && main.lost.has('state')) return 'not reported: killed, and its state was lost'
  if (cancelled && main.lost.has('state')) return 'not reported: canceled, and its state was lost'
  if ((killed || cancelled) && post?.result.signal === 'SIGKILL') return 'not reported: the post step was also killed'
  if (killed && isShutDown) return 'not reported: killed, and the runner was shut down'
  return 'lost'
}

/** @param {JobRun} job @param {ProcessRun} processRun @returns {string[]} */
function checkProcess({ planned, main, isShutDown }, processRun) {
  const { requests, result } = processRun
  const { exitCode, signal, outcome, log, raw, stderr, annotations } = result
  const isMain = processRun === main
  const stage = isMain ? 'step' : 'post step'
  const hasError = annotations.some(({ level }) => level === 'error')
  // A shutdown makes the outcome of the running step `cancelled`, whatever the step does.
  const failed = isShutDown ? exitCode !== 0 : outcome !== 'success'
  const lines = raw.split('\n').filter(line => line !== '' && !line.startsWith('::add-mask::'))
  const sentRequests = requests.pinata.length + requests.github.length > 0
  const reported = isMain ? reportsEffect(lines, planned) : !sentRequests || lines.some(line => !isDebugging(line))
  const isLong = lines.length >= MAX_LINES || Buffer.byteLength(lines.join('\n')) >= MAX_BYTES
  const violations = violationsOf([
    [log.includes('Unexpected error'), 'failed with an unexpected error.'],
    [log.includes('has timed out after'), 'exceeded its time limit.'],
    [stderr !== '', `wrote to stderr: ${stderr.slice(0, 300)}`],
    [!isMain && signal === null && failed, 'failed.'],
    [isMain && exitCode === 1 && outcome === 'failure' && !hasError, 'failed without an error.'],
    [exitCode === 0 && !reported, 'ended silently.'],
    [isLong, `printed too much: ${lines.length} lines.`],
    [exitCode !== null && exitCode > 1, `ended with exit code ${exitCode}.`],
  ])
  return violations.map(how => `The ${stage} ${how}`)
}

const isDebugging = (/** @type {string} */ line) => line.startsWith('::debug::')

const KEY_REPORT = /\w key [\da-f-]{36}\b/
const ORIGIN_REPORT = /\borigin https:/i
const REVOCATION_REPORT = /\b(keys?|origins?)\b|dry run/i

/** Returns whether a successful step reported its effect. @param {string[]} lines @param {JobPlan} planned */
function reportsEffect(lines, planned) {
  const log = lines.filter(line => !isDebugging(line) && !/^::(warning|error)/.test(line)).join('\n')
  if (isRevoking(planned)) return REVOCATION_REPORT.test(log)
  return (!getsKey(planned) || KEY_REPORT.test(log)) && (!planned.with.origin || ORIGIN_REPORT.test(log))
}

/** @param {JobRun} job @param {RunResult} result @returns {string[]} */
function checkOutputs({ planned, main, post, passesKey, isAlone }, { created, remaining, recorded, revoked }) {
  const { outcome, outputs } = main.result
  const hasOutputs = !isRevoking(planned) && outcome === 'success' && !main.lost.has('output')
  const { origin } = planned.with
  const hasOrigin = hasOutputs && origin
  const hasKey = hasOutputs && getsKey(planned)
  const { 'key-id': id = '', 'gateway-key': key } = outputs
  const creation = created.find(key => key.id === id)
  const value = creation?.value ?? remaining.get(id)?.value ?? key
  // The post step may have tried to revoke it.
  const stays = remaining.has(id) && !revoked.some(each => each.id === id) && post?.requests.pinata.length === 0
  return violationsOf([
    [passesKey, 'The key is not masked.'],
    [hasOrigin && outputs.origin !== origin, `The output is ${outputs.origin}, not origin ${origin}.`],
    [hasOrigin && isAlone && !main.after.origins.includes(origin), `The step succeeded without origin ${origin}.`],
    [hasKey && key !== value, `The output is not the value of key ${id}.`],
    [hasKey && (key === '' || id === ''), 'The step succeeded without a key.'],
    [hasKey && creation && nameOf(planned) && stays && !recorded.has(id), `Key ${id} has no record.`],
  ])
}

/**
 * Checks that the post step revoked its key, or named it in a warning.
 * @param {JobRun} job
 * @param {number} number
 * @param {RunResult} result
 */
function checkRevocation({ planned, main, post }, number, { created }) {
  if (main.lost.has('state') || post === undefined || post.result.signal !== null) return []
  const { outcome, outputs } = main.result
  const { revoke } = planned.with
  const jobFailed = (planned.status ?? 'success') !== 'success'
  if (outcome !== 'success' || !(revoke === 'after-job' || (revoke === 'on-failure' && jobFailed))) return []
  // Origins are excluded, because other jobs may rely on them.
  const { 'key-id': id = '' } = outputs
  const isOwn = created.some(control => control.kind === 'key' && control.id === id && control.job === number)
  const isReported = post.result.annotations.some(({ message }) => message.includes(id))
  if (!isOwn || !post.after.controls.has(id) || isReported) return []
  return [`The post step neither revoked key ${id} (revoke: ${revoke}) nor warned.`]
}

/** Checks that a sweep after all jobs revoked everything recorded and left no record. @param {RunResult} result */
function checkSweep({ sweep, recorded, recordsAfterSweep }) {
  if (sweep === undefined) return []
  const { result, after } = sweep.main
  return violationsOf([
    [result.outcome !== 'success', `The last sweep: ${result.outcome}.`],
    [recordsAfterSweep > 0, `${recordsAfterSweep} records remained after the sweep.`],
    ...[...recorded].map(id => /** @type {const} */ ([after.controls.has(id), `The sweep left key or origin ${id}.`])),
  ])
}
