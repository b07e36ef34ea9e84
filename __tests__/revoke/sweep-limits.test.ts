import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, githubCaller } from '../support/github.ts'
import { addKey, HOUR_MS, namesOf, namesSetup } from '../support/records.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }
const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const LIST = /deployments\?environment=pinata-gateway-keys&per_page/
const RATE_LIMIT = {
  kind: 'status',
  status: 403,
  headers: { 'X-RateLimit-Remaining': '0', 'Retry-After': '3600' },
  body: { message: 'API rate limit exceeded for installation ID 1.' },
  ...ALWAYS,
} as const

/** Expired keys: two of each name. */
async function setup(names: string[]) {
  const there = await namesSetup({ github: { limit: { requests: 100_000, perMs: HOUR_MS } } })
  const ids = new Map(names.map(name => [name, [1, 2].map(() => addKey(there, { ...EXPIRED, name }).id)]))
  return { ...there, ids }
}

test.each([
  [
    'Pinata, at a DELETE',
    'pinata',
    { kind: 'status', method: 'DELETE', status: 429, retryAfter: 3600, skip: 3, ...ALWAYS },
    1,
  ],
  ['GitHub, at the list of a name', 'github', { ...RATE_LIMIT, method: 'GET', skip: 2 }, 2],
  ['GitHub, at the status of a record', 'github', { ...RATE_LIMIT, path: 'statuses', skip: 3 }, 0],
  ['GitHub, at the removal of a record', 'github', { ...RATE_LIMIT, method: 'DELETE', skip: 3 }, 0],
] as const)(
  'completes names until a rate limit, and the next sweep continues: %s',
  async (_name, server, fault, leftOfSecond) => {
    const there = await setup(['a', 'b', 'c'])
    const { github, keyIds, ids, sweep } = there
    there[server].fault(fault)
    const done = await sweep()
    // The newest record comes first, and with it its name.
    const [secondLeft, thirdLeft] = [ids.get('b')?.slice(0, leftOfSecond) ?? [], ids.get('a') ?? []]
    expect(keyIds()).toEqual([...thirdLeft, ...secondLeft])
    expect(namesOf(github)).not.toContain('c')
    expect(done.error).toMatch(new RegExp(`^${keyIds().length} of 6 keys could not be revoked: .*HTTP (403|429)`))
    for (const id of keyIds()) expect(done.error).toContain(id)
    expect(done.outputs['revoked-count']).toBe(String(6 - keyIds().length))

    there[server].clearFaults()
    expect((await sweep()).error).toBeUndefined()
    expect(keyIds()).toEqual([])
    expect(github.deployments.size).toBe(0)
  },
)

/** A response with a list that never ends. */
async function endlessList({ github }: Awaited<ReturnType<typeof setup>>, query: string) {
  const { json } = await githubCaller(github)('GET', `${DEPLOYMENTS}?environment=pinata-gateway-keys${query}`)
  const headers = { Link: `<${github.apiUrl}/?page=2>; rel="next"` }
  return { kind: 'status', status: 200, method: 'GET', headers, body: json, ...ALWAYS } as const
}

test('warns of more than 100 pages, and sweeps what they contain', async () => {
  const there = await setup(['a'])
  const { github, keyIds, sweep } = there
  const struck = github.fault({ ...(await endlessList(there, '')), path: LIST })
  const done = await sweep()
  expect(struck.count).toBe(100)
  expect(done.error).toBeUndefined()
  expect(done.warnings).toEqual([
    'GitHub has more than 10,000 records, and this step sweeps only those. Run it again for the rest.',
  ])
  expect(keyIds()).toEqual([])
})

test('removes nothing for a name with more than 100 pages, and fails at the end', async () => {
  const there = await setup(['a', 'b'])
  const { github, ids, keyIds, sweep } = there
  const task = 'pinata-gateway-key:b'
  github.fault({ ...(await endlessList(there, `&task=${task}`)), path: encodeURIComponent(task) })
  const done = await sweep()
  expect(done.error).toBe(
    "Nothing was removed for b: GitHub's list of the records is incomplete or keeps changing. Run the step again.",
  )
  expect(keyIds()).toEqual(ids.get('b'))
  expect(namesOf(github)).toEqual(['b', 'b'])
  expect(done.outputs['revoked-key-ids']?.split('\n').sort()).toEqual(ids.get('a')?.sort())
})

test('counts only what it tried to revoke in its error', async () => {
  const there = await setup(['a', 'b'])
  const task = 'pinata-gateway-key:b'
  there.github.fault({ ...(await endlessList(there, `&task=${task}`)), path: encodeURIComponent(task) })
  there.pinata.fault({ kind: 'status', method: 'DELETE', status: 500, ...ALWAYS })
  const done = await there.sweep()
  expect(done.error).toMatch(/^2 of 2 keys could not be revoked: /)
  expect(done.warnings).toContainEqual(expect.stringMatching(/^Nothing was removed for b: /))
})

test('sends three requests a key, one a name and one a page, and reads the gateway twice', async () => {
  const names = Array.from({ length: 150 }, (_, number) => `pr-${number}`)
  const { pinata, github, keyIds, sweep } = await setup(names)
  const done = await sweep()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs['revoked-count']).toBe('300')
  expect(keyIds()).toEqual([])
  expect(github.deployments.size).toBe(0)
  expect(github.requests.length + pinata.requests.length).toBe(3 * 300 + 150 + 3 + 2)
})
