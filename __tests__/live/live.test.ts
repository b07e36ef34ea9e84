import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { Gateway } from '../../emulator/pinata/api.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { leaks } from '../../emulator/runner/runner.mjs'
import { readSettings } from '../../scripts/live/settings.mjs'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const HTML_CID = 'bafybeihkoviema7g3gxyt6la7vd5ho32ictqbilu3wnlo3rs7ewhnp7lly'
/** A run takes some seconds, and several may go on at once. */
const TIMEOUT_MS = 90_000
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

interface Ended {
  exitCode: number | null
  output: string
}

/** Starts `npm run live`. It ends with what the process printed. */
function start(env: Record<string, string>, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const { PATH = '', SystemRoot = '', TEMP, TMP, TMPDIR } = process.env
  const system = Object.fromEntries(
    Object.entries({ PATH, SystemRoot, TEMP, TMP, TMPDIR }).filter(([, value]) => value),
  )
  const child = spawn(process.execPath, ['scripts/live.mjs', ...args], { env: { ...system, ...env } })
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
  REQUESTS_PER_MINUTE: '10000',
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
  return list.trim().split(/\n\s*/)
}

describe('where the emulator is right', () => {
  test(
    'it agrees, leaves the gateway as it was, and prints no secret',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      const told = watched(live.gateway)
      const { exitCode, output } = await start(variables(live)).ended
      expect(output).toContain('\n0 differences from the emulator.\n')
      expect(output).not.toContain('DIFFERENT')
      expect(output).toContain('The gateway is as it was (keys: 2, host origins: 1, IP addresses: 1).')
      expect(output).toMatch(/Not asked:\n {2}What a 429 looks like/)
      expect(exitCode).toBe(0)
      expect(controlsOf(live.gateway)).toEqual(before)
      // Eight keys and five origins, of the scenarios and of the action.
      expect(told).toHaveLength(13)
      expect(output).not.toContain('Warning')
      expect(leaks(output, secretsOf(live, before, told))).toEqual([])
      // The JWT went to the API alone.
      const sent = live.pinata.reads.map(({ path, headers }) => `${path} ${JSON.stringify(headers)}`)
      expect(sent.length).toBeGreaterThan(20)
      expect(leaks(sent.join('\n'), [live.jwt])).toEqual([])
    },
    TIMEOUT_MS,
  )

  test(
    'a gateway without access controls is asked what only such a one answers, and has none in the end',
    async () => {
      const live = await livePinata({}, { keys: 0, allowedHosts: [], allowedIPAddresses: [] })
      const { exitCode, output } = await start({ ...variables(live), YES_LOCK: 'true' }).ended
      expect(output).toContain('same       no access control, content that is not pinned: 403')
      expect(output).toContain('same       readers without a key are cut off: at the first read')
      expect(output).toContain('same       without a key, after the last key: at the first read')
      expect(exitCode).toBe(0)
      expect(controlsOf(live.gateway)).toEqual({ keys: [], allowedHosts: [], allowedIPAddresses: [] })
    },
    TIMEOUT_MS,
  )
})

