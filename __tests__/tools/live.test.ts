import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { findLeaks } from '../../emulator/runner/runner.mjs'
import { readSettings } from '../../scripts/live/settings.mjs'
import { CID, type Handle, livePinata, runAgainst, UNLOCKED } from '../support/live.ts'

test('agrees with an emulator, leaves the gateway as it was, and sends the JWT only to the API', async () => {
  const live = await livePinata()
  const { exitCode, output, after } = await runAgainst(live)
  expect(output).toContain('\n0 differences from the emulator:\n')
  expect(output).not.toMatch(/DIFFERENT|Warning/)
  expect(output).toContain('The gateway was restored (keys: 2, origins: 1, IP addresses: 1).')
  expect([exitCode, after]).toEqual([0, live.before])
  // The JWT, the initial two keys and origin, and six keys and five origins that the scenarios and the action add.
  expect(live.secrets.size).toBe(1 + 3 + 11)
  const sent = live.pinata.reads.map(({ path, headers }) => `${path} ${JSON.stringify(headers)}`)
  expect(sent.length).toBeGreaterThan(20)
  expect(findLeaks(sent.join('\n'), [live.jwt])).toEqual([])
})

test('runs more scenarios on a gateway without access controls, and leaves no access controls behind', async () => {
  const { exitCode, output, after } = await runAgainst(await livePinata(UNLOCKED), { env: { YES_LOCK: 'true' } })
  expect(output).toContain('same       no access control, content that is not pinned: 403')
  expect(output).toContain('same       readers without a key are cut off: at the first read')
  expect(output).toContain('same       without a key, after the last key: at the first read')
  expect([exitCode, after]).toEqual([0, { keys: [], allowedHosts: [], allowedIPAddresses: [] }])
})

test('finds and names each difference', async () => {
  const live = await livePinata()
  const handle: Handle = ({ headers }, reply) => {
    const newest = live.gateway.keys.at(-1)
    // A new key takes some time to start working.
    const isEarly = newest && Date.now() - Date.parse(newest.createdAt) < 500
    if (isEarly && headers['x-pinata-gateway-token'] === newest.value)
      return { ...reply, status: 401, text: 'Not yet.' }
    return reply.status === 401 && headers.host?.endsWith('.mypinata.cloud')
      ? { ...reply, status: 403, text: 'Keep out. ERR_ID:00077' }
      : reply
  }
  const { exitCode, output, after } = await runAgainst(live, { handle, env: { WAIT_SECONDS: '5' } })
  const differences = output.split(' differences from the emulator:\n')[1]?.trim().split('\n')
  const expected = ['a new key works in the header', 'no key'].map(each => `Keys and their readers: ${each}`)
  expect(differences).toEqual(expect.arrayContaining([...expected, 'The built action: the key reads']))
  expect(output).toMatch(/DIFFERENT {2}no key\n +live: +403, .*ERR_ID:00077\n +emulator: 401, .*ERR_ID:00024\n/)
  expect(output).toMatch(/a new key works in the header\n +live: +later \(\d{3,4} ms, \d reads, status 200\)/)
  expect(differences).not.toContain("Pinata's API, nothing changed: a wrong JWT")
  expect([exitCode, after]).toEqual([2, live.before])
})

test('reports no secret, even if a server returns everything it received', async () => {
  const live = await livePinata()
  // The report shortens long text, so each response contains only one of these parts.
  let next = 0
  const handle: Handle = ({ headers }, reply) => {
    if (reply.status < 400) return reply
    const token = headers['x-pinata-gateway-token'] ?? live.gateway.keys.map(({ value }) => value).join(' ')
    // The report replaces IDs, so these are encoded.
    const ids = live.gateway.allowedHosts.map(({ id }) => Buffer.from(id).toString('base64')).join(' ')
    const parts = [ids, token, encodeURIComponent(String(headers.authorization)), live.jwt]
    return { ...reply, text: `\x1b[31m\n::error::${parts[next++ % parts.length]}` }
  }
  const { output, after } = await runAgainst(live, { handle })
  expect(output).toContain('***')
  expect(output).not.toMatch(/^\s*::/m)
  expect(output).not.toContain('\x1b')
  expect(after).toEqual(live.before)
})

test.each<[string, object, Record<string, string>, RegExp]>([
  ['no consent to lock a gateway', UNLOCKED, {}, /every reader without a key gets 401.*--yes-lock or YES_LOCK=true/],
  ['a wrong JWT', {}, { PINATA_JWT: 'eyJh.eyJi.c2ln' }, /Could not read the gateway: 401/],
  ['a missing variable', {}, { CID: '' }, /^CID is not set\.\nSee docs\/development\.md\./],
])('stops before any change because of %s', async (_name, gatewayOptions, env, message) => {
  const live = await livePinata(gatewayOptions)
  const { exitCode, output } = await runAgainst(live, { env })
  expect(output).toMatch(message)
  expect(exitCode).toBe(1)
  expect(live.pinata.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('matches the workflow, which runs the same command in place of its shell, with the same variables', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { steps } = parse(readFileSync('.github/workflows/live.yml', 'utf8')).jobs.live
  const { run, env } = steps.at(-1)
  expect(run).toBe(`exec ${scripts.live}`)
  expect(Object.keys(env)).toEqual(['PINATA_JWT', 'GATEWAY_ID', 'CID', 'HTML_CID', 'YES_LOCK'])
})

test('sends secrets only over https or to this machine', () => {
  const good = { PINATA_JWT: ' Bearer a.b.c\n', GATEWAY_ID: 'some-id', CID }
  expect(readSettings(good, ['--yes-lock'])).toEqual({
    settings: {
      ...{ jwt: 'a.b.c', gatewayId: 'some-id', cid: CID, htmlCid: '', mayLock: true, waitMs: 60_000, perMinute: 50 },
      apiUrl: 'https://api.pinata.cloud/v3',
      gatewayUrl: '',
    },
  })
  for (const name of ['PINATA_API_URL', 'PINATA_GATEWAY_URL']) {
    for (const address of ['http://api.example.com/v3', 'https://user@api.example.com', 'ftp://127.0.0.1']) {
      const read = readSettings({ ...good, [name]: address }, [])
      expect(read).toEqual({ problems: [`${name} is neither an HTTPS address nor an HTTP address of this machine.`] })
    }
  }
})
