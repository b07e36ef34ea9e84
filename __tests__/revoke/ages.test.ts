import { expect, test } from '@jest/globals'
import { DAY_MS, HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { pinataWithGateway, requestsOf } from '../support/step.ts'

test("selects keys by Pinata's createdAt, and reports why it skips others", async () => {
  const { pinata, keyIds, revoke, addKey } = await namesSetup()
  const old = addKey({ ageMs: 14 * DAY_MS + MINUTE_MS })
  const young = addKey({ ageMs: 14 * DAY_MS - MINUTE_MS })
  const unknown = Object.assign(addKey(), { createdAt: '' })
  const { error, outputs, info } = await revoke({ 'older-than': '14d' })
  expect(error).toBeUndefined()
  expect(outputs).toEqual({ 'revoked-key-ids': old.id, 'revoked-count': '1', 'removed-origins': '' })
  expect(keyIds()).toEqual([young.id, unknown.id])
  expect(info).toEqual([
    `Key ${old.id}: revoked.`,
    expect.stringMatching(/^Key .*: not selected, because it is not older than 14d\.$/),
    `Key ${young.id}: not selected, because it is not older than 14d.`,
    `Key ${unknown.id}: not selected, because Pinata returned no valid creation time.`,
    'Gateway fun-llama-300.mypinata.cloud: 1 key revoked, 3 keys not selected.',
  ])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
})

test("measures ages by Pinata's clock, however wrong the runner's is", async () => {
  const { pinata, gateway, revoke } = await pinataWithGateway(2)
  const run = (aheadMs: number) => revoke({ 'older-than': '7d' }, { aheadMs })
  expect((await run(40 * DAY_MS)).outputs['revoked-count']).toBe('0')
  pinata.passTime(8 * DAY_MS)
  expect((await run(-40 * DAY_MS)).outputs['revoked-count']).toBe('2')
  expect(gateway.keys).toEqual([])
})

const AHEAD_MS = 3 * HOUR_MS

/** Sets up a key, a leftover record, and a superseded record. A sweep will not remove them for three more hours. */
async function setup(pinataMs: number, githubMs: number, options: Parameters<typeof namesSetup>[0] = {}) {
  const fixture = await namesSetup(options)
  fixture.addKey({ name: 'unlisted', expiresInMs: HOUR_MS - MINUTE_MS })
  fixture.gateway.keys.length = 1
  fixture.addKey({ name: 'expired', expiresInMs: HOUR_MS - MINUTE_MS })
  const forever = fixture.addKey({ name: 'living', expiresInMs: 9 * HOUR_MS, ageMs: 0 })
  fixture.addRecord({ kind: 'key', ...forever }, { name: 'living', ageMs: 0 })
  fixture.pinata.passTime(pinataMs)
  fixture.github.passTime(githubMs)
  return fixture
}

test.each([
  ['neither clock', 0, 0],
  ["only Pinata's clock", AHEAD_MS, 0],
  ["only GitHub's clock", 0, AHEAD_MS],
  ['both clocks', AHEAD_MS, AHEAD_MS],
])('sweeps by the earlier of the two dates, with %s past the time', async (_name, pinataMs, githubMs) => {
  const { sweep, github } = await setup(pinataMs, githubMs)
  // The runner's clock does not matter.
  const done = await sweep({}, { aheadMs: pinataMs + githubMs === 0 ? 2 * AHEAD_MS : -AHEAD_MS })
  expect(done.error).toBeUndefined()
  const isOver = pinataMs > 0 && githubMs > 0
  expect(done.outputs['revoked-count']).toBe(isOver ? '1' : '0')
  expect(namesOf(github)).toEqual(isOver ? ['living'] : ['unlisted', 'expired', 'living', 'living'])
})

test.each([
  ['pinata', 'Pinata', 'api-url'],
  ['github', 'GitHub', 'GITHUB_API_URL'],
])("revokes and removes nothing without a date in %s's response", async (server, service, setting) => {
  const { sweep, revoke, writes } = await setup(AHEAD_MS, AHEAD_MS, { [server]: { date: false } })
  const { error } = await sweep()
  expect(error).toBe(
    `Nothing was revoked: ${service} sent no valid Date header, so the current time is unknown. Check ${setting}, and check whether a proxy is responding instead of ${service}.`,
  )
  if (server === 'pinata') expect((await revoke({ 'older-than': '2h' })).error).toBe(error)
  expect(writes()).toBe(0)
})
