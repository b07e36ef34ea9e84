// What became of the keys and origins of a run, and which promises were broken in it.
import { leaksOf } from './leaks.mjs'
import { getsKey, isRevoking, nameOf } from './plan.mjs'
import { brokenByRevocation, brokenOf, brokenSelection, falseClaims, linesOf } from './revocations.mjs'

/** @import { JobRun, ProcessRun, RunResult } from './run.mjs' */
/** @import { Created } from './world.mjs' */
/** @import { Act } from './plan.mjs' */

/** As much as a step may print, debug lines included. */
const MAX_LINES = 1000
const MAX_BYTES = 100_000

/**
 * @param {RunResult} result
 * @returns {{ outcomes: Map<string, string>, broken: string[], leaks: string[] }} by ID; and in a sentence each,
 *   what must not be
 */
export function checkRun(result) {
  const { jobs } = result
  const outcomes = new Map(result.made.map(control => [control.id, outcomeOf(control, result)]))
  const lost = result.made.filter(({ id }) => outcomes.get(id) === 'lost')
  const broken = [
    ...(result.broken === undefined ? [] : [`The emulator broke: ${String(result.broken)}`]),
    ...lost.map(({ kind, id, value }) => `${kind === 'key' ? `Key ${id}` : `Origin ${value} (${id})`} is lost.`),
    ...jobs.flatMap((job, number) => [
      ...job.processes.flatMap(each => brokenByProcess(job, each)),
      ...brokenOutputs(job, result),
      ...brokenRevocation(job, number, result),
      ...brokenSelection(job),
      ...falseClaims(job),
    ]),
    ...result.revoked.flatMap(each => brokenByRevocation(each, result)),
    ...brokenSweep(result),
  ]
  return { outcomes, broken, leaks: leaksOf(result) }
}

/**
 * What becomes of a key or an origin that a job asked for. The first that is true counts:
 * - `revoked`
 * - `output` of a step that succeeded
 * - `recorded` under a name on GitHub
 * - `named` by its ID in the log of its job, or an origin by its value in what the action says
 * - `announced without ID`: a warning says that the gateway may have an unclaimed key, because Pinata could not be read,
 *   or created the key after the last reading
 * - `not told of: …`: without a promise, because a process that is killed says nothing, one that is cancelled has no time
 *   to look, and only the state knows of the key after it
 * - `lost`
 * @param {Created} control
 * @param {RunResult} result
 * @returns {string}
 */
function outcomeOf({ kind, id, value, job: number }, { left, jobs, recorded }) {
  if (!left.has(id)) return 'revoked'
  const job = jobs[number]
  if (job === undefined) return 'lost'
  const { main, post, processes, isShutDown } = job
  const { outcome, outputs } = main.result
  const isOutput = kind === 'key' ? outputs['key-id'] === id : outputs.origin === value
  // What a step with a name created has to be recorded, or its name could not remove it.
  const needsRecord = kind === 'origin' && nameOf(job.act) !== undefined
  if (outcome === 'success' && isOutput && !needsRecord) return 'output'
  if (recorded.has(id)) return 'recorded'
  // The log shows the input `origin` in any case.
  const lines = processes.flatMap(each => linesOf(each))
  const log = lines.join('\n')
  const told = processes.flatMap(({ result }) => result.annotations.map(({ message }) => message))
  const says = [...told, ...lines.filter(line => line.startsWith('Added origin '))].join('\n')
  if (kind === 'key' ? log.includes(id) : says.includes(value)) return 'named'
  if (/may have an unclaimed (key|entry|origin)/.test(log)) return 'announced without ID'
  const killed = main.result.signal !== null
  const cancelled = outcome === 'cancelled'
  if (killed && main.lost.has('state')) return 'not told of: killed, and its state lost'
  if (cancelled && main.lost.has('state')) return 'not told of: cancelled, and its state lost'
  if ((killed || cancelled) && post?.result.signal === 'SIGKILL') return 'not told of: the post step killed as well'
  if (killed && isShutDown) return 'not told of: killed, and the runner shut down'
  return 'lost'
}

