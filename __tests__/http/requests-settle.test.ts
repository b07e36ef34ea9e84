import { createServer, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Pinata } from '../support/emulator-client.ts'
import { connectTo, listen, within } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Sends a request to a server that passes the first data of each connection to `onData`. */
async function exchangeWith(onData: (socket: Socket) => void, timeoutMs: number) {
  const port = await listen(createServer(socket => socket.once('data', () => onData(socket))))
  const startedAt = performance.now()
  const reply = await connectTo(`http://127.0.0.1:${port}`).exchange('GET', '/', within(timeoutMs))
  return { reply, elapsedMs: performance.now() - startedAt }
}

const STATUS = 'HTTP/1.1 200 OK\r\n'

test.each<[string, string, (socket: Socket) => void]>([
  ['responds with 101', 'the connection was closed without a response', socket => socket.write(UPGRADE)],
  ['hangs up without a response', 'socket hang up', socket => socket.end()],
  ['hangs up after the headers', 'aborted', socket => socket.end(`${STATUS}Content-Length: 9\r\n\r\n`)],
  ['hangs up within the headers', 'socket hang up', socket => socket.end(`${STATUS}Conte`)],
  ['hangs up after an interim response', 'socket hang up', socket => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ['resets the connection', 'read ECONNRESET', socket => socket.resetAndDestroy()],
])('returns a fault at once if a server %s', async (_name, reason, onData) => {
  const { reply, elapsedMs } = await exchangeWith(onData, 30_000)
  expect(reply).toEqual({ kind: 'fault', reason: expect.stringContaining(reason), sent: true, transient: true })
  expect(elapsedMs).toBeLessThan(5000)
})

test('blames the response if a server sends something other than HTTP', async () => {
  const { reply } = await exchangeWith(socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 30_000)
  expect(reply).toMatchObject({ reason: expect.stringContaining('HPE_'), transient: true, cause: 'response' })
})

test('sends no request if no time is left', async () => {
  const sent: Socket[] = []
  const { reply } = await exchangeWith(socket => sent.push(socket), 0)
  const reason = 'no connection before the time limit was reached'
  expect(reply).toEqual({ kind: 'fault', reason, sent: false, transient: true, cause: 'time' })
  expect(sent).toEqual([])
})

const LATE = 'no complete response before the time limit was reached'

async function exchangeDuring(fault: Parameters<Pinata['fault']>[0], timeoutMs: number, signal?: AbortSignal) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  pinata.fault(fault)
  const connection = connectTo(pinata.apiUrl, jwt)
  const send = (ms: number) => connection.exchange('GET', `/gateways/${gateway.id}`, within(ms, signal))
  const startedAt = performance.now()
  const reply = await send(timeoutMs)
  return { reply, elapsedMs: performance.now() - startedAt, send }
}

test.each([
  ['a response that never arrives', { kind: 'hang' }],
  ['a response that trickles in', { kind: 'drip', ms: 50 }],
  ['a late response', { kind: 'delay', ms: 5000 }],
  ['a response after endless interim responses', { kind: 'interim' }],
] as const)('stops waiting for %s at the time limit, and sends the next request', async (_name, fault) => {
  const { reply, elapsedMs, send } = await exchangeDuring(fault, 299.98823)
  expect(reply).toEqual({ kind: 'fault', reason: LATE, sent: true, transient: true, cause: 'time' })
  expect(elapsedMs).toBeLessThan(2000)
  expect(await send(5000)).toMatchObject({ kind: 'response', status: 200 })
})

test('does not wait for a response once the step is stopped', async () => {
  const { reply, elapsedMs } = await exchangeDuring({ kind: 'hang' }, 30_000, AbortSignal.timeout(100))
  expect(reply).toMatchObject({ kind: 'fault', reason: 'the step was stopped' })
  expect(elapsedMs).toBeLessThan(5000)
})

test('settles every request, whatever the server sends and however the connection ends', async () => {
  const STARTS = ['HTTP/1.1 200 OK', 'HTTP/1.1 101 Switching Protocols', 'HTTP/1.1 103 Early Hints', 'HTTP/1.1 403 No']
  const LINES = ['Content-Length: 9', 'Transfer-Encoding: chunked', 'Content-Encoding: gzip', 'Connection: close']
  const ends = fc.constantFrom(
    (socket: Socket) => socket.end(),
    (socket: Socket) => socket.resetAndDestroy(),
    () => {},
  )
  const lines = fc.array(fc.constantFrom(...LINES, ...STARTS, '', '{}'), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...STARTS), lines, ends, async (start, rest, end) => {
      const respond = (socket: Socket) => socket.write([start, ...rest, ''].join('\r\n'), () => end(socket))
      const { elapsedMs } = await exchangeWith(respond, 50)
      expect(elapsedMs).toBeLessThan(2000)
    }),
    { numRuns: 100 },
  )
})
