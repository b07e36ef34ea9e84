import { expect, test } from '@jest/globals'
import {
  addKey,
  addOrigin,
  addRecord,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  namesOf,
  namesSetup,
  passTime,
} from '../support/records.ts'
import { runRevokeStep } from '../support/step.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }
const ORIGIN = 'https://pr-7.example.com'

/** A gateway with named keys and a repository with pull requests. */
async function setup(options: Parameters<typeof namesSetup>[0] = {}) {
  const there = await namesSetup(options)
  const { github, inputs, env } = there
  /** Adds a key with a name, and its pull request, which was closed so long ago. */
  const add = (number: number, closedForMs: number | undefined, name = `pr-${number}`) => {
    const closedAt = closedForMs === undefined ? null : new Date(Date.now() - closedForMs).toISOString()
    github.addPullRequest({ number, closedAt: closedAt && `${closedAt.slice(0, 19)}Z` })
    return addKey(there, { name })
  }
  const revoke = (more: Record<string, string> = {}) => runRevokeStep({ ...inputs, closed: 'pr-*', ...more }, { env })
  /** The numbers of the pull requests that the step read. */
  const checked = () =>
    github.requests.flatMap(({ method, path }) => (method === 'GET' ? (/\/pulls\/(\d+)$/.exec(path)?.[1] ?? []) : []))
  const repository = [...github.repositories.values()][0]
  return { ...there, add, revoke, checked, repository }
}

test('revokes what is recorded for pull requests that were closed more than an hour ago', async () => {
  const there = await setup()
  const { gateway, github, add, revoke, checked, keyIds } = there
  const closed = add(7, DAY_MS)
  addOrigin(there, ORIGIN)
  const [open, recent, other] = [add(8, undefined), add(9, HOUR_MS - 2 * MINUTE_MS), add(10, DAY_MS, 'site-10')]
  const done = await revoke()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs).toEqual({
    'revoked-key-ids': closed.id,
    'revoked-count': '1',
    'removed-origins': ORIGIN,
  })
  expect(keyIds()).toEqual([open.id, recent.id, other.id])
  expect(gateway.allowedHosts).toEqual([])
  expect(namesOf(github)).toEqual(['pr-8', 'pr-9', 'site-10'])
  expect(checked()).toEqual(['7', '8', '9'])
  expect(done.info).toContain('Closed more than an hour ago, of the names that match pr-*: pr-7.')
  expect(done.info).toContain('Kept, because the pull request is open or was closed later: pr-8, pr-9.')
})

test.each([
  ['later than an hour ago', HOUR_MS - 5000, 1],
  ['just more than an hour ago', HOUR_MS + 5000, 0],
])("compares the time of closing with GitHub's clock, not the runner's or Pinata's: %s", async (_name, ms, left) => {
  const { github, pinata, add, revoke, keyIds } = await setup()
  const key = add(7, 0)
  github.passTime(ms)
  pinata.passTime(DAY_MS)
  expect((await revoke()).error).toBeUndefined()
  expect(keyIds()).toEqual(left ? [key.id] : [])
})

test('keeps the access of a pull request that was reopened', async () => {
  const { github, add, revoke, keyIds } = await setup()
  add(7, DAY_MS)
  github.addPullRequest({ number: 7 })
  expect((await revoke()).error).toBeUndefined()
  expect(keyIds()).toHaveLength(1)
})

test('reads each pull request once, and none of other names', async () => {
  const there = await setup()
  const { add, revoke, checked } = there
  for (const name of ['pr-7', 'pr-07', 'pr-0', 'pr-x', 'my-pr-7', 'pr-7/site']) add(7, DAY_MS, name)
  addKey(there)
  const done = await revoke()
  expect(checked()).toEqual(['7'])
  expect(done.outputs['revoked-count']).toBe('2')
  expect(there.keyIds()).toHaveLength(5)
})

test('succeeds if no name matches', async () => {
  const { gateway, github, revoke } = await setup()
  const done = await revoke()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.info).toContain('Closed more than an hour ago, of the names that match pr-*: none.')
  expect([gateway.keys.length, github.requests.length]).toEqual([1, 1])
})

const STAYS = 'Nothing was revoked for pr-7:'
const NO_TIME = `${STAYS} GitHub's response does not show when the pull request was closed. Check GITHUB_API_URL, and whether a proxy responds instead of GitHub.`

