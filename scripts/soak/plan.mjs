// Plans one run of the soak. Everything is derived from the seed before the run starts, so that a run can be repeated.
import { drawFault } from './faults.mjs'

/** @import { Fault } from '../../emulator/http/inject-faults.mjs' */

/** @typedef {'pinata' | 'github'} Side */
/**
 * @typedef {object} AtRequest a point in a process, relative to a request
 * @property {Side} side the server that gets the request
 * @property {number} request how many requests the process sends to that side first
 * @property {'arrived' | 'applied' | 'replied'} moment the request arrived or took effect, or its response was sent
 * @property {number} ms how long after that
 */
/** @typedef {AtRequest | { ms: number }} At `ms` alone: since the process started */
/**
 * A disruption of a process. `lose`: deletes a file that the runner reads after the process ends, as another program
 * might. `down`: a server refuses connections. `effect`: how many lines the process prints or writes to a file before
 * it is killed. `losesState`: whether its state is also lost.
 * @typedef {{ kind: 'fault', side: Side, name: string, fault: Fault }
 *   | { kind: 'cancel' | 'shutdown', at: At }
 *   | { kind: 'kill', at: At, losesState: boolean }
 *   | { kind: 'kill', effect: number }
 *   | { kind: 'lose', file: 'state' | 'output' | 'step_summary', at: At }
 *   | { kind: 'down', side: Side, at: At, forMs: number }} Disruption
 */
/**
 * A job with one step, which runs an action of this repository.
 * @typedef {object} JobPlan
 * @property {'get' | 'origin' | 'preview' | 'revoke'} action
 * @property {{ action: string, pull_request: { number: number, state: string } }} [event] that started a preview
 * @property {Record<string, string>} with inputs; in `key-id`, `keep`, and `replaced-by`, a key's ID replaces `KEY_…`
 * @property {boolean} debug
 * @property {'success' | 'failure' | 'cancelled' | undefined} status how the job ends after the step, unless the step
 *   determines that
 * @property {number} aheadMs how far the runner's clock is ahead; for `revoke`, the servers' clocks also advance
 * @property {Disruption[]} main
 * @property {Disruption[]} post
 * @property {boolean} clearsFaults whether the step's faults end before the post step
 */
/**
 * @typedef {object} Plan
 * @property {number} keys how many the gateway starts with
 * @property {boolean} hosts whether it also has host origins
 * @property {number} latencyMs
 * @property {boolean} date whether Pinata's responses have a `Date`
 * @property {{ requests: number, perMs: number } | undefined} limit Pinata's rate limit
 * @property {{ requests: number, perMs: number } | undefined} writeLimit GitHub's secondary limit
 * @property {JobPlan[][]} jobs lists that run one after another; the jobs of a list run in parallel
 */

export const HOUR_MS = 3_600_000
/** Names that the jobs of a run share. */
export const NAMES = ['pr-7', 'pr/7']
/** Origins that the jobs of a run share. Some gateways start with the second one. */
export const ORIGINS = ['https://pr-7.example.com', 'https://example.com']
/** The pull request of the preview action. It makes the action's default name the first of {@link NAMES}. */
export const PULL_REQUEST = 7

/** The properties of a job without disruptions. */
export const UNDISTURBED = { debug: false, status: undefined, aheadMs: 0, main: [], post: [], clearsFaults: false }

/** Returns whether a job closes the preview of the pull request. @param {JobPlan} job */
export const isClosing = ({ event }) => event?.action === 'closed'

export const isRevoking = (/** @type {JobPlan} */ job) => job.action === 'revoke' || isClosing(job)
/** @param {JobPlan} job */
export const getsKey = job => !isRevoking(job) && (!job.with.origin || job.with.key === 'true')

/** Returns the name under which a job records what it creates. @param {JobPlan} job */
export const nameOf = ({ action, event, with: { name } }) =>
  event ? `pr-${PULL_REQUEST}` : action === 'revoke' ? undefined : name

/** @param {number} seed @param {number} run @returns {Plan} */
export function drawPlan(seed, run) {
  const dice = createDice(seed, run)
  const { chance, one, int } = dice
  const jobs = Array.from({ length: one([1, 1, 2, 2, 3]) }, () => {
    const kinds = chance(0.25) ? [undefined, undefined] : [undefined]
    return kinds.map(() => {
      const action = one(/** @type {const} */ (['get', 'get', 'origin', 'preview', 'revoke']))
      return action === 'revoke' ? drawRevoke(dice) : action === 'preview' ? drawPreview(dice) : drawGet(dice, action)
    })
  })
  // Set no rate limit if a flood may be revoked key by key, because that would take hours.
  const revoking = jobs.flat().filter(({ action }) => action === 'revoke')
  const agesKeys = revoking.some(job => job.with['older-than']) && revoking.some(({ aheadMs }) => aheadMs > 0)
  return {
    keys: one([0, 1, 1, 2, 3]),
    hosts: chance(0.2),
    latencyMs: one([0, 0, 50, 500]),
    date: chance(0.85),
    limit: chance(0.15) && !agesKeys ? { requests: int(1, 6), perMs: one([1000, 5000, 20_000]) } : undefined,
    writeLimit: chance(0.1) ? { requests: int(1, 4), perMs: 20_000 } : undefined,
    jobs,
  }
}

/** @typedef {ReturnType<typeof createDice>} Dice */

/** @param {number} seed @param {number} run */
function createDice(seed, run) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)) >>> 0
  /** Returns a number from 0 to 1 (mulberry32). */
  function random() {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    /** @param {number} probability */
    chance: probability => random() < probability,
    /** @template T @param {readonly T[]} choices @returns {T} */
    one: choices => /** @type {T} */ (choices[Math.floor(random() * choices.length)]),
    /** Includes both ends. @param {number} from @param {number} to */
    int: (from, to) => from + Math.floor(random() * (to - from + 1)),
  }
}

