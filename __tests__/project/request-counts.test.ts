import { expect, test } from '@jest/globals'
import { README, REFERENCE, read, rows, section } from '../support/documents.ts'
import { pullRequestEnv } from '../support/event.ts'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS } from '../support/records.ts'
import { pinataAndGitHub, runOriginStep, runPreviewStep, type StepOutcome } from '../support/step.ts'

/** Counts each step's requests to Pinata and GitHub, by the step's name in the documents. */
async function measured(): Promise<Record<string, [pinata: number, github: number]>> {
  const { pinata, github, inputs, env, passTime, run, revoke, post } = await pinataAndGitHub(2)
  const counts: Record<string, [number, number]> = {}
  async function count(title: string, step: () => Promise<StepOutcome | undefined>): Promise<StepOutcome> {
    pinata.requests.length = 0
    github.requests.length = 0
    const done = await step()
    expect(done).toMatchObject({ error: undefined, warnings: [] })
    const sent: [number, number] = [pinata.requests.length, github.requests.length]
    // A row for both keys and origins must be true of both.
    expect(sent).toEqual(counts[title] ?? sent)
    counts[title] = sent
    return done as StepOutcome
  }
  const allow = (more: Record<string, string>) => runOriginStep({ ...inputs, origin: ORIGIN, ...more }, { env })

  const name = { name: 'pr-7' }
  const named = { ...name, 'expires-in': '7d' }
  const after = { revoke: 'after-job' }
  const first = await count('Create a key or add an origin', () => run(after))
  await count('Reuse a key by key-id', () => run({ 'key-id': first.outputs['key-id'] ?? '' }))
  await count('Post step: revoke a key or remove an origin', () => post(first, 'success'))
  const second = await run({})
  await count('Revoke a key by key-id', () => revoke({ 'key-id': second.outputs['key-id'] ?? '' }))

  await count('Create a key or add an origin, with a name', () => run(named))
  await count('Reuse a key or an origin by its name', () => run(name))
  passTime(4 * DAY_MS)
  await count('Reuse a key or an origin by its name, and renew it', () => run(named))
  await revoke(name)
  await run(named)
  await count('Revoke a key or remove an origin by name', () => revoke(name))
  await count('Create a key with rotate: true', () => run({ ...named, rotate: 'true' }))
  await count('Sweep with expired, nothing has expired', () => revoke({ expired: 'true' }))
  passTime(8 * DAY_MS)
  await count('Sweep with expired, one key has expired', () => revoke({ expired: 'true' }))

  const third = await count('Create a key or add an origin', () => allow(after))
  await count('Post step: revoke a key or remove an origin', () => post(third, 'success'))
  await count('Create a key or add an origin, with a name', () => allow(named))
  await count('Reuse a key or an origin by its name', () => allow(name))
  passTime(4 * DAY_MS)
  await count('Reuse a key or an origin by its name, and renew it', () => allow(named))
  await revoke(name)
  await allow(named)
  await count('Revoke a key or remove an origin by name', () => revoke(name))

  for (const [title, action] of Object.entries({ Open: 'opened', Close: 'closed' })) {
    const variables = { ...env, ...pullRequestEnv(action) }
    await count(`${title} a preview with a key`, () => runPreviewStep(inputs, { env: variables }))
  }
  return counts
}

test('steps send the documented number of requests', async () => {
  const counts = await measured()
  const table = rows(section(REFERENCE, 'Requests'), ['Step', 'Pinata', 'GitHub'])
  const documented = table.map(([title = '', ...numbers]) => [title.replaceAll('`', ''), numbers.map(Number)])
  expect(Object.fromEntries(documented)).toEqual(counts)
  const byName = table.filter(([title = '']) => /^(Create|Reuse) a key .*(name|rotate)/.test(title))
  const numbers = byName.map(([, , number]) => Number(number))
  const range = `${Math.min(...numbers)} to ${Math.max(...numbers)}`
  expect(read(README).replace(/\s+/g, ' ')).toContain(`getting a key by name takes [${range}](${REFERENCE}#requests)`)
})
