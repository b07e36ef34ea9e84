import { expect, test } from '@jest/globals'
import { addKey, addOrigin, DAY_MS, namesSetup, passTime } from '../support/records.ts'
import { requestsOf, runRevokeStep } from '../support/step.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }
const OPEN =
  'Gateway fun-llama-300.mypinata.cloud no longer has an access control. Anyone can read its pinned content, and it serves nothing else.'
const UNKNOWN =
  'Could not check whether gateway fun-llama-300.mypinata.cloud still has an access control. If not, anyone can read its pinned content.'
const ADVICE = ' To prevent this, set last-control to fail. To allow it, set last-control to allow.'

/** A gateway with only one key, which has the name pr-7. */
async function setup(options: Parameters<typeof namesSetup>[0] = {}) {
  const there = await namesSetup(options)
  there.gateway.keys.length = 0
  const { id } = addKey(there)
  const revoke = (given: Record<string, string>) => runRevokeStep({ ...there.inputs, ...given }, { env: there.env })
  return { ...there, id, revoke }
}

test.each([
  ['warn', { error: undefined, warnings: [OPEN + ADVICE] }],
  ['allow', { error: undefined, warnings: [] }],
])('reports the removal of the last access control with last-control: %s', async (lastControl, reported) => {
  const { gateway, id, revoke } = await setup()
  const done = await revoke({ 'key-id': id, 'last-control': lastControl })
  expect(gateway.keys).toEqual([])
  expect(done).toMatchObject(reported)
  expect(done.info.includes(OPEN)).toBe(lastControl === 'allow')
})

test.each(['warn', 'fail', 'allow'])(
  'reports it if two closes each remove one of the last two access controls at the same time: last-control: %s',
  async lastControl => {
    const there = await setup({ pinata: { latencyMs: 20 } })
    const { gateway, close } = there
    addKey(there, { name: 'pr-8' })
    const both = await Promise.all(['pr-7', 'pr-8'].map(name => close(name, { 'last-control': lastControl })))
    expect(gateway.keys).toEqual([])
    const reports = both.map(({ error, warnings, info }) =>
      lastControl === 'fail' ? error === OPEN : [...warnings, ...info].some(message => message.startsWith(OPEN)),
    )
    expect(reports).toContain(true)
    if (lastControl === 'fail') return
    expect(both.map(({ error }) => error)).toEqual([undefined, undefined])
    expect(both.flatMap(({ warnings }) => warnings).length > 0).toBe(lastControl === 'warn')
  },
)

test.each([
  ['key-id', ''],
  ['name', 'pr-7'],
  ['expired', 'true'],
  ['older-than', '2h'],
  ['origin', 'https://pr-7.example.com'],
])('revokes nothing with last-control: fail if no access control would be left: %s', async (selector, value) => {
  const there = await setup()
  const { gateway, github, revoke, id } = there
  if (selector === 'origin') {
    gateway.keys.length = 0
    addOrigin(there, value)
  }
  if (selector === 'expired') {
    gateway.keys.length = 0
    addKey(there, { expiresInMs: 1000 })
  }
  passTime(there, DAY_MS)
  const done = await revoke({ [selector]: value || id, 'last-control': 'fail' })
  expect(done.error).toBe(
    'Nothing was revoked: last-control is fail, and gateway fun-llama-300.mypinata.cloud would have no access control left, so anyone could read its pinned content. To allow this, set last-control to allow.',
  )
  expect(gateway.keys.length + gateway.allowedHosts.length).toBe(1)
  expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

test.each([
  ['another key', { keys: 2 }],
  ['an origin', { keys: 1, allowedHosts: ['https://example.com'] }],
  ['an IP address', { keys: 1, allowedIPAddresses: ['203.0.113.7'] }],
])('counts %s as an access control that is left', async (_name, has) => {
  const { pinata, revoke } = await setup()
  const { id, keys } = pinata.addGateway(has)
  const done = await revoke({ 'gateway-id': id, 'key-id': keys[0]?.id ?? '', 'last-control': 'fail' })
  expect(done).toMatchObject({ error: undefined, warnings: [] })
})

test('counts a key in keep as an access control that is left', async () => {
  const there = await setup()
  const other = addKey(there)
  const done = await there.close('pr-7', { keep: other.id, 'last-control': 'fail' })
  expect(done.error).toBeUndefined()
  expect(there.gateway.keys).toEqual([other])
})

test.each([
  ['warn', ''],
  ['fail', ' Because last-control is fail, nothing would be revoked.'],
])(
  'shows with dry-run that the last access control would be removed: last-control: %s',
  async (lastControl, refused) => {
    const { gateway, close } = await setup()
    const done = await close('pr-7', { 'dry-run': 'true', 'last-control': lastControl })
    expect(done.error).toBeUndefined()
    expect(done.info.at(-1)).toBe(
      `This would remove the last access control of gateway fun-llama-300.mypinata.cloud.${refused}`,
    )
    expect(gateway.keys).toHaveLength(1)
  },
)

test.each(['warn', 'fail', 'allow'])(
  'reports that the gateway could not be read after a removal: last-control: %s',
  async lastControl => {
    const there = await setup()
    const { pinata, gateway, close } = there
    addKey(there, { name: 'pr-8' })
    pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, ...ALWAYS })
    const { error, warnings, info } = await close('pr-7', { 'last-control': lastControl })
    expect(gateway.keys).toHaveLength(1)
    const report = { warn: warnings, fail: [String(error)], allow: info }[lastControl] ?? []
    expect(report).toContainEqual(expect.stringMatching(/HTTP 500/))
    expect(report.find(message => message.startsWith(UNKNOWN))?.endsWith(ADVICE)).toBe(lastControl === 'warn')
    if (lastControl !== 'fail') expect(error).toBeUndefined()
    if (lastControl !== 'warn') expect(warnings).toEqual([])
  },
)

