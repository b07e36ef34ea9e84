import { expect, test } from '@jest/globals'
import { parseRecord } from '../../src/names/record-format.ts'
import { DAY_MS, HOUR_MS, namesSetup } from '../support/records.ts'
import { changeList, RECORDS } from '../support/step.ts'

const TASK = `${RECORDS.task}pr-7`
const LONG_AGO = '2020-01-01T00:00:00.000Z'

/** Sets up a key that has the name pr-7 and expires in an hour, and a key without a name. */
async function setup() {
  const fixture = await namesSetup()
  const { github, gateway } = fixture
  const key = fixture.addKey({ expiresInMs: HOUR_MS })
  const [record] = github.deployments.values()
  const payload = record?.payload as Record<string, unknown>
  type Deployment = Parameters<typeof github.addDeployment>[0]
  const add = (deployment: Deployment = {}) =>
    github.addDeployment({ ...RECORDS, task: TASK, state: 'success', payload, ...deployment })
  const forge = (change: object, name = 'pr-7') =>
    add({ task: RECORDS.task + name, payload: { ...payload, ...change } })
  const removeRecord = () => github.deployments.delete(Number(record?.id))
  return { ...fixture, key, named: key.id, unnamed: String(gateway.keys[0]?.id), payload, add, forge, removeRecord }
}

type Setup = Awaited<ReturnType<typeof setup>>
type Forged = ReturnType<Setup['add']>

/** Copies of a record that anyone with write access to the repository could create. */
const FORGERIES: [string, (fixture: Setup) => Forged, string?][] = [
  ['the ID of another key', ({ forge, unnamed }) => forge({ keyId: unnamed, expiresAt: LONG_AGO })],
  ['the ID in JSON', ({ add, payload, unnamed }) => add({ payload: JSON.stringify({ ...payload, keyId: unnamed }) })],
  ['an earlier expiry', ({ forge }) => forge({ expiresAt: LONG_AGO })],
  ['a later expiry', ({ forge }) => forge({ expiresAt: '2099-01-01T00:00:00.000Z' })],
  ['no expiry', ({ forge }) => forge({ expiresAt: null })],
  ['a wrong proof', ({ forge }) => forge({ proof: 'x', expiresAt: LONG_AGO })],
  ['no proof', ({ forge }) => forge({ proof: undefined, expiresAt: LONG_AGO })],
  ['a proof that is not a string', ({ forge, payload }) => forge({ proof: [payload.proof] })],
  ['an object as its proof', ({ forge }) => forge({ proof: { toString: null } })],
  ['another kind', ({ forge }) => forge({ kind: 'origin' })],
  ['another name in its payload', ({ forge }) => forge({ name: 'pr-8' })],
  ['the task of another name', ({ forge }) => forge({}, 'pr-8'), 'pr-8'],
  ['another name and its task', ({ forge }) => forge({ name: 'pr-8' }, 'pr-8'), 'pr-8'],
]

test('ignores a copy of a record if only the second list contains its key', async () => {
  const { pinata, forge, named, removeRecord, close } = await setup()
  forge({ expiresAt: LONG_AGO })
  removeRecord()
  changeList(pinata, policies => {
    policies.accessTokens = policies.accessTokens.filter(({ id }: { id: string }) => id !== named)
  })
  expect((await close('pr-7')).error).toBeUndefined()
})

test.each(FORGERIES)('ignores a copy of a record with %s, and warns', async (title, create, name = 'pr-7') => {
  const fixture = await setup()
  const { github, gateway, named, unnamed, removeRecord, sweep, close, get, writes } = fixture
  const { id } = create(fixture)
  const key = title.startsWith('the ID') ? unnamed : named
  const warning = `Ignored these deployments in environment pinata-gateway-keys: ${id} (key ${key}, name ${name}). This action did not create them for these keys or origins. If you don't need the deployments, delete them.`
  const ignored = { error: undefined, warnings: [warning], outputs: { 'revoked-count': '0' } }
  expect(await sweep()).toMatchObject(ignored)
  removeRecord()
  expect(await sweep()).toMatchObject(ignored)
  expect(await close(name)).toMatchObject(ignored)
  expect(gateway.keys.map(key => key.id)).toEqual([unnamed, named])
  expect([writes(), ...github.deployments.keys()]).toEqual([0, id])
  expect(await get({ name })).toMatchObject({ outputs: { created: 'true' }, warnings: [warning] })
  expect(github.deployments.has(id)).toBe(true)
})

test('ignores a record without a proof for a key without a usable value', async () => {
  const { key, removeRecord, forge, keyIds, named, close } = await setup()
  removeRecord()
  forge({ proof: undefined })
  key.value = ''
  await close()
  expect(keyIds()).toEqual([named])
})

test('reports a record without a proof for a key that is gone, and does not remove it', async () => {
  const { key, forge, gateway, sweep, close, writes } = await setup()
  const forged = forge({ proof: undefined, keyId: 'gone', expiresAt: LONG_AGO })
  forged.createdAt = LONG_AGO
  const warning = expect.stringMatching(`^Ignored these deployments .*: ${forged.id} `)
  expect(await sweep()).toMatchObject({ error: undefined, warnings: [warning] })
  expect(writes()).toBe(0)
  expect((await close('pr-7')).warnings).toContainEqual(warning)
  expect(gateway.keys).not.toContain(key)
})

