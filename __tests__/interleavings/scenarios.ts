import type { Scenario } from './scheduler.ts'
import type { StepSpec } from './world.ts'

const ORIGIN = 'https://pr-7.example.com'
const NAMED = { does: 'get', name: 'pr-7', period: 600 } as const
const key: StepSpec = NAMED
const forever: StepSpec = { does: 'get', name: 'pr-7' }
const temporary: StepSpec = { does: 'get', revoke: 'after-job' }
const rotate: StepSpec = { ...NAMED, rotate: true }
const origin: StepSpec = { ...NAMED, origin: ORIGIN }
const otherOrigin: StepSpec = { ...origin, name: 'pr-8' }
const unnamedOrigin: StepSpec = { ...temporary, origin: ORIGIN }
const close: StepSpec = { does: 'close', name: 'pr-7' }
const closeOlder: StepSpec = { ...close, replacedBy: 'key-0003' }
const sweep: StepSpec = { does: 'sweep' }

const had = (...expires: number[]) => ({ kind: 'key', name: 'pr-7', expires }) as const
const hadOther = (...expires: number[]) => ({ kind: 'key', name: 'pr-8', expires }) as const
const hadOrigin = (...expires: number[]) => ({ kind: 'origin', value: ORIGIN, name: 'pr-7', expires }) as const

/** Overlapping steps that could harm each other. Times are in minutes. */
export const SCENARIOS: Record<string, Scenario> = {
  'a new name, two runs': { steps: [key, key], faults: 2 },
  'a new name, three runs': { steps: [key, key, key], faults: 1 },
  'a new name, a close': { steps: [forever, close], faults: 2, jumps: [61] },
  'a new name, a sweep': { steps: [key, sweep], faults: 1, jumps: [61, 700] },
  'a due key, two runs': { before: [had(10)], steps: [key, key], faults: 2, jumps: [12] },
  'a due key, a sweep': { before: [had(10)], steps: [key, sweep], faults: 1, jumps: [9, 12, 61] },
  'a due key, a sweep, clocks apart': {
    before: [had(10)],
    steps: [key, sweep],
    faults: 1,
    jumps: [9, 12, 61],
    skew: 5,
  },
  'a due key, a sweep, suspended machines': {
    before: [had(10)],
    steps: [key, sweep],
    faults: 1,
    jumps: [61],
    suspends: true,
  },
  'a due key, a close': { before: [had(10)], steps: [key, close], faults: 2, jumps: [61] },
  'a due key, removed by hand': { before: [had(10)], steps: [key, sweep], faults: 1, jumps: [61], byHand: true },
  'an expired key, a sweep': { before: [had(-45)], steps: [key, sweep], faults: 2, jumps: [12] },
  'a renewed key, a sweep': { before: [had(-300, 400), hadOther(-300)], steps: [sweep, key], faults: 2, jumps: [61] },
  'a key recorded twice, two sweeps': { before: [had(10, 10)], steps: [sweep, sweep], faults: 1, jumps: [61, 12] },
  'a rotation, a run': { before: [had(Infinity)], steps: [rotate, forever], faults: 2 },
  'a rotation, replaced keys': { before: [had(Infinity), had(Infinity)], steps: [closeOlder, rotate], faults: 2 },
  'outputs that fail, a run': { steps: [{ ...key, brokenOutputs: true }, key], faults: 1 },
  'two temporary keys': { steps: [temporary, temporary], faults: 2 },
  'a temporary key, a name': { steps: [key, temporary], faults: 2 },
  'a new origin, two runs': { steps: [origin, origin], faults: 2 },
  'a new origin, two runs, no duplicates': { duplicates: 'refused', steps: [origin, origin], faults: 2 },
  'a new origin, two runs, the same entry': { duplicates: 'returned', steps: [origin, origin], faults: 2 },
  'a new origin, a close': { steps: [origin, close], faults: 1, jumps: [61] },
  'a due origin, two runs': { before: [hadOrigin(10)], steps: [origin, origin], faults: 1, jumps: [12, 39, 61] },
  'an expired origin, two runs': { before: [hadOrigin(-25)], steps: [origin, origin], faults: 1, jumps: [4, 12, 32] },
  'an expired origin, no duplicates': {
    duplicates: 'refused',
    before: [hadOrigin(-55)],
    steps: [origin, origin],
    faults: 2,
    jumps: [6],
  },
  'an expired origin, suspended machines': {
    before: [hadOrigin(-25)],
    steps: [origin, origin],
    faults: 1,
    jumps: [4, 61],
    suspends: true,
  },
  'an expired origin, a sweep': {
    before: [hadOrigin(-29)],
    steps: [origin, sweep],
    faults: 1,
    jumps: [12, 32],
    skew: -5,
  },
  'an origin under two names': { duplicates: 'refused', steps: [origin, otherOrigin], faults: 2 },
  'an origin with and without a name': { steps: [origin, unnamedOrigin], faults: 2 },
  'an origin without a name': { duplicates: 'refused', steps: [unnamedOrigin, unnamedOrigin], faults: 2 },
  'a run, a close and a sweep': { before: [had(10)], steps: [key, close, sweep], faults: 1, jumps: [61] },
  'two runs and a sweep': { before: [had(10)], steps: [key, key, sweep], faults: 1, jumps: [12, 61] },
  'two origins and a sweep': {
    before: [hadOrigin(-25)],
    steps: [origin, origin, sweep],
    faults: 1,
    jumps: [4, 12, 32],
  },
}
