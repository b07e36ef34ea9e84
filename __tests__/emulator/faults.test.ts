import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { caller, start } from '../support/emulator-client.ts'

type Fault = Parameters<Awaited<ReturnType<typeof start>>['fault']>[0]

/** Orders a fault, and creates a key through a new socket. `received` is everything received until it ended. */
async function createStruckBy(fault: Fault) {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const struck = pinata.fault(fault)
  const socket = connect(pinata.port, '127.0.0.1')
  const path = `/v3/gateways/${gateway.id}/access_tokens`
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${pinata.addJwt()}\r\n\r\n`)
  const began = performance.now()
  let [received, tookMs, ended] = ['', 0, 'open']
  socket.setEncoding('latin1').on('data', text => {
    received += text
    tookMs = performance.now() - began
  })
  socket.on('error', () => {
    ended = 'reset'
  })
  socket.on('end', () => {
    ended = 'closed'
  })
  for (let waits = 0; waits < 20 && ended === 'open'; waits++) await sleep(10)
  socket.resetAndDestroy()
  await sleep(20)
  // Rejects if the end of the client broke something.
  await pinata.close()
  expect(struck.count).toBe(1)
  const [head = '', ...body] = received.split('\r\n\r\n')
  return { head, body: body.join('\r\n\r\n'), ended, keys: gateway.keys, tookMs }
}

describe('strikes', () => {
  const list = ['GET', '/gateways'] as const
  const page = ['GET', '/gateways?page=2'] as const
  const create = ['POST', '/gateways/one/access_tokens'] as const
  const times = Number.POSITIVE_INFINITY

  test.each([
    ['the next one', {}, [list, list], [true, false]],
    ['so many', { times: 2 }, [list, list, list], [true, true, false]],
    ['after so many others', { skip: 2 }, [list, list, list, list], [false, false, true, false]],
    ['of a method', { method: 'POST', skip: 1 }, [create, list, create], [false, false, true]],
    ['whose path contains a text', { times, path: '?page=2' }, [list, page], [false, true]],
    ['whose path matches', { times, path: /\/gateways$/g }, [list, list, create], [true, true, false]],
  ])('%s', async (_what, fault, calls, expected) => {
    const pinata = await start()
    pinata.addGateway({ id: 'one' })
    const order = pinata.fault({ kind: 'status', status: 500, ...fault })
    const struck = []
    for (const [method, path] of calls) struck.push((await caller(pinata)(method, path)).status === 500)
    expect(struck).toEqual(expected)
    expect(order.count).toBe(struck.filter(Boolean).length)
  })

  test('applies the first fault that matches, and cancels all with clearFaults()', async () => {
    const pinata = await start()
    pinata.fault({ kind: 'status', status: 500 })
    pinata.fault({ kind: 'status', status: 503, times: 2 })
    const third = pinata.fault({ kind: 'status', status: 418, skip: 4, times })
    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push((await caller(pinata)('GET', '/gateways')).status)
    pinata.clearFaults()
    expect([...statuses, (await caller(pinata)('GET', '/gateways')).status]).toEqual([500, 503, 503, 200, 418, 200])
    expect(third.count).toBe(1)
  })
})

const OK = 'HTTP/1.1 200 OK'

describe('a fault', () => {
  test.each<[fault: Fault, head: string, body: RegExp, ended: string]>([
    [{ kind: 'reset' }, '', /^$/, 'reset'],
    [{ kind: 'close' }, '', /^$/, 'closed'],
    [{ kind: 'hang' }, '', /^$/, 'open'],
    [{ kind: 'upgrade' }, 'HTTP/1.1 101 Switching Protocols', /^$/, 'open'],
    [{ kind: 'interim' }, 'HTTP/1.1 103 Early Hints', /^(HTTP\/1.1 103 Early Hints(\r\n\r\n)?){9,}$/, 'open'],
    [{ kind: 'status', status: 500 }, 'HTTP/1.1 500 ', /^{"error":{"code":500,"message":"Internal/, 'open'],
    [{ kind: 'status', status: 502 }, 'HTTP/1.1 502 ', /^<html>/, 'open'],
    [
      { kind: 'status', status: 429, retryAfter: 7, headers: { 'X-Proxy': 'a', Date: 'then' }, body: { a: 1 } },
      'HTTP/1.1 429 ',
      /^{"a":1}$/,
      'open',
    ],
    [{ kind: 'redirect', to: 'https://evil.example/' }, 'HTTP/1.1 307 ', /^$/, 'open'],
  ])('%j, before and after the request took effect', async (fault, head, body, ended) => {
    for (const when of ['before', 'after'] as const) {
      const done = await createStruckBy({ ...fault, when } as Fault)
      expect(done).toMatchObject({ body: expect.stringMatching(body), ended })
      expect(done.head.startsWith(head)).toBe(true)
      if (fault.kind === 'redirect') expect(done.head).toContain('Location: https://evil.example/')
      if ('headers' in fault) {
        for (const line of ['Retry-After: 7', 'X-Proxy: a', 'Date: then']) expect(done.head).toContain(line)
      }
      expect(done.keys).toHaveLength(when === 'after' ? 1 : 0)
    }
  })

  test.each<[fault: Fault, head: string, body: (whole: string) => string, ended: string]>([
    [{ kind: 'delay', ms: 100 }, OK, whole => whole, 'open'],
    [{ kind: 'drip', ms: 10, bytes: 20 }, OK, whole => whole, 'open'],
    [{ kind: 'truncate' }, OK, whole => whole.slice(0, Math.floor(whole.length / 2)), 'closed'],
    [{ kind: 'truncate', after: 0 }, OK, () => '', 'closed'],
    [{ kind: 'body', body: 'It works!', status: 201 }, 'HTTP/1.1 201 ', () => 'It works!', 'open'],
    [{ kind: 'body', body: { a: 1 } }, OK, () => '{"a":1}', 'open'],
    [{ kind: 'body', body: json => json.data.id }, OK, whole => JSON.parse(whole).data.id, 'open'],
    [{ kind: 'encode', encoding: 'zstd' }, OK, whole => whole, 'open'],
  ])('%j, with the response to the request', async (fault, head, body, ended) => {
    const done = await createStruckBy(fault)
    const whole = `${JSON.stringify({ data: done.keys[0] })}\n`
    expect(done).toMatchObject({ body: body(whole), ended })
    expect(done.head.startsWith(head)).toBe(true)
    if (fault.kind === 'truncate') expect(done.head).toContain(`Content-Length: ${whole.length}\r\n`)
    if (fault.kind === 'delay' || fault.kind === 'drip') expect(done.tookMs).toBeGreaterThan(70)
  })

  test('encodes the body', async () => {
    const { head, body, keys } = await createStruckBy({ kind: 'encode', encoding: 'gzip' })
    expect(head).toContain('Content-Encoding: gzip')
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(`${JSON.stringify({ data: keys[0] })}\n`)
  })

  test('lets a request take effect although its client gave up', async () => {
    const pinata = await start()
    const gateway = pinata.addGateway()
    pinata.fault({ kind: 'delay', ms: 100 })
    const signal = AbortSignal.timeout(50)
    await expect(caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`, { signal })).rejects.toThrow()
    await sleep(200)
    expect(gateway.keys).toHaveLength(1)
  })

  test('breaks nothing if the client left before', async () => {
    const pinata = await start()
    pinata.fault({ kind: 'interim', ms: 50 })
    const socket = connect(pinata.port, '127.0.0.1').on('error', () => {})
    socket.write('GET /v3/gateways HTTP/1.1\r\nHost: a\r\n\r\n')
    while (pinata.requests.length === 0) await sleep(5)
    socket.resetAndDestroy()
    await sleep(100)
    await expect(pinata.close()).resolves.toBeUndefined()
  })
})