test("uses the record's expiry, whatever a copy contains", async () => {
  const { named, forge, sweep, get, passTime } = await setup()
  forge({ expiresAt: LONG_AGO })
  expect((await get()).outputs['key-id']).toBe(named)
  forge({ expiresAt: '2099-01-01T00:00:00.000Z' })
  passTime(3 * HOUR_MS)
  expect((await sweep()).outputs['revoked-key-ids']).toBe(named)
})

test('ignores the records of another repository', async () => {
  const fixture = await setup()
  fixture.passTime(DAY_MS)
  const others = { env: { ...fixture.env, GITHUB_REPOSITORY_ID: '7' } }
  const ignored = {
    outputs: { 'revoked-count': '0' },
    warnings: [expect.stringMatching(/^Ignored these deployments /)],
  }
  expect(await fixture.close('pr-7', {}, others)).toMatchObject(ignored)
  expect(await fixture.sweep({}, others)).toMatchObject(ignored)
  expect((await fixture.get({}, others)).outputs.created).toBe('true')
  expect([fixture.keyIds().length, fixture.github.deployments.size]).toEqual([2, 2])
})

test('warns once about forged records, whatever their names, and writes nothing for them', async () => {
  const { github, keyIds, forge, close, writes } = await setup()
  const forged = Array.from({ length: 120 }, (_, number) =>
    forge({ proof: `x${number}`, expiresAt: LONG_AGO }, `pr-${7 + (number % 2)}`),
  )
  const done = await close('pr-7,pr-8')
  expect(done).toMatchObject({ error: undefined, outputs: { 'revoked-count': '1' } })
  expect(done.warnings).toEqual([expect.stringMatching(/^Ignored these deployments .*, and 105 more\. This /)])
  // The writes revoke the key, set the status of its record, and remove the record.
  expect([keyIds(), writes()]).toEqual([[], 3])
  expect([...github.deployments.keys()]).toEqual(forged.map(({ id }) => id))
})

test('removes only the origin entry that the record proves', async () => {
  const { gateway, github, close, addOrigin } = await namesSetup()
  const proven = addOrigin('https://a.example')
  const other = { ...proven, id: crypto.randomUUID() }
  gateway.allowedHosts.push(other)
  const [record] = github.deployments.values()
  const payload = { ...(record?.payload as object), proof: 'x', expiresAt: LONG_AGO }
  github.addDeployment({ ...RECORDS, task: TASK, payload })
  // The entry of a forged record counts as gone, which is not reported.
  expect(await close()).toMatchObject({ error: undefined, warnings: [] })
  expect(gateway.allowedHosts).toEqual([other])
})

test('reuses a key that it finds through a record whose payload is a string', async () => {
  const { payload, named, add, removeRecord, get } = await setup()
  removeRecord()
  add({ payload: JSON.stringify(payload) })
  expect((await get()).outputs['key-id']).toBe(named)
})

test.each<[string, (fixture: Setup) => Forged]>([
  ['of another gateway', ({ forge }) => forge({ gatewayId: 'another' })],
  ['of a later schema', ({ forge }) => forge({ schema: 2 })],
  ['without a payload', ({ add }) => add({ payload: '' })],
  ['with a payload of another type', ({ add }) => add({ payload: 'null' })],
  ['with a path as its key ID', ({ forge }) => forge({ keyId: '..' })],
  ['with an invalid expiry', ({ forge }) => forge({ expiresAt: 'soon' })],
  ['with an object as its expiry', ({ forge }) => forge({ expiresAt: { toString: null } })],
  ['with an invalid name', ({ forge }) => forge({ name: 'a b' }, 'a b')],
])('ignores a deployment %s, and never changes it', async (_name, create) => {
  const fixture = await setup()
  const { gateway, github, removeRecord, get, sweep, close, unnamed, named } = fixture
  removeRecord()
  const other = create(fixture)
  expect(await get()).toMatchObject({ outputs: { created: 'true' }, warnings: [] })
  fixture.passTime(9 * DAY_MS)
  for (const run of [close, sweep]) expect(await run()).toMatchObject({ error: undefined, warnings: [] })
  expect([...github.deployments.values()]).toEqual([other])
  expect(other.statuses).toHaveLength(1)
  expect(gateway.keys.map(({ id }) => id)).toEqual([unnamed, named])
})

test.each([
  ['environment', { environment: 'production' }],
  ['task', { task: `${RECORDS.task}pr-8` }],
])('ignores a deployment of another %s even if the server does not filter', async (_name, other) => {
  const { github, get, close, keyIds } = await setup()
  const body = (list: object[]) => list.map(each => ({ ...each, ...other }))
  github.fault({ kind: 'body', method: 'GET', body, times: 2 })
  expect((await close()).outputs['revoked-count']).toBe('0')
  expect((await get()).outputs.created).toBe('true')
  expect(keyIds()).toHaveLength(2)
})

test('quickly rejects a payload as large as a page', () => {
  const payload = JSON.stringify('a'.repeat(4_000_000))
  const start = performance.now()
  expect(parseRecord({ ...RECORDS, id: 1, task: TASK, payload })).toBeUndefined()
  expect(performance.now() - start).toBeLessThan(1000)
})