test.each([
  ['no state', { state: undefined }],
  ['an unknown state', { state: 'merged' }],
  ['no time', { closed_at: undefined }],
  ['a time that is null', { closed_at: null }],
  ['a time that is none', { closed_at: 'yesterday' }],
  ['a time that is an object', { closed_at: { toString: 1 } }],
])('warns of a pull request with %s, and keeps its records', async (_name, change) => {
  const { github, add, revoke, keyIds } = await setup()
  const [unclear] = [add(7, DAY_MS), add(8, DAY_MS)]
  github.fault({ kind: 'body', path: '/pulls/7', body: json => ({ ...json, ...change }) })
  const done = await revoke()
  expect(done).toMatchObject({ error: undefined, warnings: [NO_TIME] })
  expect(keyIds()).toEqual([unclear.id])
  expect(namesOf(github)).toEqual(['pr-7'])
})

test.each([
  ['without a date', { date: false }],
  ['with an unusable date', { date: 'today' }],
])('warns of a response %s', async (_name, github) => {
  const { add, revoke, keyIds } = await setup({ github })
  add(7, DAY_MS)
  expect(await revoke()).toMatchObject({ error: undefined, warnings: [NO_TIME] })
  expect(keyIds()).toHaveLength(1)
})

test('warns of numbers that are not pull requests, and keeps their records', async () => {
  const there = await setup()
  const { github, add, revoke, keyIds } = there
  for (const name of ['pr-404', 'pr-99999999999999999999']) addKey(there, { name })
  add(7, DAY_MS)
  const done = await revoke()
  expect(done.error).toBeUndefined()
  expect(done.warnings).toEqual([
    'Nothing was revoked for pr-404, pr-99999999999999999999: there is no pull request with this number. If you no longer need what is recorded there, use the input name.',
  ])
  expect(keyIds()).toHaveLength(2)
  expect(namesOf(github)).toEqual(['pr-404', 'pr-99999999999999999999'])
})

