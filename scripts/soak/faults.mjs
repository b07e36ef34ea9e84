// The faults of the soak, between a process and a server.
import { randomUUID } from 'node:crypto'

/** @import { Fault } from '../../emulator/http/inject-faults.mjs' */
/** @import { Dice, Disruption, Side } from './plan.mjs' */

/** A placeholder for the target of redirects. */
const REDIRECT_TARGET = 'http://elsewhere'

/** Requests that a fault may affect. Requests that are listed more than once are more likely. */
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

/** Requests whose responses have content. A 200 would be wrong for a deletion that the server rejected. */
const WITH_CONTENT = [{ method: 'GET' }, { method: 'POST' }]

/** @type {readonly Pick<Extract<Fault, { kind: 'status' }>, 'status' | 'body' | 'headers'>[]} */
const WRONG_SUCCESSES = [
  { status: 200, body: '<html>Sign in</html>', headers: { 'Content-Type': 'text/html' } },
  { status: 200, body: '{"error":"no"}' },
  { status: 200, body: '{}' },
  { status: 202, body: '' },
  { status: 204, body: '' },
]
/** How many new and older keys a flood adds. */
const FLOOD = { fresh: 80, old: 3000 }
const HOUR_MS = 3_600_000

/**
 * Adds nonexistent keys to the gateway's details. The fresh keys are few enough for a step to list them all, so it
 * also lists real keys. The old keys are too young for `older-than: 12h`, unless the servers' clocks are ahead.
 * @param {any} json
 */
function flooded(json) {
  const { accessTokens } = json.data?.settings?.restriction_policies ?? {}
  const old = Array.from({ length: FLOOD.old }, (_, index) => HOUR_MS * (6 + (5 * index) / FLOOD.old))
  for (const ageMs of [...Array(FLOOD.fresh).fill(0), ...old]) {
    const createdAt = new Date(Date.now() - ageMs).toISOString()
    accessTokens?.push({ id: randomUUID(), value: 'a'.repeat(64), createdAt })
  }
  return json
}

/** Faults by name, some of them only for one method. @type {Record<string, (dice: Dice, side: Side) => Fault>} */
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
  '404 without JSON': () => ({ kind: 'status', status: 404, body: '<html>Not found</html>' }),
  truncate: ({ one }) => ({ kind: 'truncate', ...one([{}, { after: 0 }, { after: 20 }]) }),
  'not JSON': ({ one }) => ({ kind: 'body', body: one(['<html>', '{"data":', ' ']), contentType: 'text/html' }),
  'other JSON': ({ one }) => ({ kind: 'body', body: one(['{}', 'null', '[]', '{"data":null}', '{"data":[{}]}', '7']) }),
  'redirect before': ({ one }) => ({ kind: 'redirect', to: REDIRECT_TARGET, status: one([301, 302, 307, 308]) }),
  'redirect after': ({ one }) => ({ kind: 'redirect', to: REDIRECT_TARGET, status: one([302, 307]), when: 'after' }),
  'hang before': () => ({ kind: 'hang' }),
  'hang after': () => ({ kind: 'hang', when: 'after' }),
  'switching protocols': ({ one }) => ({ kind: 'upgrade', when: one(['before', 'after']) }),
  'closed without a response': ({ one }) => ({ kind: 'close', when: one(['before', 'after']) }),
  'endless interim responses': ({ one }) => ({ kind: 'interim', when: one(['before', 'after']) }),
  'wrong success of a deletion': ({ one }) => ({
    kind: 'status',
    method: 'DELETE',
    when: one(['before', 'after']),
    ...one(WRONG_SUCCESSES),
  }),
  'wrong 404 of a deletion': () => ({ kind: 'status', method: 'DELETE', status: 404 }),
  // A flood affects only Pinata.
  flood: () => ({ kind: 'body', method: 'GET', body: flooded }),
  drip: ({ one }) => ({ kind: 'drip', ms: one([50, 100, 5000]), bytes: one([8, 64]) }),
}
const SERVER_ERRORS = [408, 500, 502, 503, 504]

/** @param {Dice} dice @param {Side} side @returns {Disruption} */
export function drawFault(dice, side) {
  const { chance, one } = dice
  const name = one(Object.keys(FAULTS).filter(each => side === 'pinata' || each !== 'flood'))
  const fault = /** @type {Fault} */ (FAULTS[name]?.(dice, side))
  const drawn = one(/** @type {object[]} */ (fault.kind === 'body' ? WITH_CONTENT : REQUESTS[side]))
  const match = fault.method === undefined ? drawn : {}
  // Endless faults are rare, because they cost the most time and find the least.
  const times = chance(0.08) ? Number.POSITIVE_INFINITY : one([1, 1, 2, 5])
  const skip = chance(0.3) ? one([1, 2]) : 0
  return { kind: 'fault', side, name: `${name} (${side})`, fault: { ...fault, ...match, times, skip } }
}
