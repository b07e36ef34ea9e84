import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { type Answer, caller, start } from '../support/emulator-client.ts'

type Fault = Parameters<Awaited<ReturnType<typeof start>>['fault']>[0]

/** Orders a fault and creates a key, once struck by it. The number of keys tells whether that took effect. */
async function createStruckBy(fault: Fault, options = {}) {
  const pinata = await start()
  const gateway = pinata.addGateway()
  pinata.fault(fault)
  const call = caller(pinata)
  const create = () => call('POST', `/gateways/${gateway.id}/access_tokens`, options)
  let outcome: Answer | NodeJS.ErrnoException
  const began = performance.now()
  try {
    outcome = await create()
  } catch (error) {
    outcome = error as NodeJS.ErrnoException
  }
  const took = performance.now() - began
  return { outcome, took, keys: gateway.keys, create, pinata }
}

/** Orders a fault and sends a creation over a socket of its own. `bytes()` is what came back so far, `all` all of it. */
async function rawlyStruckBy(fault: Fault) {
  const pinata = await start()
  const gateway = pinata.addGateway()
  pinata.fault(fault)
  const socket = connect({ port: pinata.port, host: '127.0.0.1', allowHalfOpen: true })
  let received = ''
  socket.setEncoding('latin1').on('data', chunk => {
    received += chunk
  })
  const all = new Promise<string>((resolve, reject) => {
    socket.on('error', reject).on('end', () => resolve(received))
  })
  socket.write(
    `POST /v3/gateways/${gateway.id}/access_tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${pinata.addJwt()}\r\n\r\n`,
  )
  /** As somebody who has had enough does it; the emulator must not mind. */
  const leave = async () => {
    socket.resetAndDestroy()
    await once(socket, 'close')
    await sleep(50)
    await expect(pinata.close()).resolves.toBeUndefined()
  }
  return { pinata, gateway, socket, all, bytes: () => received, leave }
}

/** Waits for something that comes soon. */
async function until(isSo: () => boolean) {
  for (let tries = 0; !isSo() && tries < 200; tries++) await sleep(10)
  expect(isSo()).toBe(true)
}

/** Whether each of a few requests was struck, by the status that the fault in question gives. */
async function struck(fault: object, calls: (readonly [string, string])[]) {
  const pinata = await start()
  pinata.addGateway({ id: 'one' })
  const order = pinata.fault({ kind: 'status', status: 500, ...fault })
  const statuses = []
  for (const [method, path] of calls) statuses.push((await caller(pinata)(method, path)).status === 500)
  expect(order.count).toBe(statuses.filter(Boolean).length)
  return statuses
}

describe('which requests a fault strikes', () => {
  const list = ['GET', '/gateways'] as const
  const page = ['GET', '/gateways?page=2'] as const
  const create = ['POST', '/gateways/one/access_tokens'] as const

  test('by default the next one, once', async () => {
    expect(await struck({}, [list, list])).toEqual([true, false])
  })
  test('so many times', async () => {
    expect(await struck({ times: 2 }, [list, list, list])).toEqual([true, true, false])
    expect(await struck({ times: Number.POSITIVE_INFINITY }, [list, create, list])).toEqual([true, true, true])
  })
  test('after so many others', async () => {
    expect(await struck({ skip: 2 }, [list, list, list, list])).toEqual([false, false, true, false])
  })
  test('only of one method', async () => {
    expect(await struck({ method: 'POST' }, [list, create, create])).toEqual([false, true, false])
    expect(await struck({ method: 'POST', skip: 1 }, [create, list, create])).toEqual([false, false, true])
  })
  test('only with a path that contains a text or matches an expression, query included', async () => {
    const always = { times: Number.POSITIVE_INFINITY }
    expect(await struck({ ...always, path: 'access_tokens' }, [list, create])).toEqual([false, true])
    expect(await struck({ ...always, path: '?page=2' }, [list, page])).toEqual([false, true])
    expect(await struck({ ...always, path: /\/gateways$/g }, [list, list, create])).toEqual([true, true, false])
  })

  test('The first that matches and has strikes left wins, and others count what it took as gone by', async () => {
    const pinata = await start()
    const call = caller(pinata)
    const first = pinata.fault({ kind: 'status', status: 500 })
    const second = pinata.fault({ kind: 'status', status: 503, times: 2 })
    const third = pinata.fault({ kind: 'status', status: 418, skip: 4 })
    const statuses = []
    for (let n = 0; n < 6; n++) statuses.push((await call('GET', '/gateways')).status)
    expect(statuses).toEqual([500, 503, 503, 200, 418, 200])
    expect([first.count, second.count, third.count]).toEqual([1, 2, 1])
  })

  test('clearFaults() takes them all back', async () => {
    const pinata = await start()
    const fault = pinata.fault({ kind: 'status', status: 500, times: Number.POSITIVE_INFINITY })
    const call = caller(pinata)
    expect((await call('GET', '/gateways')).status).toBe(500)
    pinata.clearFaults()
    expect((await call('GET', '/gateways')).status).toBe(200)
    expect(fault.count).toBe(1)
  })
})

