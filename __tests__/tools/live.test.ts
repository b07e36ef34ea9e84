import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, jest, test } from '@jest/globals'
import { parse } from 'yaml'
import type { Reply } from '../../emulator/http/send.mjs'
import type { ServerOptions } from '../../emulator/http/server.mjs'
import type { Gateway } from '../../emulator/pinata/api.mjs'
import { findLeaks } from '../../emulator/runner/runner.mjs'
import { readSettings } from '../../scripts/live/settings.mjs'
import { send, start } from '../support/emulator-client.ts'
import { onPosix } from '../support/job.ts'
import { listen } from '../support/network.ts'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const HTML_CID = 'bafybeihkoviema7g3gxyt6la7vd5ho32ictqbilu3wnlo3rs7ewhnp7lly'

const TIMEOUT_MS = 90_000
jest.setTimeout(TIMEOUT_MS)

/** Returns the response to a request instead of Pinata's `reply`. */
type Handle = (request: IncomingMessage, reply: Reply) => Reply

/** Starts an emulated Pinata in place of the live service, with a gateway that has each kind of access control. */
async function livePinata(gatewayOptions = {}, observe?: ServerOptions['observe']) {
  const pinata = await start({
    observe: (...event) => {
      noteSecrets()
      observe?.(...event)
    },
  })
  for (const domain of ['first', 'second', 'third']) pinata.addGateway({ domain })
  const gateway = pinata.addGateway({
    keys: 2,
    allowedHosts: ['https://before.example.com'],
    allowedIPAddresses: ['192.0.2.7'],
    pins: { [CID]: 'Text', [HTML_CID]: '<!doctype html><title>Page</title>' },
    ...gatewayOptions,
  })
  const jwt = pinata.addJwt()
  /** The JWT, and every key and origin ID that ever existed. */
  const secrets = new Set([jwt])
  const noteSecrets = () => {
    for (const { value } of gateway.keys) secrets.add(value)
    for (const { id } of gateway.allowedHosts) secrets.add(id)
  }
  return { pinata, gateway, jwt, secrets, before: controlsOf(gateway) }
}

type Live = Awaited<ReturnType<typeof livePinata>>

const controlsOf = ({ keys, allowedHosts, allowedIPAddresses }: Gateway) =>
  structuredClone({ keys, allowedHosts, allowedIPAddresses })

/** Starts a server in front of Pinata that can change its responses. */
async function proxyTo({ pinata }: Live, handle: Handle): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const real = await send(pinata, method, url, { headers, body: await text(incoming) })
    const reply = handle(incoming, real)
    const length = { 'content-length': Buffer.byteLength(reply.text) }
    outgoing.writeHead(reply.status, { ...reply.headers, ...length }).end(reply.text)
  })
  return `http://127.0.0.1:${await listen(server)}`
}

/** Starts `npm run live` with Pinata at this address. `ended` resolves to the exit code and the output. */
function startScript({ pinata, gateway, jwt }: Live, more: object = {}, address = `http://127.0.0.1:${pinata.port}`) {
  const variables = {
    ...{ PINATA_JWT: jwt, GATEWAY_ID: gateway.id, CID, HTML_CID, YES_LOCK: '', WAIT_SECONDS: '' },
    ...{ PINATA_API_URL: `${address}/v3`, PINATA_GATEWAY_URL: address, REQUESTS_PER_MINUTE: '60000' },
  }
  const env = { ...process.env, ...variables, ...more }
  const child = spawn(process.execPath, ['scripts/live.mjs'], { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  return { child, ended: once(child, 'close').then(async ([code]) => [code, (await output).join('')] as const) }
}

const UNLOCKED = { keys: 0, allowedHosts: [], allowedIPAddresses: [] }

/** Runs the script against a live service, whose responses a proxy may change, and returns the results. */
async function runAgainst(live: Live, { handle, env }: { handle?: Handle; env?: object } = {}) {
  const address = handle && (await proxyTo(live, handle))
  const [exitCode, output] = await startScript(live, env, address).ended
  expect(findLeaks(output, [...live.secrets])).toEqual([])
  return { exitCode, output, after: controlsOf(live.gateway) }
}

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

onPosix.each<[NodeJS.Signals, number, string, string, number]>([
  ['SIGINT', 130, 'the first key', '/access_tokens', 1],
  // Origins 1 to 3 belong to earlier scenarios.
  ['SIGTERM', 143, 'an origin with the action', '/hosts', 4],
])('cleans up after %s (exit code %i) while it adds %s', async (signal, code, _name, ending, times) => {
  let left = times
  let signalledAt = 0
  const live = await livePinata({}, (moment, { method, path }) => {
    if (moment !== 'applied' || method !== 'POST' || !path.endsWith(ending) || --left > 0) return
    signalledAt = performance.now()
    for (let count = 0; count < 2; count++) child.kill(signal)
  })
  // The action sends the fourth request to add an origin, and would wait for the response.
  live.pinata.fault({ kind: 'hang', when: 'after', method: 'POST', path: '/hosts', skip: 3 })
  const { child, ended } = startScript(live)
  const [exitCode, output] = await ended
  expect(performance.now() - signalledAt).toBeLessThan(15_000)
  expect(left).toBeLessThanOrEqual(0)
  expect(output).toContain(`${signal}: removing what was added.`)
  expect(output).toContain('The gateway was restored')
  expect([exitCode, controlsOf(live.gateway)]).toEqual([code, live.before])
  expect(findLeaks(output, [...live.secrets])).toEqual([])
})

const LOST = { kind: 'reset', when: 'after', method: 'POST' } as const

test('restores the gateway and runs the other scenarios after a lost response', async () => {
  const live = await livePinata()
  live.pinata.fault({ ...LOST, path: '/hosts' })
  const { exitCode, output, after } = await runAgainst(live)
  expect(output).toMatch(/DIFFERENT {2}an error\n +live: +.*(hang up|ECONNRESET)\n +emulator: nothing\n/)
  expect(output).toContain('same       revoke by name: success')
  expect(output).toContain('The gateway was restored')
  expect([exitCode, after]).toEqual([1, live.before])
})

test('names what it could not remove: an origin by its value, and a new key whose ID it did not receive', async () => {
  const live = await livePinata()
  live.pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/hosts/', times: Infinity })
  live.pinata.fault({ ...LOST, path: '/access_tokens' })
  const { exitCode, output, after } = await runAgainst(live, { env: { WAIT_SECONDS: '1' } })
  expect(output).toContain('The gateway was not restored:\n')
  expect(output).toMatch(/\nCould not remove origin https:\/\/page\.live-\w+\.example\.com\.\n/)
  const [left, ...others] = after.keys.slice(live.before.keys.length)
  expect([exitCode, others]).toEqual([1, []])
  expect(output).toContain(`During this run, key ${left?.id} appeared`)
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

onPosix('stays below the rate limit, and can be stopped while it waits', async () => {
  const live = await livePinata()
  const { child, ended } = startScript(live, { REQUESTS_PER_MINUTE: '60' })
  await sleep(4000)
  expect(live.pinata.requests.length).toBeLessThanOrEqual(4)
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(130)
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
