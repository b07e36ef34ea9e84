import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, jest, test } from '@jest/globals'
import * as route from '../../examples/edge/route.ts'
import worker from '../../examples/edge/worker.ts'
import { start } from '../support/emulator-client.ts'
import { listen } from '../support/network.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const OTHER = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const KEY = 'k_not-a-real-gateway-key-but-as-long-as-one-0123456789abcdefghij'
const FILE = `/ipfs/${CID}`
const SITE = 'https://preview.example.com'

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

type Env = Parameters<typeof worker.fetch>[1]

/** Returns the response to a visitor. The response must not contain the key, and the log must stay empty. */
async function visit(path: string, env: Env, init: RequestInit = {}) {
  const printed = (['log', 'info', 'warn', 'error', 'debug'] as const).map(level => jest.spyOn(console, level))
  const request = new Request(SITE + path, init)
  const response = await worker.fetch(request, { GATEWAY_KEY: KEY, GATEWAY_CIDS: CID, ...env })
  const result = { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  expect(JSON.stringify(result)).not.toContain(KEY.slice(0, 20))
  for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  return result
}

/** Creates a gateway with one key, and a variable with the gateway's address. */
async function startGatewayWithKey(content = 'A preview') {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', customDomains: ['127.0.0.1'], pins: { [CID]: content } })
  gateway.keys.push({ id: '11111111-2222-4333-8444-555555555555', value: KEY, createdAt: new Date().toISOString() })
  return { pinata, gateway, env: { GATEWAY_URL: `http://127.0.0.1:${pinata.port}` } }
}

async function startServer(respond: RequestListener) {
  return { GATEWAY_URL: `http://127.0.0.1:${await listen(createServer(respond))}` }
}

test("reads allowed content for a visitor, and sends the key and only some of the visitor's headers", async () => {
  const { pinata, env } = await startGatewayWithKey('<!doctype html><title>Site</title>')
  const passed = { accept: 'image/avif', range: 'bytes=0-3', 'if-none-match': '"1"' }
  const dropped = { cookie: 'session=1', authorization: 'Bearer 1', origin: SITE, 'x-forwarded-for': '192.0.2.1' }
  const headers = { ...passed, ...dropped, 'x-pinata-gateway-token': 'of the visitor' }
  const page = await visit(`${FILE}/a%20b.html?pinataGatewayToken=1&download=true`, env, { headers })
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  const [read] = pinata.reads
  expect(read).toMatchObject({ path: `${FILE}/a%20b.html`, headers: { ...passed, 'x-pinata-gateway-token': KEY } })
  for (const name of Object.keys(dropped)) expect(read?.headers).not.toHaveProperty(name)

  expect(await visit(FILE, env, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  expect(pinata.reads.at(-1)?.method).toBe('HEAD')
})

test.each([
  '/v3/gateways',
  `/ipfs/${OTHER}`,
  `/ipfs/${CID}extra`,
  `/ipfs//${CID}`,
  `//evil.example.com/ipfs/${CID}`,
  `${FILE}/..%2F..%2fv3`,
  `${FILE}/..%5c..%5Cv3`,
])('sends no request for other content or an ambiguous path: %s', async path => {
  const { pinata, env } = await startGatewayWithKey()
  expect(await visit(path, env)).toMatchObject({ status: 404, headers: { 'cache-control': 'no-store' } })
  expect([...pinata.reads, ...pinata.requests]).toEqual([])
})

test('allows only GET and HEAD, and only listed CIDs', async () => {
  const { pinata, env } = await startGatewayWithKey()
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await visit(FILE, env, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  }
  expect(await visit(FILE, { ...env, GATEWAY_CIDS: '' })).toMatchObject({ status: 404 })
  expect(pinata.reads).toEqual([])
  expect(await visit(FILE, { ...env, GATEWAY_CIDS: `${OTHER}, ${CID}` })).toMatchObject({ status: 200 })
})

test('passes on the status and the headers for type, range, and caching, but no others', async () => {
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
  const env = await startServer((_request, response) => {
    response.writeHead(206, { ...passed, 'set-cookie': 'a=b', 'access-control-allow-origin': '*' }).end('A pr')
  })
  const response = await visit(FILE, env)
  expect(response).toMatchObject({ status: 206, body: 'A pr', headers: passed })
  for (const name of ['set-cookie', 'access-control-allow-origin']) expect(response.headers).not.toHaveProperty(name)
  expect(response.headers['x-content-type-options']).toBe('nosniff')

  const unchanged = await startServer((_request, response) => response.writeHead(304, { etag: '"1"' }).end())
  expect(await visit(FILE, unchanged)).toMatchObject({ status: 304, body: '', headers: { etag: '"1"' } })
})

test('decodes a compressed response', async () => {
  const zipped = gzipSync('body {}')
  const env = await startServer((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped)
  })
  const response = await visit(`${FILE}/site.css`, env)
  expect(response).toMatchObject({ status: 200, body: 'body {}' })
  for (const name of ['content-encoding', 'content-length']) expect(response.headers).not.toHaveProperty(name)
})

test('passes on only redirects within the gateway, and follows no redirect', async () => {
  let requests = 0
  let location = ''
  const respond: RequestListener = (_request, response) => {
    requests++
    response.writeHead(302, { location }).end()
  }
  const [env, elsewhere] = [await startServer(respond), await startServer(respond)]
  for (const [target, status, passed] of [
    [`${FILE}/docs/`, 302, `${FILE}/docs/`],
    ['docs/', 302, `${FILE}/docs/`],
    [`${env.GATEWAY_URL}${FILE}/docs/?a=b`, 302, `${FILE}/docs/`],
    [`${elsewhere.GATEWAY_URL}${FILE}/docs/`, 502],
    ['//evil.example.com/ipfs/x', 502],
    ['/login', 502],
    ['https://', 502],
    ['data:,x', 502],
  ] as const) {
    location = target
    const response = await visit(`${FILE}/docs`, env)
    expect([target, response.status, response.headers.location]).toEqual([target, status, passed])
  }
  expect(requests).toBe(8)
})

const UNREACHABLE = { status: 502, body: 'The gateway could not be reached.\n' }

test("reports an unreachable gateway, and passes on the gateway's own errors", async () => {
  const { pinata, gateway, env } = await startGatewayWithKey()
  gateway.keys[0] = { id: '1', value: 'another key', createdAt: '' }
  expect(await visit(FILE, env)).toMatchObject({ status: 401, body: expect.stringMatching(/ERR_ID:00024$/) })
  await pinata.close()
  const hangingUp = await startServer((_request, response) => response.destroy())
  const timedOut = await startServer((_request, response) => response.writeHead(522).end('<title>522</title>'))
  for (const gone of [env, hangingUp, timedOut]) expect(await visit(FILE, gone)).toMatchObject(UNREACHABLE)
})

test('gives up after a minute without response headers, but not during a long download', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] })
  const silent = await startServer(() => jest.advanceTimersByTime(60_001))
  expect(await visit(FILE, silent)).toMatchObject(UNREACHABLE)
  const slow = await startServer((_request, response) => {
    response.write('A long ')
    setImmediate(() => setImmediate(() => response.end('film')))
  })
  expect(await visit(FILE, slow)).toMatchObject({ status: 200, body: 'A long film' })
  expect(jest.getTimerCount()).toBe(0)
})