/** @param {JobRun} job @param {ProcessRun} processRun @returns {string[]} */
function brokenByProcess({ act, main, isShutDown }, processRun) {
  const { requests, result } = processRun
  const { exitCode, signal, outcome, log, raw, stderr, annotations } = result
  const isMain = processRun === main
  const stage = isMain ? 'step' : 'post step'
  const hasError = annotations.some(({ level }) => level === 'error')
  // A shutdown makes the outcome of the step that runs `cancelled`, whatever it does.
  const failed = isShutDown ? exitCode !== 0 : outcome !== 'success'
  const lines = raw.split('\n').filter(line => line !== '' && !line.startsWith('::add-mask::'))
  const asked = requests.pinata.length + requests.github.length > 0
  const said = isMain ? saysWhatItDid(lines, act) : !asked || lines.some(line => !isDebugging(line))
  const isLong = lines.length >= MAX_LINES || Buffer.byteLength(lines.join('\n')) >= MAX_BYTES
  const broken = brokenOf([
    [log.includes('Unexpected error'), 'met an error that nobody expected.'],
    [log.includes('has timed out after'), 'took longer than it may.'],
    [stderr !== '', `wrote to stderr: ${stderr.slice(0, 300)}`],
    [!isMain && signal === null && failed, 'failed.'],
    [isMain && exitCode === 1 && outcome === 'failure' && !hasError, 'failed without an error.'],
    [exitCode === 0 && !said, 'ended in silence.'],
    [isLong, `printed too much: ${lines.length} lines.`],
    [exitCode !== null && exitCode > 1, `ended with ${exitCode}.`],
  ])
  return broken.map(how => `The ${stage} ${how}`)
}

/** @param {string} line */
const isDebugging = line => /^::(debug|group|endgroup)/.test(line)

const KEY_IS_TOLD = /\w key [\da-f-]{36}\b/
const ORIGIN_IS_TOLD = /\borigin https:/i
const REVOCATION_IS_TOLD = /\b(keys?|origins?)\b|dry run/i

/** Whether a step that succeeded told what it did, in the log or in a notice. @param {string[]} lines @param {Act} act */
function saysWhatItDid(lines, act) {
  const told = lines.filter(line => !isDebugging(line) && !/^::(warning|error)/.test(line)).join('\n')
  if (isRevoking(act)) return REVOCATION_IS_TOLD.test(told)
  return (!getsKey(act) || KEY_IS_TOLD.test(told)) && (!act.with.origin || ORIGIN_IS_TOLD.test(told))
}

/** @param {JobRun} job @param {RunResult} result @returns {string[]} */
function brokenOutputs({ act, main, post, passesKey, isAlone }, { made, left, recorded, revoked }) {
  const { outcome, outputs } = main.result
  const hasOutputs = !isRevoking(act) && outcome === 'success' && !main.lost.has('output')
  const { origin } = act.with
  const hasOrigin = hasOutputs && origin
  const hasKey = hasOutputs && getsKey(act)
  const { 'key-id': id = '', 'gateway-key': key } = outputs
  const own = made.find(key => key.id === id)
  const value = own?.value ?? left.get(id)?.value ?? key
  // The post step may have tried to revoke it.
  const stays = left.has(id) && !revoked.some(each => each.id === id) && post?.requests.pinata.length === 0
  return brokenOf([
    [passesKey, 'The key is not masked.'],
    [hasOrigin && outputs.origin !== origin, `The output is ${outputs.origin}, not origin ${origin}.`],
    [hasOrigin && isAlone && !main.after.origins.includes(origin), `The step succeeded without origin ${origin}.`],
    [hasKey && key !== value, `The output is not the value of key ${id}.`],
    [hasKey && (key === '' || id === ''), 'The step succeeded without a key.'],
    [hasKey && own && nameOf(act) && stays && !recorded.has(id), `Key ${id} has no record.`],
  ])
}

/**
 * What the post step was to revoke must be gone when it ended, or be named in a warning of its own.
 * @param {JobRun} job
 * @param {number} number
 * @param {RunResult} result
 * @returns {string[]}
 */
function brokenRevocation({ act, main, post }, number, { made }) {
  if (main.lost.has('state') || post === undefined || post.result.signal !== null) return []
  const { outcome, outputs } = main.result
  const { revoke } = act.with
  const jobFailed = (act.ends ?? 'success') !== 'success'
  if (outcome !== 'success' || !(revoke === 'after-job' || (revoke === 'on-failure' && jobFailed))) return []
  // Other jobs may count on an origin.
  const { 'key-id': id = '' } = outputs
  const isOwn = made.some(control => control.kind === 'key' && control.id === id && control.job === number)
  const isTold = post.result.annotations.some(({ message }) => message.includes(id))
  if (!isOwn || !post.after.controls.has(id) || isTold) return []
  return [`Key ${id} was to be revoked at the post step (${revoke}); it was not, without a warning.`]
}

/** When all jobs have ended, what is recorded can be revoked, and no record stays. @param {RunResult} result */
function brokenSweep({ sweep, recorded, recordsAfterSweep }) {
  if (sweep === undefined) return []
  const { result, after } = sweep.main
  return brokenOf([
    [result.outcome !== 'success', `The last sweep: ${result.outcome}.`],
    [recordsAfterSweep > 0, `${recordsAfterSweep} records stayed after the sweep.`],
    ...[...recorded].map(id => /** @type {const} */ ([after.controls.has(id), `Key ${id} outlived the sweep.`])),
  ])
}
