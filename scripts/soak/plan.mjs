// What happens in one run of the soak: drawn from the seed before anything starts, so that it can be had again.

import { randomUUID } from 'node:crypto'

/** @import { Fault } from '../../emulator/http/faults.mjs' */

/** @typedef {'pinata' | 'github'} Side */
/**
 * @typedef {object} AtRequest a moment in the life of one process
 * @property {Side} side whose request
 * @property {number} request how many requests of the process to that side come before it
 * @property {'arrived' | 'taken' | 'answered'} moment of that request: it is there, it took effect, its answer was sent
 * @property {number} ms this long after it
 */
/** @typedef {AtRequest | { ms: number }} At `ms` alone: since the process was started */
/**
 * What disturbs a process. `lose`: a file that the runner takes after the process is deleted, as by a full disk or another
 * program. `down`: connections are refused. `effect`: so many lines that the process prints, or writes into a file, come
 * before it is killed. `losing`: its state goes with it.
 *
 * @typedef {{ what: 'fault', side: Side, name: string, fault: Fault }
 *   | { what: 'cancel' | 'shutdown', at: At }
 *   | { what: 'kill', at: At, losing: boolean }
 *   | { what: 'kill', effect: number }
 *   | { what: 'lose', file: 'state' | 'output' | 'step_summary', at: At }
 *   | { what: 'down', side: Side, at: At, forMs: number }} Disruption
 */
/**
 * A job with one step of ours.
 *
 * @typedef {object} Act
 * @property {'get' | 'origin' | 'revoke'} action
 * @property {Record<string, string>} with inputs; KEY_… in `key-id` and `keep` stands for a key that is there by then
 * @property {boolean} debug
 * @property {'success' | 'failure' | 'cancelled' | undefined} ends what becomes of the job after the step, if the step did
 *   not tell already
 * @property {number} aheadMs how far the runner's clock is ahead; before keys are revoked, so much time passes for Pinata too
 * @property {Disruption[]} main
 * @property {Disruption[]} post
 * @property {boolean} clearsFaults whether the faults of the step are over for the post step
 */
/**
 * @typedef {object} Plan
 * @property {number} keys how many the gateway has from the start
 * @property {boolean} hosts whether its access is restricted to a host as well
 * @property {number} latencyMs
 * @property {boolean} date whether Pinata's answers have a `Date`
 * @property {{ requests: number, perMs: number } | undefined} limit of Pinata
 * @property {{ requests: number, perMs: number } | undefined} writeLimit of GitHub
 * @property {Act[][]} acts one after the other, but for those in one list, which happen at the same time
 */

/** Names that the jobs of a run share. */
export const NAMES = ['preview', 'pr/7']
/** Origins that the jobs of a run share. The second one is on some gateways from the start. */
export const ORIGINS = ['https://pr-7.example.com', 'https://example.com']
/** Where a redirect leads. */
export const ELSEWHERE = 'http://elsewhere'

/**
 * @param {number} seed
 * @param {number} run
 * @returns {Plan}
 */
export function planOf(seed, run) {
  const dice = createDice(seed, run)
  const { chance, one, int } = dice
  const acts = Array.from({ length: one([1, 1, 2, 2, 3]) }, () => {
    const kinds = chance(0.25) ? [undefined, undefined] : [undefined]
    return kinds.map(() => (chance(0.25) ? revokeAct(dice) : chance(0.4) ? originAct(dice) : getAct(dice)))
  })
  // A flood is not to be revoked key by key at a limit: that takes hours.
  const revoking = acts.flat().filter(({ action }) => action === 'revoke')
  const agesKeys = revoking.some(act => act.with['older-than']) && revoking.some(({ aheadMs }) => aheadMs > 0)
  return {
    keys: one([0, 1, 1, 2, 3]),
    hosts: chance(0.2),
    latencyMs: one([0, 0, 50, 500]),
    date: chance(0.85),
    limit: chance(0.15) && !agesKeys ? { requests: int(1, 6), perMs: one([1000, 5000, 20_000]) } : undefined,
    writeLimit: chance(0.1) ? { requests: int(1, 4), perMs: 20_000 } : undefined,
    acts,
  }
}

/** @typedef {ReturnType<typeof createDice>} Dice */

/** @param {number} seed @param {number} run */
function createDice(seed, run) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)) >>> 0
  /** From 0 to 1 (mulberry32). */
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
    /** Both ends are included. @param {number} from @param {number} to */
    int: (from, to) => from + Math.floor(random() * (to - from + 1)),
  }
}

/** @param {Dice} dice @returns {Act} */
function getAct(dice) {
  const { chance, one } = dice
  /** @type {Record<string, string>} */
  const inputs = {}
  const revoke = one(['never', 'on-failure', 'after-job'])
  if (chance(0.1)) inputs['key-id'] = aKey(dice)
  if (chance(0.5) || 'key-id' in inputs) inputs.revoke = revoke
  else {
    inputs.name = one(NAMES)
    if (chance(0.3)) inputs.rotate = 'true'
    if (chance(0.4)) inputs['expires-in'] = one(['30m', '7d'])
  }
  if (chance(0.3)) inputs['first-control'] = one(['warn', 'fail', 'allow'])
  return withPostStep(dice, 'get', inputs)
}

