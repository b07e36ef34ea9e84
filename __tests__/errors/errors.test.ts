import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ACTION, leaksOf } from '../support/job.ts'
import { cases } from './cases.mjs'
import { pageOf } from './page.mjs'
import { type Result, runCases } from './run.mjs'
import { JWT, KEY_VALUE, TOKEN } from './world.mjs'

let results: Result[]

beforeAll(async () => {
  results = await runCases(cases)
}, 300_000)

/** What the action may tell the runner; anything else in its output is text that became a command. */
const COMMANDS = /^::(add-mask|debug|(error|warning) title=Pinata gateway key)::/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/
const BROKEN = /::|##\[/

test.each(cases.map((one, index) => [`${one.section} (${one.action}): ${one.given}`, one, index] as const))(
  '%s',
  (_name, one, index) => {
    const { step, exit, seen, requests } = results[index] as Result
    expect({ exit, requests }).toEqual({ exit: one.exit, requests: one.requests })
    expect(seen.filter(({ level }) => level === 'error')).toHaveLength(one.exit)
    for (const { message } of seen) {
      expect(message).not.toMatch(UNPRINTABLE)
      expect(message).not.toMatch(BROKEN)
      expect(message.length).toBeLessThanOrEqual(600)
    }
    for (const line of step.raw.split('\n').filter(each => each.includes('::') || each.includes('##['))) {
      expect(line).toMatch(COMMANDS)
      if (!line.startsWith('::add-mask::')) expect(line.replace(COMMANDS, '')).not.toMatch(BROKEN)
    }
    expect(step.stderr).toBe('')
    const secrets = [JWT, JWT.split('.')[1] ?? '', TOKEN, KEY_VALUE, step.outputs['gateway-key'] ?? '']
    const own = (one.secrets ?? []).flatMap(secret => secret.split(/[\r\n]/))
    // What is shorter is no secret, and is found by chance.
    const all = [...secrets, ...own].filter(secret => secret.trim().length >= 12)
    // The log has the inputs too, as the runner shows them before the action can mask one.
    expect(leaksOf(step, ...all).filter(leak => !leak.startsWith('log: '))).toEqual([])
  },
)

test.each([
  ['get', 'action.yml'],
  ['revoke', 'revoke/action.yml'],
])('each input of the action to %s has rows in the table', (action, file) => {
  const { inputs } = parse(readFileSync(path.join(ACTION, file), 'utf8')) as { inputs: object }
  const covered = cases.filter(one => one.action === action).map(({ section }) => section)
  expect(Object.keys(inputs).filter(name => !covered.some(section => section.startsWith(`\`${name}\``)))).toEqual([])
})

test('docs/errors.md tells what the action says. If this fails and the change is meant, run npm run docs', () => {
  expect(pageOf(cases, results)).toBe(readFileSync(path.join(ACTION, 'docs', 'errors.md'), 'utf8'))
})
