import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { BREAKS } from './breaks.ts'
import { check } from './invariants.ts'
import type { World } from './model.ts'
import { EXHAUSTIVE, RANDOM, TWENTY_RUNS } from './scenarios.ts'
import { chooseBy, playAll, Schedule } from './schedule.ts'

// `SCHEDULES=1000000` plays more schedules, and `SEED=7` plays different ones.
const { SCHEDULES = '2000', SEED } = process.env
const choices = fc.array(fc.nat(4095), { maxLength: 200, size: 'max' }).map(chooseBy)

/** Throws an error that shows how a schedule broke an invariant. Matchers would take longer than the schedules. */
function expectInvariants(world: World): void {
  const bug = world.log.find(each => each.text.startsWith('Bug: '))
  if (bug !== undefined) throw new Error(bug.text)
  if (world.trace.length === 0) throw new Error('No step sent a request.')
  const violation = check(world)
  if (violation) throw new Error([violation, ...world.trace].join('\n'))
}

test.each(Object.entries(EXHAUSTIVE))('keeps the invariants in every schedule: %s', (_, scenario) =>
  playAll(scenario, expectInvariants),
)

test('keeps the invariants in random schedules of several steps', async () => {
  const keepsThem = fc.asyncProperty(RANDOM, choices, async (scenario, choose) => {
    expectInvariants(await new Schedule(scenario).play(choose))
  })
  const seed = SEED === undefined ? {} : { seed: Number(SEED) }
  await fc.assert(keepsThem, { numRuns: Number(SCHEDULES), ...seed })
}, 3_600_000)

test('gives twenty runs with one name the same key', async () => {
  const sharesKey = fc.asyncProperty(choices, async choose => {
    const { controls, promises } = await new Schedule(TWENTY_RUNS).play(choose)
    expect(controls).toHaveLength(1)
    expect(new Set(promises.map(({ run }) => run)).size).toBe(21)
  })
  await fc.assert(sharesKey, { numRuns: 20 })
})

test.each(Object.entries(BREAKS))('detects if %s', async (_, [name, sabotage]) => {
  await expect(playAll({ ...EXHAUSTIVE[name], sabotage }, expectInvariants)).rejects.toThrow()
})