/** @param {Dice} dice @returns {Act} */
function originAct(dice) {
  const { chance, one } = dice
  /** @type {Record<string, string>} */
  const inputs = {
    origin: one([...ORIGINS, ...ORIGINS.slice(0, 1)]),
  }
  const revoke = one(['never', 'on-failure', 'after-job'])
  if (chance(0.3)) inputs.revoke = revoke
  else {
    inputs.name = one(NAMES)
    if (chance(0.5)) inputs['expires-in'] = one(['30m', '7d'])
  }
  if (chance(0.3)) inputs['first-control'] = one(['warn', 'fail', 'allow'])
  return withPostStep(dice, 'origin', inputs)
}

/** @param {Dice} dice @param {'get' | 'origin'} action @param {Record<string, string>} inputs @returns {Act} */
function withPostStep(dice, action, inputs) {
  const { chance, one } = dice
  const sides = inputs.name === undefined ? PINATA_ONLY : BOTH
  return {
    action,
    with: inputs,
    debug: chance(0.2),
    ends: one([undefined, undefined, 'success', 'failure', 'cancelled']),
    aheadMs: one([0, 0, 0, 3_600_000, -3_600_000]),
    main: disruptions(dice, sides, true),
    post: chance(0.5) ? [] : disruptions(dice, sides, false),
    clearsFaults: chance(0.5),
  }
}

/** @param {Dice} dice @returns {Act} */
function revokeAct(dice) {
  const { chance, one } = dice
  const by = one(/** @type {const} */ (['key-id', 'origin', 'name', 'name', 'expired', 'expired', 'older-than']))
  const selectors = {
    'key-id': [aKey(dice), aKey(dice)].join(chance(0.5) ? ',' : '\n'),
    origin: one([...ORIGINS, ORIGINS.join()]),
    name: one([...NAMES, NAMES.join()]),
    expired: 'true',
    'older-than': '12h',
  }
  /** @type {Record<string, string>} */
  const inputs = { [by]: selectors[by] }
  if (chance(0.3)) inputs.keep = aKey(dice)
  if (chance(0.2)) inputs['dry-run'] = 'true'
  if (by === 'name' && chance(0.2)) inputs['replaced-by'] = aKey(dice)
  if (chance(0.3)) inputs['last-control'] = one(['warn', 'fail', 'allow'])
  return {
    action: 'revoke',
    with: inputs,
    debug: chance(0.2),
    ends: undefined,
    // So that some keys have expired, or are old.
    aheadMs: chance(0.5) ? one([3_600_000, 86_400_000, 10 * 86_400_000]) : 0,
    main: disruptions(dice, by === 'name' || by === 'expired' ? BOTH : PINATA_ONLY, true),
    post: [],
    clearsFaults: false,
  }
}

/** @param {Dice} dice */
function aKey({ one }) {
  return one(['KEY_0', 'KEY_1', 'KEY_2', 'KEY_3', 'KEY_NOBODYS'])
}

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
    if (chance(0.55)) return aFault(dice, side)
    /** @type {At} */
    const at = chance(0.7)
      ? { side, request: int(0, 4), moment: one(['arrived', 'taken', 'answered']), ms: one([0, 0, 10, 50, 200, 1000]) }
      : { ms: int(0, 6000) }
    switch (
      one([
        'kill',
        'effect',
        'effect',
        'lose',
        'down',
        cancels ? 'cancel' : 'kill',
        cancels ? 'cancel' : 'down',
        'shutdown',
      ])
    ) {
      case 'kill':
        return { what: 'kill', at, losing: chance(0.15) }
      case 'effect':
        return { what: 'kill', effect: int(0, 20) }
      case 'cancel':
        return { what: 'cancel', at }
      case 'shutdown':
        return { what: 'shutdown', at }
      case 'lose':
        return { what: 'lose', file: one(['state', 'state', 'state', 'output', 'step_summary']), at }
      default:
        return { what: 'down', side, at, forMs: one([500, 5000, 3_600_000]) }
    }
  })
}

/** Requests that a fault may be for. */
const REQUESTS = {
  pinata: [{}, {}, { method: 'GET' }, { method: 'POST' }, { method: 'POST' }, { method: 'POST' }, { method: 'DELETE' }],
  github: [
    {},
    { method: 'GET' },
    { method: 'POST', path: /\/deployments$/ },
    { path: '/statuses' },
    { method: 'DELETE' },
  ],
}

/** Requests whose answers have content. To answer a deletion that was refused with 200 would be a lie. */
const WITH_CONTENT = [{ method: 'GET' }, { method: 'POST' }]

