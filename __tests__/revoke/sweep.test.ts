import { expect, test } from '@jest/globals'
import { addKey, HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { atResponse, githubRequestsOf, requestsOf } from '../support/step.ts'

const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`

test('revokes what expired more than an hour ago, and says why it skips the rest', async () => {
  const { pinata, github, keyIds, sweep, addKey } = await namesSetup()
  const old = addKey({ name: 'old', expiresInMs: -HOUR_MS - 5000 })
  const young = addKey({ name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  const living = addKey({ name: 'living', expiresInMs: HOUR_MS })
  const forever = addKey({ name: 'forever' })
  const done = await sweep()
  expect(done).toMatchObject({ error: undefined, outputs: { 'revoked-key-ids': old.id } })
  expect(keyIds()).toEqual([young, living, forever].map(({ id }) => id))
  expect(namesOf(github)).toEqual(['young', 'living', 'forever'])
  const skipped = (key: { id: string }, name: string, why: string) =>
    expect.stringMatching(new RegExp(`^Key ${key.id} \\(${name}\\): not selected, because it ${why}\\.$`))
  expect(done.info).toEqual([
    `Key ${old.id} (old): revoked.`,
    skipped(forever, 'forever', 'does not expire'),
    skipped(living, 'living', `expires at ${TIME}`),
    skipped(young, 'young', `expired at ${TIME}, less than an hour ago`),
    '1 key of gateway fun-llama-300.mypinata.cloud revoked, 3 keys not selected.',
  ])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
  const reads = ['GET deployments', 'GET deployments']
  expect(githubRequestsOf(github)).toEqual([...reads, 'POST statuses', 'DELETE deployments'])
})

test.each([
  ['a later expiry', { expiresInMs: HOUR_MS }, false],
  ['no expiry', {}, false],
  ['an expiry half an hour ago', { expiresInMs: -HOUR_MS / 2 }, false],
  ['an expiry that is also over', { expiresInMs: -3 * HOUR_MS }, true],
])('goes by the latest expiry of a key: it has another record with %s', async (_name, other, isRevoked) => {
  const { addKey, addRecord, sweep, keyIds, github } = await namesSetup()
  const key = addKey({ ...EXPIRED, ageMs: MINUTE_MS })
  addRecord({ kind: 'key', ...key }, { ...other, ageMs: MINUTE_MS })
  await sweep()
  expect(keyIds()).toEqual(isRevoked ? [] : [key.id])
  expect(github.deployments.size).toBe(isRevoked ? 0 : 2)
})

test('sweeps the keys and origins of a name, and reads its records once', async () => {
  const { github, gateway, sweep, addKey, addOrigin } = await namesSetup()
  for (let number = 0; number < 2; number++) addKey(EXPIRED)
  addOrigin('https://pr-7.example.com', EXPIRED)
  expect((await sweep()).error).toBeUndefined()
  expect([gateway.keys.length, gateway.allowedHosts.length, github.deployments.size]).toEqual([1, 0, 0])
  expect(githubRequestsOf(github).filter(request => request.startsWith('GET'))).toHaveLength(2)
})

test('skips a key that another run renews after the records were listed', async () => {
  const { github, keyIds, sweep, addKey, addRecord } = await namesSetup()
  const renewed = addKey(EXPIRED)
  const other = addKey(EXPIRED)
  atResponse(github, { method: 'GET' }, () => addRecord({ kind: 'key', ...renewed }, { expiresInMs: HOUR_MS }))
  const done = await sweep()
  expect(done).toMatchObject({ error: undefined, outputs: { 'revoked-key-ids': other.id } })
  expect(keyIds()).toEqual([renewed.id])
  expect(done.info).toContain(`Key ${renewed.id} (pr-7): not selected, because it was renewed just now.`)
  expect(github.deployments.size).toBe(2)
})

test('skips a key whose records another sweep has removed meanwhile', async () => {
  const { addKey, github, sweep } = await namesSetup()
  const { id } = addKey(EXPIRED)
  atResponse(github, { method: 'GET' }, () => github.deployments.clear())
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect(done.info).toContain(`Key ${id} (pr-7): not selected, because its record was removed just now.`)
})

test('removes the records that only the second reading shows, too', async () => {
  const { addKey, addRecord, github, sweep } = await namesSetup()
  const key = addKey(EXPIRED)
  addRecord({ kind: 'key', ...key }, { expiresInMs: -3 * HOUR_MS })
  github.fault({ kind: 'body', method: 'GET', body: (list: object[]) => list.slice(1) })
  expect((await sweep()).outputs['revoked-key-ids']).toBe(key.id)
  expect(namesOf(github)).toEqual([])
})

test('leaves nothing if two sweeps run at the same time', async () => {
  const { addKey, sweep, keyIds, github } = await namesSetup({ pinata: { latencyMs: 3 }, github: { latencyMs: 3 } })
  for (const name of ['a', 'b', 'c']) addKey({ ...EXPIRED, name })
  const both = await Promise.all([sweep(), sweep()])
  expect(both.map(({ error }) => error)).toEqual([undefined, undefined])
  expect([...keyIds(), ...namesOf(github)]).toEqual([])
})

test('removes records that are superseded and more than an hour old', async () => {
  const there = await namesSetup()
  const { github, sweep } = there
  const key = { kind: 'key', ...addKey(there, { expiresInMs: 3 * HOUR_MS }) } as const
  const add = (expiresInMs: number, ageMs: number) => there.addRecord(key, { expiresInMs, ageMs })
  add(2 * HOUR_MS, HOUR_MS + MINUTE_MS)
  const young = add(2 * HOUR_MS, HOUR_MS - MINUTE_MS)
  const latest = add(9 * HOUR_MS, 2 * HOUR_MS)
  // Another run recorded the same expiry. Neither supersedes the other.
  const same = { ...latest, id: latest.id + 1 }
  github.deployments.set(same.id, same)
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect([...github.deployments.keys()]).toEqual([young.id, latest.id, same.id])
  expect(done.info).toContain('Removed 2 records that no access control needs.')
  expect(there.keyIds()).toEqual([key.id])
})

test('removes records of unlisted access controls only if they expired more than an hour ago', async () => {
  const { pinata, github, gateway, sweep, addKey, addOrigin } = await namesSetup()
  addKey({ name: 'old', expiresInMs: -HOUR_MS - MINUTE_MS })
  addOrigin('https://a.example', { name: 'old', expiresInMs: -HOUR_MS - MINUTE_MS })
  addKey({ name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  addKey({ name: 'living', expiresInMs: HOUR_MS })
  addKey({ name: 'forever' })
  gateway.keys.length = 1
  gateway.allowedHosts.length = 0
  // Without a second reading, none.
  const unread = pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 5 })
  expect(await sweep()).toMatchObject({ error: undefined, warnings: [] })
  expect([unread.count, namesOf(github).length]).toEqual([5, 5])
  pinata.requests.length = 0
  const done = await sweep()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(namesOf(github)).toEqual(['young', 'living', 'forever'])
  expect(done.info).toContain('Removed 2 records that no access control needs.')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})

test('leaves keys and records of other gateways', async () => {
  const { addKey, sweep, pinata, keyIds, github } = await namesSetup()
  addKey(EXPIRED)
  await sweep({ 'gateway-id': pinata.addGateway({ keys: 1 }).id })
  expect([keyIds().length, namesOf(github)]).toEqual([1, ['pr-7']])
})
