import { expect, test } from '@jest/globals'
import { HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS, changeList, githubRequestsOf, requestsOf } from '../support/step.ts'

test('revokes all keys and origins of several names, and succeeds when repeated', async () => {
  const { pinata, github, gateway, keyIds, close, addKey, addOrigin } = await namesSetup()
  const [b, other, a2, a1] = ['b/c', 'd', 'a', 'a'].map(name => addKey({ name }).id)
  const origins = ['https://b.example', 'https://a.example']
  for (const origin of origins) addOrigin(origin, { name: 'b/c' })
  const done = await close('a, b/c\na')
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs).toEqual({
    'revoked-key-ids': [a1, a2, b].join('\n'),
    'revoked-count': '3',
    'removed-origins': origins.toReversed().join('\n'),
  })
  expect([keyIds(), gateway.allowedHosts, namesOf(github)]).toEqual([[other], [], ['d']])
  expect(done.info).toContain(`Key ${b} (b/c): revoked.`)
  const [ofKey, ofOrigin] = ['DELETE access_tokens', 'DELETE hosts']
  expect(requestsOf(pinata)).toEqual(['GET gateways', ofKey, ofKey, ofOrigin, ofOrigin, ofKey, 'GET gateways'])
  const removal = ['POST statuses', 'DELETE deployments']
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'GET deployments', ...Array(5).fill(removal).flat()])
  const unknown = 'No key or origin is recorded under a.'
  expect(done.info).not.toContain(unknown)
  const again = await close('a')
  expect(again).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-count': '0' } })
  expect(again.info).toEqual([unknown, 'Gateway fun-llama-300.mypinata.cloud: no keys or origins selected.'])
})

test('keeps what is recorded for another gateway, and warns about it in a close but not in a sweep', async () => {
  const { addKey, sweep, close, pinata, keyIds, github } = await namesSetup()
  addKey({ expiresInMs: -2 * HOUR_MS })
  const other = { 'gateway-id': pinata.addGateway({ keys: 1 }).id }
  expect(await sweep(other)).toMatchObject({ error: undefined, warnings: [] })
  expect(await close('pr-7', other)).toMatchObject({
    error: undefined,
    warnings: ['Nothing was revoked for pr-7: all its records are for another gateway. Check gateway-id.'],
  })
  expect([keyIds().length, namesOf(github)]).toEqual([1, ['pr-7']])
})

const youngWarning = (subjects = '') =>
  `The gateway does not list ${subjects}, whose records may be less than an hour old. Pinata's list may lag, so run the job again in an hour.`

test("removes records of unlisted access controls only if they are more than an hour old by GitHub's clock", async () => {
  const { pinata, github, gateway, close, addKey, addOrigin, passTime } = await namesSetup()
  const old = { ageMs: HOUR_MS + MINUTE_MS }
  addKey(old)
  addOrigin('https://a.example', old)
  const young = { ageMs: HOUR_MS - MINUTE_MS }
  addOrigin('https://b.example', young)
  const key = addKey(young)
  gateway.keys.length = 1
  gateway.allowedHosts.length = 0
  pinata.passTime(9 * HOUR_MS)
  const done = await close('pr-7', {}, { aheadMs: 9 * HOUR_MS })
  expect(done).toMatchObject({ error: undefined, warnings: [youngWarning(`${key.id}, https://b.example`)] })
  expect([...github.deployments.values()].slice(1)).toMatchObject([{ payload: { keyId: key.id } }])
  expect(done.info).toContain('Removed 2 unneeded records.')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
  passTime(2 * MINUTE_MS)
  await close('pr-7')
  expect(namesOf(github)).toEqual([])
})

test('does not warn about the young record of an entry that another entry for the same origin replaced', async () => {
  const { gateway, close, addOrigin } = await namesSetup()
  for (let number = 0; number < 2; number++) addOrigin('https://a.example', { ageMs: MINUTE_MS })
  gateway.allowedHosts.shift()
  expect(await close('pr-7')).toMatchObject({ warnings: [], outputs: { 'removed-origins': 'https://a.example' } })
})

