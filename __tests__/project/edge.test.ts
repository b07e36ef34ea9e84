import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, jest, test } from '@jest/globals'
import * as route from '../../examples/edge/route.ts'
import worker from '../../examples/edge/worker.ts'
import { start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const OTHER = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const KEY = 'k_not-a-real-gateway-key-but-as-long-as-one-0123456789abcdefghij'

interface Settings {
  url?: string
  key?: string
  cids?: string
}

type Visit = RequestInit & Settings

/** Each edge function with what it is given, as a function of a request. */
const functions: Record<string, (request: Request, settings: Settings) => Promise<Response>> = {
  'worker.ts': (request, { url, key, cids }) =>
    worker.fetch(request, {
      ...(url !== undefined && { GATEWAY_URL: url }),
      ...(key !== undefined && { GATEWAY_KEY: key }),
      ...(cids !== undefined && { GATEWAY_CIDS: cids }),
    }),
  'route.ts': (request, { url, key, cids }) => {
    for (const [name, value] of Object.entries({ GATEWAY_URL: url, GATEWAY_KEY: key, GATEWAY_CIDS: cids })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    return request.method === 'HEAD' ? route.HEAD(request) : route.GET(request)
  },
}

const each = test.each(Object.keys(functions))

afterEach(() => {
  for (const name of ['GATEWAY_URL', 'GATEWAY_KEY', 'GATEWAY_CIDS']) delete process.env[name]
  jest.useRealTimers()
  jest.restoreAllMocks()
})

/** What a visitor gets. Whatever it is, the key is not in it, and nothing was logged. */
async function visit(name: string, path: string, { url, key = KEY, cids = CID, ...init }: Visit) {
  const printed = (['log', 'info', 'warn', 'error', 'debug'] as const).map(level => jest.spyOn(console, level))
  const request = new Request(`https://preview.example.com${path}`, init)
  const answer = await functions[name]?.(request, { ...(url !== undefined && { url }), key, cids })
  if (!answer) throw new TypeError(`There is no ${name}`)
  const result = { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
  expect(JSON.stringify(result)).not.toContain(KEY.slice(0, 20))
  for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  return result
}

/** A Pinata with a gateway that has one key, under the address that the edge functions are given. */
async function lockedGateway(content: string = 'A preview') {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', customDomains: ['127.0.0.1'], pins: { [CID]: content } })
  gateway.keys.push({ id: '11111111-2222-4333-8444-555555555555', value: KEY, createdAt: new Date().toISOString() })
  return { pinata, gateway, url: `http://127.0.0.1:${pinata.port}` }
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that answers as it is told, for what the emulated gateway does not do. */
async function serverThat(answers: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answers(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

each('%s: a visitor without a key reads what is allowed, and the key is in a header alone', async name => {
  const { pinata, url } = await lockedGateway()
  const answer = await visit(name, `/ipfs/${CID}`, { url })
  expect(answer).toMatchObject({ status: 200, body: 'A preview' })
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(pinata.reads).toHaveLength(1)
  expect(pinata.reads[0]).toMatchObject({ path: `/ipfs/${CID}`, headers: { 'x-pinata-gateway-token': KEY } })
})

each('%s: HTML comes through a custom domain', async name => {
  const { url } = await lockedGateway('<!doctype html><title>Site</title>')
  const answer = await visit(name, `/ipfs/${CID}/index.html`, { url })
  expect(answer).toMatchObject({ status: 200, body: '<!doctype html><title>Site</title>' })
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
})

each('%s: HEAD asks with HEAD', async name => {
  const { pinata, url } = await lockedGateway()
  const answer = await visit(name, `/ipfs/${CID}`, { url, method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '9' } })
  expect(pinata.reads.map(({ method }) => method)).toEqual(['HEAD'])
})

each(
  '%s: no request goes out for another path, other content, or a path that can be understood in two ways',
  async name => {
    const { pinata, url } = await lockedGateway()
    for (const path of [
      '/',
      '/v3/gateways',
      `/ipfs/${OTHER}`,
      `/ipfs/${CID}extra`,
      '/ipfs/',
      `/ipfs//${CID}`,
      `//evil.example.com/ipfs/${CID}`,
      `/ipfs/${CID}/../../v3/gateways`,
      `/ipfs/${CID}/%2e%2e/%2e%2e/v3/gateways`,
      `/ipfs/${CID}/..%2F..%2fv3`,
      `/ipfs/${CID}/..%5c..%5Cv3`,
    ]) {
      const answer = await visit(name, path, { url })
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    expect((await visit(name, `/ipfs/${CID}`, { url, cids: '' })).status).toBe(404)
    expect([...pinata.reads, ...pinata.requests]).toEqual([])
    expect((await visit(name, `/ipfs/${CID}`, { url, cids: `${OTHER}, ${CID}` })).status).toBe(200)
  },
)

each('%s: what is between visitor and site stays there', async name => {
  const { pinata, url } = await lockedGateway()
  const headers = {
    cookie: 'session=1',
    authorization: 'Bearer 1',
    origin: 'https://preview.example.com',
    'x-pinata-gateway-token': 'of the visitor',
    'x-forwarded-for': '192.0.2.1',
    accept: 'image/avif',
    range: 'bytes=0-3',
    'if-none-match': '"1"',
  }
  await visit(name, `/ipfs/${CID}/a%20b.txt?pinataGatewayToken=of-the-visitor&download=true`, { url, headers })
  const [read] = pinata.reads
  expect(read?.path).toBe(`/ipfs/${CID}/a%20b.txt`)
  expect(read?.headers).toMatchObject({
    accept: 'image/avif',
    range: 'bytes=0-3',
    'if-none-match': '"1"',
    'x-pinata-gateway-token': KEY,
  })
  for (const left of ['cookie', 'authorization', 'origin', 'x-forwarded-for'])
    expect(read?.headers).not.toHaveProperty(left)
})

each('%s: status, type, range and caching pass through, and other headers do not', async name => {
  const passed = {
    'content-type': 'image/png',
    'content-range': 'bytes 0-3/9',
    'accept-ranges': 'bytes',
    'content-length': '4',
    etag: '"bafk"',
    'cache-control': 'public, max-age=29030400, immutable',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    'content-disposition': 'inline',
  }
  const { url } = await serverThat((_request, response) => {
    response.writeHead(206, { ...passed, 'set-cookie': 'a=b', 'access-control-allow-origin': '*' }).end('A pr')
  })
  const answer = await visit(name, `/ipfs/${CID}`, { url, headers: { range: 'bytes=0-3' } })
  expect(answer).toMatchObject({ status: 206, body: 'A pr', headers: passed })
  expect(answer.headers).not.toHaveProperty('set-cookie')
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
})

each('%s: 304 has no body', async name => {
  const { url } = await serverThat((_request, response) => response.writeHead(304, { etag: '"1"' }).end())
  const answer = await visit(name, `/ipfs/${CID}`, { url, headers: { 'if-none-match': '"1"' } })
  expect(answer).toMatchObject({ status: 304, body: '', headers: { etag: '"1"' } })
})

each('%s: a compressed answer arrives as what it was', async name => {
  const zipped = gzipSync('body {}')
  const { url } = await serverThat((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped)
  })
  const answer = await visit(name, `/ipfs/${CID}/site.css`, { url })
  expect(answer).toMatchObject({ status: 200, body: 'body {}' })
  expect(answer.headers).not.toHaveProperty('content-encoding')
  expect(answer.headers).not.toHaveProperty('content-length')
})

each('%s: what the gateway refuses is refused, in its words', async name => {
  const { gateway, url } = await lockedGateway()
  gateway.keys[0] = { id: '1', value: 'another key', createdAt: '' }
  const answer = await visit(name, `/ipfs/${CID}`, { url })
  expect(answer).toMatchObject({ status: 401, body: expect.stringMatching(/ERR_ID:00024$/) })
})

each('%s: a redirect is not followed, and leads nowhere but to this site', async name => {
  let target = ''
  const elsewhere = await serverThat((_request, response) => response.end('stolen'))
  const { url, requests } = await serverThat((_request, response) =>
    response.writeHead(302, { location: target }).end(),
  )
  const redirect = async (location: string) => {
    target = location
    const { status, headers } = await visit(name, `/ipfs/${CID}/docs`, { url })
    return [status, headers.location]
  }
  expect(await redirect(`/ipfs/${CID}/docs/`)).toEqual([302, `/ipfs/${CID}/docs/`])
  expect(await redirect('docs/')).toEqual([302, `/ipfs/${CID}/docs/`])
  expect(await redirect(`${url}/ipfs/${CID}/docs/?a=b`)).toEqual([302, `/ipfs/${CID}/docs/`])
  for (const bad of [
    `${elsewhere.url}/ipfs/${CID}/docs/`,
    '//evil.example.com/ipfs/x',
    '/login',
    'https://',
    'data:,x',
  ]) {
    expect([bad, ...(await redirect(bad))]).toEqual([bad, 502, undefined])
  }
  expect(elsewhere.requests).toEqual([])
  expect(requests).toHaveLength(8)
})

const UNREACHABLE = { status: 502, body: 'The gateway could not be reached.\n' }

each('%s: 502 when the gateway refuses, hangs up or is away behind Cloudflare', async name => {
  const pinata = await start()
  const url = `http://127.0.0.1:${pinata.port}`
  await pinata.close()
  expect(await visit(name, `/ipfs/${CID}`, { url })).toMatchObject(UNREACHABLE)
  const hangsUp = await serverThat((_request, response) => response.destroy())
  expect(await visit(name, `/ipfs/${CID}`, { url: hangsUp.url })).toMatchObject(UNREACHABLE)
  const away = await serverThat((_request, response) => response.writeHead(522).end('<title>522</title>'))
  expect(await visit(name, `/ipfs/${CID}`, { url: away.url })).toMatchObject(UNREACHABLE)
  const broken = await serverThat((_request, response) => response.writeHead(503).end('busy'))
  expect(await visit(name, `/ipfs/${CID}`, { url: broken.url })).toMatchObject({ status: 503, body: 'busy' })
})

each('%s: 502 when the gateway does not answer within a minute, and a long download goes on', async name => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] })
  const silent = await serverThat(() => jest.advanceTimersByTime(60_001))
  expect(await visit(name, `/ipfs/${CID}`, { url: silent.url })).toMatchObject(UNREACHABLE)
  const slow = await serverThat((_request, response) => {
    response.write('A long ')
    // The head has arrived, and with it the limit is over.
    setImmediate(() => setImmediate(() => response.end('film')))
  })
  const answer = visit(name, `/ipfs/${CID}`, { url: slow.url })
  expect(await answer).toMatchObject({ status: 200, body: 'A long film' })
  expect(jest.getTimerCount()).toBe(0)
})

each('%s: without an address and a key it says so, and a key goes nowhere without TLS', async name => {
  const { pinata, url } = await lockedGateway()
  const NOT_SET = { status: 500, body: 'The address or the key of the gateway is not set.\n' }
  expect(await visit(name, `/ipfs/${CID}`, {})).toMatchObject(NOT_SET)
  for (const bad of ['', 'fun-llama-300.mypinata.cloud', 'http://fun-llama-300.mypinata.cloud', 'ftp://127.0.0.1']) {
    expect(await visit(name, `/ipfs/${CID}`, { url: bad })).toMatchObject(NOT_SET)
  }
  for (const key of ['', ' \n', `${KEY}\n${KEY}`, `${KEY}ü`]) {
    expect(await visit(name, `/ipfs/${CID}`, { url, key })).toMatchObject(NOT_SET)
  }
  expect(pinata.reads).toEqual([])
  expect((await visit(name, `/ipfs/${CID}`, { url, key: `${KEY}\n` })).status).toBe(200)
})

test('worker.ts: other methods are refused without a request', async () => {
  const { pinata, url } = await lockedGateway()
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await visit('worker.ts', `/ipfs/${CID}`, { url, method })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    })
  }
  expect(pinata.reads).toEqual([])
})

