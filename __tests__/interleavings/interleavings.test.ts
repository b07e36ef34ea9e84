import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { BREAKS } from './breaks.ts'
import { check } from './invariants.ts'
import type { World } from './model.ts'
import { MIXED, TWENTY_RUNS, WHOLE } from './scenarios.ts'
import { chooseBy, play, playAll } from './schedule.ts'

// `SCHEDULES=1000000 SEED=7` plays more schedules, or others.
const { SCHEDULES = '4000', SEED } = process.env
const choices = fc.array(fc.nat(4095), { maxLength: 200, size: 'max' }).map(chooseBy)

/** Returns what broke, and how. */
function violationIn(world: World): string | undefined {
  const bug = world.log.find(each => each.text.startsWith('Bug: '))
  if (bug !== undefined) return bug.text
  const { text, exception } = check(world) ?? {}
  return text === undefined || exception !== undefined ? undefined : [text, ...world.trace].join('\n')
}

/** Matchers would take longer than the schedules. */
function expectInvariants(world: World): void {
  const violation = violationIn(world)
  if (violation !== undefined) throw new Error(violation)
}

test.each(Object.entries(WHOLE))('keeps the invariants in every schedule: %s', async (_, scenario) => {
  for await (const world of playAll(scenario)) expectInvariants(world)
})

test('keeps the invariants in random schedules of several steps', async () => {
  const keepsThem = fc.asyncProperty(MIXED, choices, async (scenario, choose) => {
    expectInvariants(await play(scenario, choose))
  })
  const seed = SEED === undefined ? {} : { seed: Number(SEED) }
  await fc.assert(keepsThem, { numRuns: Number(SCHEDULES), ...seed })
}, 3_600_000)

test('gives twenty runs with one name the same key', async () => {
  const sharesKey = fc.asyncProperty(choices, async choose => {
    const { controls, promises } = await play(TWENTY_RUNS, choose)
    expect(controls).toHaveLength(1)
    expect(new Set(promises.map(({ run }) => run)).size).toBe(21)
  })
  await fc.assert(sharesKey, { numRuns: 20 })
})

test.each(Object.entries(BREAKS))('finds out if %s', async (_, [name, sabotage]) => {
  const scenario = WHOLE[name]
  expect(scenario && (await findViolation({ ...scenario, sabotage }))).toBeDefined()
})

async function findViolation(scenario: Parameters<typeof playAll>[0]): Promise<string | undefined> {
  for await (const world of playAll(scenario)) {
    const violation = violationIn(world)
    if (violation !== undefined) return violation
  }
  return undefined
}
