import { expect, test } from '@jest/globals'
import { DAY_MS, HOUR_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS, atResponse } from '../support/step.ts'

async function setup(options: Parameters<typeof namesSetup>[0] = {}) {
  const fixture = await namesSetup(options)
  const { github } = fixture
  /** Adds a named key and its pull request, which was closed this long ago or, if `undefined`, is open. */
  const add = (number: number, closedForMs: number | undefined, name = `pr-${number}`) => {
    const closedAt = closedForMs === undefined ? null : new Date(Date.now() - closedForMs).toISOString()
    github.addPullRequest({ number, closedAt: closedAt && `${closedAt.slice(0, 19)}Z` })
    return fixture.addKey({ name })
  }
  const closed = (aheadMs = 0) => fixture.revoke({ closed: 'pr-*' }, { aheadMs })
  /** Returns the numbers of the pull requests that the step read. */
  const checked = () => github.requests.flatMap(({ path }) => /\/pulls\/(\d+)$/.exec(path)?.[1] ?? [])
  return { ...fixture, add, closed, checked }
}

test("revokes what is recorded for pull requests that were closed more than an hour ago by GitHub's clock", async () => {
  const { pinata, gateway, github, add, closed, checked, keyIds, addOrigin } = await setup()
  const { id } = add(7, HOUR_MS + 5000)
  addOrigin('https://a.example')
  const kept = [add(8, undefined), add(9, HOUR_MS - 5000), add(10, DAY_MS, 'site-10')]
  pinata.passTime(DAY_MS)
  const done = await closed(DAY_MS)
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs).toEqual({ 'revoked-key-ids': id, 'revoked-count': '1', 'removed-origins': 'https://a.example' })
  expect([keyIds(), gateway.allowedHosts]).toEqual([kept.map(key => key.id), []])
  expect(namesOf(github)).toEqual(['pr-8', 'pr-9', 'site-10'])
  expect(checked()).toEqual(['7', '8', '9'])
  expect(done.info).toContain('Names that match pr-* and whose pull requests were closed more than an hour ago: pr-7.')
  expect(done.info).toContain(
    'Skipped names whose pull requests are open or were closed less than an hour ago: pr-8, pr-9.',
  )
})

test('reads no more pull requests after a rate limit', async () => {
  const { github, add, closed, checked } = await setup()
  for (const number of [7, 8, 9]) add(number, DAY_MS)
  github.fault({ kind: 'status', status: 429, retryAfter: 3600, path: 'pulls/8' })
  expect((await closed()).error).toMatch(
    /^Could not check pull requests or records, so nothing was revoked for pr-8, pr-9\. /,
  )
  expect([checked(), namesOf(github)]).toEqual([
    ['7', '8'],
    ['pr-8', 'pr-9'],
  ])
})

test('reads each pull request once, and no pull requests for other names', async () => {
  const { add, closed, checked } = await setup()
  for (const name of ['pr-7', 'pr-7', 'pr-07', 'pr-0', 'pr-x', 'my-pr-7', 'pr-7/site']) add(7, DAY_MS, name)
  expect((await closed()).outputs['revoked-count']).toBe('2')
  expect(checked()).toEqual(['7'])
})

test('succeeds if no name matches', async () => {
  const { gateway, github, closed } = await setup()
  const done = await closed()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.info).toContain('Names that match pr-* and whose pull requests were closed more than an hour ago: none.')
  expect([gateway.keys.length, github.requests.length]).toEqual([1, 1])
})

const unclear = (names: string) =>
  `Nothing was revoked for ${names}: GitHub has no such pull request, or does not report when the pull request closed. To revoke keys and origins by name, set the name input instead of closed.`

test('warns about pull requests that are missing or in an unclear state, and keeps their records', async () => {
  const { github, add, addKey, closed, keyIds } = await setup()
  const missing = ['pr-99', 'pr-99999999999999999999'].map(name => addKey({ name }))
  const times = [undefined, null, 'yesterday', { toString: 1 }]
  const changes = [{ state: undefined }, { state: 'merged' }, ...times.map(closed_at => ({ closed_at }))]
  const others = changes.map((change, number) => {
    github.fault({ kind: 'body', path: `/pulls/${number + 1}`, body: json => ({ ...json, ...change }) })
    return add(number + 1, DAY_MS)
  })
  add(7, DAY_MS)
  const { error, warnings } = await closed()
  expect(error).toBeUndefined()
  expect(warnings).toEqual([unclear(`pr-99, pr-99999999999999999999, pr-1, pr-2, pr-3, pr-4, pr-5, pr-6`)])
  expect(keyIds()).toEqual([...missing, ...others].map(({ id }) => id))
  expect(namesOf(github)).toHaveLength(8)
})