describe('where the emulator is wrong', () => {
  const isKeyRead = ({ path, headers }: Asked) =>
    path.includes('pinataGatewayToken=') || headers['x-pinata-gateway-token'] !== undefined
  const json = { 'content-type': 'application/json' }

  /** Each difference by its name. They touch different answers, so all of them can be there at once. */
  function differing({ gateway }: Live): Handle {
    return async (asked, forward) => {
      const { method, path, isRead, headers, body } = asked
      const url = new URL(path, 'http://pinata')
      const page = url.searchParams.get('page')
      if (isRead && method === 'OPTIONS') return { status: 405, headers: {}, body: 'Not allowed' }
      // Referer is enough, and a key needs some time.
      const from = headers.referer && new URL(headers.referer).origin
      if (isRead && gateway.allowedHosts.some(({ value }) => value === from)) {
        return { status: 200, headers: {}, body: 'Text' }
      }
      const [newest] = gateway.keys.slice(-1)
      if (isRead && isKeyRead(asked) && newest && Date.now() - Date.parse(newest.createdAt) < 500) {
        return { status: 401, headers: { 'content-type': 'text/plain' }, body: 'Not yet. ERR_ID:00024' }
      }
      // Pages count from 0.
      if (page !== null) url.searchParams.set('page', String(Number(page) + 1))
      if (method === 'GET' && url.pathname.endsWith('/gateways') && page === null) url.searchParams.set('pageSize', '2')
      // One entry for an origin, and no wildcards.
      if (method === 'POST' && path.endsWith('/hosts')) {
        const { host } = JSON.parse(body)
        const same = gateway.allowedHosts.find(({ value }) => value === host)
        if (same) return { status: 200, headers: json, body: JSON.stringify({ data: same }) }
        if (host.includes('*')) return { status: 400, headers: json, body: '{"error":"A host has no wildcard"}' }
      }
      const answer = await forward(url.pathname + url.search)
      if (isRead && answer.status === 401) return { ...answer, status: 403, body: 'Keep out. ERR_ID:00077' }
      if (method === 'GET' && path.endsWith('no-such-gateway')) return { ...answer, status: 422 }
      if (method === 'DELETE' && answer.status === 404) return { ...answer, status: 200, body: '{"data":null}' }
      const { 'x-request-id': _requestId, date: _date, ...others } = answer.headers
      return {
        ...answer,
        headers: isRead ? others : { ...others, 'x-ratelimit-limit': '60', date: answer.headers.date },
      }
    }
  }

  test(
    'each difference is found and named, and the gateway is as it was',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      const address = await proxyTo(live, differing(live))
      const { exitCode, output } = await start({ ...variables(live, address), WAIT_SECONDS: '5' }).ended
      const differences = differencesIn(output)
      for (const expected of [
        "Pinata's API, nothing changed: X-Request-Id in answers",
        "Pinata's API, nothing changed: rate limit headers",
        "Pinata's API, nothing changed: default page size",
        "Pinata's API, nothing changed: first page",
        "Pinata's API, nothing changed: page 0",
        "Pinata's API, nothing changed: a gateway ID that is no UUID",
        "Pinata's API, nothing changed: deleting an unknown key",
        'Keys and their readers: a new key works in the header',
        'Keys and their readers: a new key works in the query',
        'Keys and their readers: no key',
        'Keys and their readers: a wrong key in the query',
        'Keys and their readers: DELETE of a key once more',
        'CORS: OPTIONS',
        'Host origins, with the API: Referer alone',
        'Host origins, with the API: the same origin again',
        'Host origins, with the API: entries of it in the list',
        'Host origins, with the API: a wildcard',
        'The built action, with keys: the key reads, in the header',
      ]) {
        expect(differences).toContain(expected)
      }
      expect(output).toMatch(/DIFFERENT {2}first page\n +live: +0\n +emulator: 1\n/)
      expect(output).toMatch(/DIFFERENT {2}no key\n +live: +403, .*ERR_ID:00077\n +emulator: 401, .*ERR_ID:00024\n/)
      expect(output).toMatch(
        /DIFFERENT {2}a new key works in the header\n +live: +later \(\d{3,4} ms, \d reads, status 200\)/,
      )
      // What is the same is not named.
      expect(differences).not.toContain("Pinata's API, nothing changed: a wrong JWT")
      expect(exitCode).toBe(2)
      expect(controlsOf(live.gateway)).toEqual(before)
    },
    TIMEOUT_MS,
  )

  test(
    'a revoked key that works for a while is found',
    async () => {
      const live = await livePinata()
      const revokedAt = new Map<string, number>()
      const address = await proxyTo(live, async (asked, forward) => {
        const { method, path, isRead, headers } = asked
        const id = method === 'DELETE' ? path.split('/').at(-1) : undefined
        const key = live.gateway.keys.find(key => key.id === id)
        if (key) revokedAt.set(key.value, Date.now())
        const at = revokedAt.get(String(headers['x-pinata-gateway-token']))
        if (isRead && at !== undefined && Date.now() - at < 600) return { status: 200, headers: {}, body: 'Text' }
        return await forward()
      })
      const { exitCode, output } = await start(variables(live, address)).ended
      const differences = differencesIn(output)
      expect(differences).toContain('Keys and their readers: a revoked key is refused in the header')
      expect(differences).not.toContain('Keys and their readers: a revoked key is refused in the query')
      expect(exitCode).toBe(2)
    },
    TIMEOUT_MS,
  )

  test(
    'a server that sends back what it got gets no secret into the report',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      const told = watched(live.gateway)
      // The report cuts long texts, so each answer has one of the secrets.
      let next = 0
      const address = await proxyTo(live, async (asked, forward) => {
        const answer = await forward()
        if (answer.status < 400) return answer
        const token = asked.headers['x-pinata-gateway-token'] ?? live.gateway.keys.map(({ value }) => value).join(' ')
        // As they are, IDs are left out of the report anyway.
        const ids = live.gateway.allowedHosts.map(({ id }) => Buffer.from(id).toString('base64')).join(' ')
        const parts = [ids, token, encodeURIComponent(String(asked.headers.authorization)), live.jwt]
        const said = parts[next++ % parts.length]
        return { ...answer, body: `\x1b[31m\n::error::${said}` }
      })
      const { output } = await start(variables(live, address)).ended
      expect(output).toContain('***')
      expect(leaks(output, secretsOf(live, before, told))).toEqual([])
      expect(output).not.toMatch(/^\s*::/m)
      expect(output).not.toContain('\x1b')
      expect(controlsOf(live.gateway)).toEqual(before)
    },
    TIMEOUT_MS,
  )
})

