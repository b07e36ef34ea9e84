// Origin steps, whether or not the gateway lists the origin (docs/internals.md).
import { expect, test } from '@jest/globals'
import { addEntry, namedOriginSetup, ORIGIN, UNNAMED } from '../support/origin.ts'
import { DAY_MS, MINUTE_MS } from '../support/records.ts'
import { atResponse, HOST, RECORDS, requestsOf, type StepOutcome } from '../support/step.ts'

const expiryOf = ({ outputs }: StepOutcome) => Date.parse(outputs['expires-at'] ?? '')

test('records an origin that it adds, and reuses it until it expires', async () => {
  const { github, allow, writes, ids, records } = await namedOriginSetup()
  const first = await allow()
  expect(first.outputs.created).toBe('true')
  const payload = { name: 'pr-7', kind: 'origin', origin: ORIGIN, expiresAt: first.outputs['expires-at'] }
  expect(records()).toEqual([expect.objectContaining(payload)])
  const [record] = github.deployments.values()
  expect(record).toMatchObject({ environment: RECORDS.environment, task: `${RECORDS.task}pr-7` })
  expect(JSON.stringify(record)).not.toContain(ids()[0])
  const before = writes()
  const second = await allow()
  expect(second).toMatchObject({ outputs: { ...first.outputs, created: 'false' }, warnings: [] })
  expect(second.info).toEqual([
    expect.stringMatching(
      `^Reusing origin ${ORIGIN} on gateway ${HOST}\\. This step will not remove the origin\\. Its name is pr-7\\. It expires at `,
    ),
  ])
  expect(second.summary).toContain('Pages on this origin have access.')
  expect([writes(), ids().length]).toEqual([before, 1])
})

test.each([
  ['is due for renewal', -3 * DAY_MS],
  ['expired less than 30 minutes ago', 29 * MINUTE_MS],
])('renews a recorded origin that %s', async (_name, afterMs) => {
  const fixture = await namedOriginSetup()
  const first = await fixture.allow()
  const ids = fixture.ids()
  fixture.passExpiry(afterMs)
  const second = await fixture.allow()
  expect(second).toMatchObject({ error: undefined, outputs: { created: 'false' } })
  const passedMs = expiryOf(second) - expiryOf(first)
  // Pinata's date is in whole seconds.
  expect(Math.round(passedMs / 10_000)).toBe(Math.round((7 * DAY_MS + afterMs) / 10_000))
  expect(fixture.records()).toHaveLength(2)
  expect(fixture.ids()).toEqual(ids)
})

const RENEWING = 'another step may still be renewing it. Run the job again after TIME UTC.'
const NO_DATE =
  'a response has no valid Date header, so another step may still be using the origin. If no step is using it, remove it with the revoke action.'

test.each([
  [59, 'dates in both responses', 0, true, RENEWING],
  [62, "GitHub's clock behind", -5 * MINUTE_MS, true, RENEWING],
  [62, "no date in GitHub's response", 0, false, NO_DATE],
])('does not replace an origin that expired %d minutes ago: %s', async (minutes, _dates, aheadMs, date, reason) => {
  const { github, allow, passExpiry, writes } = await namedOriginSetup({ github: { date } })
  github.passTime(aheadMs)
  const first = await allow()
  passExpiry(minutes * MINUTE_MS)
  const before = writes()
  const time = new Date(expiryOf(first) + 60 * MINUTE_MS).toISOString().slice(0, 19).replace('T', ' ')
  expect((await allow()).error).toBe(
    `Could not replace the expired origin ${ORIGIN} on gateway ${HOST}: ${reason.replace('TIME', time)}`,
  )
  expect(writes()).toBe(before)
})