test.each([
  ['none', 'Resource not accessible by integration'],
  ['a personal one', 'Resource not accessible by personal access token'],
])('revokes nothing without the permission to read pull requests: %s', async (_name, message) => {
  const { pinata, github, inputs, add, revoke, repository, keyIds } = await setup()
  if (repository) repository.private = true
  for (const number of [7, 8]) add(number, DAY_MS)
  const token = github.addToken({ pullRequests: 'none' })
  github.fault({ kind: 'body', status: 403, path: '/pulls/', body: json => ({ ...json, message }), ...ALWAYS })
  const done = await revoke({ ...inputs, 'github-token': token })
  const advice = message.endsWith('integration')
    ? 'In the job, next to `steps:`, add `permissions:` and, indented below it, `deployments: write` and `pull-requests: read`. Also list what other steps need (`contents: read` to check out).'
    : "Give the personal access token this permission, or remove the input github-token to use the job's own."
  expect(done.error?.replace(/, request ID [\w:]+/, '')).toBe(
    `Could not read pull request 7: github-token lacks the permission \`pull-requests: read\` in octo-org/octo-site (HTTP 403, "${message}"). ${advice}`,
  )
  expect(keyIds()).toHaveLength(2)
  expect(pinata.requests).toEqual([])
  expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('revokes nothing if the permission is missing later only', async () => {
  const { github, add, revoke, keyIds } = await setup()
  for (const number of [7, 8]) add(number, DAY_MS)
  github.fault({ kind: 'status', status: 401, path: '/pulls/8', ...ALWAYS })
  expect((await revoke()).error).toMatch(/^Could not read pull request 8: github-token is wrong or expired/)
  expect(keyIds()).toHaveLength(2)
})

test.each([
  ['a server error', { kind: 'status', status: 500 }, /GitHub failed to process the request \(HTTP 500/],
  ['a proxy', { kind: 'status', status: 403, body: '<html>' }, /something other than GitHub's API responded/],
  ["a proxy's 404", { kind: 'status', status: 404, body: '<html>' }, /something other than GitHub's API responded/],
  ['a closed connection', { kind: 'reset' }, /Could not read pull request 7/],
] as const)('continues with the other names after %s, and fails at the end', async (_name, fault, why) => {
  const { github, add, revoke, keyIds } = await setup()
  const [failed, , open] = [add(7, DAY_MS), add(8, DAY_MS), add(9, undefined)]
  github.fault({ ...fault, path: '/pulls/7', ...ALWAYS })
  const done = await revoke()
  expect(done.error).toMatch(/^Could not check the pull requests of pr-7, so nothing was revoked for them\. /)
  expect(done.error).toMatch(why)
  expect(keyIds()).toEqual([failed.id, open.id])
  expect(namesOf(github)).toEqual(['pr-7', 'pr-9'])
})

test('reads no more pull requests after five failures, and revokes what it found', async () => {
  const { github, add, revoke, checked, keyIds } = await setup()
  for (let number = 1; number <= 20; number++) add(number, DAY_MS)
  github.fault({ kind: 'redirect', to: 'https://example.com', path: '/pulls/', skip: 3, ...ALWAYS })
  const done = await revoke()
  expect(done.outputs['revoked-count']).toBe('3')
  expect(done.error).toMatch(
    /^Could not check the pull requests of pr-4, pr-5, pr-6, .*, pr-18 and 2 other names, so nothing was revoked/,
  )
  expect(checked()).toHaveLength(8)
  expect(keyIds()).toHaveLength(17)
})

test('reads at most 300 pull requests, from a random one on, so that requests are left to revoke', async () => {
  const there = await setup({ github: { limit: { requests: 10_000, perMs: HOUR_MS } } })
  const { github, add, revoke, checked, keyIds } = there
  const closed = add(1000, DAY_MS)
  for (let number = 1; number <= 300; number++) {
    github.addPullRequest({ number })
    addRecord(there, { kind: 'key', ...closed, id: `key-${number}` }, { name: `pr-${number}` })
  }
  const done = await revoke()
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']).toBe(closed.id)
  expect(done.warnings).toEqual([
    'GitHub has more records than this step checks, so it left out some names. Run it again for the rest.',
  ])
  expect(checked()).toHaveLength(300)
  // The oldest record is that of 1000, and the random number of tests is a half.
  expect([checked()[0], checked().at(-1)]).toEqual(['150', '148'])
  expect(keyIds()).toEqual([])
})

test('finishes one name after the other, so that another run can continue after a rate limit', async () => {
  // GitHub asks for a longer wait than a step may take.
  const { github, add, revoke, keyIds } = await setup({ github: { limit: { requests: 7, perMs: HOUR_MS } } })
  const keys = [add(7, DAY_MS), add(8, DAY_MS)]
  const limited = await revoke()
  expect(limited.error).toMatch(/rate limit/)
  expect(limited.outputs['revoked-key-ids']).toBe(keys.map(({ id }) => id).join('\n'))
  expect(keyIds()).toEqual([])
  expect(namesOf(github)).toEqual(['pr-8'])
})

test('revokes nothing with dry-run', async () => {
  const { github, add, revoke, keyIds } = await setup()
  const { id } = add(7, DAY_MS)
  const done = await revoke({ 'dry-run': 'true' })
  expect(done.error).toBeUndefined()
  expect(done.info).toContain(`Key ${id} (pr-7): would be revoked (dry run).`)
  expect(keyIds()).toEqual([id])
  expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('spares the keys in keep', async () => {
  const { add, revoke, keyIds } = await setup()
  const [kept] = [add(7, DAY_MS), add(8, DAY_MS)]
  expect((await revoke({ keep: kept.id.toUpperCase() })).error).toBeUndefined()
  expect(keyIds()).toEqual([kept.id])
})

test('revokes nothing with last-control: fail if no access control would be left', async () => {
  const { gateway, add, revoke } = await setup()
  gateway.keys.length = 0
  add(7, DAY_MS)
  expect((await revoke({ 'last-control': 'fail' })).error).toMatch(/^Nothing was revoked: last-control is fail/)
  expect(gateway.keys).toHaveLength(1)
})

test.each([
  ['more', 2 * HOUR_MS, []],
  ['less', 30 * MINUTE_MS, ['pr-7']],
])('removes the record of a key that is gone if the record is %s than an hour old', async (_name, ageMs, left) => {
  const there = await setup()
  there.github.addPullRequest({ number: 7, closedAt: '2026-01-01T00:00:00Z' })
  const { id } = addKey(there, { ageMs })
  there.gateway.keys = there.gateway.keys.filter(key => key.id !== id)
  expect((await there.revoke()).error).toBeUndefined()
  expect(namesOf(there.github)).toEqual(left)
})

test('reads the records of a closed pull request again before it revokes', async () => {
  const there = await setup()
  const { github, add, revoke, keyIds } = there
  add(7, DAY_MS)
  // A run of this pull request that had not ended when the step read all records.
  const late = () => {
    if (there.gateway.keys.length < 3) addKey(there)
  }
  github.fault({
    kind: 'body',
    path: '/pulls/7',
    body: json => {
      late()
      return json
    },
  })
  const done = await revoke()
  expect(done.outputs['revoked-count']).toBe('2')
  expect(keyIds()).toEqual([])
})

test('ignores names of other gateways', async () => {
  const there = await setup()
  const other = there.pinata.addGateway({ keys: 1 })
  there.github.addPullRequest({ number: 7, closedAt: '2026-01-01T00:00:00Z' })
  addRecord({ ...there, gateway: other }, { kind: 'key', ...(other.keys[0] as (typeof other.keys)[number]) })
  passTime(there, DAY_MS)
  expect(await there.revoke()).toMatchObject({ error: undefined, warnings: [] })
  expect([other.keys.length, there.checked()]).toEqual([1, []])
})