test.each([false, 'today'])('warns about a response with the date %s', async date => {
  const { add, closed, keyIds } = await setup({ github: { date } })
  add(7, DAY_MS)
  expect(await closed()).toMatchObject({ error: undefined, warnings: [unclear('pr-7')] })
  expect(keyIds()).toHaveLength(1)
})

test.each([
  [403, 'Resource not accessible by integration', 'lacks the permission `pull-requests: read`'],
  [401, 'Bad credentials', 'is invalid or expired'],
])('revokes nothing if GitHub does not allow reading a pull request: %d', async (status, message, why) => {
  const { pinata, github, add, closed, writes } = await setup()
  for (const number of [7, 8]) add(number, DAY_MS)
  github.fault({ kind: 'status', status, path: '/pulls/8', body: { message }, ...ALWAYS })
  expect((await closed()).error).toContain(`Could not read pull request 8: github-token ${why}`)
  expect([pinata.requests.length, writes()]).toEqual([0, 0])
})

test.each([
  ['a server error', { kind: 'status', status: 500 }, /GitHub failed to process the request \(HTTP 500/],
  ["a proxy's 403", { kind: 'status', status: 403, body: '<html>' }, /something other than GitHub's API responded/],
  ["a proxy's 404", { kind: 'status', status: 404, body: '<html>' }, /something other than GitHub's API responded/],
  ['a closed connection', { kind: 'reset' }, /Could not read pull request 7/],
  ['unreadable records', { kind: 'status', status: 502, path: 'key%3Apr-7' }, /list the name records: .*HTTP 502/],
] as const)('continues with the other names after %s, and fails at the end', async (_name, fault, why) => {
  const { github, add, closed } = await setup()
  const failing = [71, 72, 73, 74, 75, 7]
  for (const number of [...failing, 8]) add(number, DAY_MS)
  github.fault({ path: '/pulls/7', ...fault, ...ALWAYS })
  const { error } = await closed()
  expect(error).toMatch(/^Could not check pull requests or records, so nothing was revoked for pr-71, .*, pr-7\. /)
  expect(error).toMatch(why)
  expect(namesOf(github)).toEqual(failing.map(number => `pr-${number}`))
})

test('revokes what it found if GitHub fails for so long that no time is left to read more', async () => {
  const { github, add, closed, keyIds } = await setup()
  for (let number = 1; number <= 299; number++) add(number, DAY_MS)
  // The retries' pauses skip most of the step's time, and the delays use up the rest.
  github.fault({ kind: 'status', status: 502, path: /\/pulls\/1\d\d$/, ...ALWAYS })
  github.fault({ kind: 'status', status: 502, ms: 10, path: /\/pulls\/2\d\d$/, ...ALWAYS })
  const done = await closed()
  expect(done.outputs['revoked-count']).toBe('99')
  expect(done.error).toMatch(/^Could not check pull requests or records, so nothing was revoked for pr-100, /)
  expect(keyIds()).toHaveLength(200)
  expect(github.requests.some(({ path }) => path.endsWith('/pulls/299'))).toBe(false)
})

test('reads at most 300 pull requests, starting at a random one, to leave requests for revocations', async () => {
  const { github, add, closed, checked, keyIds, addRecord } = await setup()
  const key = add(1000, DAY_MS)
  for (let number = 1; number <= 300; number++) {
    github.addPullRequest({ number })
    addRecord({ kind: 'key', ...key, id: `key-${number}` }, { name: `pr-${number}` })
  }
  expect(await closed()).toMatchObject({
    error: undefined,
    outputs: { 'revoked-key-ids': key.id },
    warnings: [
      'GitHub has more records than this step can check, so some names were skipped. Run the job again, or set the name input instead of closed.',
    ],
  })
  // Pull request 1000 has the oldest record, and the random number in tests is 0.5.
  expect([checked().length, checked()[0], checked().at(-1)]).toEqual([300, '150', '148'])
  expect(keyIds()).toEqual([])
})

test('reads the records of a closed pull request again before it revokes anything', async () => {
  const { add, github, addKey, closed, keyIds } = await setup()
  add(7, DAY_MS)
  // A run for this pull request records a key after the step has read all records.
  atResponse(github, { path: '/pulls/7' }, () => addKey())
  expect((await closed()).outputs['revoked-count']).toBe('2')
  expect(keyIds()).toEqual([])
})
