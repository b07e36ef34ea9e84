import { expect, test } from '@jest/globals'
import { DAY_MS, namesSetup } from '../support/records.ts'
import { githubRequestsOf } from '../support/step.ts'

/** Sets up a key that expires in a week, and a step that gets it, by default for another week. */
async function setup(options: Parameters<typeof namesSetup>[0] = {}) {
  const fixture = await namesSetup(options)
  const run = (period = '7d', more = {}) => fixture.get({ 'expires-in': period, ...more })
  const first = await run()
  fixture.github.requests.length = 0
  return { ...fixture, run, first, keyId: String(first.outputs['key-id']) }
}

const ms = (time: string | undefined) => Date.parse(time ?? '')

test.each([
  ['more than half of the period is left', 3.4, '7d', undefined],
  ['less than half of the period is left', 3.6, '7d', 7],
  ['expires-in is not set', 6.9, '', undefined],
  ['the period is shorter, and more than half of it is left', 6, '1d', undefined],
  ['the period is shorter, and less than half of it is left', 6.6, '1d', 1],
  ['the period is longer, and less than half of it is left', 0, '30d', 30],
])('renews a key only if it is due: %s', async (_name, days, period, renewedDays) => {
  const { github, run, passTime, keyIds, recorded, first, keyId } = await setup()
  passTime(days * DAY_MS)
  const done = await run(period)
  expect(done).toMatchObject({ error: undefined, outputs: { 'key-id': keyId, created: 'false' } })
  const expected = renewedDays ? Date.now() + (days + renewedDays) * DAY_MS : ms(first.outputs['expires-at'])
  expect(Math.abs(ms(done.outputs['expires-at']) - expected)).toBeLessThan(5000)
  // A renewal adds a record and removes no record.
  expect(recorded()).toEqual(renewedDays ? [keyId, keyId] : [keyId])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', ...(renewedDays ? ['POST deployments'] : [])])
  expect(keyIds()).toEqual([keyId])
})

test.each([
  ['the date of the response if the creation time is older', '2024-07-12T15:34:59Z', true, 0],
  ['the creation time if the date of the response is older', new Date(Date.now() + DAY_MS).toISOString(), true, 1],
  ["the runner's clock if the responses contain neither", '', false, 0],
])('counts the expiry of a new key from %s', async (_name, createdAt, date, daysAhead) => {
  const { pinata, get } = await namesSetup({ pinata: { date } })
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, createdAt } }) })
  const { outputs } = await get({ 'expires-in': '1d' })
  expect(Math.abs(ms(outputs['expires-at']) - Date.now() - (1 + daysAhead) * DAY_MS)).toBeLessThan(10_000)
})

test.each(['with a date', 'without a date'])('never adds an expiry to a key without one: responses %s', async date => {
  const { github, get } = await namesSetup({ pinata: { date: date === 'with a date' } })
  await get()
  const outputs = { created: 'false', 'expires-at': '' }
  expect(await get({ 'expires-in': '7d' })).toMatchObject({ outputs, warnings: [] })
  expect(github.deployments.size).toBe(1)
})

test.each(['300d', ''])(
  "fails if Pinata's response has no date, because the key may have expired: expires-in %j",
  async period => {
    const { github, run, keyIds, keyId } = await setup({ pinata: { date: false } })
    expect((await run(period)).error).toBe(
      `Could not reuse key ${keyId}: Pinata's response has no valid Date header, so the key may have expired. Check api-url, and check whether a proxy is responding instead of Pinata.`,
    )
    expect([keyIds(), github.deployments.size]).toEqual([[keyId], 1])
  },
)

test.each([
  ['rejects', { kind: 'status', status: 422 }],
  ['fails to process', { kind: 'status', status: 500, times: 5 }],
  ['does not respond to', { kind: 'reset', times: 5 }],
] as const)('fails if GitHub %s a due renewal, and keeps the key', async (_name, fault) => {
  const { github, run, passTime, keyIds, keyId } = await setup()
  passTime(6 * DAY_MS)
  github.fault({ ...fault, method: 'POST' })
  const failed = await run()
  expect(failed.error).toMatch(/^Could not renew key /)
  expect(failed.outputs).toEqual({})
  expect(keyIds()).toEqual([keyId])
  expect((await run()).outputs).toMatchObject({ 'key-id': keyId, created: 'false' })
})

test('reuses the key from a rotation even if the old one is renewed later', async () => {
  const { gateway, addRecord, run } = await setup()
  const [, old] = gateway.keys
  const rotated = await run('7d', { rotate: 'true' })
  if (old) addRecord({ kind: 'key', ...old }, { expiresInMs: 9 * DAY_MS })
  expect((await run()).outputs['key-id']).toBe(rotated.outputs['key-id'])
})
