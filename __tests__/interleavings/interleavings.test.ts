import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { check } from './invariants.ts'
import { SCENARIOS } from './scenarios.ts'
import { chooseBy, play } from './scheduler.ts'
import { realStep } from './steps.ts'

test('keeps the invariants in 10,000 schedules of the steps of src', async () => {
  const numbers = fc.array(fc.nat(4095), { maxLength: 60, size: 'max' })
  const exceptions = new Map<string, number>()
  const one = async (name: string, choices: number[]) => {
    const scenario = SCENARIOS[name]
    if (scenario === undefined) throw new Error(name)
    const world = await play(scenario, realStep, chooseBy(choices))
    const violation = check(world)
    if (violation?.exception) exceptions.set(violation.exception, 1 + (exceptions.get(violation.exception) ?? 0))
    if (violation && !violation.exception)
      throw new Error([violation.text, ...world.trace, ...world.log.map(l => JSON.stringify(l))].join('\n'))
  }
  const t = performance.now()
  await fc.assert(fc.asyncProperty(fc.constantFrom(...Object.keys(SCENARIOS)), numbers, one), {
    numRuns: Number(process.env.RUNS ?? 10_000),
  })
  console.log(performance.now() - t, exceptions)
})
