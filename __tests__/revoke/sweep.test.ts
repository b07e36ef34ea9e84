import { expect, test } from '@jest/globals'
import { addKey, addOrigin, addRecord, HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { githubRequestsOf, requestsOf, runRevokeStep } from '../support/step.ts'

const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const NO_KEYS = {
  kind: 'body',
  method: 'GET',
  body: (json: { data: { settings: { restriction_policies: Record<string, unknown> } } }) => {
    json.data.settings.restriction_policies.accessTokens = null
    return json
  },
} as const

test('revokes what expired more than an hour ago, and says why it skips the rest', async () => {
  const there = await namesSetup()
  const { pinata, github, keyIds, sweep } = there
  const old = addKey(there, { name: 'old', expiresInMs: -HOUR_MS - 5000 })
  const young = addKey(there, { name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  const living = addKey(there, { name: 'living', expiresInMs: HOUR_MS })
  const forever = addKey(there, { name: 'forever' })
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']).toBe(old.id)
  expect(keyIds()).toEqual([young, living, forever].map(({ id }) => id))
  expect(namesOf(github)).toEqual(['young', 'living', 'forever'])
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`
  expect(done.info).toEqual([
    `Key ${old.id} (old): revoked.`,
    `Key ${forever.id} (forever): not selected, because it does not expire.`,
    expect.stringMatching(
      new RegExp(`^Key ${living.id} \\(living\\): not selected, because it expires at ${time}\\.$`),
    ),
    expect.stringMatching(
      new RegExp(
        `^Key ${young.id} \\(young\\): not selected, because it expired at ${time}, less than an hour ago\\.$`,
      ),
    ),
    '1 key of gateway fun-llama-300.mypinata.cloud revoked, 3 keys not selected.',
  ])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
  expect(githubRequestsOf(github)).toEqual([
    'GET deployments',
    'GET deployments',
    'POST statuses',
    'DELETE deployments',
  ])
})

test.each([
  ['a later expiry', { expiresInMs: HOUR_MS }, false],
  ['no expiry', {}, false],
  ['an expiry half an hour ago', { expiresInMs: -HOUR_MS / 2 }, false],
  ['an expiry that is also over', { expiresInMs: -3 * HOUR_MS }, true],
])('goes by the latest expiry of a key: it has another record with %s', async (_name, other, isRevoked) => {
  const there = await namesSetup()
  const key = addKey(there, { ...EXPIRED, ageMs: MINUTE_MS })
  addRecord(there, { kind: 'key', ...key }, { ...other, ageMs: MINUTE_MS })
  await there.sweep()
  expect(there.keyIds()).toEqual(isRevoked ? [] : [key.id])
  expect(there.github.deployments.size).toBe(isRevoked ? 0 : 2)
})

test('sweeps the keys and origins of a name, and reads its records once', async () => {
  const there = await namesSetup()
  const { github, gateway, sweep } = there
  addKey(there, EXPIRED)
  addKey(there, EXPIRED)
  addOrigin(there, 'https://pr-7.example.com', EXPIRED)
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
  expect(gateway.allowedHosts).toEqual([])
  expect(github.deployments.size).toBe(0)
  expect(githubRequestsOf(github).filter(request => request.startsWith('GET'))).toHaveLength(2)
})

test('skips a key that another run renews after the records were listed', async () => {
  const there = await namesSetup()
  const { github, keyIds, sweep } = there
  const renewed = addKey(there, EXPIRED)
  const other = addKey(there, EXPIRED)
  github.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      addRecord(there, { kind: 'key', ...renewed }, { expiresInMs: HOUR_MS, ageMs: 0 })
      return json
    },
  })
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']).toBe(other.id)
  expect(keyIds()).toEqual([renewed.id])
  expect(done.info).toContain(`Key ${renewed.id} (pr-7): not selected, because it was renewed just now.`)
  expect(github.deployments.size).toBe(2)
})

test('skips a key whose records another sweep has removed meanwhile', async () => {
  const there = await namesSetup()
  const { github, sweep } = there
  const { id } = addKey(there, EXPIRED)
  github.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      github.deployments.clear()
      return json
    },
  })
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect(done.info).toContain(`Key ${id} (pr-7): not selected, because its record was removed just now.`)
})

test('removes the records that only the second reading shows, too', async () => {
  const there = await namesSetup()
  const key = addKey(there, EXPIRED)
  addRecord(there, { kind: 'key', ...key }, { expiresInMs: -3 * HOUR_MS })
  there.github.fault({ kind: 'body', method: 'GET', body: (list: object[]) => list.slice(1) })
  expect((await there.sweep()).outputs['revoked-key-ids']).toBe(key.id)
  expect(namesOf(there.github)).toEqual([])
})

test('leaves nothing if two sweeps run at the same time', async () => {
  const there = await namesSetup({ pinata: { latencyMs: 3 }, github: { latencyMs: 3 } })
  for (const name of ['a', 'b', 'c']) addKey(there, { ...EXPIRED, name })
  const both = await Promise.all([there.sweep(), there.sweep()])
  expect(both.map(({ error }) => error)).toEqual([undefined, undefined])
  expect(there.keyIds()).toEqual([])
  expect(there.github.deployments.size).toBe(0)
})

test('removes records that are superseded and more than an hour old', async () => {
  const there = await namesSetup()
  const { github, sweep } = there
  const key = { kind: 'key', ...addKey(there, { expiresInMs: 3 * HOUR_MS }) } as const
  const add = (expiresInMs: number, ageMs: number) => addRecord(there, key, { expiresInMs, ageMs })
  const old = add(2 * HOUR_MS, HOUR_MS + MINUTE_MS)
  const young = add(2 * HOUR_MS, HOUR_MS - MINUTE_MS)
  const latest = add(9 * HOUR_MS, 2 * HOUR_MS)
  // Another run recorded the same expiry. Neither supersedes the other.
  const same = { ...latest, id: latest.id + 1 }
  github.deployments.set(same.id, same)
  const done = await sweep()
  expect(done.error).toBeUndefined()
  expect([...github.deployments.keys()]).toEqual([young.id, latest.id, same.id])
  expect(github.deployments.has(old.id)).toBe(false)
  expect(done.info).toContain('Removed 2 records that no access control needs.')
  expect(there.keyIds()).toEqual([key.id])
})

test('keeps all records of an expired key that could not be revoked', async () => {
  const there = await namesSetup()
  const key = addKey(there, EXPIRED)
  addRecord(there, { kind: 'key', ...key }, { expiresInMs: -3 * HOUR_MS })
  there.pinata.fault({ kind: 'status', status: 500, method: 'DELETE', times: 5 })
  expect((await there.sweep()).error).toMatch(/^1 of 1 key could not be revoked/)
  expect(namesOf(there.github)).toHaveLength(2)
})

test('removes records of unlisted access controls only if they expired more than an hour ago', async () => {
  const there = await namesSetup()
  const { pinata, github, gateway, sweep } = there
  addKey(there, { name: 'old', expiresInMs: -HOUR_MS - MINUTE_MS })
  addOrigin(there, 'https://a.example', { name: 'old', expiresInMs: -HOUR_MS - MINUTE_MS })
  addKey(there, { name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  addKey(there, { name: 'living', expiresInMs: HOUR_MS })
  addKey(there, { name: 'forever' })
  gateway.keys.length = 1
  gateway.allowedHosts.length = 0
  const done = await sweep()
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(namesOf(github)).toEqual(['young', 'living', 'forever'])
  expect(done.info).toContain('Removed 2 records that no access control needs.')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})

test('keeps the records of keys that the gateway lists only in the second reading', async () => {
  const there = await namesSetup()
  const { pinata, github, keyIds, sweep } = there
  const { id } = addKey(there, EXPIRED)
  pinata.fault(NO_KEYS)
  const first = await sweep()
  expect(first).toMatchObject({ error: undefined, warnings: [] })
  expect(namesOf(github)).toEqual(['pr-7'])
  expect((await sweep()).outputs['revoked-key-ids']).toBe(id)
  expect(keyIds()).toEqual([])
  expect(namesOf(github)).toEqual([])
})

test('keeps the records of unlisted access controls if the second reading fails', async () => {
  const there = await namesSetup()
  const { pinata, github, gateway, sweep } = there
  addKey(there, EXPIRED)
  gateway.keys.length = 1
  pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: Number.POSITIVE_INFINITY })
  expect(await sweep()).toMatchObject({ error: undefined, warnings: [] })
  expect(namesOf(github)).toEqual(['pr-7'])
})

test('leaves keys and records of other gateways', async () => {
  const there = await namesSetup()
  addKey(there, EXPIRED)
  const other = there.pinata.addGateway({ keys: 1 })
  await there.sweep({ 'gateway-id': other.id })
  expect(there.keyIds()).toHaveLength(1)
  expect(namesOf(there.github)).toEqual(['pr-7'])
})

test('shows with dry-run what it would revoke, and changes nothing', async () => {
  const there = await namesSetup()
  const { pinata, github, sweep } = there
  const { id } = addKey(there, EXPIRED)
  const gone = addKey(there, EXPIRED)
  there.gateway.keys = there.gateway.keys.filter(key => key !== gone)
  const done = await sweep({ 'dry-run': 'true' })
  expect(done.info).toEqual([
    `Key ${id} (pr-7): would be revoked (dry run).`,
    'Dry run: nothing was revoked; 1 key would be.',
  ])
  expect(done.outputs['revoked-count']).toBe('0')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(githubRequestsOf(github)).toEqual(['GET deployments'])
})

test('fails if GitHub rejects the removal of a record, and stops', async () => {
  const there = await namesSetup()
  const { github, gateway, inputs, env, keyIds } = there
  // The record of a key that is gone. Its removal is not tried.
  addKey(there, EXPIRED)
  gateway.keys.length = 1
  const [first, second] = ['a', 'b'].map(name => addKey(there, { ...EXPIRED, name }))
  const token = github.addToken({ permission: 'read' })
  const done = await runRevokeStep({ ...inputs, 'github-token': token, expired: 'true' }, { env })
  expect(done.error).toMatch(new RegExp(`^1 of 2 keys could not be revoked: ${first?.id}\\. .*deployments: write`))
  expect(done.warnings).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Could not remove the record of key ${second?.id} \\(deployment \\d+ of environment pinata-gateway-keys\\)\\. A later run of the revoke action removes it\\. `,
      ),
    ),
  ])
  expect(keyIds()).toEqual([first?.id])
  expect((await there.sweep()).error).toBeUndefined()
  expect(github.deployments.size).toBe(0)
})
