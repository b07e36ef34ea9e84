// Events between a step's reads and its changes.
import { expect, test } from '@jest/globals'
import { namedOriginSetup, ORIGIN } from '../support/origin.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../support/records.ts'
import {
  ALWAYS,
  atResponse,
  changeList,
  HOST,
  lagAfterRemoval,
  omitOrigins,
  RECORDS,
  requestsOf,
  until,
} from '../support/step.ts'

test('decides again if Pinata rejects an origin that another run with the same name added in the meantime', async () => {
  const { pinata, gateway, allow, ids, records } = await namedOriginSetup()
  gateway.keys.length = 0
  pinata.fault({ kind: 'status', status: 409, ms: 1500, method: 'POST', path: 'hosts' })
  const late = allow()
  await until(() => requestsOf(pinata).includes('POST hosts'))
  const first = await allow()
  const done = await late
  expect(done.error).toBeUndefined()
  expect(done.outputs).toEqual({ ...first.outputs, created: 'false' })
  // Only the step that added the first access control warns.
  expect(done.warnings).toEqual([])
  expect(first.warnings).toEqual([expect.stringContaining('is the first access control of')])
  expect([ids().length, records().length]).toEqual([1, 1])
})

test("fails with the rejection if the gateway cannot be read afterward, and prints no origin's ID", async () => {
  const { pinata, allow } = await namedOriginSetup()
  const id = '0b8f1f0e-8f0f-4b56-9f0e-1de2a1a6c9b7'
  const error = { reason: `HOST EXISTS: ${id}`, details: `Duplicate of ${id}` }
  pinata.fault({ kind: 'status', status: 409, method: 'POST', path: 'hosts', body: { error } })
  pinata.fault({ kind: 'status', status: 403, method: 'GET', skip: 1 })
  expect((await allow()).error).toContain('"HOST EXISTS: …", "Duplicate of …"')
})

