// What became of the keys and origins of a run, and which promises were broken in it.
import { leaks } from '../../emulator/runner/runner.mjs'
import { ORIGINS } from './plan.mjs'

/** @import { JobRun, ProcessRun, Created, RunResult } from './run.mjs' */
/** @import { Act } from './plan.mjs' */

const HOUR_MS = 3_600_000
/** Of `older-than: 12h`. */
const HALF_A_DAY_MS = 12 * HOUR_MS

/**
 * What became of a key or an origin that a job asked for. The first that is true counts:
 * - `revoked`
 * - `output` of a step that succeeded
 * - `recorded` under a name on GitHub
 * - `named` by its ID in the log of its job, or an origin by its value in what the action says
 * - `announced without ID`: a warning says that the gateway may have an unclaimed key, because Pinata could not be read,
 *   or created the key after the last reading
 * - `not told of: killed, and its state lost`: the step was killed, and what it left for the post step was lost
 * - `not told of: cancelled, and its state lost`: likewise, but the step had some seconds to end by itself
 * - `not told of: the post step killed as well`: after a step that was killed or cancelled
 * - `not told of: killed, and the runner shut down`: no post step follows then
 * - `lost`
 *
 * Behind those that are `not told of` stands no promise: a process that is killed says nothing, one that is cancelled has
 * no time to look, and nothing but the state knows of the key after it.
 *
 * @typedef {(typeof OUTCOMES)[number]} ControlOutcome
 */
export const OUTCOMES = /** @type {const} */ ([
  'revoked',
  'output',
  'recorded',
  'named',
  'announced without ID',
  'not told of: killed, and its state lost',
  'not told of: cancelled, and its state lost',
  'not told of: the post step killed as well',
  'not told of: killed, and the runner shut down',
  'lost',
])

/**
 * @param {RunResult} result
 * @returns {{ outcomes: Map<string, ControlOutcome>, broken: string[], leaks: string[] }} by ID; and in a sentence each, what must
 *   not be
 */
export function checkRun(result) {
  const { jobs, sweep } = result
  const outcomes = new Map(result.made.map(key => [key.id, outcomeOf(key, result)]))
  const broken = [
    ...(result.broken === undefined ? [] : [`The emulator broke: ${String(result.broken)}`]),
    ...[...outcomes].filter(([, outcome]) => outcome === 'lost').map(([id]) => `${titleOf(id, result)} is lost.`),
    ...jobs.flatMap((job, number) => [...brokenOutputs(job, result), ...brokenRevocation(job, number, result)]),
    ...[...jobs, ...(sweep ? [sweep] : [])].flatMap(job => [
      ...brokenBySteps(job),
      ...brokenSelection(job),
      ...falseClaims(job),
    ]),
    ...revokedUnasked(result),
    ...revokedTooEarly(result),
    ...revokedReused(result),
    ...brokenSweep(result),
  ]
  return { outcomes, broken, leaks: leaksOf(result) }
}

/** `Key <ID>`, or for an origin its value and its ID. @param {string} id @param {RunResult} result */
function titleOf(id, { made }) {
  const control = made.find(each => each.id === id)
  return control?.kind === 'origin' ? `Origin ${control.value} (${id})` : `Key ${id}`
}

