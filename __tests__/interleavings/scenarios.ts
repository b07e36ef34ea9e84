import fc from 'fast-check'
import type { ExistingControl, StepSpec } from './model.ts'
import type { Scenario } from './schedule.ts'

const key = { does: 'get', name: 'pr-7', 'expires-in': '600m' } as const
const temporary = { does: 'get', revoke: 'after-job' } as const
const origin = 'https://pr-7.example.com'

const STEPS = {
  key,
  forever: { does: 'get', name: 'pr-7' },
  failing: { ...key, brokenOutputs: true },
  rotate: { ...key, rotate: 'true' },
  temporary,
  origin: { ...key, origin },
  otherOrigin: { ...key, origin, name: 'pr-8' },
  temporaryOrigin: { ...temporary, origin },
  close: { does: 'close', name: 'pr-7' },
  closeOther: { does: 'close', name: 'pr-8' },
  closeOlder: { does: 'close', name: 'pr-7', 'replaced-by': 'key-0003' },
  sweep: { does: 'sweep', expired: 'true' },
} satisfies Record<string, StepSpec>

const existingKey = (...expires: number[]): ExistingControl => ({ name: 'pr-7', expires })
const existingOrigin = (...expires: number[]): ExistingControl => ({ origin, name: 'pr-7', expires })

const EXISTING = {
  due: existingKey(10),
  dueTwice: existingKey(10, 10),
  new: { ...existingKey(10), isNew: true },
  endless: existingKey(Number.POSITIVE_INFINITY),
  expired: existingKey(-45),
  overdue: existingKey(-70),
  renewed: existingKey(-300, 400),
  other: { ...existingKey(10), name: 'pr-8' },
  otherRenewed: { ...existingKey(-70, 80), name: 'pr-8' },
  dueOrigin: existingOrigin(10),
  newOrigin: { ...existingOrigin(400), isNew: true },
  expiredOrigin: existingOrigin(-29),
  expiringOrigin: existingOrigin(-40),
  overdueOrigin: existingOrigin(-70),
} satisfies Record<string, ExistingControl>

function scenario(before: (keyof typeof EXISTING)[], steps: (keyof typeof STEPS)[], rest: Partial<Scenario>): Scenario {
  return { before: before.map(each => EXISTING[each]), steps: steps.map(each => STEPS[each]), ...rest }
}

/** Small scenarios. The tests play all of their schedules. Times are in minutes. */
export const EXHAUSTIVE = {
  'a new key': scenario([], ['key'], { faults: 2 }),
  'a due key': scenario(['due'], ['key'], { faults: 2 }),
  'a temporary key': scenario([], ['temporary'], { faults: 2 }),
  'a new origin': scenario([], ['origin'], { faults: 2 }),
  'an origin that is not listed yet': scenario(['newOrigin'], ['temporaryOrigin'], { faults: 2 }),
  'an origin that expired 40 minutes ago': scenario(['expiringOrigin'], ['origin'], { faults: 2 }),
  'an origin that expired 70 minutes ago': scenario(['overdueOrigin'], ['origin'], { faults: 2 }),
  'a close': scenario(['due'], ['close'], { faults: 2 }),
  'a close of a new key': scenario(['new'], ['close'], { faults: 2 }),
  'a sweep': scenario(['overdue', 'otherRenewed'], ['sweep'], { faults: 2 }),
  'a sweep of equal records': scenario(['dueTwice'], ['sweep'], {}),
  'two runs, a new name': scenario([], ['key', 'key'], {}),
  'two runs, a due key': scenario(['due'], ['key', 'key'], {}),
  'two runs, a new origin': scenario([], ['origin', 'origin'], {}),
  'a run reuses the key of a run whose outputs fail': scenario([], ['failing', 'key'], {}),
  'a run and a close': scenario(['due'], ['key', 'close'], {}),
  'a run and a sweep': scenario(['due'], ['key', 'sweep'], { jumps: [12] }),
  'a run and a sweep, different clocks': scenario(['expiredOrigin'], ['origin', 'sweep'], { jumps: [12], skew: -20 }),
  'a rotation and a close of replaced keys': scenario(['endless', 'endless'], ['closeOlder', 'rotate'], {}),
  'a close and a temporary key': scenario(['due'], ['close', 'temporary'], {}),
  'a sweep that misses a renewal': scenario(['other', 'renewed'], ['sweep'], { faults: 2 }),
}

export const TWENTY_RUNS = scenario(['due'], Array(20).fill('key'), {})

/** Larger scenarios. The tests play some of their schedules. */
export const RANDOM: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(fc.constantFrom(...Object.values(STEPS)), { minLength: 2, maxLength: 4 }),
  before: fc.subarray(Object.values(EXISTING), { maxLength: 2 }),
  faults: fc.integer({ min: 0, max: 3 }),
  jumps: fc.constantFrom([12, 61], [4, 12], [9, 61], [32, 700]),
  skew: fc.constantFrom(0, 5, -20),
  duplicates: fc.constantFrom('added', 'refused', 'returned'),
})