test.each([
  ['the response has no date', { date: false }, {}],
  ['the record has no valid date', {}, { createdAt: 'long ago' }],
])('removes no record of an unlisted access control if %s', async (_name, options, change) => {
  const { addKey, addRecord, gateway, github, close } = await namesSetup({ github: options })
  const key = addKey()
  addRecord({ kind: 'key', ...key })
  for (const record of github.deployments.values()) Object.assign(record, change)
  gateway.keys.length = 1
  const { error, warnings } = await close('pr-7')
  expect([error, namesOf(github)]).toEqual([undefined, ['pr-7', 'pr-7']])
  expect(warnings).toEqual([youngWarning(key.id)])
})

test.each([
  ['null', 2 * HOUR_MS, () => null],
  ['empty', MINUTE_MS, () => []],
  ['without the newest key', 0, (tokens: object[]) => tokens.slice(0, -1)],
])(
  'keeps the records of existing keys if the list is %s once, and finds them in a later close',
  async (...[, age, change]) => {
    const { pinata, github, keyIds, close, addKey } = await namesSetup()
    for (const ageMs of [3 * HOUR_MS, age]) addKey({ ageMs })
    changeList(pinata, policies => {
      policies.accessTokens = change(policies.accessTokens)
    })
    const { error } = await close('pr-7')
    expect(error).toMatch(/Pinata's list for the gateway was incomplete \(it lacked .*\)\. Run the job again\.$/)
    expect(keyIds()).not.toEqual([])
    for (const id of keyIds()) expect(error).toContain(id)
    expect(namesOf(github)).toHaveLength(keyIds().length)
    expect((await close('pr-7')).error).toBeUndefined()
    expect([...keyIds(), ...namesOf(github)]).toEqual([])
  },
)

test.each([
  ['the list of records', 'github', { kind: 'status', status: 500 }, /list the name records.*HTTP 500/],
  ['the gateway', 'pinata', { kind: 'status', status: 500 }, /read the gateway.*HTTP 500/],
  ["the gateway's access controls", 'pinata', { kind: 'body', body: { data: {} } }, /^Could not read the gateway: /],
] as const)('revokes nothing if %s cannot be read', async (_name, server, fault, error) => {
  const { close, addKey, writes, ...servers } = await namesSetup()
  addKey()
  servers[server].fault({ ...fault, method: 'GET', ...ALWAYS })
  expect((await close('pr-7')).error).toMatch(error)
  expect(writes()).toBe(0)
})

test('names a key that could not be revoked, keeps its record, and revokes the others', async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  const [revoked, failed] = [addKey(), addKey()]
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: failed.id, ...ALWAYS })
  const { error, outputs, warnings, info, summary } = await close('pr-7')
  expect([outputs['revoked-key-ids'], warnings]).toEqual([revoked.id, []])
  expect(error).toMatch(new RegExp(`^Could not revoke everything \\(1 key not revoked\\): ${failed.id}\\. .*HTTP 500`))
  expect(info).toContain(`Key ${failed.id} (pr-7): not revoked.`)
  expect(summary).toMatch(new RegExp(`\\| \`${failed.id}\` \\| \`pr-7\` \\| .* \\| not revoked \\|\n$`))
  expect([keyIds(), namesOf(github)]).toEqual([[failed.id], ['pr-7']])
})

test('changes nothing in a dry run, and shows what it would revoke', async () => {
  const { addKey, addOrigin, gateway, close, pinata, github } = await namesSetup()
  const { id } = addKey()
  addOrigin('https://a.example')
  addKey()
  gateway.keys.pop()
  expect((await close('pr-7', { 'dry-run': 'true' })).info).toEqual([
    'Origin https://a.example (pr-7): would be removed (dry run).',
    `Key ${id} (pr-7): would be revoked (dry run).`,
    'Gateway fun-llama-300.mypinata.cloud: 1 origin would be removed, 1 key would be revoked.',
  ])
  expect([...pinata.requests, ...github.requests].map(({ method }) => method)).toEqual(['GET', 'GET'])
})
