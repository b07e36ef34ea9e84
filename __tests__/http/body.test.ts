import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { Connection, type Method } from '../../src/http/connection.ts'
import { attemptOf } from '../../src/http/retry.ts'
import { connectTo, listen, NETWORK, within } from '../support/network.ts'

type Content = string | Buffer

const encoded = (encoding: string) => ({ 'content-encoding': encoding })

/** Sends a request with `Accept-Encoding: identity` to a server that responds with this body. */
async function exchange(body: Content, headers = {}, status = 200, method: Method = 'POST', redact = NETWORK.redact) {
  const server = createServer((request, response) => {
    expect(request.headers['accept-encoding']).toBe('identity')
    response.writeHead(status, headers).end(body)
  })
  const connection = new Connection(`http://127.0.0.1:${await listen(server)}`, {}, { ...NETWORK, redact })
  return await connection.exchange(method, '/', within(30_000))
}

/** A fault that must not be retried. */
const FAULT = { kind: 'fault', sent: true, transient: false, cause: 'response' }
const MIB = 1024 * 1024
const json = (length = 0) => JSON.stringify({ data: 'a'.repeat(length) })

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  [' GZIP', gzipSync],
  ['deflate', deflateSync],
  ['identity', (text: string) => text],
  ['', (text: string) => text],
])('decodes a response with Content-Encoding: %s', async (encoding, encode) => {
  expect(await exchange(encode(json(1)), encoded(encoding))).toMatchObject({ kind: 'response', json: { data: 'a' } })
})

test('parses the whole body of a successful DELETE, because a shortened body would not be JSON', async () => {
  expect(await exchange(json(MIB), {}, 200, 'DELETE')).toMatchObject({
    json: { data: expect.any(String) },
    text: undefined,
  })
})

test.each([
  ['an unsupported encoding', 'br', brotliCompressSync(json())],
  ['two encodings', 'gzip, br', brotliCompressSync(gzipSync(json()))],
  ['the name of an inherited property', 'toString', json()],
  ["an encoding other than the body's", 'gzip', json()],
  ['a truncated body', 'gzip', gzipSync(json(5)).subarray(0, -5)],
])('reports a lost response, which must not be retried, for %s', async (_name, encoding, body) => {
  const reply = await exchange(body, encoded(encoding))
  const reason = `the response has the encoding ${encoding.toLowerCase()}, which was not requested and can't be decoded`
  expect(reply).toEqual({ ...FAULT, reason })
  expect(attemptOf(reply).classification).toBe('permanent')
})

test("decodes the body of an error, and ignores one that it can't decode", async () => {
  const error = JSON.stringify({ error: 'no' })
  expect(await exchange(gzipSync(error), encoded('gzip'), 403)).toMatchObject({ status: 403, json: { error: 'no' } })
  for (const encoding of ['gzip', 'zstd'])
    expect(await exchange(error, encoded(encoding), 403)).toMatchObject({ status: 403, json: undefined })
})

test('accepts a response without a body, regardless of its encoding', async () => {
  expect(await exchange('', encoded('gzip'), 200, 'DELETE')).toMatchObject({ kind: 'response', status: 200 })
})

test.each([200, 500])('reads an endless response with status %d only up to the limit', async status => {
  let sent = 0
  function* endless() {
    for (; sent < 256 * MIB; sent += MIB) yield Buffer.alloc(MIB, '[')
  }
  const server = createServer((_request, response) => {
    Readable.from(endless()).pipe(response.writeHead(status))
  })
  const connection = connectTo(`http://127.0.0.1:${await listen(server)}`)
  await connection.exchange('GET', '/', within(30_000))
  // Sockets buffer part of the response.
  expect(sent).toBeLessThan(64 * MIB)
})

test.each([
  ['a body', (text: string) => text, {}],
  ['a decoded body', gzipSync, encoded('gzip')],
])('marks %s above the limit as too large and not worth a retry', async (_name, encode, headers) => {
  expect(await exchange(encode(json(4 * MIB - 20)), headers)).toMatchObject({ kind: 'response' })
  const tooLarge = { ...FAULT, reason: 'the response exceeds 4 MiB', tooLarge: true }
  expect(await exchange(encode(json(4 * MIB)), headers)).toEqual(tooLarge)
})

test('names the content type of a successful response that is not JSON', async () => {
  const reply = await exchange('<html>', { 'content-type': `text/html; ${'a'.repeat(5000)}` })
  const reason = 'the response (HTTP 200, text/html; …) is not JSON'
  expect(reply).toMatchObject({ kind: 'fault', reason, transient: true })
})

test.each<[string, Content, Record<string, string>, number, Method]>([
  ['an error that decodes to a long text', gzipSync(json(MIB)), encoded('gzip'), 503, 'GET'],
  ['a long response to a deletion', 'a'.repeat(MIB), {}, 200, 'DELETE'],
])('limits how much text it redacts: %s', async (_name, body, headers, status, method) => {
  const lengths: number[] = []
  const redact = (text: string) => {
    lengths.push(text.length)
    return text
  }
  const text = expect.any(String)
  expect(await exchange(body, headers, status, method, redact)).toMatchObject({ status, text })
  expect(Math.max(...lengths)).toBe(64 * 1024)
})

test("redacts a secret in an encoding's name before changing the name", async () => {
  const redact = (text: string) => text.replaceAll('My-Secret', '***')
  const reply = await exchange('{}', encoded('My-Secret'), 200, 'GET', redact)
  expect(reply).toMatchObject({ kind: 'fault', reason: expect.stringMatching(/encoding \*\*\*,/) })
})

test.each([
  [{ 'x-request-id': 'a', 'x-github-request-id': 'b' }, 'a'],
  [{ 'x-request-id': '', 'x-github-request-id': 'b' }, 'b'],
  [{ 'x-request-id': '' }, undefined],
])('reads the request ID of %j as %j', async (headers, requestId) => {
  expect(await exchange('{}', headers)).toMatchObject({ requestId })
})

const date = 'Fri, 12 Jul 2024 15:35:00 GMT'

test.each<[number | undefined, string, Record<string, string>, number, Method]>([
  [Date.parse(date), '', { 'x-request-id': 'a' }, 500, 'GET'],
  [Date.parse(date), '{}', {}, 200, 'GET'],
  [undefined, '{}', {}, 500, 'GET'],
  [undefined, '', {}, 204, 'DELETE'],
])('reads the date %j from %j, and ignores dates that another server may have sent', async (dateMs, body, ...rest) => {
  const [headers, status, method] = rest
  expect(await exchange(body, { date, ...headers }, status, method)).toMatchObject({ dateMs })
})