/** @param {Created} key @param {RunResult} result @returns {ControlOutcome} */
function outcomeOf(key, result) {
  if (!result.left.has(key.id)) return 'revoked'
  const job = result.jobs[key.job]
  if (job === undefined) return 'lost'
  const { main, post, isShutDown } = job
  const { outcome, outputs, annotations } = main.result
  const isOutput = key.kind === 'key' ? outputs['key-id'] === key.id : outputs.origin === key.value
  // What a step with a name created has to be recorded, or its name could not remove it.
  const needsRecord = key.kind === 'origin' && job.act.with.name !== undefined
  if (outcome === 'success' && isOutput && !needsRecord) return 'output'
  if (result.recorded.has(key.id)) return 'recorded'
  const log = textOf(job)
  // The log shows the input `origin` in any case.
  const told = [...annotations, ...(post?.result.annotations ?? [])].map(({ message }) => message)
  const says = [...told, ...log.split('\n').filter(line => line.startsWith('Added origin '))].join('\n')
  if (key.kind === 'key' ? log.includes(key.id) : says.includes(key.value)) return 'named'
  if (/may have an unclaimed (key|entry|origin)/.test(log)) return 'announced without ID'
  const killed = main.result.signal !== null
  const cancelled = outcome === 'cancelled'
  if (killed && main.lost.has('state')) return 'not told of: killed, and its state lost'
  if (cancelled && main.lost.has('state')) return 'not told of: cancelled, and its state lost'
  if ((killed || cancelled) && post?.result.signal === 'SIGKILL') return 'not told of: the post step killed as well'
  if (killed && isShutDown) return 'not told of: killed, and the runner shut down'
  return 'lost'
}

/** The log that everybody sees, debugging or not. @param {JobRun} job */
function textOf({ main, post }) {
  const lines = [main, post].flatMap(processRun => processRun?.result.log.split('\n') ?? [])
  return lines.filter(line => !line.startsWith('##[debug]')).join('\n')
}

/** As much as a step may print, debug lines included. */
const MAX_LINES = 1000
const MAX_BYTES = 100_000

/** @param {JobRun} job @returns {string[]} */
function brokenBySteps({ act, main, post, isShutDown }) {
  const broken = []
  for (const [stage, processRun] of /** @type {const} */ ([
    ['step', main],
    ['post step', post],
  ])) {
    if (processRun === undefined) continue
    const { exitCode, signal, outcome, log, raw, stderr, annotations } = processRun.result
    if (log.includes('Unexpected error')) broken.push(`The ${stage} met an error that nobody expected.`)
    if (log.includes('has timed out after')) broken.push(`The ${stage} took longer than it may.`)
    if (stderr !== '') broken.push(`The ${stage} wrote to stderr: ${stderr.slice(0, 300)}`)
    const errors = annotations.filter(({ level }) => level === 'error')
    // A shutdown makes the outcome of the step that runs `cancelled`, whatever it does.
    const failed = isShutDown ? exitCode !== 0 : outcome !== 'success'
    if (stage !== 'step' && signal === null && failed) broken.push(`The ${stage} failed.`)
    if (stage === 'step' && exitCode === 1 && outcome === 'failure' && errors.length === 0) {
      broken.push('The step failed without an error.')
    }
    const lines = raw.split('\n').filter(line => line !== '' && !line.startsWith('::add-mask::'))
    const asked = processRun.requests.pinata.length + processRun.requests.github.length > 0
    const said = stage === 'step' ? saysWhatItDid(lines, act) : !asked || lines.some(line => !isDebugging(line))
    if (exitCode === 0 && !said) broken.push(`The ${stage} ended in silence.`)
    if (lines.length >= MAX_LINES || Buffer.byteLength(lines.join('\n')) >= MAX_BYTES) {
      broken.push(`The ${stage} printed too much: ${lines.length} lines.`)
    }
    if (exitCode !== null && exitCode > 1) broken.push(`The ${stage} ended with ${exitCode}.`)
  }
  return broken
}

/** @param {string} line */
const isDebugging = line => /^::(debug|group|endgroup)/.test(line)

/** Whether a step that succeeded told what it did, in the log or in a notice. @param {string[]} lines @param {Act} act */
function saysWhatItDid(lines, { action }) {
  const told = lines.filter(line => !isDebugging(line) && !/^::(warning|error)/.test(line))
  // `Created key …`, `Reusing key …`
  const words = { get: /\w key [\da-f-]{36}\b/, origin: /\borigin https:/i, revoke: /\b(keys?|origins?)\b|dry run/i }
  return told.some(line => words[action].test(line))
}

