import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { Gateway } from '../../emulator/pinata/api.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { leaks } from '../../emulator/runner/runner.mjs'
import { readSettings } from '../../scripts/live/settings.mjs'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const HTML_CID = 'bafybeihkoviema7g3gxyt6la7vd5ho32ictqbilu3wnlo3rs7ewhnp7lly'
// On Windows the first signal ends a process.
const onPosix = process.platform === 'win32' ? test.skip : test

type Pinata = Awaited<ReturnType<typeof startPinata>>

interface Asked {
  method: string
  path: string
  /** Whether the gateway is asked, not the API. */
  isRead: boolean
  headers: IncomingHttpHeaders
  body: string
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Answers in Pinata's place. `forward` gives Pinata's own answer, to another path if one is given. */
type Handle = (asked: Asked, forward: (path?: string) => Promise<Answer>) => Promise<Answer>

const pinatas: Pinata[] = []
const proxies: Server[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const proxy of proxies.splice(0)) {
    proxy.close()
    proxy.closeAllConnections()
  }
  await Promise.all(pinatas.splice(0).map(pinata => pinata.close()))
})

/** What plays the live service: a Pinata, and a gateway of it that has an access control of each kind. */
async function livePinata(options: Parameters<typeof startPinata>[0] = {}, gatewayOptions = {}) {
  const pinata = await startPinata(options)
  pinatas.push(pinata)
  const others = ['first', 'second', 'third'].map(domain => pinata.addGateway({ domain }))
  const gateway = pinata.addGateway({
    keys: 2,
    allowedHosts: ['https://before.example.com'],
    allowedIPAddresses: ['192.0.2.7'],
    pins: { [CID]: 'Text', [HTML_CID]: '<!doctype html><title>Page</title>' },
    ...gatewayOptions,
  })
  return { pinata, gateway, others, jwt: pinata.addJwt(), origin: `http://127.0.0.1:${pinata.port}` }
}

type Live = Awaited<ReturnType<typeof livePinata>>

/** A server in front of Pinata, whose answers differ. */
async function proxyTo({ pinata }: Live, handle: Handle): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    let body = ''
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk
    const asked = { method, path: url, isRead: headers.host?.endsWith('.mypinata.cloud') === true, headers, body }
    const forward = (path = url) => send(pinata.port, { ...asked, path })
    const answer = await handle(asked, forward).catch(() => undefined)
    if (!answer) return void incoming.socket.destroy()
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
    outgoing.end(answer.body)
  })
  proxies.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function send(port: number, { method, path, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, async answer => {
      let text = ''
      for await (const chunk of answer.setEncoding('utf8')) text += chunk
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text })
    })
    sent.on('error', reject).end(body)
  })
}

/** Starts `npm run live`. It ends with what the process printed. */
function start(env: Record<string, string>) {
  const { PATH = '', SystemRoot = '', TEMP, TMP, TMPDIR } = process.env
  const system = Object.fromEntries(
    Object.entries({ PATH, SystemRoot, TEMP, TMP, TMPDIR }).filter(([, value]) => value),
  )
  const child = spawn(process.execPath, ['scripts/live.mjs'], { env: { ...system, ...env } })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  return { child, ended: once(child, 'close').then(([exitCode]) => ({ exitCode, output })) }
}

const variables = ({ gateway, jwt, origin }: Live, address = origin) => ({
  PINATA_JWT: jwt,
  GATEWAY_ID: gateway.id,
  CID,
  HTML_CID,
  PINATA_API_URL: `${address}/v3`,
  PINATA_GATEWAY_URL: address,
  REQUESTS_PER_MINUTE: '60000',
})

const controlsOf = ({ keys, allowedHosts, allowedIPAddresses }: Gateway) =>
  // Copies of the lists are without what watched() put there.
  structuredClone({ keys: [...keys], allowedHosts: [...allowedHosts], allowedIPAddresses })

