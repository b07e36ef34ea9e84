import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { pullRequestEnv } from '../support/event.ts'
import { addEntry } from '../support/origin.ts'
import { addKey, addOrigin, DAY_MS } from '../support/records.ts'
import {
  ALWAYS,
  HOST,
  type Inputs,
  type Options,
  pinataAndGitHub,
  readable,
  recordsOf,
  requestsOf,
  runPreviewStep,
} from '../support/step.ts'

const ORIGINS = ['https://pr-7.example.com', 'https://pr-7.example.net']

async function setup(keys = 1) {
  const there = await pinataAndGitHub(keys)
  const given = { ...there.inputs, 'expires-in': '14d' }
  const run = (action: string, more: Inputs = {}, options: Options = {}) =>
    runPreviewStep({ ...given, ...more }, { ...options, env: { ...there.env, ...pullRequestEnv(action) } })
  const origins = () => there.gateway.allowedHosts.map(({ value }) => value)
  return { ...there, getKey: there.run, given, run, origins }
}

test('gets, keeps and revokes the key of a pull request, whose name other actions share', async () => {
  const { gateway, github, jwt, run, getKey } = await setup()
  const opened = await run('opened')
  expect(opened.error).toBeUndefined()
  const [old, key] = gateway.keys
  expect(opened.outputs).toEqual({
    'gateway-key': key?.value,
    'key-id': key?.id,
    origin: '',
    'gateway-id': gateway.id,
    'gateway-url': `https://${HOST}`,
    'expires-at': new Date(Date.parse(key?.createdAt ?? '') + 14 * DAY_MS).toISOString(),
    created: 'true',
    closed: 'false',
  })
  expect(opened.masks).toContain(key?.value)
  expect(readable(opened)).not.toContain(key?.value)
  expect(readable(opened)).not.toContain(jwt)

  expect((await run('synchronize')).outputs).toEqual({ ...opened.outputs, created: 'false' })
  expect((await getKey({ name: 'pr-7' })).outputs).toMatchObject({ 'key-id': key?.id, created: 'false' })

  const closed = await run('closed')
  expect(closed.error).toBeUndefined()
  expect(gateway.keys).toEqual([old])
  expect(recordsOf(github)).toEqual([])
  const empty = Object.fromEntries(Object.keys(opened.outputs).map(name => [name, '']))
  expect(closed.outputs).toEqual({ ...empty, created: 'false', closed: 'true' })
})

test('gets a key and origins with one connection to each server, and revokes all of them', async () => {
  const { pinata, github, gateway, run, origins } = await setup()
  const more = { origin: ORIGINS.join('\n'), key: 'true' }
  const opened = await run('opened', more)
  const outputs = { 'key-id': gateway.keys[1]?.id, origin: ORIGINS.join('\n'), created: 'true' }
  expect(opened).toMatchObject({ error: undefined, outputs })
  expect(origins()).toEqual(ORIGINS)
  expect(opened.summary.trim()).toBe(
    [
      '### Pinata preview\n\nThe preview can read from the gateway now.\n',
      '| Item | Value |',
      '| --- | --- |',
      `| Gateway | [${HOST}](https://${HOST}) |`,
      '| Name | `pr-7` |',
      `| Key ID | \`${gateway.keys[1]?.id}\` (created) |`,
      ...ORIGINS.map(origin => `| Origin | \`${origin}\` (added) |`),
      `| Expires | ${opened.outputs['expires-at']?.slice(0, 19).replace('T', ' ')} UTC |`,
    ].join('\n'),
  )
  for (const { requests } of [pinata, github]) expect(new Set(requests.map(each => each.connection)).size).toBe(1)
  const headers = { host: HOST, origin: ORIGINS[1] }
  expect((await send(pinata, 'GET', '/ipfs/bafy', { headers })).status).toBe(200)
  await run('closed')
  expect([gateway.keys.length, origins()]).toEqual([1, []])
})