describe('what it added goes away', () => {
  /** When a request to Pinata has taken effect. */
  function effectOf(method: string, path: RegExp, times = 1) {
    let happened: () => void
    const effect = new Promise<void>(resolve => {
      happened = resolve
    })
    let left = times
    const observe = (moment: string, asked: { method: string; path: string }) => {
      if (moment === 'taken' && asked.method === method && path.test(asked.path) && --left === 0) happened()
    }
    return { effect, observe }
  }

  onPosix.each<[NodeJS.Signals, number, string, RegExp, number]>([
    ['SIGINT', 130, 'the first key', /access_tokens$/, 1],
    ['SIGTERM', 143, 'an origin', /hosts$/, 1],
    // Keys 1 to 4 are of the scenarios before.
    ['SIGINT', 130, 'a key that the action creates', /access_tokens$/, 5],
    ['SIGHUP', 129, 'a key with a name', /access_tokens$/, 6],
    ['SIGTERM', 143, 'an origin that the action adds', /hosts$/, 4],
  ])(
    'after a %s (exit code %i) that comes with %s',
    async (signal, code, _what, path, times) => {
      const { effect, observe } = effectOf('POST', path, times)
      const live = await livePinata({ observe })
      const before = controlsOf(live.gateway)
      const told = watched(live.gateway)
      const { child, ended } = start(variables(live))
      await effect
      expect(controlsOf(live.gateway)).not.toEqual(before)
      child.kill(signal)
      child.kill(signal)
      const began = performance.now()
      const { exitCode, output } = await ended
      expect(output).toContain(`${signal}: it stops, and removes what it added.`)
      expect(output).toContain('The gateway is as it was')
      expect(exitCode).toBe(code)
      // GitHub's runner kills after ten seconds.
      expect(performance.now() - began).toBeLessThan(9_000)
      expect(controlsOf(live.gateway)).toEqual(before)
      expect(leaks(output, secretsOf(live, before, told))).toEqual([])
    },
    TIMEOUT_MS,
  )

  onPosix(
    'a key that the action could not revoke when it was stopped, by its post step',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      let created = 0
      let isDeaf = false
      const address = await proxyTo(live, async ({ method, path }, forward) => {
        if (method === 'DELETE' && isDeaf) {
          isDeaf = false
          await new Promise(() => {})
        }
        const answer = await forward()
        if (method !== 'POST' || !path.endsWith('/access_tokens') || ++created !== 5) return answer
        // The deletion that follows gets no answer.
        isDeaf = true
        child.kill('SIGINT')
        await new Promise(resolve => setTimeout(resolve, 500))
        return answer
      })
      const { child, ended } = start(variables(live, address))
      const { exitCode, output } = await ended
      expect({ created, isDeaf }).toEqual({ created: 5, isDeaf: false })
      expect(output).toContain('The gateway is as it was')
      expect(exitCode).toBe(130)
      expect(controlsOf(live.gateway)).toEqual(before)
    },
    TIMEOUT_MS,
  )

  test(
    'after an error of the network in the middle, and the other scenarios are asked',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      const address = await proxyTo(live, async ({ isRead, headers }, forward) => {
        if (isRead && headers.referer) throw new Error('The connection is closed.')
        return await forward()
      })
      const { exitCode, output } = await start(variables(live, address)).ended
      expect(output).toMatch(/DIFFERENT {2}asked to its end\n +live: +no: socket hang up/)
      expect(output).toContain('same       revoke by name: success')
      expect(output).toContain('The gateway is as it was')
      expect(exitCode).toBe(1)
      expect(controlsOf(live.gateway)).toEqual(before)
    },
    TIMEOUT_MS,
  )

  test(
    'an origin whose answer got lost goes as well, as its value is known',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      live.pinata.fault({ kind: 'reset', when: 'after', method: 'POST', path: '/hosts' })
      const { exitCode, output } = await start(variables(live)).ended
      expect(output).toContain('The gateway is as it was')
      expect(exitCode).toBe(1)
      expect(controlsOf(live.gateway)).toEqual(before)
    },
    TIMEOUT_MS,
  )

  test(
    'what cannot be removed is named, an origin by its value',
    async () => {
      const live = await livePinata()
      const told = watched(live.gateway)
      const before = controlsOf(live.gateway)
      live.pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/hosts/', skip: 1, times: Infinity })
      const { exitCode, output } = await start({ ...variables(live), WAIT_SECONDS: '2' }).ended
      expect(output).toContain('The gateway is not as it was:\n')
      expect(output).toMatch(
        /\nOrigin https:\/\/page\.live-\w+\.example\.com could not be removed\. Pinata answered 500\.\n/,
      )
      expect(exitCode).toBe(1)
      expect(controlsOf(live.gateway).keys).toEqual(before.keys)
      expect(leaks(output, secretsOf(live, before, told))).toEqual([])
    },
    TIMEOUT_MS,
  )

  test(
    'a key that no answer gave to it is named and left alone',
    async () => {
      const live = await livePinata()
      const before = controlsOf(live.gateway)
      live.pinata.fault({ kind: 'reset', when: 'after', method: 'POST', path: '/access_tokens' })
      const { exitCode, output } = await start(variables(live)).ended
      const [left, ...others] = live.gateway.keys.slice(before.keys.length)
      expect(others).toEqual([])
      expect(output).toContain(`Key ${left?.id} appeared meanwhile.`)
      expect(exitCode).toBe(1)
    },
    TIMEOUT_MS,
  )
})

