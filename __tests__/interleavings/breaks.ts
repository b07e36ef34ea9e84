// Rules of the protocol, broken from outside the steps, to show that the schedules find what depends on them.
import type { NameRecord, Response, World } from './model.ts'
import type { Step } from './step.ts'

/** A request with its response, before the step receives it. */
export interface Call extends Omit<Response, 'control'> {
  world: World
  step: Step
  op: string
  name?: string | undefined
  value: string
  control: string
}

/** Returns what the step receives instead. A pattern removes lines from the log. */
export type Break = RegExp | ((call: Call) => Partial<Response> | undefined)

const HOUR = 3_600_000

/** Makes a step decide by its first reading of the gateway. */
function readsGatewayOnce(): Break {
  const first = new WeakMap<Step, Call>()
  return call => {
    if (call.controls && !first.has(call.step)) first.set(call.step, call)
    return call.controls && { controls: first.get(call.step)?.controls ?? [] }
  }
}

/** Makes a sweep decide by its reading of all records. */
function readsRecordsOnce(): Break {
  const seen = new WeakMap<Step, NameRecord[]>()
  return ({ step, name, records }) => {
    const all = seen.get(step) ?? []
    if (step.spec.does !== 'sweep') return undefined
    if (records && name === undefined) seen.set(step, [...all, ...records])
    return records && name !== undefined ? { records: all.filter(each => each.name === name) } : undefined
  }
}

/** Makes a step revoke an access control after the request for its record. */
function revokesIf(isRevoked: (call: Call) => boolean): Break {
  return call => {
    if (call.op === 'record' && isRevoked(call)) call.world.remove(call.control, call.step)
    return undefined
  }
}

/** Makes a step remove records after a request. */
function removes(op: string, isRemoved: (record: NameRecord, call: Call) => boolean): Break {
  return call => {
    const removed = call.world.records.filter(record => call.op === op && isRemoved(record, call))
    for (const { id } of removed) call.world.removeRecord(id, call.step)
    return undefined
  }
}

/** Each break, and a scenario in which some schedule shows it. */
export const BREAKS: Record<string, [scenario: string, Break]> = {
  'a sweep does not wait after an expiry': [
    'a run and a sweep',
    ({ step, at }) => (step.spec.does === 'sweep' ? { at: at + HOUR } : undefined),
  ],
  'a sweep does not read the records of a name again': [
    'a sweep that misses a renewal on a shifted page',
    readsRecordsOnce(),
  ],
  'a sweep trusts one list of the gateway': ['a sweep', readsGatewayOnce()],
  'a sweep removes records before it revokes': ['a sweep', removes('list', ({ name }) => name === 'pr-7')],
  'a sweep removes records that supersede each other': ['a sweep of equal records', removes('list', () => true)],
  'a close removes young records': [
    'a close of a new key',
    ({ records }) => records && { records: records.map(each => ({ ...each, createdAt: each.createdAt - 2 * HOUR })) },
  ],
  'a run removes the records of unlisted keys': [
    'a due key',
    removes('list', (record, { controls }) => !controls?.some(({ id }) => id === record.control)),
  ],
  'a renewal replaces the record': ['a due key', removes('record', ({ id }) => id === 2)],
  'a step revokes what it reused': ['a due key', revokesIf(({ result }) => result === 'ok')],
  'a stopped step does not wait for its record': ['a new key', revokesIf(({ step }) => step.isStopped)],
  'a rejection after a lost response counts': ['a new key', revokesIf(({ result }) => result === 'refused')],
  'the post step does not look for the record': [
    'a new key',
    ({ step, op }) => (step.isPost && op === 'records' ? { records: [] } : undefined),
  ],
  'a lost response is silent': ['a new key', /unclaimed/],
  'a failed revocation is silent': ['a new key', /could not be (revoked|removed)/],
  'a revocation with a lost response counts as done': [
    'a new key',
    ({ op, result }) => (op === 'delete' && result === 'lost' ? { result: 'ok' } : undefined),
  ],
  'a step claims an entry by its value after a lost response': [
    'an origin that is not listed yet',
    ({ op, result, value, at, world }) => {
      const entry = op === 'create' && result === 'lost' && world.controls.find(each => each.value === value)
      return entry ? { result: 'ok', control: { ...entry, createdAt: at } } : undefined
    },
  ],
  'a step removes entries by their value after a lost response': [
    'an origin that is not listed yet',
    ({ op, result, value, world, step }) => {
      const entry = op === 'create' && result === 'lost' && world.controls.find(each => each.value === value)
      if (entry) world.remove(entry.id, step)
      return undefined
    },
  ],
  'an origin is replaced half an hour after its expiry': [
    'an origin that expired 40 minutes ago',
    ({ at }) => ({ at: at + HOUR / 2 }),
  ],
}