test('route.ts: it has no other methods, so that Next.js refuses them, and its content runs no scripts', async () => {
  const { url } = await lockedGateway()
  expect(Object.keys(route).sort()).toEqual(['GET', 'HEAD'])
  expect((await visit('route.ts', `/ipfs/${CID}`, { url })).headers['content-security-policy']).toBe('sandbox')
})

test('worker.ts: a site is served at /, its pages and what they load by relative and absolute addresses', async () => {
  const { pinata, url } = await lockedGateway('<!doctype html><title>Site</title>')
  const site = (path: string) =>
    worker.fetch(new Request(`https://preview.example.com${path}`), {
      GATEWAY_URL: url,
      GATEWAY_KEY: KEY,
      SITE_CID: CID,
    })
  for (const path of ['/', '/docs/', '/assets/site.css?v=1', `/ipfs/${CID}/logo.svg`]) {
    expect((await site(path)).status).toBe(200)
  }
  expect(pinata.reads.map(read => read.path)).toEqual([
    `/ipfs/${CID}/`,
    `/ipfs/${CID}/docs/`,
    `/ipfs/${CID}/assets/site.css`,
    `/ipfs/${CID}/logo.svg`,
  ])
  expect((await site(`/ipfs/${OTHER}`)).status).toBe(404)
})

test('worker.ts: a redirect within a site stays at the address of the site', async () => {
  const { url } = await serverThat((_request, response) =>
    response.writeHead(301, { location: `/ipfs/${CID}/docs/` }).end(),
  )
  const env = { GATEWAY_URL: url, GATEWAY_KEY: KEY, SITE_CID: CID }
  const location = async (path: string) =>
    (await worker.fetch(new Request(`https://preview.example.com${path}`), env)).headers.get('location')
  expect(await location('/docs')).toBe('/docs/')
  expect(await location(`/ipfs/${CID}/docs`)).toBe(`/ipfs/${CID}/docs/`)
})
