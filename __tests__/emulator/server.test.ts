import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { caller, send, start } from '../support/emulator-client.ts'

const DAY_MS = 86_400_000

test('logs each request with its unchanged path', async () => {
  const pinata = await start()
  const path = '/v3/x/%2e%2e/../v3/gateways?a=1'
  const options = { headers: { authorization: `Bearer ${pinata.addJwt()}` }, body: 'ü' }
  const { headers } = await send(pinata, 'GET', path, options)
  pinata.fault({ kind: 'reset', when: 'after' })
  await expect(send(pinata, 'GET', path, options)).rejects.toThrow()
  const logged = { method: 'GET', path, body: 'ü', headers: options.headers }
  expect(pinata.requests).toMatchObject([
    { ...logged, status: 200, requestId: headers['x-request-id'] },
    { ...logged, status: undefined, fault: { kind: 'reset' } },
  ])
})

test('on close(), ends connections, hanging requests, and pauses, so the requests have no effect', async () => {
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

test("on close(), reports errors thrown by a fault's function, but not clients' errors", async () => {
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

test('listens on only one address of this machine', async () => {
  const { port } = await start()
  await expect(fetch(`http://127.0.0.2:${port}`)).rejects.toThrow()
})

test('delays every request by latencyMs, in parallel', async () => {
  const pinata = await start({ latencyMs: 200 })
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 40 }, () => caller(pinata)('GET', '/gateways')))
  const elapsedMs = performance.now() - startedAt
  expect(elapsedMs).toBeGreaterThan(190)
  expect(elapsedMs).toBeLessThan(40 * 190)
})

const FAST_TIME = createRequire(import.meta.url).resolve('../../scripts/fast-time.cjs')

test("scripts/fast-time.cjs changes the actions' clocks by the same factor", async () => {
  const script = `
    require(${JSON.stringify(FAST_TIME)}).speedUp(100)
    const clocks = () => [Date.now(), performance.now(), process.uptime() * 1000]
    const before = clocks()
    setTimeout(() => console.log(JSON.stringify(clocks().map((ms, index) => ms - before[index]))), 20_000)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script])
  for (const ms of JSON.parse(stdout)) expect(ms).toBeGreaterThan(19_000)
})

test('uses the clock that scripts/fast-time.cjs changes', async () => {
  const { environment } = createRequire(import.meta.url)(FAST_TIME)
  const script = `
    const { startPinata } = await import(${JSON.stringify(new URL('../../emulator/pinata/pinata.mjs', import.meta.url))})
    const pinata = await startPinata()
    console.log((await fetch(pinata.apiUrl)).headers.get('date'))
    await pinata.close()`
  const env = { ...process.env, ...environment({ aheadMs: DAY_MS }) }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  expect(Math.abs(Date.parse(stdout) - Date.now() - DAY_MS)).toBeLessThan(10_000)
})