/** @param {JobRun} job @param {RunResult} result @returns {string[]} */
function brokenOutputs(job, { made, left, recorded, revoked }) {
  const { main, post, passesKey, act } = job
  const { outcome, outputs } = main.result
  const id = outputs['key-id'] ?? ''
  const broken = []
  if (passesKey) broken.push('The key is not masked.')
  if (act.action === 'origin') return [...broken, ...brokenOrigin(job)]
  if (act.action !== 'get' || outcome !== 'success' || main.lost.has('output')) return broken
  const own = made.find(key => key.id === id)
  const value = own?.value ?? left.get(id)?.value
  if (value !== undefined && outputs['gateway-key'] !== value) broken.push(`The output is not the value of key ${id}.`)
  if (outputs['gateway-key'] === '' || id === '') broken.push('The step succeeded without a key.')
  // The post step may have tried to revoke it.
  const stays = left.has(id) && !revoked.some(each => each.id === id) && post?.requests.pinata.length === 0
  if (own && act.with.name !== undefined && stays && !recorded.has(id)) broken.push(`Key ${id} has no record.`)
  return broken
}

/** An origin that a step handed over is on the gateway when it ends. @param {JobRun} job @returns {string[]} */
function brokenOrigin({ act, main, isAlone }) {
  const { outcome, outputs } = main.result
  if (outcome !== 'success' || main.lost.has('output')) return []
  const { origin = '' } = act.with
  if (outputs.origin !== origin) return [`The output is ${outputs.origin}, not origin ${origin}.`]
  return !isAlone || main.originsAfter.includes(origin)
    ? []
    : [`Origin ${origin} is not there, and the step succeeded.`]
}

/**
 * What the post step was to revoke must be gone when it ended, or be named in a warning of its own.
 *
 * @param {JobRun} job
 * @param {number} number
 * @param {RunResult} result
 * @returns {string[]}
 */
function brokenRevocation({ act, main, post }, number, { made }) {
  if (main.lost.has('state') || post === undefined || post.result.signal !== null) return []
  const { outcome, outputs } = main.result
  const failed = (outcome === 'success' ? act.ends : outcome) !== 'success' && (outcome !== 'success' || act.ends)
  const { revoke } = act.with
  if (outcome !== 'success' || !(revoke === 'after-job' || (revoke === 'on-failure' && failed))) return []
  return made
    .filter(({ id, job, kind }) => {
      // Other jobs may count on an origin.
      return kind === 'key' && job === number && outputs['key-id'] === id && post.keysAfter.has(id)
    })
    .filter(({ id }) => !post.result.annotations.some(({ message }) => message.includes(id)))
    .map(({ id }) => `Key ${id} was to be revoked at the post step (${revoke}); it was not, without a warning.`)
}

/**
 * What the revoke action was to revoke must be gone when it succeeded, as far as it was there when it began.
 *
 * @param {JobRun} job
 * @returns {string[]}
 */
function brokenSelection({ act, main, isAlone }) {
  const { inputs, result, keysAfter, originsAfter } = main
  if (act.action !== 'revoke' || result.exitCode !== 0 || inputs['dry-run'] === 'true') return []
  if (inputs.origin) {
    return split(inputs.origin)
      .filter(origin => isAlone && originsAfter.includes(origin))
      .map(origin => `Origin ${origin} was to be removed and is there, and the revoke action succeeded.`)
  }
  return selectedOf(main)
    .filter(id => keysAfter.has(id) && !split(inputs.keep).includes(id))
    .map(id => `Key ${id} was to be revoked and is there, and the revoke action succeeded.`)
}

/** The keys that a step of the revoke action has to find. @param {ProcessRun} processRun @returns {string[]} */
function selectedOf({ inputs, before: { at, keys, records }, requests }) {
  if (inputs['key-id']) return split(inputs['key-id'])
  if (inputs['older-than']) {
    return [...keys].filter(([, { createdAt }]) => Date.parse(createdAt) < at - HALF_A_DAY_MS).map(([id]) => id)
  }
  // What came in the place of GitHub's list may have been a list with nothing in it.
  if (requests.github.some(({ fault }) => fault?.kind === 'body')) return []
  if (inputs['replaced-by']) return []
  if (inputs.name) return records.filter(({ name }) => split(inputs.name).includes(name)).map(({ keyId }) => keyId)
  const lasting = new Set(records.filter(({ expiresAtMs }) => expiresAtMs + HOUR_MS > at).map(({ keyId }) => keyId))
  return records.map(({ keyId }) => keyId).filter(id => !lasting.has(id))
}

