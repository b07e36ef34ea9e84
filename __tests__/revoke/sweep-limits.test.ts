import { expect, test } from '@jest/globals'
import { HOUR_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS } from '../support/step.ts'

const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const RATE_LIMIT = { kind: 'status', status: 403, retryAfter: 3600, ...ALWAYS } as const

async function setup(names: string[]) {
  const fixture = await namesSetup()
  const ids = new Map(names.map(name => [name, [1, 2].map(() => fixture.addKey({ ...EXPIRED, name }).id)]))
  return { ...fixture, ids }
}

test.each([
  ['Pinata, at a DELETE', 'pinata', { ...RATE_LIMIT, status: 429, method: 'DELETE', skip: 3 }, 1],
  ["GitHub, at a name's list", 'github', { ...RATE_LIMIT, method: 'GET', skip: 2 }, 2],
  ['GitHub, at the status of a record', 'github', { ...RATE_LIMIT, path: 'statuses', skip: 3 }, 0],
  ['GitHub, at the removal of a record', 'github', { ...RATE_LIMIT, method: 'DELETE', skip: 3 }, 0],
] as const)('completes each name until a rate limit ends the sweep: %s', async (_name, server, fault, leftOfSecond) => {
  const fixture = await setup(['a', 'b', 'c'])
  const { github, keyIds, ids, sweep } = fixture
  fixture[server].fault(fault)
  const done = await sweep()
  // The name with the newest record comes first.
  const [secondLeft, thirdLeft] = [ids.get('b')?.slice(0, leftOfSecond) ?? [], ids.get('a') ?? []]
  expect(keyIds()).toEqual([...thirdLeft, ...secondLeft])
  expect(namesOf(github)).not.toContain('c')
  expect(done.error).toMatch(/^Could not revoke everything \(.*\): .*HTTP (403|429)/)
  const left = [...String(done.error).matchAll(/(\d) keys? (?:not revoked|skipped)/g)].map(([, number]) =>
    Number(number),
  )
  expect(left.reduce((sum, number) => sum + number)).toBe(keyIds().length)
  for (const id of keyIds()) expect(done.error).toContain(id)
  expect(done.outputs['revoked-count']).toBe(String(6 - keyIds().length))
  fixture[server].clearFaults()
  expect((await sweep()).error).toBeUndefined()
  expect([keyIds(), github.deployments.size]).toEqual([[], 0])
})

test('sends three requests per key, one per name, and one per page, and reads the gateway twice', async () => {
  const names = Array.from({ length: 60 }, (_, number) => `pr-${number}`)
  const { pinata, github, keyIds, sweep } = await setup(names)
  expect(await sweep()).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-count': '120' } })
  expect([keyIds().length, github.deployments.size]).toEqual([0, 0])
  expect(github.requests.length + pinata.requests.length).toBe(3 * 120 + 60 + 2 + 2)
})
