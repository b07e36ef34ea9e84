// Breaks the protocol's rules from outside the steps, to show that the schedules detect each break.
import type { Reply } from '../../src/http/reply.ts'
import { type Control, LOST, type Op, response, row } from './http.ts'
import type { World } from './model.ts'
import type { EXHAUSTIVE } from './scenarios.ts'
import type { Break, Call } from './schedule.ts'
import type { Step } from './step.ts'

type Deployment = { id: number; task: string; created_at: string }
const HOUR = 3_600_000

function later({ reply }: Call, ms: number): Reply {
  return reply.kind === 'response' && reply.dateMs ? { ...reply, dateMs: reply.dateMs + ms } : reply
}

function readsRecords(change: (records: Deployment[], call: Call) => Deployment[]): Break {
  return call => {
    const { request, reply } = call
    if (request.op !== 'GET deployments' || reply.kind !== 'response') return reply
    return { ...reply, json: change(reply.json as Deployment[], call) }
  }
}

/** Makes a sweep rely on its list of all records instead of reading the records of a name again. */
function readsRecordsOnce(): Break {
  const seen = new WeakMap<Step, Deployment[]>()
  return readsRecords((records, { step, request: { name } }) => {
    if (step.spec.does !== 'sweep') return records
    if (name) return seen.get(step)?.filter(({ task }) => task.endsWith(`:${name}`)) ?? []
    seen.set(step, [...(seen.get(step) ?? []), ...records])
    return records
  })
}

/** Makes a step rely on its first reading of the gateway. */
function readsGatewayOnce(): Break {
  const first = new WeakMap<Step, Reply>()
  return ({ step, request, reply }) => {
    if (request.op !== 'GET gateways' || reply.kind !== 'response') return reply
    if (!first.has(step)) first.set(step, reply)
    return first.get(step) ?? reply
  }
}

/** Makes a step revoke an access control after the request to record it. */
function revokesIf(isRevoked: (call: Call) => boolean): Break {
  return call => {
    const { world, step, request, reply } = call
    const { payload } = request.body
    if (payload && isRevoked(call)) world.remove(world.draft(payload).control, step)
    return reply
  }
}

/** Makes a step remove records after a request. */
function removes(op: Op, isRemoved: (record: World['records'][number], call: Call) => boolean): Break {
  return call => {
    const { world, step, request, reply } = call
    const removed = world.records.filter(record => request.op === op && isRemoved(record, call))
    for (const { id } of removed) world.removeRecord(id, step)
    return reply
  }
}

/** Makes a step find the entry for its origin after a lost response. */
function findsEntry(use: (entry: Control, call: Call) => Reply): Break {
  return call => {
    const { world, request, reply } = call
    const entry = reply.kind === 'fault' && world.controls.find(({ value }) => value === request.body.host)
    return entry ? use(entry, call) : reply
  }
}

/** Each break, with a scenario in which a schedule reveals it. */
export const BREAKS: Record<string, [scenario: keyof typeof EXHAUSTIVE, Break]> = {
  'a sweep does not wait': ['a run and a sweep', call => later(call, call.step.spec.does === 'sweep' ? HOUR : 0)],
  'a sweep does not read the records of a name again': ['a sweep that misses a renewal', readsRecordsOnce()],
  'a sweep trusts a single list of the gateway': ['a sweep', readsGatewayOnce()],
  'a sweep removes records before it revokes': ['a sweep', removes('GET gateways', ({ name }) => name === 'pr-7')],
  'a sweep removes records that are equal': ['a sweep of equal records', removes('GET gateways', () => true)],
  'a close removes young records': [
    'a close of a new key',
    readsRecords(records => records.map(each => ({ ...each, created_at: '2025-01-01T00:00:00Z' }))),
  ],
  'a run removes the records of unlisted keys': [
    'a due key',
    removes('GET gateways', ({ control }, { reply }) => !JSON.stringify(reply).includes(control)),
  ],
  'a renewal replaces the record': ['a due key', removes('POST deployments', ({ id }) => id === 2)],
  'a step revokes what it reused': ['a due key', revokesIf(({ reply }) => reply.kind === 'response')],
  'a stopped step does not wait for its record': ['a new key', revokesIf(({ step }) => step.isStopped)],
  'a step trusts a rejection after a lost response': [
    'a new key',
    revokesIf(({ reply }) => reply.kind === 'response' && reply.status === 403),
  ],
  'the post step finds no record': ['a new key', readsRecords((records, { step }) => (step.isPost ? [] : records))],
  'a lost response is not reported': ['a new key', /unclaimed/],
  'a failed revocation is not reported': ['a new key', /may have left /],
  'a revocation with a lost response counts as done': [
    'a new key',
    ({ request, reply }) => (request.op === 'DELETE access_tokens' ? response(200, { data: null }, 0) : reply),
  ],
  'a step claims an entry by its value after a lost response': [
    'an origin that is not listed yet',
    findsEntry((entry, { world: { now } }) => response(200, { data: row({ ...entry, createdAt: now }) }, now)),
  ],
  'a step removes entries by their value after a lost response': [
    'an origin that is not listed yet',
    findsEntry(({ id }, { world, step, reply }) => (world.remove(id, step) ? reply : LOST)),
  ],
  'an origin is replaced too early': ['an origin that expired 40 minutes ago', call => later(call, HOUR / 2)],
}
