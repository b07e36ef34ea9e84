import { expect, test } from '@jest/globals'
import { namesSetup } from '../support/records.ts'
import { ALWAYS, atResponse, changeList, lagAfterRemoval, omitKeys, requestsOf } from '../support/step.ts'

const ALL_GONE =
  'Gateway fun-llama-300.mypinata.cloud now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.'
const UNKNOWN =
  'Could not check whether gateway fun-llama-300.mypinata.cloud still has any access controls. Without them, anyone can read its pinned content. Check its access controls in Pinata.'
const ADVICE =
  ' To prevent this in the future, keep another key or origin, or set last-control to fail. To allow this without a warning, set last-control to allow.'
const CHOICES = ['warn', 'fail', 'allow'] as const

/** Sets up a gateway with only one key, which has the name pr-7. */
async function setup() {
  const fixture = await namesSetup()
  fixture.gateway.keys.length = 0
  const { id } = fixture.addKey()
  return { ...fixture, id }
}

test.each(CHOICES)('reports a gateway without access controls after a removal: %s', async lastControl => {
  const { pinata, gateway, id, revoke, addKey } = await setup()
  addKey()
  // Another step removes the other key at the same time.
  atResponse(pinata, { method: 'DELETE' }, () => gateway.keys.splice(0))
  const done = await revoke({ 'key-id': id, 'last-control': lastControl })
  const reported = { warn: [undefined, [ALL_GONE + ADVICE]], fail: [ALL_GONE, []], allow: [undefined, []] }[lastControl]
  expect([done.error, done.warnings]).toEqual(reported)
  expect(done.info.includes(ALL_GONE)).toBe(lastControl === 'allow')
  // With `warn`, the summary of all warnings contains it.
  expect(done.summary.includes(ALL_GONE)).toBe(lastControl !== 'warn')
})

test.each(['key', 'origin'])('revokes nothing with last-control: fail if it would remove the last %s', async kind => {
  const { gateway, close, writes, addOrigin } = await setup()
  if (kind === 'origin') addOrigin('https://pr-7.example.com')
  if (kind === 'origin') gateway.keys.length = 0
  expect((await close('pr-7', { 'last-control': 'fail' })).error).toBe(
    'Nothing was revoked: last-control is set to fail, and gateway fun-llama-300.mypinata.cloud would have no access controls left, so anyone could read its pinned content. Create another key first, or set last-control to allow.',
  )
  expect(writes()).toBe(0)
})

test.each([
  ['another key', { keys: 2 }],
  ['an origin', { keys: 1, allowedHosts: ['https://example.com'] }],
  ['an IP address', { keys: 1, allowedIPAddresses: ['203.0.113.7'] }],
])('counts %s as a remaining access control', async (_name, has) => {
  const { pinata, revoke } = await setup()
  const { id, keys } = pinata.addGateway(has)
  const done = await revoke({ 'gateway-id': id, 'key-id': keys[0]?.id ?? '', 'last-control': 'fail' })
  expect(done).toMatchObject({ error: undefined, warnings: [] })
})

test('recognizes the last access control even if the gateway lists it twice', async () => {
  const { pinata, id, revoke, writes } = await setup()
  changeList(pinata, ({ accessTokens }) => accessTokens.push(...accessTokens), ALWAYS)
  expect((await revoke({ 'key-id': id, 'last-control': 'fail' })).error).toMatch(/^Nothing was revoked: last-/)
  expect(writes()).toBe(0)
})

test.each([
  ['warn', ''],
  ['fail', ' Because last-control is set to fail, a real run would fail and revoke nothing.'],
])('notes in a dry run that it would remove the last access control: %s', async (lastControl, refused) => {
  const { close, writes } = await setup()
  const { error, info, summary } = await close('pr-7', { 'dry-run': 'true', 'last-control': lastControl })
  const note = `This would leave gateway fun-llama-300.mypinata.cloud without access controls.${refused}`
  expect([error, info.at(-1), writes()]).toEqual([undefined, note, 0])
  expect(summary).toContain(`1 key would be revoked. ${note}\n`)
})