/** How a step says of a key that it is revoked or gone. */
const CLAIMS = [
  /\bRevoked key (\S+)/,
  /\bhas no key (\S+)\. It was already revoked/,
  /\bKey (\S+)(?: \(.+?\))?: (?:revoked\b|not on the gateway\b)/,
  /\bKey (\S+) was revoked again\b/,
]

/** What a step says is revoked or gone must not be there when it ended. @param {JobRun} job @returns {string[]} */
function falseClaims({ main, post }) {
  return [main, ...(post ? [post] : [])].flatMap(({ result, keysAfter }) => {
    const lines = result.log.split('\n').filter(line => !line.startsWith('##[debug]'))
    const claimed = lines.flatMap(line => CLAIMS.map(claim => claim.exec(line)?.[1] ?? ''))
    return [...new Set([...claimed, ...split(result.outputs['revoked-key-ids'])])]
      .filter(id => keysAfter.has(id))
      .map(id => `Key ${id} is there, and a step said that it is not.`)
  })
}

/** @param {RunResult} result @returns {string[]} */
function revokedUnasked({ jobs, revoked, made, sweep }) {
  return revoked
    .filter(({ id, value, job, passedMs }) => {
      const by = jobs[job] ?? (job === jobs.length ? sweep : undefined)
      const key = made.find(each => each.id === id)
      if (by === undefined) return true
      const named = key && jobs[key.job]?.act.with
      if (by.act.action !== 'revoke') return key?.job !== job && !replaces(by.act, named, value)
      const { inputs } = by.main
      const isOrigin = key?.kind === 'origin' || (key === undefined && ORIGINS.includes(value))
      if (inputs['dry-run'] === 'true' || split(inputs.keep).includes(id)) return true
      if (inputs['key-id']) return !split(inputs['key-id']).includes(id)
      if (inputs.origin) return !isOrigin || !split(inputs.origin).includes(value)
      if (inputs.name) return named?.name === undefined || !split(inputs.name).includes(named.name)
      const sinceMs = passedMs - (key?.passedMs ?? 0)
      if (inputs.expired) return named?.['expires-in'] === undefined || sinceMs === 0
      return sinceMs < HALF_A_DAY_MS
    })
    .map(({ id, job }) => `Key ${id} was revoked by job ${job}, which was not asked to.`)
}

/**
 * Whether a step of the origin action may replace an entry: one that a step of its name added, which expired long ago.
 *
 * @param {Act} act @param {Act['with'] | undefined} creator @param {string} value
 */
function replaces({ action, with: { name, origin } }, creator, value) {
  return action === 'origin' && name !== undefined && creator?.name === name && origin === value
}

/**
 * A sweep revokes nothing before an hour after the latest expiry that a step gave out.
 *
 * @param {RunResult} result
 * @returns {string[]}
 */
function revokedTooEarly({ jobs, revoked }) {
  return revoked.flatMap(({ id, value, job, at, isLast }) => {
    if (jobs[job]?.main.inputs.expired === undefined) return []
    const promised = jobs
      .map(({ main }) => main.result)
      .filter(({ outcome }) => outcome === 'success')
      .filter(({ outputs }) => outputs['key-id'] === id || (isLast && outputs.origin === value))
      .map(({ outputs }) => Date.parse(outputs['expires-at'] ?? ''))
      .filter(expiry => expiry + HOUR_MS - CLOCK_STEP_MS > at)
    return promised.length === 0 ? [] : [`${id} was swept before it expired.`]
  })
}

/**
 * A step revokes nothing that another step reused by its name. One case is documented: a record in doubt.
 *
 * @param {RunResult} result
 * @returns {string[]}
 */
