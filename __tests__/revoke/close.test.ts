import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, githubCaller } from '../support/github.ts'
import { HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { changeList, githubRequestsOf, requestsOf } from '../support/step.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }

test('revokes the key of a name and removes its record', async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  const [key, other] = ['pr-7', 'pr-8'].map(name => addKey({ name }))
  const done = await close('pr-7')
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs).toEqual({ 'revoked-key-ids': key?.id, 'revoked-count': '1', 'removed-origins': '' })
  expect([keyIds(), namesOf(github)]).toEqual([[other?.id], ['pr-8']])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST statuses', 'DELETE deployments'])
  expect(done.info).toContain(`Key ${key?.id} (pr-7): revoked.`)
})

test('revokes all keys and origins of several names, and succeeds the second time', async () => {
  const { github, gateway, keyIds, close, addKey, addOrigin } = await namesSetup()
  const [a1, a2, b, d] = ['a', 'a', 'b/c', 'd'].map(name => addKey({ name }))
  const origins = ['https://a.example', 'https://b.example']
  for (const origin of origins) addOrigin(origin, { name: 'b/c' })
  const done = await close('a, b/c\na')
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs['revoked-key-ids']?.split('\n').sort()).toEqual([a1, a2, b].map(key => key?.id).sort())
  expect(done.outputs['removed-origins']?.split('\n').sort()).toEqual(origins)
  expect(keyIds()).toEqual([d?.id])
  expect(gateway.allowedHosts).toEqual([])
  expect(namesOf(github)).toEqual(['d'])
  const unknown = 'No key or origin is recorded under the name a.'
  expect(done.info).not.toContain(unknown)
  const again = await close('a')
  expect(again).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-count': '0' } })
  expect(again.info).toEqual([unknown, '0 keys of gateway fun-llama-300.mypinata.cloud revoked.'])
})

test('warns if the name is recorded for another gateway only', async () => {
  const { addKey, close, pinata, keyIds, github } = await namesSetup()
  addKey()
  expect(await close('pr-7', { 'gateway-id': pinata.addGateway({ keys: 1 }).id })).toMatchObject({
    error: undefined,
    warnings: ['The name pr-7 is recorded for another gateway only, so nothing was revoked for it. Check gateway-id.'],
  })
  expect([keyIds().length, namesOf(github)]).toEqual([1, ['pr-7']])
})

test('revokes a key that was recorded just before the close read the records', async () => {
  const observe = (moment: string, { method }: { method: string }) => {
    if (moment === 'arrived' && method === 'GET') addKey({ ageMs: 0 })
  }
  const { addKey, close, github } = await namesSetup({ github: { observe } })
  expect((await close('pr-7')).outputs['revoked-count']).toBe('1')
  expect(namesOf(github)).toEqual([])
})

test("removes records of unlisted access controls only if they are more than an hour old by GitHub's clock", async () => {
  const { pinata, github, gateway, close, addKey, addOrigin, passTime } = await namesSetup()
  addKey({ ageMs: HOUR_MS + MINUTE_MS })
  addOrigin('https://a.example', { ageMs: HOUR_MS + MINUTE_MS })
  const young = addKey({ ageMs: HOUR_MS - MINUTE_MS })
  gateway.keys.length = 1
  gateway.allowedHosts.length = 0
  pinata.passTime(9 * HOUR_MS)
  const done = await close('pr-7', {}, { aheadMs: 9 * HOUR_MS })
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect([...github.deployments.values()]).toMatchObject([{ payload: { keyId: young.id } }])
  expect(done.info).toContain('Removed 2 records that no access control needs.')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
  passTime(2 * MINUTE_MS)
  await close('pr-7')
  expect(namesOf(github)).toEqual([])
})

test.each([
  ['the response has no date', { date: false }, {}],
  ['the record has no usable date', {}, { createdAt: 'long ago' }],
])('removes no record of an unlisted access control if %s', async (_name, options, change) => {
  const { addKey, gateway, github, close } = await namesSetup({ github: options })
  addKey()
  gateway.keys.length = 1
  for (const record of github.deployments.values()) Object.assign(record, change)
  expect((await close('pr-7')).error).toBeUndefined()
  expect(namesOf(github)).toEqual(['pr-7'])
})