test.each(CHOICES)('reports that the gateway could not be read after a removal: %s', async lastControl => {
  const { pinata, gateway, close, addKey } = await setup()
  addKey({ name: 'pr-8' })
  pinata.fault({ kind: 'status', status: 500, body: 'a|b', method: 'GET', skip: 1, ...ALWAYS })
  const { error, warnings, info, summary } = await close('pr-7', { 'last-control': lastControl })
  expect(gateway.keys).toHaveLength(1)
  const report = { warn: warnings, fail: [String(error)], allow: info }[lastControl]
  expect(report).toContainEqual(expect.stringMatching(/HTTP 500/))
  expect(report.find(message => message.startsWith(UNKNOWN))).not.toContain('To prevent this')
  if (lastControl !== 'fail') expect(error).toBeUndefined()
  if (lastControl !== 'warn') expect([warnings, summary]).toEqual([[], expect.stringContaining('"a|b"')])
})

test.each(CHOICES)('reports that no access control is left if the only removal is in doubt: %s', async lastControl => {
  const { pinata, gateway, close, addKey } = await setup()
  addKey({ name: 'pr-8', ageMs: 1000 })
  // The key is gone, but Pinata responds with 500, and the key is too new for the list to prove that it is gone.
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', when: 'after', ...ALWAYS })
  // Another step removes the other key at the same time.
  const onPause = () => gateway.keys.splice(0)
  const { error, warnings, info } = await close('pr-8', { 'last-control': lastControl }, { onPause })
  expect(error).toMatch(/^Could not revoke everything \(1 key not revoked\): .* may be up to a minute behind/)
  const report = { warn: ALL_GONE + ADVICE, fail: ALL_GONE, allow: ALL_GONE }[lastControl]
  expect(lastControl === 'allow' ? info : warnings).toContain(report)
})

test('does not warn if no access control existed before', async () => {
  const { pinata, gateway, revoke } = await setup()
  gateway.keys.length = 0
  const { warnings } = await revoke({ 'key-id': 'gone' })
  expect(warnings).toEqual([expect.stringContaining('does not list gone.')])
  // The last two check whether the key is gone.
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways', 'GET gateways'])
})

test.each([
  ['once', /^Nothing was revoked: last-control is set to fail/],
  ['twice', /^undefined$/],
])('with last-control: fail, does not revoke the last key if lists omit it %s', async (times, message) => {
  const { pinata, gateway, id, revoke } = await setup()
  changeList(pinata, omitKeys)
  if (times === 'twice') changeList(pinata, omitKeys)
  const { error, warnings } = await revoke({ 'key-id': id, 'last-control': 'fail' })
  expect(String(error)).toMatch(message)
  expect(warnings).toEqual(error ? [] : [expect.stringContaining(`does not list ${id}.`)])
  expect(gateway.keys).toMatchObject([{ id }])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})

test('reports that no access control is left, although the list still contains the revoked key', async () => {
  const { pinata, gateway, id, revoke } = await setup()
  lagAfterRemoval(pinata, gateway)
  expect((await revoke({ 'key-id': id })).warnings).toEqual([ALL_GONE + ADVICE])
})

test.each(CHOICES)(
  'does not report that no access control is left if a list is empty only once: %s',
  async lastControl => {
    const { pinata, close, addKey } = await setup()
    addKey({ name: 'pr-8' })
    atResponse(pinata, { method: 'DELETE' }, () => changeList(pinata, omitKeys))
    expect(await close('pr-7', { 'last-control': lastControl })).toMatchObject({ error: undefined, warnings: [] })
  },
)

const EFFECT = { method: 'DELETE', when: 'after' } as const
const LOST = { kind: 'reset', ...EFFECT } as const
const LIMIT = { kind: 'status', status: 429, retryAfter: 5000, method: 'DELETE' } as const

test.each([
  ['Pinata responded with 404', undefined, [{ kind: 'status', status: 404, ...EFFECT, ...ALWAYS }]],
  ['Pinata responded with 409', undefined, [{ kind: 'status', status: 409, ...EFFECT, ...ALWAYS }]],
  ['a rejection follows a lost response', undefined, [LOST, LIMIT]],
  [
    'the list cannot be read after a rejection',
    /^Could not revoke everything \(1 key not revoked\): .* Could not check whether the key is gone\. /,
    [LOST, LIMIT, { ...LIMIT, method: 'GET', skip: 1 }],
  ],
] as const)('reports that no access control is left if a key is gone, but %s', async (_name, message, faults) => {
  const { pinata, keyIds, close } = await setup()
  for (const fault of faults) pinata.fault(fault)
  const { error, warnings } = await close('pr-7')
  expect(String(error)).toMatch(message ?? 'undefined')
  expect([keyIds(), warnings]).toEqual([[], [ALL_GONE + ADVICE]])
})