test('rejects a missing or invalid address or key, and sends the key only over TLS', async () => {
  const { pinata, env } = await startGatewayWithKey()
  const urls = ['', 'fun-llama-300.mypinata.cloud', 'http://fun-llama-300.mypinata.cloud', 'ftp://127.0.0.1']
  const keys = ['', ' \n', `${KEY}\n${KEY}`, `${KEY}ü`]
  const wrong = [{}, ...urls.map(url => ({ GATEWAY_URL: url })), ...keys.map(key => ({ ...env, GATEWAY_KEY: key }))]
  const NOT_SET = { status: 500, body: 'The address or the key of the gateway is not set.\n' }
  for (const given of wrong) expect(await visit(FILE, given)).toMatchObject(NOT_SET)
  expect(pinata.reads).toEqual([])
  expect(await visit(FILE, { ...env, GATEWAY_KEY: `${KEY}\n` })).toMatchObject({ status: 200 })
})

test('worker.ts serves a site at /, with its pages and the files that they load by relative and absolute addresses', async () => {
  const { pinata, env } = await startGatewayWithKey('<!doctype html><title>Site</title>')
  const site = { ...env, GATEWAY_CIDS: '', SITE_CID: CID }
  for (const path of ['/', '/docs/', '/assets/site.css?v=1', `${FILE}/logo.svg`]) {
    expect(await visit(path, site)).toMatchObject({ status: 200 })
  }
  const paths = ['', 'docs/', 'assets/site.css', 'logo.svg']
  expect(pinata.reads.map(read => read.path)).toEqual(paths.map(path => `${FILE}/${path}`))
  expect((await visit(`/ipfs/${OTHER}`, site)).status).toBe(404)

  const location = `${FILE}/docs/`
  const redirecting = await startServer((_request, response) => response.writeHead(301, { location }).end())
  const redirected = { ...site, ...redirecting }
  expect((await visit('/docs', redirected)).headers.location).toBe('/docs/')
  expect((await visit(`${FILE}/docs`, redirected)).headers.location).toBe(location)
})

test('route.ts reads the same variables, supports only GET and HEAD, and prevents content from running scripts', async () => {
  const { pinata, env } = await startGatewayWithKey()
  expect(Object.keys(route).sort()).toEqual(['GET', 'HEAD'])
  const variables = { ...env, GATEWAY_KEY: KEY, GATEWAY_CIDS: CID }
  Object.assign(process.env, variables)
  for (const [cid, status] of Object.entries({ [CID]: 200, [OTHER]: 404 })) {
    const response = await route.GET(new Request(`${SITE}/ipfs/${cid}?download=true`))
    expect([response.status, response.headers.get('content-security-policy')]).toEqual([status, 'sandbox'])
  }
  for (const name of Object.keys(variables)) delete process.env[name]
  expect(pinata.reads).toMatchObject([{ path: FILE }])
})
