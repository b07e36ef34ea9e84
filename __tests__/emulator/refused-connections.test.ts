import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { caller, start } from '../support/emulator-client.ts'

test('After refuse() connections are refused, after resume() it is back with all it knew', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ keys: 1 })
  const call = caller(pinata)
  for (let round = 0; round < 3; round++) {
    expect((await call('GET', `/gateways/${gateway.id}`)).status).toBe(200)
    pinata.refuse()
    await expect(call('GET', '/gateways')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await pinata.resume()
  }
  expect((await call('GET', `/gateways/${gateway.id}`)).status).toBe(200)
  expect(pinata.requests).toHaveLength(4)
})

test('A connection that was kept open is closed too', async () => {
  const pinata = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const call = caller(pinata)
  const idle = connect(pinata.port, '127.0.0.1').on('error', () => {})
  await once(idle, 'connect')
  await call('GET', '/gateways', { agent })
  pinata.refuse()
  await expect(call('GET', '/gateways', { agent })).rejects.toMatchObject({
    code: expect.stringMatching(/^ECONN(RESET|REFUSED)$/),
  })
  const closed = once(idle, 'close')
  idle.write('GET /v3/gateways HTTP/1.1\r\nHost: localhost\r\n\r\n')
  idle.resume()
  await closed
  agent.destroy()
  expect(pinata.requests).toHaveLength(1)
})

test('What is being answered when it refuses is answered, and then the connection ends', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  pinata.fault({
    kind: 'body',
    ms: 50,
    body: json => {
      pinata.refuse()
      return json
    },
  })
  const created = await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`, { agent })
  expect(created.json.data).toEqual(gateway.keys[0])
  expect(created.headers.connection).toBe('close')
  await expect(caller(pinata)('GET', '/gateways', { agent })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  agent.destroy()
})

test('close() ends open connections, hanging requests and pauses at once', async () => {
  const pinata = await startPinata()
  const call = caller(pinata)
  pinata.fault({ kind: 'hang' })
  pinata.fault({ kind: 'delay', ms: 60_000 })
  pinata.fault({ kind: 'drip', ms: 60_000 })
  const silent = connect(pinata.port, '127.0.0.1').on('error', () => {})
  const silentClosed = once(silent, 'close')
  const pending = Promise.allSettled([call('GET', '/gateways'), call('GET', '/gateways'), call('GET', '/gateways')])
  while (pinata.requests.length < 3) await sleep(5)
  const began = performance.now()
  await pinata.close()
  expect((await pending).map(outcome => outcome.status)).toEqual(['rejected', 'rejected', 'rejected'])
  await silentClosed
  expect(performance.now() - began).toBeLessThan(5000)
  await expect(call('GET', '/gateways')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await pinata.close()
})

test('What close() finds pausing takes no effect any more', async () => {
  const pinata = await startPinata()
  const gateway = pinata.addGateway()
  pinata.fault({ kind: 'delay', ms: 100 })
  const pending = expect(caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)).rejects.toThrow()
  while (pinata.requests.length < 1) await sleep(5)
  await pinata.close()
  await pending
  await sleep(200)
  expect(gateway.keys).toEqual([])
})

test('It listens on loopback alone', async () => {
  const { port } = await start()
  const addresses = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  for (const { address } of addresses.filter(({ family, internal }) => family === 'IPv4' && !internal)) {
    const socket = connect(port, address)
    const outcome = once(socket, 'connect').then(
      () => 'connected',
      () => 'refused',
    )
    // A firewall may swallow the attempt instead.
    expect(await Promise.race([outcome, sleep(3000, 'swallowed')])).not.toBe('connected')
    socket.destroy()
  }
})

test('A port that is taken is an error', async () => {
  const { port } = await start()
  await expect(startPinata({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('A client that goes away in the middle of its request breaks nothing', async () => {
  const pinata = await start()
  const client = connect(pinata.port, '127.0.0.1')
  client.write('POST /v3/gateways HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
  while (pinata.requests.length < 1) await sleep(5)
  client.resetAndDestroy()
  pinata.fault({ kind: 'delay', ms: 100 })
  const impatient = caller(pinata)('GET', '/gateways', { signal: AbortSignal.timeout(30) })
  await expect(impatient).rejects.toThrow()
  await sleep(150)
  expect((await caller(pinata)('GET', '/gateways')).status).toBe(200)
})

test('An error in a function that a fault was given comes out of close()', async () => {
  const pinata = await startPinata()
  pinata.fault({
    kind: 'body',
    body: () => {
      throw new Error('a mistake in a test')
    },
  })
  await expect(caller(pinata)('GET', '/gateways')).rejects.toThrow()
  await expect(pinata.close()).rejects.toThrow('a mistake in a test')
})