function revokedReused({ jobs, revoked }) {
  return revoked.flatMap(({ id, job }) => {
    const by = jobs[job]
    if (by === undefined || by.act.action !== 'get' || by.main.requests.github.some(({ fault }) => fault)) return []
    const isReused = jobs.some(({ act, main: { result } }, number) => {
      return number !== job && act.with.name && result.outcome === 'success' && result.outputs['key-id'] === id
    })
    return isReused ? [`Key ${id} was revoked by job ${job}, and another job reused it.`] : []
  })
}

/** A `Date` has whole seconds. Time runs faster than it should, so as many as one of them. */
const CLOCK_STEP_MS = 30_000

/** @param {string | undefined} list */
function split(list) {
  return (list ?? '').split(/[,\n]/)
}

/** When all jobs have ended, what is recorded can be revoked, and no record stays. @param {RunResult} result @returns {string[]} */
function brokenSweep({ sweep, recorded, recordsAfterSweep, keysAfterSweep }) {
  if (sweep === undefined) return []
  const { outcome } = sweep.main.result
  return [
    ...(outcome === 'success' ? [] : [`The last sweep: ${outcome}.`]),
    ...(recordsAfterSweep === 0 ? [] : [`${recordsAfterSweep} records stayed after the sweep.`]),
    ...[...recorded].filter(id => keysAfterSweep.has(id)).map(id => `Key ${id} outlived the sweep.`),
  ]
}

/**
 * Where a secret can be read that must not be there: in what a step printed or left behind but for its outputs, and in
 * what went to a server that it is not for.
 *
 * @param {RunResult} result
 * @returns {string[]}
 */
function leaksOf({ jobs, sweep, made, left, tokens, requests }) {
  // An origin is public, and its ID is secret.
  const isOrigin = (/** @type {string} */ value) => value.startsWith('https://')
  const all = [...made, ...[...left].map(([id, { value }]) => ({ id, value }))]
  const keys = new Map(all.filter(({ value }) => !isOrigin(value)).map(({ id, value }) => [value, id]))
  const originIds = all.filter(({ value }) => isOrigin(value)).map(({ id }) => id)
  const [jwts, others] = [
    tokens.filter(token => token.startsWith('eyJ')),
    tokens.filter(token => token.startsWith('ghs_')),
  ]
  const secrets = [...keys.keys(), ...tokens]
  const processes = [...jobs, ...(sweep ? [sweep] : [])].flatMap(({ main, post }) => [main, ...(post ? [post] : [])])
  const texts = processes.map(({ result }) => {
    const { 'gateway-key': _key, ...outputs } = result.outputs
    // The runner takes these lines out.
    const raw = result.raw.split('\n').filter(line => !line.startsWith('::add-mask::'))
    const { stderr, log, summary, state, annotations } = result
    return { where: 'what a step left', secrets, told: [raw, stderr, log, summary, state, annotations, outputs] }
  })
  const requested = requests.pinata.map(({ path, body, headers: { authorization: _own, ...headers } }) => [
    path,
    body,
    headers,
  ])
  const logs = processes.map(({ result: { log, summary, annotations, outputs } }) => {
    return { where: 'what a step printed', secrets: originIds, told: [log, summary, annotations, outputs] }
  })
  const found = [
    ...texts,
    ...logs,
    { where: 'requests to Pinata', secrets, told: requested },
    { where: 'tokens for Pinata', secrets: others, told: requests.pinata.map(({ headers }) => headers) },
    {
      where: 'requests to GitHub',
      secrets: [...keys.keys(), ...jwts, ...originIds],
      told: requests.github.map(({ path, body, headers }) => [path, body, headers]),
    },
  ].flatMap(({ where, secrets, told }) =>
    leaks(JSON.stringify(told), secrets).map(leak => {
      const [form, secret = ''] = leak.split(' of ')
      const what = keys.has(secret)
        ? `the value of key ${keys.get(secret)}`
        : secret.startsWith('eyJ')
          ? 'a JWT'
          : originIds.includes(secret)
            ? 'the ID of an origin'
            : 'a token'
      return `In ${where} there is ${what}, ${form}.`
    }),
  )
  return [...new Set(found)]
}
