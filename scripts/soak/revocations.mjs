// Which promises about revocations were broken in a run of the soak.
import { getsKey, HOUR_MS, isRevoking, NAMES, nameOf, ORIGINS } from './plan.mjs'

/** @import { Act } from './plan.mjs' */
/** @import { JobRun, ProcessRun, RunResult } from './run.mjs' */
/** @import { Created, Revoked } from './world.mjs' */

/** Of `older-than: 12h`. */
const HALF_A_DAY_MS = 12 * HOUR_MS
/** A `Date` has whole seconds. Time runs faster than it should, so as many as one of them. */
const CLOCK_STEP_MS = 30_000

/** Returns how promises were broken. @param {(readonly [isBroken: unknown, how: string])[]} promises */
export const brokenOf = promises => promises.filter(([isBroken]) => isBroken).map(([, how]) => how)

/** What a step was to revoke must be gone when it succeeded. @param {JobRun} job @returns {string[]} */
export function brokenSelection({ act, main, isAlone }) {
  const { inputs, result, after } = main
  if (!isRevoking(act) || result.exitCode !== 0 || inputs['dry-run'] === 'true') return []
  const origins = split(inputs.origin).filter(origin => isAlone && after.origins.includes(origin))
  const keys = selectedOf(main).filter(id => after.controls.has(id) && !split(inputs.keep).includes(id))
  return [
    ...origins.map(origin => `Origin ${origin} was to be removed and is there, and the revoke action succeeded.`),
    ...keys.map(id => `Key ${id} was to be revoked and is there, and the revoke action succeeded.`),
  ]
}

/** The keys that a step that revokes has to find. @param {ProcessRun} processRun @returns {string[]} */
function selectedOf({ inputs, before: { at, keys, records, isClosed }, requests }) {
  if (inputs['key-id']) return split(inputs['key-id'])
  if (inputs['older-than']) {
    return keys.filter(({ createdAt }) => Date.parse(createdAt) < at - HALF_A_DAY_MS).map(({ id }) => id)
  }
  // What came in the place of GitHub's list may have been a list with nothing in it.
  if (requests.github.some(({ fault }) => fault?.kind === 'body')) return []
  if (inputs['replaced-by']) return []
  const names = inputs.closed ? NAMES.slice(0, isClosed ? 1 : 0) : split(inputs.name)
  if (!inputs.expired) return records.filter(({ name }) => names.includes(name)).map(({ keyId }) => keyId)
  const lasting = new Set(records.filter(({ expiresAtMs }) => expiresAtMs + HOUR_MS > at).map(({ keyId }) => keyId))
  return records.map(({ keyId }) => keyId).filter(id => !lasting.has(id))
}

/** The log that everybody sees, debugging or not. @param {ProcessRun} processRun */
export const linesOf = ({ result }) => result.log.split('\n').filter(line => !line.startsWith('##[debug]'))

/** How a step says of a key that it is revoked or gone. */
const CLAIMS = [
  /\bRevoked key (\S+)/,
  /\bhas no key (\S+)\. It was already revoked/,
  /\bKey (\S+)(?: \(.+?\))?: (?:revoked\b|not on the gateway\b)/,
  /\bKey (\S+) was revoked again\b/,
]

/** What a step says is revoked or gone must not be there when it ended. @param {JobRun} job @returns {string[]} */
export function falseClaims({ processes }) {
  return processes.flatMap(each => {
    const claimed = linesOf(each).flatMap(line => CLAIMS.map(claim => claim.exec(line)?.[1] ?? ''))
    return [...new Set([...claimed, ...split(each.result.outputs['revoked-key-ids'])])]
      .filter(id => each.after.controls.has(id))
      .map(id => `Key ${id} is there, and a step said that it is not.`)
  })
}

/** @param {Revoked} control @param {RunResult} result @returns {string[]} */
export function brokenByRevocation(control, { jobs, made }) {
  const { id, value, at, isLast } = control
  const by = jobs[control.job]
  const creator = made.find(each => each.id === id)
  const succeeded = jobs.filter(({ main }) => main.result.outcome === 'success')
  // A sweep revokes nothing before an hour after the latest expiry that a step gave out.
  const promised = succeeded
    .map(({ main }) => main.result.outputs)
    .filter(outputs => outputs['key-id'] === id || (isLast && outputs.origin === value))
    .map(outputs => Date.parse(outputs['expires-at'] ?? ''))
  const isEarly = promised.some(expiry => expiry + HOUR_MS - CLOCK_STEP_MS > at)
  // One case is documented: a record in doubt.
  const mayUndo = !by || !getsKey(by.act) || by.main.requests.github.some(({ fault }) => fault)
  const reusers = succeeded.filter(({ act, main }) => act !== by?.act && main.result.outputs['key-id'] === id)
  const isReused = reusers.some(({ act }) => nameOf(act))
  const wasAsked = isAsked(control, by, creator, creator && jobs[creator.job]?.act)
  return brokenOf([
    [!wasAsked, `Key ${id} was revoked by job ${control.job}, which was not asked to.`],
    [by?.main.inputs.expired && isEarly, `${id} was swept before it expired.`],
    [!mayUndo && isReused, `Key ${id} was revoked by job ${control.job}, and another job reused it.`],
  ])
}

/**
 * Whether a job was asked to revoke a key or an origin.
 * @param {Revoked} control
 * @param {JobRun | undefined} by
 * @param {Created | undefined} created if a job created it
 * @param {Act | undefined} creator
 */
function isAsked({ id, value, job, passedMs, isClosed }, by, created, creator) {
  if (by === undefined) return false
  const name = creator && nameOf(creator)
  const { inputs, before } = by.main
  if (!isRevoking(by.act)) {
    // A step may replace an entry that a step of its name added, which expired long ago.
    const replaces = name !== undefined && name === nameOf(by.act) && inputs.origin === value
    return created?.job === job || replaces
  }
  const isOrigin = created ? created.kind === 'origin' : ORIGINS.includes(value)
  if (inputs['dry-run'] === 'true' || split(inputs.keep).includes(id)) return false
  if (inputs['key-id']) return split(inputs['key-id']).includes(id)
  if (inputs.origin) return isOrigin && split(inputs.origin).includes(value)
  if (inputs.closed) return name === NAMES[0] && (isClosed || before.isClosed)
  if (inputs.name) return name !== undefined && split(inputs.name).includes(name)
  const sinceMs = passedMs - (created?.passedMs ?? 0)
  // The preview action has an expiry by default.
  if (inputs.expired) return (creator?.with['expires-in'] !== undefined || creator?.event !== undefined) && sinceMs > 0
  return sinceMs >= HALF_A_DAY_MS
}

/** @param {string | undefined} list */
const split = list => (list ?? '').split(/[,\n]/)