test('shows the earliest expiry', async () => {
  const { run, origins, passTime } = await setup()
  const [origin = ''] = ORIGINS
  await run('opened', { origin })
  passTime(2 * DAY_MS)
  const pushed = await run('synchronize', { origin, key: 'true' })
  expect(pushed.outputs.created).toBe('true')
  expect(origins()).toEqual([origin])
  const left = Date.parse(pushed.outputs['expires-at'] ?? '') - Date.now() - 2 * DAY_MS
  expect(left / DAY_MS).toBeCloseTo(12, 1)
})

test('reuses an origin that was not recorded under the name, and keeps it', async () => {
  const { gateway, run, origins } = await setup()
  const [origin = ''] = ORIGINS
  addEntry(gateway, origin)
  const { outputs, summary, warnings } = await run('opened', { origin })
  expect(outputs).toMatchObject({ origin, created: 'false', 'expires-at': '' })
  expect(summary).toContain(`| Origin | \`${origin}\` (reused) |\n| Expires | never |`)
  expect(warnings).toEqual([expect.stringContaining('Whoever added it may remove it.')])
  expect((await run('closed')).outputs.closed).toBe('true')
  expect(origins()).toEqual([origin])
})

test('closes a preview that has nothing, and revokes nothing of other previews', async () => {
  const servers = await setup()
  const others = [addKey(servers, { name: 'pr-70' }), addOrigin(servers, ORIGINS[0] ?? '', { name: 'pr-8' })]
  const closed = await servers.run('closed', { origin: ORIGINS[0] ?? '' })
  expect([closed.error, closed.warnings, closed.outputs.closed]).toEqual([undefined, [], 'true'])
  expect(closed.info).toContain('No key or origin is recorded under the name pr-7.')
  expect([...servers.gateway.keys.slice(1), ...servers.gateway.allowedHosts]).toEqual(others)
})

test('records each access control before it begins the next, and keeps it if the next fails', async () => {
  const { pinata, gateway, github, run, post, origins } = await setup()
  pinata.fault({ kind: 'status', status: 500, method: 'POST', path: 'hosts', ...ALWAYS })
  const more = { origin: ORIGINS.join(), key: 'true' }
  const done = await run('opened', more)
  expect(done.error).toMatch(/^Could not add the origin https:\/\/pr-7\.example\.com: /)
  expect(done.outputs).toEqual({})
  expect(recordsOf(github).map(({ name, keyId }) => [name, keyId])).toEqual([['pr-7', gateway.keys[1]?.id]])
  const phases = done.saved.map(text => (text === '' ? 'cleared' : JSON.parse(text).phase))
  expect(phases.slice(0, 5)).toEqual(['creating', 'created', 'created', 'cleared', 'cleared'])
  expect(phases.at(-1)).toBe('creating')
  pinata.clearFaults()
  expect((await post(done))?.warnings).toEqual([expect.stringContaining(`unclaimed entry of origin ${ORIGINS[0]}`)])
  expect([gateway.keys.length, origins()]).toEqual([2, []])
  const again = await run('synchronize', more)
  expect(again.outputs).toMatchObject({ 'key-id': gateway.keys[1]?.id, origin: ORIGINS.join('\n'), created: 'true' })
})

test('passes on first-control and last-control', async () => {
  const { pinata, gateway, run } = await setup(0)
  const unopened = await run('opened', { 'first-control': 'fail' })
  expect(unopened.error).toMatch(/^Could not create a key: first-control is fail/)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  await run('opened')
  const unclosed = await run('closed', { 'last-control': 'fail' })
  expect(unclosed.error).toMatch(/^Nothing was revoked: last-control is fail/)
  expect([unclosed.outputs, gateway.keys.length]).toEqual([{}, 1])
})

test('waits for the gateway with each access control', async () => {
  const { pinata, run } = await setup()
  const more = { 'wait-for': 'bafkqaaa', origin: ORIGINS[0] ?? '', key: 'true' }
  const done = await run('opened', more, { gatewayPort: pinata.port })
  expect(done.error).toBeUndefined()
  expect(pinata.reads.map(({ status }) => status)).toEqual([200, 200])
  expect(done.summary.match(/\| Served \| `\/ipfs\/bafkqaaa`, after \d\.\d seconds \|/g)).toHaveLength(2)
})
