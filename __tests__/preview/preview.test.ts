import { expect, test } from '@jest/globals'
import { pullRequestEnv } from '../support/event.ts'
import { addEntry, ORIGIN } from '../support/origin.ts'
import { DAY_MS, namesSetup } from '../support/records.ts'
import { ALWAYS, HOST, type Options, RECORDS, readable, requestsOf, runPreviewStep } from '../support/step.ts'

const ORIGINS = [ORIGIN, 'https://pr-7.example.net']

async function setup() {
  const fixture = await namesSetup()
  const run = (action: string, more: Record<string, string> = {}, options: Options = {}) =>
    runPreviewStep(
      { ...fixture.inputs, 'expires-in': '14d', ...more },
      { ...options, env: { ...fixture.env, ...pullRequestEnv(action) } },
    )
  return { ...fixture, run }
}

test("gets, keeps, and revokes the key of a pull request, and lets other actions use the key's name", async () => {
  const { gateway, recorded, jwt, run, get } = await setup()
  const opened = await run('opened')
  expect(opened.error).toBeUndefined()
  const [old, key] = gateway.keys
  expect(opened.outputs).toEqual({
    'gateway-key': key?.value,
    'key-id': key?.id,
    origin: '',
    'gateway-id': gateway.id,
    'gateway-url': `https://${HOST}`,
    'expires-at': expect.any(String),
    created: 'true',
    closed: 'false',
  })
  expect(Math.abs(Date.parse(opened.outputs['expires-at'] ?? '') - Date.now() - 14 * DAY_MS)).toBeLessThan(5000)
  expect(opened.masks).toContain(key?.value)
  expect(readable(opened)).not.toContain(key?.value)
  expect(readable(opened)).not.toContain(jwt)

  expect((await run('synchronize')).outputs).toEqual({ ...opened.outputs, created: 'false' })
  expect((await get()).outputs).toMatchObject({ 'key-id': key?.id, created: 'false' })

  const closed = await run('closed')
  expect(closed.error).toBeUndefined()
  expect(gateway.keys).toEqual([old])
  expect(recorded()).toEqual([])
  const empty = Object.fromEntries(Object.keys(opened.outputs).map(name => [name, '']))
  expect(closed.outputs).toEqual({ ...empty, created: 'false', closed: 'true' })
})

test('gets a key and origins with one connection to each server, and revokes all of them', async () => {
  const { pinata, github, gateway, run, origins } = await setup()
  const opened = await run('opened', { origin: ORIGINS.join('\n'), key: 'true' })
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
  await run('closed')
  expect([gateway.keys.length, origins()]).toEqual([1, []])
})

test('shows the earliest expiry', async () => {
  const { run, origins, passTime } = await setup()
  await run('opened', { origin: ORIGIN })
  passTime(2 * DAY_MS)
  const pushed = await run('synchronize', { origin: ORIGIN, key: 'true' })
  expect(pushed.outputs.created).toBe('true')
  expect(origins()).toEqual([ORIGIN])
  const left = Date.parse(pushed.outputs['expires-at'] ?? '') - Date.now() - 2 * DAY_MS
  expect(left / DAY_MS).toBeCloseTo(12, 1)
})

test('shows that a key without an expiry never expires', async () => {
  const { run, get } = await setup()
  await get({ 'expires-in': '' })
  expect((await run('opened')).summary).toContain('| Expires | never |')
})

test('reuses an origin that was not recorded under the name, and keeps it', async () => {
  const { gateway, run, origins } = await setup()
  addEntry(gateway, ORIGIN)
  const { outputs, summary, warnings } = await run('opened', { origin: ORIGIN })
  expect(outputs).toMatchObject({ origin: ORIGIN, created: 'false', 'expires-at': '' })
  expect(summary).toContain(`| Origin | \`${ORIGIN}\` (reused) |\n`)
  expect(summary).not.toContain('Expires')
  expect((await run('synchronize', { origin: ORIGIN, key: 'true' })).summary).toMatch(/\| Expires \| .* UTC \|/)
  expect(warnings).toEqual([expect.stringContaining('Whoever added it might remove it.')])
  expect((await run('closed')).outputs.closed).toBe('true')
  expect(origins()).toEqual([ORIGIN])
})