test('replaces a recorded origin that expired more than an hour ago, and removes the old entry by its ID', async () => {
  const { pinata, allow, ids, passExpiry, close, records } = await namedOriginSetup()
  await allow()
  const [old] = ids()
  passExpiry(61 * MINUTE_MS)
  pinata.requests.length = 0
  const done = await allow()
  expect(done.outputs.created).toBe('true')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE hosts', 'POST hosts'])
  expect(pinata.requests[1]?.path).toContain(old)
  expect(done.info[0]).toBe(`Removing origin ${ORIGIN}, which expired more than an hour ago, from gateway ${HOST}.`)
  expect(ids()).toHaveLength(1)
  expect(ids()).not.toContain(old)
  expect(records()).toHaveLength(2)
  await close('pr-7')
  expect(ids()).toEqual([])
})

test('removes no expired entry if it could not record a new one', async () => {
  const { env, allow, ids, passExpiry } = await namedOriginSetup()
  await allow()
  passExpiry(61 * MINUTE_MS)
  expect((await allow({}, { env: { ...env, GITHUB_SHA: '' } })).error).toBe(
    'Could not access the name records: GITHUB_SHA is missing or invalid. Run the step in a GitHub Actions workflow, or do not use names.',
  )
  expect(ids()).toHaveLength(1)
})

test('warns if a removal leaves no access control because the entry to reuse is gone, too', async () => {
  const { pinata, gateway, allow, passExpiry } = await namedOriginSetup()
  await allow()
  addEntry(gateway, ORIGIN)
  passExpiry(DAY_MS)
  atResponse(pinata, { method: 'DELETE' }, () => {
    gateway.keys.length = 0
    gateway.allowedHosts.length = 0
  })
  const { error, warnings } = await allow()
  expect([error, warnings[0]]).toEqual([undefined, expect.stringContaining('now has no access controls')])
})

const WHY = "because the origin already existed or Pinata's response was lost. Whoever added it might remove it."

test.each([
  ['logs', UNNAMED, 'info', 'Whoever added the origin might remove it.'],
  ['warns', { ...UNNAMED, revoke: 'after-job' }, 'warnings', `This step will not remove origin ${ORIGIN}, ${WHY}`],
  ['warns', {}, 'warnings', `This step will not remove origin ${ORIGIN} or record it under the name pr-7, ${WHY}`],
] as const)('%s that it reuses an origin that others added: %j', async (_verb, more, level, sentence) => {
  const { env, github, gateway, allow, ids, post, close } = await namedOriginSetup({ hosts: [ORIGIN] })
  // Only a record needs the commit.
  const done = await allow(more, { env: { ...env, GITHUB_SHA: '' } })
  const outputs = { created: 'false', 'created-at': gateway.allowedHosts[0]?.createdAt, 'expires-at': '' }
  expect(done).toMatchObject({ error: undefined, outputs })
  expect(done[level]).toContain(sentence)
  expect([...done.info, ...done.warnings].filter(each => each === sentence)).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
  expect(await post(done)).toBeUndefined()
  await close('pr-7')
  expect(ids()).toHaveLength(1)
})

test("neither records nor replaces an origin that has a record with another origin's proof", async () => {
  const { allow, github, gateway, passExpiry, writes } = await namedOriginSetup()
  await allow({ origin: 'https://pr-9.example.com' })
  const [own] = github.deployments.values()
  const payload = { ...(own?.payload as object), origin: ORIGIN }
  addEntry(gateway, ORIGIN)
  github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, payload })
  passExpiry(DAY_MS)
  const before = writes()
  expect((await allow()).warnings).toEqual([
    expect.stringMatching(/will not remove origin .* or record it under the name pr-7/),
  ])
  expect(writes()).toBe(before)
})

test('fails if GitHub rejects the renewal of an origin, and names the origin', async () => {
  const { github, allow, passExpiry } = await namedOriginSetup()
  await allow()
  passExpiry(-DAY_MS)
  github.fault({ kind: 'status', status: 422, method: 'POST' })
  expect((await allow()).error).toMatch(`Could not renew origin ${ORIGIN}: GitHub rejected the request`)
})