/** @type {readonly Pick<Extract<Fault, { kind: 'status' }>, 'status' | 'body' | 'headers'>[]} */
const WRONG_SUCCESSES = [
  { status: 200, body: '<html>Sign in</html>', headers: { 'Content-Type': 'text/html' } },
  { status: 200, body: '{"error":"no"}' },
  { status: 200, body: '{}' },
  { status: 202, body: '' },
  { status: 204, body: '' },
]
/** How many keys a flood adds: made just now, and in the morning. */
const FLOOD = { fresh: 80, old: 3000 }
const HOUR_MS = 3_600_000

/**
 * The gateway's details with keys that do not exist beside all that do. No more are fresh than a step can name, so that
 * it can name those that do exist. The others are younger than `older-than: 12h`, unless the runner's clock is ahead.
 *
 * @param {any} json
 */
function flooded(json) {
  const { accessTokens } = json.data?.settings?.restriction_policies ?? {}
  /** @param {number} ageMs */
  const key = ageMs => ({
    id: randomUUID(),
    value: 'a'.repeat(64),
    createdAt: new Date(Date.now() - ageMs).toISOString(),
  })
  accessTokens?.push(
    ...Array.from({ length: FLOOD.fresh }, () => key(0)),
    ...Array.from({ length: FLOOD.old }, (_, index) => key(HOUR_MS * (6 + (5 * index) / FLOOD.old))),
  )
  return json
}

/** Those with a method are for such requests only. @type {Record<string, (dice: Dice, side: Side) => Fault>} */
const FAULTS = {
  delay: ({ one }) => ({ kind: 'delay', ms: one([200, 2000, 29_000, 40_000]) }),
  'reset before': ({ one }) => ({ kind: 'reset', ms: one([0, 500]) }),
  'reset after': ({ one }) => ({ kind: 'reset', when: 'after', ms: one([0, 500]) }),
  429: ({ one }) => {
    const retryAfter = one([undefined, 0, 1, 3, 20])
    return { kind: 'status', status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) }
  },
  '5xx before': ({ one }) => ({ kind: 'status', status: one(SERVER_ERRORS) }),
  '5xx after': ({ one }) => ({ kind: 'status', status: one(SERVER_ERRORS), when: 'after' }),
  refusal: ({ one }, side) =>
    side === 'github' && one([true, false])
      ? { kind: 'status', status: 403, retryAfter: one([1, 30]) }
      : { kind: 'status', status: one([401, 403, 422]) },
  "404 that is not the API's": () => ({ kind: 'status', status: 404, body: '<html>nobody is here</html>' }),
  truncate: ({ one }) => ({ kind: 'truncate', ...one([{}, { after: 0 }, { after: 20 }]) }),
  'not JSON': ({ one }) => ({ kind: 'body', body: one(['<html>', '{"data":', ' ']), contentType: 'text/html' }),
  'other JSON': ({ one }) => ({ kind: 'body', body: one(['{}', 'null', '[]', '{"data":null}', '{"data":[{}]}', '7']) }),
  'redirect before': ({ one }) => ({ kind: 'redirect', to: ELSEWHERE, status: one([301, 302, 307, 308]) }),
  'redirect after': ({ one }) => ({ kind: 'redirect', to: ELSEWHERE, status: one([302, 307]), when: 'after' }),
  'hang before': () => ({ kind: 'hang' }),
  'hang after': () => ({ kind: 'hang', when: 'after' }),
  'switching protocols': ({ one }) => ({ kind: 'upgrade', when: one(['before', 'after']) }),
  'closed without an answer': ({ one }) => ({ kind: 'close', when: one(['before', 'after']) }),
  'interim answers without end': ({ one }) => ({ kind: 'interim', when: one(['before', 'after']) }),
  'wrong success of a deletion': ({ one }) => ({
    kind: 'status',
    method: 'DELETE',
    when: one(['before', 'after']),
    ...one(WRONG_SUCCESSES),
  }),
  'wrong 404 of a deletion': () => ({ kind: 'status', method: 'DELETE', status: 404 }),
  // Only for Pinata.
  flood: () => ({ kind: 'body', method: 'GET', body: flooded }),
  drip: ({ one }) => ({ kind: 'drip', ms: one([50, 100, 5000]), bytes: one([8, 64]) }),
}
const SERVER_ERRORS = [408, 500, 502, 503, 504]

/** @param {Dice} dice @param {Side} side @returns {Disruption} */
function aFault(dice, side) {
  const { chance, one } = dice
  const name = one(Object.keys(FAULTS).filter(each => side === 'pinata' || each !== 'flood'))
  const fault = /** @type {Fault} */ (FAULTS[name]?.(dice, side))
  const drawn = one(/** @type {object[]} */ (fault.kind === 'body' ? WITH_CONTENT : REQUESTS[side]))
  const match = fault.method === undefined ? drawn : {}
  // What goes on for ever costs the most time and shows the least.
  const times = chance(0.08) ? Number.POSITIVE_INFINITY : one([1, 1, 2, 5])
  const skip = chance(0.3) ? one([1, 2]) : 0
  return { what: 'fault', side, name: `${name} (${side})`, fault: { ...fault, ...match, times, skip } }
}