describe('what it does not begin', () => {
  test('without variables it says what it needs', async () => {
    const { exitCode, output } = await start({}).ended
    for (const name of ['PINATA_JWT', 'GATEWAY_ID', 'CID']) expect(output).toContain(`${name} is not set`)
    expect(output).toContain('It needs these variables:')
    expect(exitCode).toBe(1)
  })

  test('without leave it does not lock a gateway that has no access control', async () => {
    const live = await livePinata({}, { keys: 0, allowedHosts: [], allowedIPAddresses: [] })
    const { exitCode, output } = await start(variables(live)).ended
    expect(output).toMatch(/every reader without a key gets 401\..*--yes-lock or YES_LOCK=true/)
    expect(exitCode).toBe(1)
    expect(live.pinata.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test.each<[string, object, object, RegExp]>([
    ['a JWT that is wrong', {}, { PINATA_JWT: 'eyJh.eyJi.c2ln' }, /Pinata does not show the gateway: 401/],
    ['a gateway that is not there', {}, { GATEWAY_ID: 'none' }, /Pinata does not show the gateway: 404/],
    [
      'a gateway that lets this machine in',
      { allowedIPAddresses: ['127.0.0.1'] },
      {},
      /serves this machine without a key/,
    ],
    [
      'content that is not pinned',
      { keys: 0, allowedHosts: [], allowedIPAddresses: [] },
      { CID: 'bafkreidgvpkjawlxz6sffxzwgooowe5yt7i6wsyg236mfoks77nywkptdq', YES_LOCK: 'true' },
      /does not serve CID: 403/,
    ],
  ])('%s', async (_what, gatewayOptions, env, message) => {
    const live = await livePinata({}, gatewayOptions)
    const { exitCode, output } = await start({ ...variables(live), ...env }).ended
    expect(output).toMatch(message)
    expect(exitCode).toBe(1)
    expect(live.pinata.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

onPosix(
  'it stays below the rate limit, and stops while it waits for it',
  async () => {
    const live = await livePinata()
    const { child, ended } = start({ ...variables(live), REQUESTS_PER_MINUTE: '10' })
    while (live.pinata.requests.length < 10) await new Promise(resolve => setTimeout(resolve, 100))
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(live.pinata.requests).toHaveLength(10)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ exitCode: 130 })
  },
  30_000,
)

test(
  'a 429 that comes all the same is waited for, and told',
  async () => {
    const live = await livePinata()
    live.pinata.fault({ kind: 'status', status: 429, retryAfter: 1, method: 'GET', skip: 2 })
    const { exitCode, output } = await start(variables(live)).ended
    expect(output).toMatch(/A 429 came unasked: 429, application\/json.*retry-after: 1\n/)
    expect(output).toContain('\n0 differences from the emulator.\n')
    expect(exitCode).toBe(0)
  },
  TIMEOUT_MS,
)

test('the workflow runs what npm run live runs, in the place of its shell, with the variables that it needs', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { steps } = parse(readFileSync('.github/workflows/live.yml', 'utf8')).jobs.live
  const { run, env } = steps.at(-1)
  expect(run).toBe(`exec ${scripts.live}`)
  const values = { PINATA_JWT: 'a.b.c', GATEWAY_ID: 'some-id', CID, HTML_CID, YES_LOCK: 'true' }
  expect(Object.keys(env)).toEqual(Object.keys(values))
  expect(readSettings(values, [])).toMatchObject({ settings: { cid: CID, htmlCid: HTML_CID, mayLock: true } })
})

describe('variables', () => {
  const good = { PINATA_JWT: 'a.b.c', GATEWAY_ID: 'some-id', CID }

  test('are the live addresses and pauses for Pinata unless they say otherwise', () => {
    expect(readSettings(good, [])).toEqual({
      settings: {
        jwt: 'a.b.c',
        gatewayId: 'some-id',
        cid: CID,
        htmlCid: undefined,
        apiUrl: 'https://api.pinata.cloud/v3',
        gatewayUrl: undefined,
        mayLock: false,
        waitMs: 60_000,
        perMinute: 50,
      },
    })
    expect(readSettings({ ...good, PINATA_JWT: ' Bearer a.b.c\n' }, ['--yes-lock'])).toMatchObject({
      settings: { jwt: 'a.b.c', mayLock: true },
    })
  })

  test.each([
    ['PINATA_JWT', 'no-jwt-at-all'],
    ['GATEWAY_ID', 'fun-llama-300.mypinata.cloud'],
    ['GATEWAY_ID', '..'],
    ['CID', 'bafy/../../x'],
    ['HTML_CID', 'a?b=cdefgh'],
    ['WAIT_SECONDS', 'soon'],
    ['REQUESTS_PER_MINUTE', '7'],
    ['PINATA_API_URL', 'http://api.example.com/v3'],
    ['PINATA_API_URL', 'https://user@api.example.com'],
    ['PINATA_GATEWAY_URL', 'ftp://127.0.0.1'],
  ])('%s is not %j, which is not printed', (name, value) => {
    const read = readSettings({ ...good, [name]: value }, [])
    expect(read).toEqual({ problems: [expect.stringContaining(name)] })
    expect(JSON.stringify(read)).not.toContain(value)
  })
})
