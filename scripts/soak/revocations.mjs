// Finds broken promises about revocations in a run of the soak.
import { getsKey, HOUR_MS, isRevoking, NAMES, nameOf, ORIGINS } from './plan.mjs'

/** @import { JobPlan } from './plan.mjs' */
/** @import { JobRun, ProcessRun, RunResult } from './run.mjs' */
/** @import { Created, Revoked } from './world.mjs' */

/** The age in `older-than: 12h`. */
const HALF_A_DAY_MS = 12 * HOUR_MS
/** The tolerance between clocks: one real second, in accelerated time. */
const CLOCK_STEP_MS = 30_000

/** Returns the descriptions of broken promises. @param {(readonly [isBroken: unknown, how: string])[]} promises */
export const violationsOf = promises => promises.filter(([isBroken]) => isBroken).map(([, how]) => how)

/** Checks that a successful step revoked everything that it selected. @param {JobRun} job @returns {string[]} */
export function checkSelection({ planned, main, isAlone }) {
  const { inputs, result, after } = main
  if (!isRevoking(planned) || result.exitCode !== 0 || inputs['dry-run'] === 'true') return []
  const origins = split(inputs.origin).filter(origin => isAlone && after.origins.includes(origin))
  const keys = selectedKeys(main).filter(id => after.controls.has(id) && !split(inputs.keep).includes(id))
  return [
    ...origins.map(origin => `The revoke action succeeded without removing origin ${origin}.`),
    ...keys.map(id => `The revoke action succeeded without revoking key ${id}.`),
  ]
}

/** Returns the keys that a revoking step must find. @param {ProcessRun} processRun @returns {string[]} */
function selectedKeys({ inputs, before: { at, keys, records, isClosed }, requests }) {
  if (inputs['key-id']) return split(inputs['key-id'])
  if (inputs['older-than']) {
    return keys.filter(({ createdAt }) => Date.parse(createdAt) < at - HALF_A_DAY_MS).map(({ id }) => id)
  }
  // A fault may have replaced GitHub's list with an empty one.
  if (requests.github.some(({ fault }) => fault?.kind === 'body')) return []
  if (inputs['replaced-by']) return []
  const names = inputs.closed ? NAMES.slice(0, isClosed ? 1 : 0) : split(inputs.name)
  if (!inputs.expired) return records.filter(({ name }) => names.includes(name)).map(({ keyId }) => keyId)
  const lasting = new Set(records.filter(({ expiresAtMs }) => expiresAtMs + HOUR_MS > at).map(({ keyId }) => keyId))
  return records.map(({ keyId }) => keyId).filter(id => !lasting.has(id))
}

/** Returns the log without debug lines. @param {ProcessRun} processRun */
export const linesOf = ({ result }) => result.log.split('\n').filter(line => !line.startsWith('##[debug]'))

/** Messages that report a key as revoked or gone. */
const CLAIMS = [
  /\bRevoked key (\S+)/,
  /\bhas no key (\S+)\. The key was already revoked/,
  /\bKey (\S+)(?: \(.+?\))?: (?:revoked\b|not on the gateway\b)/,
  /\bKey (\S+) was revoked\b/,
]

/** Finds keys that a step reported as revoked or gone, but that still exist. @param {JobRun} job @returns {string[]} */
export function falseClaims({ processes }) {
  return processes.flatMap(each => {
    const claimed = linesOf(each).flatMap(line => CLAIMS.map(claim => claim.exec(line)?.[1] ?? ''))
    return [...new Set([...claimed, ...split(each.result.outputs['revoked-key-ids'])])]
      .filter(id => each.after.controls.has(id))
      .map(id => `A step reported key ${id} as revoked or gone, but it exists.`)
  })
}

/** @param {Revoked} control @param {RunResult} result @returns {string[]} */
export function checkRevoked(control, { jobs, created }) {
  const { id, value, at, isLast } = control
  const revoker = jobs[control.job]
  const creation = created.find(each => each.id === id)
  const succeeded = jobs.filter(({ main }) => main.result.outcome === 'success')
  // A sweep revokes nothing until an hour after the latest expiry that a step set.
  const promised = succeeded
    .map(({ main }) => main.result.outputs)
    .filter(outputs => outputs['key-id'] === id || (isLast && outputs.origin === value))
    .map(outputs => Date.parse(outputs['expires-at'] ?? ''))
  const isEarly = promised.some(expiry => expiry + HOUR_MS - CLOCK_STEP_MS > at)
  // A record in doubt is a documented exception.
  const mayUndo = !revoker || !getsKey(revoker.planned) || revoker.main.requests.github.some(({ fault }) => fault)
  const reusers = succeeded.filter(each => each !== revoker && each.main.result.outputs['key-id'] === id)
  const isReused = reusers.some(({ planned }) => nameOf(planned))
  const wasAsked = isAsked(control, revoker, creation, creation && jobs[creation.job]?.planned)
  return violationsOf([
    [!wasAsked, `${id} was revoked by job ${control.job}, which was not asked to revoke it.`],
    [revoker?.main.inputs.expired && isEarly, `${id} was swept before it expired.`],
    [!mayUndo && isReused, `Key ${id} was revoked by job ${control.job}, and another job reused it.`],
  ])
}

/**
 * Returns whether a job was asked to revoke a key or an origin.
 * @param {Revoked} control
 * @param {JobRun | undefined} revoker
 * @param {Created | undefined} creation if a job created it
 * @param {JobPlan | undefined} creator
 */
function isAsked({ id, value, job, passedMs, isClosed }, revoker, creation, creator) {
  if (revoker === undefined) return false
  const name = creator && nameOf(creator)
  const { inputs, before } = revoker.main
  if (!isRevoking(revoker.planned)) {
    // A step may replace a long-expired entry that a step with the same name added.
    const replaces = name !== undefined && name === nameOf(revoker.planned) && inputs.origin === value
    return creation?.job === job || replaces
  }
  const isOrigin = creation ? creation.kind === 'origin' : ORIGINS.includes(value)
  if (inputs['dry-run'] === 'true' || split(inputs.keep).includes(id)) return false
  if (inputs['key-id']) return split(inputs['key-id']).includes(id)
  if (inputs.origin) return isOrigin && split(inputs.origin).includes(value)
  if (inputs.closed) return name === NAMES[0] && (isClosed || before.isClosed)
  if (inputs.name) return name !== undefined && split(inputs.name).includes(name)
  const sinceMs = passedMs - (creation?.passedMs ?? 0)
  // The preview action sets an expiry by default.
  if (inputs.expired) return (creator?.with['expires-in'] !== undefined || creator?.event !== undefined) && sinceMs > 0
  return sinceMs >= HALF_A_DAY_MS
}

const split = (/** @type {string | undefined} */ list) => (list ?? '').split(/[,\n]/)