test.each([
  ['null', () => null],
  ['empty', () => []],
  ['without the newest key', (tokens: object[]) => tokens.slice(0, -1)],
])('keeps the records of living keys if the list is %s once, and a later close finds them', async (_name, change) => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  for (let number = 0; number < 2; number++) addKey()
  changeList(pinata, policies => {
    policies.accessTokens = change(policies.accessTokens)
  })
  expect((await close('pr-7')).error).toMatch(/Pinata's list of the gateway was incomplete\. Run the step again\.$/)
  expect(namesOf(github)).toHaveLength(keyIds().length)
  expect(keyIds()).not.toHaveLength(0)
  expect((await close('pr-7')).error).toBeUndefined()
  expect([...keyIds(), ...namesOf(github)]).toEqual([])
})

test('revokes nothing if the gateway or GitHub cannot be read', async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  addKey()
  github.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  expect((await close('pr-7')).error).toMatch(/list the records of names.*HTTP 500/)
  expect(pinata.requests).toEqual([])
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  expect((await close('pr-7')).error).toMatch(/read the gateway.*HTTP 500/)
  pinata.fault({ kind: 'body', method: 'GET', body: { data: { settings: { restriction_policies: {} } } } })
  expect((await close('pr-7')).error).toMatch(/^Could not read the gateway: /)
  expect([keyIds().length, namesOf(github)]).toEqual([1, ['pr-7']])
})

test('keeps the record of a key that could not be revoked', async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  const [failed, revoked] = [addKey(), addKey()]
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: failed.id, ...ALWAYS })
  const done = await close('pr-7')
  expect(done.error).toMatch(new RegExp(`^1 of 2 keys could not be revoked: ${failed.id}\\.`))
  expect(done.outputs['revoked-key-ids']).toBe(revoked.id)
  expect(keyIds()).toEqual([failed.id])
  expect(namesOf(github)).toHaveLength(1)
})

test('removes nothing for a name with more than 100 pages of records, and fails at the end', async () => {
  const { github, keyIds, close, addKey } = await namesSetup()
  const [whole, partial] = ['a', 'b'].map(name => addKey({ name }))
  const { json } = await githubCaller(github)('GET', `${DEPLOYMENTS}?task=pinata-gateway-key:b`)
  const headers = { Link: `<${github.apiUrl}/?page=2>; rel="next"` }
  github.fault({ kind: 'status', status: 200, method: 'GET', path: 'key%3Ab', headers, body: json, ...ALWAYS })
  const empty = github.fault({
    kind: 'status',
    status: 200,
    method: 'GET',
    path: 'key%3Ac',
    headers,
    body: [{}],
    ...ALWAYS,
  })
  const done = await close('a,b,c')
  expect(empty.count).toBeGreaterThanOrEqual(100)
  expect(done.error).toBe(
    "Nothing was removed for b, c: GitHub's list of the records is incomplete or keeps changing. Run the step again.",
  )
  expect(done.info.join()).not.toContain('No key or origin is recorded')
  expect(done.outputs['revoked-key-ids']).toBe(whole?.id)
  expect([keyIds(), namesOf(github)]).toEqual([[partial?.id], ['b']])
})

test('shows with dry-run what it would revoke, and changes nothing', async () => {
  const { addKey, addOrigin, gateway, close, pinata, github } = await namesSetup()
  const { id } = addKey()
  addOrigin('https://a.example')
  addKey()
  gateway.keys.pop()
  expect((await close('pr-7', { 'dry-run': 'true' })).info).toEqual([
    'Origin https://a.example (pr-7): would be removed (dry run).',
    `Key ${id} (pr-7): would be revoked (dry run).`,
    'Dry run: nothing was revoked; 1 key and 1 origin would be.',
  ])
  expect([...pinata.requests, ...github.requests].map(({ method }) => method)).toEqual(['GET', 'GET'])
})