test('adds and removes nothing if the list of records keeps changing while the gateway lists the origin', async () => {
  const observe = (moment: string, { method, path }: { method: string; path: string }) => {
    if (moment !== 'applied' || method !== 'GET' || path.endsWith('page=2')) return
    github.deployments.delete(others.pop()?.id ?? 0)
  }
  const { github, allow, writes, ids } = await namedOriginSetup({ github: { observe }, hosts: [ORIGIN] })
  const others = Array.from({ length: 150 }, () => github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7` }))
  expect((await allow()).error).toBe(
    `Could not use origin ${ORIGIN} on gateway ${HOST}: GitHub's list of the name's records is incomplete or keeps changing, so another step may be renewing the origin. Run the job again. If it fails again, remove the origin with the revoke action.`,
  )
  expect([writes(), ids().length]).toEqual([0, 1])
})

/** The beginning of this second. */
const SECOND = Math.floor(Date.now() / 1000) * 1000
const DATES = [{ Date: new Date(SECOND).toUTCString() }, { Date: 'none' }]

test.each(DATES)("does not claim an entry that, by Pinata's clock, is older than the request: %j", async headers => {
  const { pinata, gateway, allow, post, ids, records } = await namedOriginSetup()
  // The gateway's list lags, and Pinata responds with the existing entry.
  const entry = { id: crypto.randomUUID(), value: ORIGIN, createdAt: new Date(SECOND - 900).toISOString() }
  pinata.fault({ kind: 'status', status: 200, method: 'POST', headers, body: { data: entry } })
  const done = await allow()
  gateway.allowedHosts = [entry]
  expect(done).toMatchObject({
    outputs: { created: 'false', 'created-at': entry.createdAt },
    warnings: [expect.stringMatching(/will not remove origin .* or record it under the name pr-7/)],
  })
  expect(records()).toEqual([])
  expect(await post(done)).toBeUndefined()
  expect(ids()).toEqual([entry.id])
})

test("reuses and renews the name's own entry if the list lags and Pinata responds with that entry", async () => {
  const { pinata, gateway, allow, passExpiry, ids } = await namedOriginSetup()
  const first = await allow()
  const [entry] = gateway.allowedHosts
  passExpiry(-DAY_MS)
  changeList(pinata, omitOrigins)
  pinata.fault({ kind: 'status', status: 200, method: 'POST', path: 'hosts', body: { data: entry } })
  const done = await allow()
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { created: 'false' } })
  const [renewed = '', before = ''] = [done, first].map(({ outputs }) => outputs['expires-at'])
  expect(Date.parse(renewed)).toBeGreaterThan(Date.parse(before))
  expect(ids()).toEqual([entry?.id])
})

test('renews an origin that the list hid at first, and that expired while the step waited', async () => {
  const { pinata, allow, passExpiry, passTime, records } = await namedOriginSetup()
  await allow()
  passExpiry(-5 * MINUTE_MS)
  changeList(pinata, omitOrigins)
  pinata.fault({ kind: 'status', status: 429, retryAfter: 60, method: 'POST', path: 'hosts' })
  pinata.fault({ kind: 'status', status: 409, method: 'POST', path: 'hosts' })
  let waits = 0
  const onPause = () => (waits++ === 0 ? passTime(10 * MINUTE_MS) : undefined)
  const done = await allow({ 'expires-in': '' }, { onPause })
  expect(done).toMatchObject({ error: undefined, outputs: { created: 'false', 'expires-at': '' } })
  expect(records()).toHaveLength(2)
})

test('fails if no response has a date, because the origin may have expired, even without expires-in', async () => {
  const { allow, passExpiry } = await namedOriginSetup({ pinata: { date: false } })
  await allow()
  passExpiry(10 * MINUTE_MS)
  expect((await allow({ 'expires-in': '' })).error).toMatch(/^Could not reuse origin .* may have expired/)
})

test('counts other access controls for first-control if the list hides the expired entry at first', async () => {
  const { pinata, allow, passExpiry, ids } = await namedOriginSetup()
  await allow()
  const [before] = ids()
  passExpiry(2 * HOUR_MS)
  changeList(pinata, omitOrigins)
  pinata.fault({ kind: 'status', status: 409, method: 'POST', path: 'hosts' })
  expect(await allow({ 'first-control': 'fail' })).toMatchObject({ error: undefined, warnings: [] })
  expect(ids()).not.toContain(before)
})

/** Sets up a gateway whose only access control is an expired origin. */
async function expiredOnly() {
  const fixture = await namedOriginSetup()
  fixture.gateway.keys.length = 0
  await fixture.allow()
  fixture.passExpiry(DAY_MS)
  return { ...fixture, before: fixture.ids() }
}

test('does not count the replaced entry for first-control', async () => {
  const { pinata, allow, ids, before } = await expiredOnly()
  expect((await allow({ 'first-control': 'fail' })).error).toContain(
    `gateway ${HOST} has no access controls except an expired entry for the origin. A new entry would still cut off`,
  )
  expect(ids()).toEqual(before)
  // The list may not contain the new entry yet.
  atResponse(pinata, { method: 'POST' }, () => changeList(pinata, omitOrigins, ALWAYS))
  expect((await allow()).warnings).toEqual([expect.stringContaining('is the first access control of')])
  expect(ids()).not.toEqual(before)
})

test('warns that no access control is left if Pinata rejects the new entry and still lists the old one', async () => {
  const { pinata, gateway, allow } = await expiredOnly()
  pinata.fault({ kind: 'status', status: 400, method: 'POST' })
  lagAfterRemoval(pinata, gateway, ALWAYS)
  const done = await allow({ 'first-control': 'allow' })
  expect(done.error).toMatch(/HTTP 400/)
  expect(done.warnings).toEqual([
    `Gateway ${HOST} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`,
  ])
})

test.each(['GitHub rejects the record', 'Pinata changes the value'])(
  'warns once that no access control is left after a rollback, because %s',
  async why => {
    const { pinata, github, gateway, allow } = await expiredOnly()
    if (why.startsWith('GitHub')) github.fault({ kind: 'status', status: 403, method: 'POST' })
    else pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value: `${ORIGIN}/` } }) })
    lagAfterRemoval(pinata, gateway, ALWAYS)
    const { warnings } = await allow()
    expect(warnings).toEqual([expect.stringContaining('now has no access controls')])
  },
)

test('warns that no access control is left after a removal in doubt', async () => {
  const { pinata, allow, ids } = await expiredOnly()
  pinata.fault({ kind: 'reset', when: 'after', method: 'DELETE', ...ALWAYS })
  pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 3 })
  const done = await allow()
  expect(done.error).toContain('Could not check whether the origin is gone.')
  expect([done.warnings, ids()]).toEqual([[expect.stringContaining('now has no access controls')], []])
})

test('names the old entry and warns if the step is stopped while it removes the only access control', async () => {
  const { pinata, allow } = await expiredOnly()
  const stop = new AbortController()
  pinata.fault({ kind: 'reset', method: 'DELETE' })
  pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, ...ALWAYS })
  const { error, warnings } = await allow({}, { cancelled: stop.signal, onPause: () => stop.abort() })
  expect(error).toContain(`Could not remove origin ${ORIGIN}. The step was stopped: `)
  expect(warnings).toEqual([expect.stringContaining(`Could not check whether gateway ${HOST} still has any access`)])
})

test('warns that the access control may be the first if the step replaces the only one', async () => {
  const { pinata, allow } = await expiredOnly()
  pinata.fault({ kind: 'reset', method: 'POST', ...ALWAYS })
  const { warnings } = await allow()
  expect(warnings).toContainEqual(expect.stringContaining(`Gateway ${HOST} may now have its first access control.`))
})