test('revokes nothing with last-control: fail if the gateway cannot be read before', async () => {
  const { pinata, gateway, id, revoke } = await setup()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', ...ALWAYS })
  const done = await revoke({ 'key-id': id, 'last-control': 'fail' })
  expect(done.error).toMatch(
    /^Nothing was revoked: last-control is fail, and the gateway's access controls could not be read\. .*HTTP 500/,
  )
  expect(gateway.keys).toHaveLength(1)
})

test.each(['warn', 'fail'])(
  'reports an open gateway even if the step fails for another reason: %s',
  async lastControl => {
    const there = await setup()
    const { pinata, gateway, id, revoke } = there
    const kept = addKey(there)
    pinata.fault({ kind: 'status', status: 403, method: 'DELETE', path: 'gone' })
    // Another step removes the other key at the same time.
    pinata.fault({
      kind: 'body',
      method: 'DELETE',
      path: id,
      body: json => {
        gateway.keys = gateway.keys.filter(key => key !== kept)
        return json
      },
    })
    const done = await revoke({ 'key-id': `${id},gone`, 'last-control': lastControl })
    expect(gateway.keys).toEqual([])
    expect(done.error).toMatch(/^1 of 2 keys could not be revoked: gone\./)
    expect(done.warnings).toContainEqual(lastControl === 'warn' ? OPEN + ADVICE : OPEN)
  },
)

test.each(['warn', 'fail', 'allow'])(
  'reports an open gateway if the only removal is in doubt: last-control: %s',
  async lastControl => {
    const there = await setup()
    const { pinata, gateway, close } = there
    addKey(there, { name: 'pr-8', ageMs: 1000 })
    // The key is gone, but each response is lost, and the key is too new for the list to prove it.
    pinata.fault({ kind: 'status', status: 500, method: 'DELETE', when: 'after', ...ALWAYS })
    // Another step removes the other key at the same time.
    const onPause = () => gateway.keys.splice(0)
    const { error, warnings, info } = await close('pr-8', { 'last-control': lastControl }, { onPause })
    expect(gateway.keys).toEqual([])
    expect(error).toMatch(/^1 of 1 key could not be revoked: .* too new for the gateway's list/)
    const report = { warn: OPEN + ADVICE, fail: OPEN, allow: OPEN }[lastControl]
    expect(lastControl === 'allow' ? info : warnings).toContain(report)
  },
)

test('does not refuse with last-control: fail if the gateway has no access control anyway', async () => {
  const { gateway, revoke } = await setup()
  gateway.keys.length = 0
  expect((await revoke({ 'key-id': 'gone', 'last-control': 'fail' })).error).toBeUndefined()
})

test('does not read the gateway again if nothing was removed', async () => {
  const { pinata, revoke } = await setup()
  await revoke({ 'key-id': 'gone' })
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})
