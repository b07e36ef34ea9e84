import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { caller, send, start } from '../support/emulator-client.ts'
import { DEPLOYMENTS, githubCaller, startedGitHub } from '../support/github.ts'

const DAY_MS = 86_400_000

/** Returns how far a time is ahead of this machine's clock, within some seconds. */
function expectAhead(time: string | null | undefined, ms: number) {
  expect(Math.abs(Date.parse(time ?? '') - Date.now() - ms)).toBeLessThan(10_000)
}

test('logs each request with its unchanged path, its response and its connection', async () => {
  const pinata = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const path = '/v3/gateways/id/access_tokens/%2e%2e/../x?a=1'
  const { headers } = await send(pinata, 'DELETE', path, { agent, headers: { 'X-Custom': 'yes' }, body: 'ü' })
  await send(pinata, 'GET', '/v3/gateways', { agent })
  agent.destroy()
  pinata.fault({ kind: 'reset' })
  await expect(send(pinata, 'GET', '/v3/gateways')).rejects.toThrow()
  expect(pinata.requests).toMatchObject([
    { method: 'DELETE', path, body: 'ü', status: 401, connection: 1, requestId: headers['x-request-id'] },
    { method: 'GET', path: '/v3/gateways', body: '', status: 401, connection: 1 },
    { method: 'GET', status: undefined, connection: 2, fault: { kind: 'reset' } },
  ])
  expect(pinata.requests[0]?.headers['x-custom']).toBe('yes')
})

test('calls the observer when a request arrives, takes effect and gets its response', async () => {
  const told: string[] = []
  const pinata = await start({
    observe: (moment, { status }) => told.push(`${moment} ${gateway.keys.length} ${status}`),
  })
  const gateway = pinata.addGateway()
  const create = () => caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)
  await create()
  pinata.fault({ kind: 'reset', when: 'after' })
  await expect(create()).rejects.toThrow()
  const first = ['arrived 0 undefined', 'taken 1 undefined', 'answered 1 200']
  expect(told).toEqual([...first, 'arrived 1 undefined', 'taken 2 undefined'])
})

test('refuses connections between refuse() and resume(), and responds to the requests that it has', async () => {
  const tls = selfSigned()
  const pinata = await start({ tls })
  const gateway = pinata.addGateway()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const http = await start()
  const answered = http.addGateway()
  const body = (json: object) => {
    http.refuse()
    return json
  }
  http.fault({ kind: 'body', ms: 50, body })
  const created = await caller(http)('POST', `/gateways/${answered.id}/access_tokens`, { agent })
  expect([created.json.data, created.headers.connection]).toEqual([answered.keys[0], 'close'])
  await expect(caller(http)('GET', '/gateways', { agent })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await http.resume()
  expect((await caller(http)('GET', `/gateways/${answered.id}`)).status).toBe(200)

  pinata.refuse()
  await expect(caller(pinata)('GET', '/gateways')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await pinata.resume()
  await expect(caller(pinata)('GET', '/gateways')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  const ca = { ca: tls.cert } as object
  expect((await caller(pinata)('GET', `/gateways/${gateway.id}`, ca)).status).toBe(200)
})

test('ends open connections, hanging requests and pauses at close(), without effect', async () => {
  const pinata = await startPinata()
  const gateway = pinata.addGateway()
  const create = () => caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)
  pinata.fault({ kind: 'hang' })
  pinata.fault({ kind: 'interim' })
  pinata.fault({ kind: 'delay', ms: 300 })
  const silent = connect(pinata.port, '127.0.0.1').on('error', () => {})
  const closed = once(silent, 'close')
  const pending = Promise.allSettled([create(), create(), create()])
  while (pinata.requests.length < 3) await sleep(5)
  await pinata.close()
  expect((await pending).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await closed
  await sleep(400)
  expect(gateway.keys).toEqual([])
})

test('reports errors in functions of faults at close(), but no errors of clients', async () => {
  const pinata = await startPinata()
  const client = connect(pinata.port, '127.0.0.1')
  client.write('POST /v3/gateways HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
  while (pinata.requests.length < 1) await sleep(5)
  client.resetAndDestroy()
  pinata.fault({
    kind: 'body',
    body: () => {
      throw new Error('a mistake in a test')
    },
  })
  await expect(caller(pinata)('GET', '/gateways')).rejects.toThrow()
  await expect(pinata.close()).rejects.toMatchObject({ errors: [new Error('a mistake in a test')] })
})

test('listens on one address of this machine only', async () => {
  const { port } = await start()
  await expect(fetch(`http://127.0.0.2:${port}`)).rejects.toThrow()
})

test('delays every request by latencyMs, in parallel', async () => {
  const pinata = await start({ latencyMs: 200 })
  const began = performance.now()
  await Promise.all(Array.from({ length: 40 }, () => caller(pinata)('GET', '/gateways')))
  const tookMs = performance.now() - began
  expect(tookMs).toBeGreaterThan(190)
  expect(tookMs).toBeLessThan(40 * 190)
})

test('uses a clock that is ahead, and passes time', async () => {
  const options = { clockAheadMs: DAY_MS }
  const [pinata, github] = [await start(options), await startedGitHub(options)]
  const { id } = pinata.addGateway()
  const { headers, json } = await caller(pinata)('POST', `/gateways/${id}/access_tokens`)
  const onGitHub = await githubCaller(github)('GET', DEPLOYMENTS)
  for (const time of [headers.date, json.data.createdAt, onGitHub.headers.get('date')]) expectAhead(time, DAY_MS)
  pinata.passTime(1000 - DAY_MS)
  expectAhead((await caller(pinata)('GET', '/gateways')).headers.date, 1000)
})

test('sends no Date, or any text', async () => {
  for (const date of [false, 'yesterday'] as const) {
    const { headers } = await caller(await start({ date }))('GET', '/gateways')
    expect(headers.date).toBe(date || undefined)
  }
})

test('uses the clock that scripts/fast-time.cjs changes', async () => {
  const { environment } = createRequire(import.meta.url)('../../scripts/fast-time.cjs')
  const script = `
    const { startPinata } = await import(${JSON.stringify(new URL('../../emulator/pinata/pinata.mjs', import.meta.url))})
    const pinata = await startPinata()
    console.log((await fetch(pinata.apiUrl)).headers.get('date'))
    await pinata.close()`
  const env = { ...process.env, ...environment({ aheadMs: DAY_MS }) }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  expectAhead(stdout.trim(), DAY_MS)
})
