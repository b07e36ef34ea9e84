import { expect, test } from '@jest/globals'
import { MINUTE_MS, namesSetup } from '../support/records.ts'
import { ALWAYS, changeList, githubRequestsOf, HOST, killedAt, omitKeys, RECORDS, until } from '../support/step.ts'

/** Sets up a step that was killed after it sent its record, but before it received the response. */
async function killedStep() {
  const fixture = await namesSetup()
  const main = await fixture.get()
  fixture.pinata.requests.length = 0
  fixture.github.requests.length = 0
  const post = (options = {}) => fixture.post(killedAt(main, 'created'), 'cancelled', {}, options)
  const payload = [...fixture.github.deployments.values()][0]?.payload as object
  return { ...fixture, id: main.outputs['key-id'], payload, post }
}

test('keeps a key whose record exists, and reports the record', async () => {
  const { pinata, github, id, post, keyIds, recorded } = await killedStep()
  expect(await post()).toMatchObject({
    warnings: [],
    info: [`Kept key ${id} on gateway ${HOST}: it is recorded under the name pr-7, so other runs may use it.`],
  })
  expect([keyIds(), recorded()]).toEqual([[id], [id]])
  expect([pinata.requests, githubRequestsOf(github)]).toEqual([[], ['GET deployments']])
})

test('masks the JWT before it looks for the record', async () => {
  const { jwt, inputs, post } = await killedStep()
  expect((await post())?.masks).toEqual([jwt, inputs['github-token']])
})

/** Sets up a step that was killed after it recorded a key. A run renewed the key, so a sweep removed that record. */
async function sweptStep() {
  const fixture = await namesSetup()
  const { get, sweep, passTime, recorded } = fixture
  const main = await get({ 'expires-in': '1h' })
  passTime(40 * MINUTE_MS)
  await get({ 'expires-in': '1h' })
  passTime(25 * MINUTE_MS)
  await sweep()
  expect(recorded()).toHaveLength(1)
  const post = () => fixture.post(killedAt(main, 'created'), 'cancelled')
  return { ...fixture, id: main.outputs['key-id'], post }
}

const KEPT = { info: [expect.stringMatching(/^Kept key /)], warnings: [] }

test.each([undefined, 401, 404])(
  "keeps a key that another run renewed if a sweep removed the step's own record, even if the list is empty once, then %s",
  async status => {
    const { pinata, post, keyIds, id } = await sweptStep()
    changeList(pinata, omitKeys)
    if (status) pinata.fault({ kind: 'status', status, method: 'GET', skip: 1 })
    expect(await post()).toMatchObject(KEPT)
    expect(keyIds()).toEqual([id])
  },
)

test('revokes the key if the name has only records of another key', async () => {
  const { github, get, post, keyIds, id } = await sweptStep()
  const other = await get({ rotate: 'true' })
  github.deployments.delete([...github.deployments.keys()][0] ?? 0)
  expect((await post())?.info).toEqual([`Revoked key ${id} on gateway ${HOST}.`])
  expect(keyIds()).toEqual([other.outputs['key-id']])
})

test('reads each page once to find a record on the second page', async () => {
  const { github, post } = await killedStep()
  for (let number = 0; number < 120; number++) github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7` })
  expect(await post()).toMatchObject(KEPT)
  expect(githubRequestsOf(github)).toHaveLength(2)
})

const FORBIDDEN = { kind: 'status', status: 403, method: 'GET' } as const
type Killed = Awaited<ReturnType<typeof killedStep>>

test.each<[string, (killed: Killed) => unknown, why?: string]>([
  ['the record is missing', ({ github }) => github.deployments.clear()],
  ['only another record of the name exists', ({ payload }) => Object.assign(payload, { proof: 'another' })],
  ['GitHub responds with 401', ({ github }) => github.tokens.clear(), 'Could not list .*HTTP 401'],
  ['GitHub responds with 403', ({ github }) => github.fault(FORBIDDEN), 'Could not list .*HTTP 403'],
  ['GitHub does not respond', ({ github }) => github.refuseConnections(), 'Could not list '],
  ['github-token is empty', ({ inputs }) => Object.assign(inputs, { 'github-token': '' }), 'github-token is empty'],
])('revokes the key if %s, and logs why a lookup failed', async (_name, prepare, why = '') => {
  const killed = await killedStep()
  prepare(killed)
  const done = await killed.post()
  expect(done?.warnings).toEqual([])
  const lookupLog = why ? [expect.stringMatching(`^Could not look up the record for the name pr-7\\. ${why}`)] : []
  expect(done?.info).toEqual([...lookupLog, `Revoked key ${killed.id} on gateway ${HOST}.`])
  expect(killed.keyIds()).toEqual([])
})

test('revokes the key in time if the post step is stopped while GitHub does not respond', async () => {
  const { github, keyIds, post } = await killedStep()
  github.fault({ kind: 'hang', ...ALWAYS })
  const stop = new AbortController()
  const done = post({ cancelled: stop.signal })
  await until(() => github.requests.length > 0)
  stop.abort()
  expect((await done)?.warnings).toEqual([])
  expect(keyIds()).toEqual([])
})

test('ends within 4.5 minutes if GitHub and Pinata keep enforcing a rate limit', async () => {
  const { pinata, github, id, post } = await killedStep()
  for (const server of [pinata, github]) server.fault({ kind: 'status', status: 429, retryAfter: 8, ...ALWAYS })
  const done = await post()
  expect(done?.warnings).toEqual([expect.stringContaining(`The post step may have left key ${id} on gateway ${HOST}.`)])
  const waitedMs = done?.pauses.reduce((sum, ms) => sum + ms, 0)
  expect(waitedMs).toBeGreaterThan(170_000)
  expect(waitedMs).toBeLessThan(270_000)
})

test('has time to revoke the key after both servers delay the lookup', async () => {
  const { pinata, github, id, post, keyIds } = await sweptStep()
  for (const { payload } of github.deployments.values()) Object.assign(payload as object, { proof: 'another' })
  const limit = { kind: 'status', status: 429, retryAfter: 60 } as const
  github.fault(limit)
  pinata.fault({ ...limit, method: 'GET', ...ALWAYS })
  pinata.fault({ ...limit, method: 'DELETE' })
  expect((await post())?.info).toContain(`Revoked key ${id} on gateway ${HOST}.`)
  expect(keyIds()).toEqual([])
})