/** The secrets that were ever there: what an answer of the API told, and what the gateway had from the start. */
function secretsOf({ jwt }: Live, before: ReturnType<typeof controlsOf>, told: string[] = []): string[] {
  return [jwt, ...before.keys.map(key => key.value), ...before.allowedHosts.map(host => host.id), ...told]
}

/** Takes down keys and IDs of origins as they are added. */
function watched(gateway: Gateway): string[] {
  const told: string[] = []
  const watch = (list: Gateway['keys'], secret: 'id' | 'value') => {
    const push = list.push.bind(list)
    list.push = (...entries) => {
      told.push(...entries.map(entry => entry[secret]))
      return push(...entries)
    }
  }
  watch(gateway.keys, 'value')
  watch(gateway.allowedHosts, 'id')
  return told
}

/** What stands below "N differences from the emulator:". */
function differencesIn(output: string): string[] {
  const [, list = ''] = output.split(/\n\d+ differences from the emulator:\n/)
  return list.trim().split('\n').filter(Boolean)
}

const NOTHING = { keys: 0, allowedHosts: [], allowedIPAddresses: [] }

/** Runs the script against a live service, which a proxy may change, and returns the results. */
async function runAgainst(live: Live, { handle, env = {} }: { handle?: Handle; env?: Record<string, string> } = {}) {
  const before = controlsOf(live.gateway)
  const told = watched(live.gateway)
  const address = handle && (await proxyTo(live, handle))
  const { exitCode, output } = await start({ ...variables(live, address), ...env }).ended
  expect(leaks(output, secretsOf(live, before, told))).toEqual([])
  return { exitCode, output, before, told, after: controlsOf(live.gateway) }
}

test('agrees with an emulator, leaves the gateway as it was, and sends the JWT to the API only', async () => {
  const live = await livePinata()
  const { exitCode, output, before, after, told } = await runAgainst(live)
  expect(output).toContain('\n0 differences from the emulator:\n')
  expect(output).not.toMatch(/DIFFERENT|Warning/)
  expect(output).toContain('The gateway is as it was (keys: 2, host origins: 1, IP addresses: 1).')
  expect([exitCode, after]).toEqual([0, before])
  // The scenarios and the action add six keys and five origins.
  expect(told).toHaveLength(11)
  const sent = live.pinata.reads.map(({ path, headers }) => `${path} ${JSON.stringify(headers)}`)
  expect(sent.length).toBeGreaterThan(20)
  expect(leaks(sent.join('\n'), [live.jwt])).toEqual([])
}, 90_000)

test('asks more of a gateway without access controls, and leaves none there', async () => {
  const { exitCode, output, after } = await runAgainst(await livePinata({}, NOTHING), { env: { YES_LOCK: 'true' } })
  expect(output).toContain('same       no access control, content that is not pinned: 403')
  expect(output).toContain('same       readers without a key are cut off: at the first read')
  expect(output).toContain('same       without a key, after the last key: at the first read')
  expect([exitCode, after]).toEqual([0, { keys: [], allowedHosts: [], allowedIPAddresses: [] }])
}, 90_000)

/** Each difference affects other responses, so all of them can exist at once. */
function differing({ gateway }: Live): Handle {
  return async (asked, forward) => {
    const { method, path, isRead, headers } = asked
    const url = new URL(path, 'http://pinata')
    const key = String(headers['x-pinata-gateway-token'] ?? url.searchParams.get('pinataGatewayToken') ?? '')
    // Referer is enough, and a key needs some time to start working.
    const from = headers.referer && new URL(headers.referer).origin
    if (isRead && gateway.allowedHosts.some(({ value }) => value === from)) {
      return { status: 200, headers: {}, body: 'Text' }
    }
    const newest = gateway.keys.at(-1)
    if (isRead && newest?.value === key && Date.now() - Date.parse(newest.createdAt) < 500) {
      return { status: 401, headers: { 'content-type': 'text/plain' }, body: 'Not yet. ERR_ID:00024' }
    }
    // Pages count from 0.
    const page = url.searchParams.get('page')
    if (page !== null) url.searchParams.set('page', String(Number(page) + 1))
    const answer = await forward(url.pathname + url.search)
    if (isRead && answer.status === 401) return { ...answer, status: 403, body: 'Keep out. ERR_ID:00077' }
    if (method === 'DELETE' && answer.status === 404) return { ...answer, status: 200, body: '{"data":null}' }
    return { ...answer, headers: { ...answer.headers, ...(!isRead && { 'x-ratelimit-limit': '60' }) } }
  }
}