test('records each access control before it creates the next one, and keeps it if the next one fails', async () => {
  const { pinata, gateway, recorded, run, post, origins } = await setup()
  pinata.fault({ kind: 'status', status: 500, method: 'POST', path: 'hosts', ...ALWAYS })
  const more = { origin: ORIGINS.join(), key: 'true' }
  const done = await run('opened', more)
  expect(done.error).toMatch(/^Could not add the origin https:\/\/pr-7\.example\.com: /)
  expect(done.outputs).toEqual({})
  expect(recorded()).toEqual([gateway.keys[1]?.id])
  const phases = done.saved.map(text => (text === '' ? 'cleared' : JSON.parse(text).phase))
  expect(phases.slice(0, 5)).toEqual(['creating', 'created', 'created', 'cleared', 'cleared'])
  expect(phases.at(-1)).toBe('creating')
  pinata.clearFaults()
  expect((await post(done))?.warnings).toEqual([expect.stringContaining(`unclaimed entry for origin ${ORIGIN}`)])
  expect([gateway.keys.length, origins()]).toEqual([2, []])
  const again = await run('synchronize', more)
  expect(again.outputs).toMatchObject({ 'key-id': gateway.keys[1]?.id, origin: ORIGINS.join('\n'), created: 'true' })
})

test('reports what was done if the outputs cannot be set', async () => {
  const { gateway, run } = await setup()
  const opened = await run('opened', {}, { broken: 'outputs' })
  expect(opened.error).toMatch(/^Access for pr-7 is ready, but the outputs could not be set: no space left/)
  expect((await run('synchronize')).outputs.created).toBe('false')
  const closed = await run('closed', {}, { broken: 'outputs' })
  expect(closed.error).toMatch(/^The preview is closed, but the outputs could not be set: no space left/)
  expect(gateway.keys).toHaveLength(1)
})

test('passes on first-control and last-control', async () => {
  const { pinata, gateway, run } = await setup()
  gateway.keys.length = 0
  const notOpened = await run('opened', { 'first-control': 'fail' })
  expect(notOpened.error).toMatch(/^Could not create a key: first-control is set to fail/)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  await run('opened')
  const notClosed = await run('closed', { 'last-control': 'fail' })
  expect(notClosed.error).toMatch(/^Nothing was revoked: last-control is set to fail/)
  expect([notClosed.outputs, gateway.keys.length]).toEqual([{}, 1])
})

test('waits for the gateway with each access control', async () => {
  const { pinata, run } = await setup()
  const more = { 'wait-for': 'bafkqaaa', origin: ORIGIN, key: 'true' }
  const done = await run('opened', more, { gatewayPort: pinata.port })
  expect(done.error).toBeUndefined()
  expect(pinata.reads.map(({ status }) => status)).toEqual([200, 200])
  expect(done.summary.match(/\| Served \| `\/ipfs\/bafkqaaa`, after \d\.\d seconds \|/g)).toHaveLength(2)
})

test("reports an origin's record without a proof only once, even if the preview has a key", async () => {
  const { github, run } = await setup()
  await run('opened', { origin: ORIGIN, key: 'true' })
  const record = [...github.deployments.values()].find(({ payload }) => (payload as { kind: string }).kind === 'origin')
  const payload = { ...(record?.payload as object), proof: undefined }
  const { id } = github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, payload })
  const { warnings } = await run('synchronize', { origin: ORIGIN, key: 'true' })
  expect(warnings).toEqual([expect.stringMatching(`^Ignored these deployments .*: ${id} `)])
})
