import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { runNode } from '../support/demo.ts'
import { caller, start } from '../support/emulator-client.ts'

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

test("scripts/fast-time.cjs speeds up all of the actions' clocks by the same factor", async () => {
  const script = `
    require(${JSON.stringify(path.resolve('scripts/fast-time.cjs'))}).speedUp(100)
    const clocks = () => [Date.now(), performance.now(), process.uptime() * 1000]
    const before = clocks()
    setTimeout(() => console.log(JSON.stringify(clocks().map((ms, index) => ms - before[index]))), 20_000)`
  const { output } = await runNode('--eval', script)
  for (const ms of JSON.parse(output)) expect(ms).toBeGreaterThan(19_000)
})