describe('what a fault does', () => {
  test('delay: the true answer, later', async () => {
    const { outcome, took, keys } = await createStruckBy({ kind: 'delay', ms: 200 })
    expect(outcome).toMatchObject({ status: 200, json: { data: keys[0] } })
    expect(took).toBeGreaterThan(190)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('reset, %s: no answer, %d keys', async (when, count) => {
    const { outcome, keys, create } = await createStruckBy({ kind: 'reset', when })
    expect(outcome).toMatchObject({ code: 'ECONNRESET' })
    expect(keys).toHaveLength(count)
    expect((await create()).status).toBe(200)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('status, %s: that answer, %d keys', async (when, count) => {
    const { outcome, keys } = await createStruckBy({ kind: 'status', status: 500, when })
    expect(outcome).toMatchObject({
      status: 500,
      json: { error: { code: 500, message: 'Internal Server Error' } },
      headers: { 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
    expect(keys).toHaveLength(count)
  })

  test('status: the answers of a proxy are pages', async () => {
    for (const status of [502, 503, 504]) {
      const { outcome } = await createStruckBy({ kind: 'status', status })
      expect(outcome).toMatchObject({
        status,
        headers: { 'content-type': 'text/html' },
        body: expect.stringContaining('<html>'),
      })
    }
  })

  test('status: Retry-After, headers and a body of one’s own', async () => {
    const { outcome } = await createStruckBy({
      kind: 'status',
      status: 429,
      retryAfter: 7,
      headers: { 'content-type': 'text/plain', 'X-Proxy': 'yes', 'X-RateLimit-Reset': '1445412480' },
      body: 'slow down',
    })
    expect(outcome).toMatchObject({
      status: 429,
      headers: {
        'retry-after': '7',
        'content-type': 'text/plain',
        'x-proxy': 'yes',
        'x-ratelimit-reset': '1445412480',
      },
      body: 'slow down',
    })
    const asDate = 'Wed, 21 Oct 2015 07:28:00 GMT'
    const json = await createStruckBy({ kind: 'status', status: 429, retryAfter: asDate, body: { error: 'slow down' } })
    expect(json.outcome).toMatchObject({ json: { error: 'slow down' }, headers: { 'retry-after': asDate } })
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('redirect, %s: 307 and Location, %d keys', async (when, count) => {
    const { outcome, keys } = await createStruckBy({ kind: 'redirect', to: 'https://evil.example/v3', when })
    expect(outcome).toMatchObject({ status: 307, headers: { location: 'https://evil.example/v3' }, body: '' })
    expect(keys).toHaveLength(count)
  })

  test('redirect: with another status', async () => {
    const { outcome } = await createStruckBy({ kind: 'redirect', to: '/v3/elsewhere', status: 301 })
    expect(outcome).toMatchObject({ status: 301 })
  })

  test.each([
    ['half', undefined],
    ['ten bytes', 10],
    ['nothing', 0],
  ])('truncate: promises the whole body, sends %s of it and closes', async (_what, after) => {
    const pinata = await start()
    const gateway = pinata.addGateway()
    pinata.fault(after === undefined ? { kind: 'truncate' } : { kind: 'truncate', after })
    const response = await fetch(`${pinata.apiUrl}/gateways/${gateway.id}/access_tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pinata.addJwt()}` },
    })
    const whole = `${JSON.stringify({ data: gateway.keys[0] })}\n`
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe(String(whole.length))
    const chunks: Uint8Array[] = []
    const reading = (async () => {
      for await (const chunk of response.body ?? []) chunks.push(chunk)
    })()
    await expect(reading).rejects.toThrow('terminated')
    expect(Buffer.concat(chunks).toString()).toBe(whole.slice(0, after ?? Math.floor(whole.length / 2)))
  })

  test('body: takes effect and answers something else', async () => {
    const text = await createStruckBy({ kind: 'body', body: 'It works!', contentType: 'text/html', status: 201 })
    expect(text.outcome).toMatchObject({ status: 201, headers: { 'content-type': 'text/html' }, body: 'It works!' })
    expect(text.keys).toHaveLength(1)

    const value = await createStruckBy({ kind: 'body', body: { data: { id: 5 } } })
    expect(value.outcome).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      json: { data: { id: 5 } },
    })

    const twisted = await createStruckBy({ kind: 'body', body: json => ({ data: { ...json.data, value: null } }) })
    expect(twisted.outcome).toMatchObject({ json: { data: { id: twisted.keys[0]?.id, value: null } } })

    const huge = await createStruckBy({ kind: 'body', body: json => JSON.stringify(json) + ' '.repeat(5_000_000) })
    expect(huge.outcome).toMatchObject({ json: { data: huge.keys[0] }, headers: { 'content-length': '5000174' } })
  })

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
    ['zstd', (body: Buffer) => body],
  ] as const)('encode: takes effect and sends the true answer as %s', async (encoding, decode) => {
    const pinata = await start()
    const gateway = pinata.addGateway()
    pinata.fault({ kind: 'encode', encoding })
    // Not fetch(), which would decode it.
    const response = await new Promise<IncomingMessage>(resolve =>
      request(`${pinata.apiUrl}/gateways/${gateway.id}/access_tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${pinata.addJwt()}` },
      })
        .once('response', resolve)
        .end(),
    )
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    expect(response.headers['content-encoding']).toBe(encoding)
    expect(response.headers['content-length']).toBe(String(body.length))
    expect(decode(body).toString()).toBe(`${JSON.stringify({ data: gateway.keys[0] })}\n`)
  })

  test('drip: the true answer, piece by piece', async () => {
    const { outcome, took, keys } = await createStruckBy({ kind: 'drip', ms: 20, bytes: 20 })
    expect(outcome).toMatchObject({ status: 200, json: { data: keys[0] } })
    // 175 bytes are nine pieces with eight pauses between them.
    expect(took).toBeGreaterThan(150)
    const byByte = await createStruckBy({ kind: 'drip', ms: 1 })
    expect(byByte.took).toBeGreaterThan(170)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('hang, %s: no answer ever, %d keys', async (when, count) => {
    const { outcome, keys, create } = await createStruckBy({ kind: 'hang', when }, { signal: AbortSignal.timeout(300) })
    expect(outcome).toMatchObject({ name: 'AbortError' })
    expect(keys).toHaveLength(count)
    await expect(create()).rejects.toThrow() // the signal is spent
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('upgrade, %s: 101 on a connection that stays open, %d keys', async (when, count) => {
    const { pinata, gateway, socket, bytes, leave } = await rawlyStruckBy({ kind: 'upgrade', when })
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    await until(() => bytes().length >= head.length)
    await sleep(100)
    expect(bytes()).toBe(head)
    expect([socket.readyState, socket.readableEnded]).toEqual(['open', false])
    expect(gateway.keys).toHaveLength(count)
    expect(pinata.requests).toMatchObject([{ status: undefined }])
    await leave()
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('close, %s: the connection ends without a byte and without a reset, %d keys', async (when, count) => {
    const { gateway, all, leave } = await rawlyStruckBy({ kind: 'close', when })
    expect(await all).toBe('')
    expect(gateway.keys).toHaveLength(count)
    await leave()
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('interim, %s: 103 over and over until the client goes away, %d keys', async (when, count) => {
    const { pinata, gateway, bytes, leave } = await rawlyStruckBy({ kind: 'interim', when })
    const one = 'HTTP/1.1 103 Early Hints\r\n\r\n'
    await until(() => bytes().length >= 10 * one.length)
    expect(bytes().replaceAll(one, '')).toBe('')
    const soFar = bytes().length
    await until(() => bytes().length > soFar)
    expect(gateway.keys).toHaveLength(count)
    expect(pinata.requests).toMatchObject([{ status: undefined }])
    await leave()
  })

  test('interim: a client that only ends its own side ends it too', async () => {
    const { socket, all, bytes, leave } = await rawlyStruckBy({ kind: 'interim' })
    await until(() => bytes().length > 0)
    socket.end()
    expect(await all).toMatch(/^(HTTP\/1\.1 103 Early Hints\r\n\r\n)+$/)
    await leave()
  })

  test('interim: close() ends it', async () => {
    const { pinata, socket, bytes } = await rawlyStruckBy({ kind: 'interim' })
    await until(() => bytes().length > 0)
    const closed = once(
      socket.on('error', () => {}).on('end', () => socket.end()),
      'close',
    )
    await expect(pinata.close()).resolves.toBeUndefined()
    await closed
  })

  const DEPARTURES: [how: string, depart: (socket: Socket) => void][] = [
    ['resets', socket => socket.resetAndDestroy()],
    ['closes', socket => socket.destroy()],
    ['ends its own side', socket => socket.end()],
  ]
  test.each(
    (['upgrade', 'close', 'interim'] as const).flatMap(kind =>
      DEPARTURES.map(([how, depart]) => ({ kind, how, depart })),
    ),
  )('$kind: a client that $how before it strikes breaks nothing', async ({ kind, depart }) => {
    const { pinata, gateway, socket, all } = await rawlyStruckBy({ kind, ms: 100, when: 'after' })
    await until(() => pinata.requests.length > 0)
    all.catch(() => {})
    depart(socket)
    await until(() => gateway.keys.length > 0)
    expect((await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)).status).toBe(200)
    socket.destroy()
    await sleep(50)
    // It rejects if something broke.
    await expect(pinata.close()).resolves.toBeUndefined()
  })

  test('truncate with after: 0 sends the headers and no byte of the body', async () => {
    const { gateway, all, leave } = await rawlyStruckBy({ kind: 'truncate', after: 0 })
    const head = await all
    const length = `${JSON.stringify({ data: gateway.keys[0] })}\n`.length
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toContain(`\r\nContent-Length: ${length}\r\n`)
    expect(head.indexOf('\r\n\r\n')).toBe(head.length - 4)
    await leave()
  })

  test.each(['upgrade', 'interim'] as const)('%s: ms holds it up', async kind => {
    const began = performance.now()
    const { bytes, leave } = await rawlyStruckBy({ kind, ms: 150 })
    await until(() => bytes().length > 0)
    expect(performance.now() - began).toBeGreaterThan(140)
    await leave()
  })

  test.each<Fault>([
    { kind: 'close', ms: 150 },
    { kind: 'reset', ms: 150 },
    { kind: 'status', status: 500, ms: 150 },
    { kind: 'redirect', to: '/', ms: 150 },
    { kind: 'truncate', ms: 150 },
    { kind: 'body', body: '', ms: 150 },
  ])('$kind: ms holds it up', async fault => {
    expect((await createStruckBy(fault)).took).toBeGreaterThan(140)
  })

  test('A client that gives up during a delay still gets its key made', async () => {
    const { outcome, keys } = await createStruckBy({ kind: 'delay', ms: 200 }, { signal: AbortSignal.timeout(50) })
    expect(outcome).toMatchObject({ name: 'AbortError' })
    expect(keys).toHaveLength(0)
    await sleep(300)
    expect(keys).toHaveLength(1)
  })

  test('A fault in front of the API strikes without a look at the JWT, and one behind it changes no refusal into an effect', async () => {
    const pinata = await start()
    const gateway = pinata.addGateway()
    pinata.fault({ kind: 'status', status: 503, times: 2, when: 'after' })
    const call = caller(pinata, 'no JWT')
    expect((await call('POST', `/gateways/${gateway.id}/access_tokens`)).status).toBe(503)
    expect((await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)).status).toBe(503)
    expect(gateway.keys).toHaveLength(1)
  })

  test.each<Fault>([
    { kind: 'status', status: 500 },
    { kind: 'body', body: '' },
    { kind: 'drip', ms: 1, bytes: 50 },
  ])('$kind: the connection serves the next request', async fault => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { create, pinata } = await createStruckBy(fault, { agent })
    expect((await create()).status).toBe(200)
    agent.destroy()
    expect(pinata.requests.map(request => request.connection)).toEqual([1, 1])
  })
})

test.each([
  [{ kind: 'rest' }, 'unknown kind rest'],
  [{ kind: 'toString' }, 'unknown kind toString'],
  [{}, 'unknown kind undefined'],
  [{ kind: 'reset', wehn: 'after' }, 'wehn'],
  [{ kind: 'delay', ms: 1, when: 'after' }, 'when'],
  [{ kind: 'hang', status: 500 }, 'status'],
  [{ kind: 'upgrade', status: 101 }, 'status'],
  [{ kind: 'close', after: 0 }, 'after'],
  [{ kind: 'interim', times: 0 }, "times can't be 0"],
  [{ kind: 'upgrade', when: 'later' }, "when can't be later"],
  [{ kind: 'close', ms: -1 }, "ms can't be -1"],
  [{ kind: 'delay' }, 'needs ms'],
  [{ kind: 'drip' }, 'needs ms'],
  [{ kind: 'encode' }, 'needs encoding'],
  [{ kind: 'status' }, 'needs status'],
  [{ kind: 'redirect' }, 'needs to'],
  [{ kind: 'body' }, 'needs body'],
  [{ kind: 'reset', when: 'later' }, "when can't be later"],
  [{ kind: 'reset', times: 0 }, "times can't be 0"],
  [{ kind: 'reset', times: undefined }, "times can't be undefined"],
  [{ kind: 'reset', skip: -1 }, "skip can't be -1"],
  [{ kind: 'reset', ms: Number.NaN }, "ms can't be NaN"],
  [{ kind: 'reset', method: 'post' }, "method can't be post"],
  [{ kind: 'reset', path: '' }, "path can't be"],
  [{ kind: 'status', status: '500' }, "status can't be 500"],
  [{ kind: 'status', status: 600 }, "status can't be 600"],
  [{ kind: 'status', status: 500, headers: { a: 1 } }, "headers can't be"],
  [{ kind: 'redirect', to: '/', status: 200 }, "status can't be 200"],
  [{ kind: 'truncate', after: -1 }, "after can't be -1"],
  [{ kind: 'drip', ms: 1, bytes: 0 }, "bytes can't be 0"],
])('A fault that makes no sense throws at once: %j', async (fault, message) => {
  const pinata = await start()
  expect(() => pinata.fault(fault as Fault)).toThrow(message)
  expect((await caller(pinata)('GET', '/gateways')).status).toBe(200)
})