/** Draws a job that gets a key or an origin. @param {Dice} dice @param {'get' | 'origin'} action @returns {JobPlan} */
function drawGet(dice, action) {
  const { chance, one } = dice
  const isKey = action === 'get'
  /** @type {Record<string, string>} */
  const inputs = isKey ? {} : { origin: one([...ORIGINS, ...ORIGINS.slice(0, 1)]) }
  const revoke = one(['never', 'on-failure', 'after-job'])
  if (isKey && chance(0.1)) inputs['key-id'] = drawKey(dice)
  if (chance(isKey ? 0.5 : 0.3) || 'key-id' in inputs) inputs.revoke = revoke
  else {
    inputs.name = one(NAMES)
    if (isKey && chance(0.3)) inputs.rotate = 'true'
    if (chance(0.4)) inputs['expires-in'] = one(['30m', '7d'])
  }
  if (chance(0.3)) inputs['first-control'] = one(['warn', 'fail', 'allow'])
  return withPostStep(dice, action, inputs)
}

/** Draws a job for a push to the pull request, or for its closing. @param {Dice} dice @returns {JobPlan} */
function drawPreview(dice) {
  const { chance, one } = dice
  const [action, state] = chance(0.3) ? ['closed', 'closed'] : ['synchronize', 'open']
  const inputs = { ...one([{ key: 'true' }, {}, { key: 'true', origin: one(ORIGINS) }, { origin: one(ORIGINS) }]) }
  const expiring = chance(0.5) ? { 'expires-in': '30m' } : {}
  const event = { action, pull_request: { number: PULL_REQUEST, state } }
  return { ...withPostStep(dice, 'preview', { ...inputs, ...expiring }), event }
}

/** @param {Dice} dice @param {JobPlan['action']} action @param {Record<string, string>} inputs @returns {JobPlan} */
function withPostStep(dice, action, inputs) {
  const { chance, one } = dice
  const sides = inputs.name === undefined && action !== 'preview' ? PINATA_ONLY : BOTH
  return {
    action,
    with: inputs,
    debug: chance(0.2),
    status: one([undefined, undefined, 'success', 'failure', 'cancelled']),
    aheadMs: one([0, 0, 0, HOUR_MS, -HOUR_MS]),
    main: disruptions(dice, sides, true),
    post: chance(0.5) ? [] : disruptions(dice, sides, false),
    clearsFaults: chance(0.5),
  }
}

/** @param {Dice} dice @returns {JobPlan} */
function drawRevoke(dice) {
  const { chance, one } = dice
  const selector = one(/** @type {const} */ (['key-id', 'origin', 'name', 'name', 'closed', 'expired', 'older-than']))
  const selectors = {
    'key-id': [drawKey(dice), drawKey(dice)].join(chance(0.5) ? ',' : '\n'),
    origin: one([...ORIGINS, ORIGINS.join()]),
    name: one([...NAMES, NAMES.join()]),
    closed: 'pr-*',
    expired: 'true',
    'older-than': '12h',
  }
  /** @type {Record<string, string>} */
  const inputs = { [selector]: selectors[selector] }
  if (chance(0.3)) inputs.keep = drawKey(dice)
  if (chance(0.2)) inputs['dry-run'] = 'true'
  if (selector === 'name' && chance(0.2)) inputs['replaced-by'] = drawKey(dice)
  if (chance(0.3)) inputs['last-control'] = one(['warn', 'fail', 'allow'])
  return {
    ...{ ...UNDISTURBED, action: 'revoke', with: inputs, debug: chance(0.2) },
    // Ensures that some keys have expired or are old.
    aheadMs: chance(0.5) ? one([HOUR_MS, 24 * HOUR_MS, 240 * HOUR_MS]) : 0,
    main: disruptions(dice, ['name', 'closed', 'expired'].includes(selector) ? BOTH : PINATA_ONLY, true),
  }
}

const drawKey = (/** @type {Dice} */ { one }) => one(['KEY_0', 'KEY_1', 'KEY_2', 'KEY_3', 'KEY_UNKNOWN'])

/** @type {readonly Side[]} */
const PINATA_ONLY = ['pinata']
/** @type {readonly Side[]} */
const BOTH = ['pinata', 'pinata', 'github']

/** @param {Dice} dice @param {readonly Side[]} sides @param {boolean} cancels @returns {Disruption[]} */
function disruptions(dice, sides, cancels) {
  const { chance, one, int } = dice
  if (chance(0.1)) return []
  return Array.from({ length: one([1, 1, 1, 2, 2, 3]) }, () => {
    const side = one(sides)
    if (chance(0.55)) return drawFault(dice, side)
    /** @type {At} */
    const at = chance(0.7)
      ? { side, request: int(0, 4), moment: one(['arrived', 'applied', 'replied']), ms: one([0, 0, 10, 50, 200, 1000]) }
      : { ms: int(0, 6000) }
    /** @type {('kill' | 'effect' | 'cancel' | 'shutdown' | 'lose' | 'down')[]} */
    const kinds = ['kill', 'effect', 'effect', 'lose', 'down', 'shutdown']
    const kind = one(kinds.concat(cancels ? ['cancel', 'cancel'] : ['kill', 'down']))
    if (kind === 'kill') return { kind, at, losesState: chance(0.15) }
    if (kind === 'effect') return { kind: 'kill', effect: int(0, 20) }
    if (kind === 'lose') return { kind, file: one(['state', 'state', 'state', 'output', 'step_summary']), at }
    if (kind === 'down') return { kind, side, at, forMs: one([500, 5000, HOUR_MS]) }
    return { kind, at }
  })
}