test('finds and names each difference', async () => {
  const live = await livePinata()
  const env = { WAIT_SECONDS: '5' }
  const { exitCode, output, before, after } = await runAgainst(live, { handle: differing(live), env })
  const differences = differencesIn(output)
  for (const expected of [
    "Pinata's API, nothing changed: rate limit headers",
    "Pinata's API, nothing changed: first page",
    'Keys and their readers: a new key works in the header',
    'Keys and their readers: no key',
    'Keys and their readers: DELETE of a key once more',
    'Host origins, with the API: Referer alone',
    'The built action: the key reads',
  ]) {
    expect(differences).toContain(expected)
  }
  expect(output).toMatch(/DIFFERENT {2}no key\n +live: +403, .*ERR_ID:00077\n +emulator: 401, .*ERR_ID:00024\n/)
  expect(output).toMatch(/a new key works in the header\n +live: +later \(\d{3,4} ms, \d reads, status 200\)/)
  expect(differences).not.toContain("Pinata's API, nothing changed: a wrong JWT")
  expect([exitCode, after]).toEqual([2, before])
}, 90_000)

test('reports no secret, even if a server returns everything it received', async () => {
  const live = await livePinata()
  // The report cuts long texts, so each response has one of the secrets.
  let next = 0
  const handle: Handle = async (asked, forward) => {
    const answer = await forward()
    if (answer.status < 400) return answer
    const token = asked.headers['x-pinata-gateway-token'] ?? live.gateway.keys.map(({ value }) => value).join(' ')
    // The report never contains unchanged IDs.
    const ids = live.gateway.allowedHosts.map(({ id }) => Buffer.from(id).toString('base64')).join(' ')
    const parts = [ids, token, encodeURIComponent(String(asked.headers.authorization)), live.jwt]
    return { ...answer, body: `\x1b[31m\n::error::${parts[next++ % parts.length]}` }
  }
  const { output, before, after } = await runAgainst(live, { handle })
  expect(output).toContain('***')
  expect(output).not.toMatch(/^\s*::/m)
  expect(output).not.toContain('\x1b')
  expect(after).toEqual(before)
}, 90_000)

onPosix.each<[NodeJS.Signals, number, string, string, number]>([
  ['SIGINT', 130, 'the first key', '/access_tokens', 1],
  // Origins 1 to 3 belong to earlier scenarios.
  ['SIGTERM', 143, 'an origin that the action adds', '/hosts', 4],
])(
  'removes what it added after a %s (exit code %i) that comes with %s',
  async (signal, code, _what, path, times) => {
    let left = times
    let signalledAt = 0
    const live = await livePinata({
      observe: (moment, asked) => {
        if (moment !== 'taken' || asked.method !== 'POST' || !asked.path.endsWith(path) || --left > 0) return
        signalledAt = performance.now()
        for (let count = 0; count < 2; count++) child.kill(signal)
      },
    })
    const before = controlsOf(live.gateway)
    const told = watched(live.gateway)
    // The action sends the fourth request for an origin, and would wait for the response.
    live.pinata.fault({ kind: 'hang', when: 'after', method: 'POST', path: '/hosts', skip: 3 })
    const { child, ended } = start(variables(live))
    const { exitCode, output } = await ended
    expect(performance.now() - signalledAt).toBeLessThan(15_000)
    expect(left).toBeLessThanOrEqual(0)
    expect(output).toContain(`${signal}: removing what was added.`)
    expect(output).toContain('The gateway is as it was')
    expect([exitCode, controlsOf(live.gateway)]).toEqual([code, before])
    expect(leaks(output, secretsOf(live, before, told))).toEqual([])
  },
  90_000,
)

