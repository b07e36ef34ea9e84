import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, type GitHub, githubCaller } from '../support/github.ts'
import { HOUR_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS, githubRequestsOf, RECORDS } from '../support/step.ts'

const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const NAMED = { ...RECORDS, task: `${RECORDS.task}pr-7` }

const partial = (names: string) =>
  `Nothing was revoked for ${names}: GitHub's list of the records is incomplete or keeps changing. Run the job again.`

/** Makes a list of records endless: each page repeats what GitHub returns now, and links to a next page. */
async function makeEndless(github: GitHub, query: string) {
  const { json } = await githubCaller(github)('GET', `${DEPLOYMENTS}?${query}`)
  const headers = { Link: `<${github.apiUrl}/?page=2>; rel="next"` }
  const body = [...json, {}]
  return github.fault({ kind: 'status', status: 200, method: 'GET', path: query, headers, body, ...ALWAYS })
}

/**
 * Sets up an expired key whose renewal is the first record on the second page until another step removes a record. A
 * second key with the name has a superseded record.
 */
async function setup(shifts: number, pageSize: 10 | 100 = 100) {
  let left = shifts
  const observe = (moment: string, { path }: { path: string }) => {
    if (moment !== 'applied') return
    // A removal moves the renewal to the first page, which was already read. A new record then moves the renewal back.
    if (path.endsWith(`per_page=${pageSize}`) && left-- > 0) github.deployments.delete(others.pop()?.id ?? 0)
    else if (path.endsWith('page=2') && others.length < pageSize) others.push(...add(1))
  }
  const fixture = await namesSetup({ github: { observe } })
  const { github } = fixture
  // If records are large, the step reads pages of ten.
  const record = { ...NAMED, description: pageSize === 10 ? 'x'.repeat(300_000) : '' }
  const add = (count: number) => Array.from({ length: count }, () => github.addDeployment(record))
  add(8)
  fixture.addRecord({ kind: 'key', ...fixture.addKey({ expiresInMs: HOUR_MS }) })
  const key = fixture.addKey(EXPIRED)
  fixture.addRecord({ kind: 'key', ...key }, { expiresInMs: HOUR_MS })
  const others = add(pageSize)
  return { ...fixture, key }
}

test.each([100, 10] as const)('does not revoke a key if a shift in pages of %d hides its renewal', async pageSize => {
  const { github, key, keyIds, sweep } = await setup(2, pageSize)
  const { error, info } = await sweep()
  expect([error, keyIds()]).toEqual([undefined, expect.arrayContaining([key.id])])
  expect(info).toContainEqual(expect.stringContaining(`Key ${key.id} (pr-7): not selected, because it expires at `))
  // Four readings: the whole list, then the name's list, which misses the renewal once and shows it twice.
  const reads = githubRequestsOf(github).filter(request => request.startsWith('GET'))
  expect(reads).toHaveLength(4 * (pageSize === 100 ? 2 : 4))
})

test.each(['close', 'sweep'] as const)("removes nothing if a name's list keeps changing: %s", async how => {
  const { close, sweep, keyIds, key, writes } = await setup(Number.POSITIVE_INFINITY)
  const done = await (how === 'close' ? close('pr-7') : sweep())
  expect(done).toMatchObject({ error: partial('pr-7'), outputs: { 'revoked-count': '0' } })
  expect(keyIds()).toContain(key.id)
  const reason = `Key ${key.id} (pr-7): not selected, because GitHub's list of records is incomplete.`
  expect(done.info.includes(reason)).toBe(how === 'sweep')
  expect((await close('pr-7', { 'replaced-by': key.id })).error).toBe(partial('pr-7'))
  expect(writes()).toBe(0)
})

test('reads the page after a full one, even without a link to it', async () => {
  const { github, keyIds, close, addKey } = await namesSetup()
  addKey()
  for (let number = 0; number < 100; number++) github.addDeployment(NAMED)
  github.fault({ kind: 'status', status: 200, method: 'GET', body: Array(100).fill({ id: 1 }), ...ALWAYS, times: 1 })
  expect((await close()).error).toBeUndefined()
  expect(keyIds()).toEqual([])
})

test('rereads a page as smaller pages if it is too large', async () => {
  const { github, keyIds, close, addKey } = await namesSetup()
  for (let number = 0; number < 25; number++) addKey()
  // Page 11 of 12 is larger than 4 MiB.
  for (let number = 0; number < 100; number++) github.addDeployment({ ...NAMED, description: 'x'.repeat(45_000) })
  for (let number = 0; number < 1000; number++) github.addDeployment(NAMED)
  const done = await close('pr-7')
  // A response that is too large is not requested again.
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-count': '25' }, pauses: [] })
  expect([keyIds(), github.deployments.size]).toEqual([[], 1100])
  const pages = github.requests.map(({ path }) => /per_page=(\d+)(?:&page=(\d+))?/.exec(path)?.slice(1).join())
  const range = (size: number, first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${size},${first + index}`)
  expect(pages.slice(0, 22)).toEqual(['100,', ...range(100, 2, 11), ...range(10, 101, 110), '100,12'])
})

test('fails if even a small page is too large', async () => {
  const { github, keyIds, close, addKey } = await namesSetup()
  addKey()
  github.addDeployment({ ...NAMED, description: 'x'.repeat(5_000_000) })
  expect((await close('pr-7')).error).toMatch(/^Could not list the name records via /)
  expect(keyIds()).toHaveLength(1)
})

test('removes nothing for a name with more than 100 pages of records, and fails at the end', async () => {
  const { github, keyIds, close, addKey } = await namesSetup()
  const [whole, left] = [addKey({ name: 'a' }), addKey({ name: 'b' })]
  await makeEndless(github, 'task=pinata-gateway-key%3Ab')
  const empty = await makeEndless(github, 'task=pinata-gateway-key%3Ac')
  const done = await close('a,b,c')
  expect(empty.count).toBeGreaterThanOrEqual(100)
  expect(done.error).toBe(partial('b, c'))
  expect(done.info.join()).not.toContain('No key or origin is recorded')
  expect(done.outputs['revoked-key-ids']).toBe(whole.id)
  expect([keyIds(), namesOf(github)]).toEqual([[left.id], ['b']])
})

test("limits the counts in a sweep's error to what the sweep tried to revoke", async () => {
  const { pinata, github, sweep, addKey } = await namesSetup()
  for (const name of ['a', 'b']) addKey({ ...EXPIRED, name })
  await makeEndless(github, 'task=pinata-gateway-key%3Ab')
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', ...ALWAYS })
  const { error, warnings } = await sweep()
  expect(error).toMatch(/^Could not revoke everything \(1 key not revoked\): /)
  expect(warnings).toEqual([partial('b')])
})

test('warns about more than 100 pages, and sweeps the first 100', async () => {
  const { github, keyIds, sweep, addKey } = await namesSetup()
  addKey(EXPIRED)
  const endless = await makeEndless(github, 'environment=pinata-gateway-keys&per_page=100')
  expect(await sweep()).toMatchObject({
    error: undefined,
    warnings: [
      'GitHub has more records than this step can check, so some names were skipped. Run the job again, or set the name input instead of expired.',
    ],
  })
  expect([endless.count, keyIds()]).toEqual([100, []])
})
