// What each row of the table is held to.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from '@jest/globals'
import { leaksOf } from '../support/job.ts'
import { type Case, nameOf, type Result, runCases } from './run.mjs'
import { JWT, KEY_VALUE, TOKEN } from './world.mjs'

/** What the action may tell the runner; anything else in its output is text that became a command. */
const COMMANDS = /^::(add-mask|debug|(error|warning) title=Pinata (gateway key|web origin))::/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/
const BROKEN = /::|##\[/

/** What the action says in each case, word for word: `npm run docs` writes it. */
export const EXPECTED: Record<string, string> = JSON.parse(
  readFileSync(new URL('expected.json', import.meta.url), 'utf8'),
)

/** Defines the tests of these cases: the built action runs in each, a few side by side. */
export function testCases(cases: Case[]) {
  let results: Result[]

  beforeAll(async () => {
    // Fewer than there could be, as other files run their cases at the same time.
    results = await runCases(cases, 3)
  }, 300_000)

  test.each(cases.map((one, index) => [nameOf(one), one, index] as const))('%s', (name, one, index) => {
    const result = results[index] as Result
    const { exit, requests, seen } = result
    expect({ exit, requests }).toEqual({ exit: one.exit, requests: one.requests })
    expect(seen.filter(each => each.startsWith('error: '))).toHaveLength(one.exit)
    // If this fails and the change is meant, run npm run docs.
    expect(seen.join('\n')).toBe(EXPECTED[name])
    expectWellFormed(result)
    expect(leaksIn(one, result)).toEqual([])
  })
}

function expectWellFormed({ seen, step }: Result) {
  for (const message of seen) {
    expect(message).not.toMatch(UNPRINTABLE)
    expect(message.replace(/^\w+: /, '')).not.toMatch(BROKEN)
    expect(message.length).toBeLessThanOrEqual(610)
  }
  for (const line of step.raw.split('\n').filter(each => each.includes('::') || each.includes('##['))) {
    expect(line).toMatch(COMMANDS)
    if (!line.startsWith('::add-mask::')) expect(line.replace(COMMANDS, '')).not.toMatch(BROKEN)
  }
  expect(step.stderr).toBe('')
}

function leaksIn({ secrets: own = [] }: Case, { step, entryIds }: Result): string[] {
  const secrets = [JWT, JWT.split('.')[1] ?? '', TOKEN, KEY_VALUE, step.outputs['gateway-key'] ?? '']
  const lines = own.flatMap(secret => secret.split(/[\r\n]/))
  // What is shorter is no secret, and is found by chance.
  const all = [...secrets, ...lines].filter(secret => secret.trim().length >= 12)
  return [
    // The log has the inputs too, as the runner shows them before the action can mask one.
    ...leaksOf(step, ...all).filter(leak => !leak.startsWith('log: ')),
    // By its ID the post step removes an origin, so the state may hold it.
    ...leaksOf({ ...step, state: {} }, ...entryIds),
  ]
}