test('restores the gateway and asks the other scenarios after a lost response', async () => {
  const live = await livePinata()
  live.pinata.fault({ kind: 'reset', when: 'after', method: 'POST', path: '/hosts' })
  const { exitCode, output, before, after } = await runAgainst(live)
  expect(output).toMatch(/DIFFERENT {2}an error\n +live: +.*(hang up|ECONNRESET)\n +emulator: nothing\n/)
  expect(output).toContain('same       revoke by name: success')
  expect(output).toContain('The gateway is as it was')
  expect([exitCode, after]).toEqual([1, before])
}, 90_000)

test('names what it could not remove, an origin by its value', async () => {
  const live = await livePinata()
  live.pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/hosts/', times: Infinity })
  const { exitCode, output, before, after } = await runAgainst(live, { env: { WAIT_SECONDS: '1' } })
  expect(output).toContain('The gateway is not as it was:\n')
  expect(output).toMatch(/\nOrigin https:\/\/page\.live-\w+\.example\.com could not be removed\.\n/)
  expect([exitCode, after.keys]).toEqual([1, before.keys])
}, 90_000)

test('keeps and names a new key whose ID it did not receive', async () => {
  const live = await livePinata()
  live.pinata.fault({ kind: 'reset', when: 'after', method: 'POST', path: '/access_tokens' })
  const { exitCode, output, before, after } = await runAgainst(live)
  const [left, ...others] = after.keys.slice(before.keys.length)
  expect(others).toEqual([])
  expect(output).toContain(`Key ${left?.id} appeared meanwhile.`)
  expect(exitCode).toBe(1)
}, 90_000)

test.each<[string, object, Record<string, string>, RegExp]>([
  ['no permission to lock a gateway', NOTHING, {}, /every reader without a key gets 401.*--yes-lock or YES_LOCK=true/],
  ['a wrong JWT', {}, { PINATA_JWT: 'eyJh.eyJi.c2ln' }, /Pinata does not show the gateway: 401/],
  ['an unknown gateway', {}, { GATEWAY_ID: 'none' }, /Pinata does not show the gateway: 404/],
  ['a missing variable', {}, { CID: '' }, /^CID is not set\.\n\nnpm run live runs the built action/],
])('changes nothing with %s', async (_what, gatewayOptions, env, message) => {
  const live = await livePinata({}, gatewayOptions)
  const { exitCode, output } = await runAgainst(live, { env })
  expect(output).toMatch(message)
  expect(exitCode).toBe(1)
  expect(live.pinata.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

onPosix('stays below the rate limit, and stops while it waits', async () => {
  const live = await livePinata()
  const { child, ended } = start({ ...variables(live), REQUESTS_PER_MINUTE: '60' })
  await new Promise(resolve => setTimeout(resolve, 4000))
  expect(live.pinata.requests.length).toBeLessThanOrEqual(4)
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ exitCode: 130 })
})

test('matches what the workflow runs: its command, in place of its shell, and its variables', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { steps } = parse(readFileSync('.github/workflows/live.yml', 'utf8')).jobs.live
  const { run, env } = steps.at(-1)
  expect(run).toBe(`exec ${scripts.live}`)
  expect(Object.keys(env)).toEqual(['PINATA_JWT', 'GATEWAY_ID', 'CID', 'HTML_CID', 'YES_LOCK'])
})

test('sends secrets over https only, or to this machine', () => {
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
      expect(read).toEqual({ problems: [`${name} is not an https address, or an http address of this machine.`] })
    }
  }
})
