import { expect, test } from '@jest/globals'
import { addKey, addOrigin, HOUR_MS, namesSetup } from '../support/records.ts'
import { RECORDS } from '../support/step.ts'

const TASK = `${RECORDS.task}pr-7`
const LONG_AGO = '2020-01-01T00:00:00.000Z'

/** A key with the name pr-7 that expires in an hour, and a key that has no name. */
async function setup() {
  const there = await namesSetup()
  const named = addKey(there, { expiresInMs: HOUR_MS }).id
  const [record] = there.github.deployments.values()
  const payload = record?.payload as Record<string, unknown>
  const unnamed = String(there.gateway.keys[0]?.id)
  const forge = (change: object, task = TASK) =>
    there.github.addDeployment({ ...RECORDS, task, payload: { ...payload, ...change }, state: 'success' })
  return { ...there, named, unnamed, recordId: Number(record?.id), payload, forge }
}

type Setup = Awaited<ReturnType<typeof setup>>

/** Copies of a record that anyone with write access to the repository could create. */
const FORGERIES: [string, (there: Setup) => ReturnType<Setup['forge']>, 'named' | 'unnamed', string?][] = [
  ['the ID of another key', ({ forge, unnamed }) => forge({ keyId: unnamed, expiresAt: LONG_AGO }), 'unnamed'],
  ['an earlier expiry', ({ forge }) => forge({ expiresAt: LONG_AGO }), 'named'],
  ['a later expiry', ({ forge }) => forge({ expiresAt: '2099-01-01T00:00:00.000Z' }), 'named'],
  ['no expiry', ({ forge }) => forge({ expiresAt: null }), 'named'],
  ['a wrong proof', ({ forge }) => forge({ proof: 'x', expiresAt: LONG_AGO }), 'named'],
  ['no proof', ({ forge }) => forge({ proof: undefined, expiresAt: LONG_AGO }), 'named'],
  ['another kind', ({ forge }) => forge({ kind: 'origin' }), 'named'],
  ['another name in its payload', ({ forge }) => forge({ name: 'pr-8' }), 'named'],
  ['the task of another name', ({ forge }) => forge({}, `${RECORDS.task}pr-8`), 'named', 'pr-8'],
  ['another name and its task', ({ forge }) => forge({ name: 'pr-8' }, `${RECORDS.task}pr-8`), 'named', 'pr-8'],
]

test.each(FORGERIES)('ignores a copy of a record with %s, and warns', async (_name, create, subject, name = 'pr-7') => {
  const there = await setup()
  const { github, named, unnamed, recordId, sweep, close } = there
  const { id } = create(there)
  const warning = `Ignored deployment ${id} of environment pinata-gateway-keys: this action did not write it for key ${there[subject]}, which it names ${name}. If you don't need the deployment, delete it.`
  expect(await sweep()).toMatchObject({ error: undefined, warnings: [warning], outputs: { 'revoked-count': '0' } })
  github.deployments.delete(recordId)
  for (const run of [sweep, () => close(name)]) {
    expect(await run()).toMatchObject({ error: undefined, warnings: [warning], outputs: { 'revoked-count': '0' } })
  }
  expect(there.gateway.keys.map(key => key.id)).toEqual([unnamed, named])
  expect([...github.deployments.keys()]).toEqual([id])
  expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('ignores a record without a proof for a key without a usable value', async () => {
  const { gateway, recordId, github, forge, keyIds, named, close } = await setup()
  github.deployments.delete(recordId)
  forge({ proof: undefined })
  const key = gateway.keys.find(({ id }) => id === named)
  if (key) key.value = ''
  await close('pr-7')
  expect(keyIds()).toEqual([named])
})

test('revokes an expired key even if a copy has a later expiry', async () => {
  const there = await namesSetup()
  addKey(there, { expiresInMs: -2 * HOUR_MS })
  const [record] = there.github.deployments.values()
  const payload = { ...(record?.payload as object), expiresAt: '2099-01-01T00:00:00.000Z' }
  there.github.addDeployment({ ...RECORDS, task: TASK, payload })
  expect((await there.sweep()).outputs['revoked-count']).toBe('1')
})

test.each(['close', 'sweep'] as const)('ignores the records of another repository: %s', async how => {
  const there = await namesSetup()
  addKey(there, { expiresInMs: -2 * HOUR_MS })
  const elsewhere = { env: { ...there.env, GITHUB_REPOSITORY_ID: '7' } }
  const done = await (how === 'close' ? there.close('pr-7', {}, elsewhere) : there.sweep({}, elsewhere))
  expect(done.outputs['revoked-count']).toBe('0')
  expect(done.warnings).toEqual([expect.stringMatching(/^Ignored deployment /)])
  expect(there.keyIds()).toHaveLength(1)
  expect(there.github.deployments.size).toBe(1)
})

test.each(['close', 'sweep'] as const)('warns of ten forged records at most, and writes nothing: %s', async how => {
  const { github, keyIds, forge, named, sweep, close } = await setup()
  const forged = Array.from({ length: 1000 }, (_, number) =>
    forge({ proof: `x${number}`, expiresAt: LONG_AGO, keyId: named }),
  )
  const done = await (how === 'sweep' ? sweep() : close('pr-7'))
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-count']).toBe(how === 'sweep' ? '0' : '1')
  expect(done.warnings).toHaveLength(10)
  expect(done.warnings.at(-1)).toBe('Ignored 991 more such deployments of environment pinata-gateway-keys.')
  expect(keyIds()).toEqual(how === 'sweep' ? [named] : [])
  // A close revokes the key and removes its own record.
  const writes = github.requests.filter(({ method }) => method !== 'GET')
  expect(writes).toHaveLength(how === 'sweep' ? 0 : 2)
  for (const { id } of forged) expect(github.deployments.has(id)).toBe(true)
})

test('removes only the entry of an origin that its record proves', async () => {
  const there = await namesSetup()
  const { gateway, github, close } = there
  const mine = addOrigin(there, 'https://a.example')
  const other = { ...mine, id: crypto.randomUUID() }
  gateway.allowedHosts.push(other)
  const [record] = github.deployments.values()
  const payload = { ...(record?.payload as object), proof: 'x', expiresAt: LONG_AGO }
  github.addDeployment({ ...RECORDS, task: TASK, payload })
  // The entry of a forged record counts as gone, which is not reported.
  expect(await close('pr-7')).toMatchObject({ error: undefined, warnings: [] })
  expect(gateway.allowedHosts).toEqual([other])
})
