import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Connection, type Method } from '../../src/http/connection.ts'
import { Secret } from '../../src/secret.ts'
import { ACTION, jobWith, NO_PAUSES, preload, REVOKE_ACTION } from '../support/job.ts'
import { NETWORK } from '../support/network.ts'
import { pinataAndGitHub, pinataWithGateway } from '../support/step.ts'

const JWT = '${{ secrets.PINATA_JWT }}'
const FAST = preload(NO_PAUSES)
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that handles the first data of each connection like this. @returns its port */
async function rawServer(onData: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => onData(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

async function exchangeWith(onData: (socket: Socket) => void, method: Method, timeoutMs: number) {
  const port = await rawServer(onData)
  const connection = new Connection(`http://127.0.0.1:${port}`, { token: new Secret('a') }, NETWORK)
  const started = performance.now()
  const reply = await connection.exchange(method, '/', { timeoutMs })
  return { reply, took: performance.now() - started }
}

test.each(['GET', 'POST', 'DELETE'] as const)(
  'returns a fault at once if the response to a %s is 101 Switching Protocols',
  async method => {
    const { reply, took } = await exchangeWith(socket => socket.write(UPGRADE), method, 30_000)
    expect(reply).toEqual({
      kind: 'fault',
      reason: 'the connection was closed without a response',
      sent: true,
      transient: true,
    })
    expect(took).toBeLessThan(5000)
  },
)

test.each([
  ['closes the connection without a response', (socket: Socket) => socket.end()],
  [
    'closes the connection after the headers',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
  ],
  ['closes the connection within the headers', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nConte')],
  [
    'closes the connection after an interim response',
    (socket: Socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'),
  ],
  ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
])('returns a fault at once if a server %s', async (_name, onData) => {
  const { reply, took } = await exchangeWith(onData, 'GET', 30_000)
  expect(reply).toMatchObject({ kind: 'fault', sent: true, transient: true })
  expect(took).toBeLessThan(5000)
})

test('does not wait longer if interim responses have no end', async () => {
  const flood = (socket: Socket) => {
    const sending = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)), 1)
    socket.on('close', () => clearInterval(sending))
  }
  const { reply } = await exchangeWith(flood, 'GET', 500)
  expect(reply).toMatchObject({
    kind: 'fault',
    reason: "no complete response before the step's time limit was reached",
  })
})

test('settles every request, whatever the server sends and however the connection ends', async () => {
  const STARTS = ['HTTP/1.1 200 OK', 'HTTP/1.1 101 Switching Protocols', 'HTTP/1.1 103 Early Hints', 'HTTP/1.1 403 No']
  const LINES = [
    'Content-Length: 9',
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'Connection: close',
    '',
    '{}',
  ]
  const ENDS = {
    close: (socket: Socket) => socket.end(),
    reset: (socket: Socket) => socket.resetAndDestroy(),
    silence: () => {},
  }
  const lines = fc.array(fc.oneof(fc.constantFrom(...LINES), fc.constantFrom(...STARTS)), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...STARTS), lines, fc.constantFrom(...Object.values(ENDS)), async (...parts) => {
      const [start, rest, end] = parts
      const respond = (socket: Socket) => socket.write([start, ...rest, ''].join('\r\n'), () => end(socket))
      const { took } = await exchangeWith(respond, 'GET', 50)
      expect(took).toBeLessThan(2000)
    }),
    { numRuns: 100 },
  )
})

/** The faults without an error of Node, in whole steps. */
const SILENT = [
  ['101', { kind: 'upgrade' }],
  ['101 after the request took effect', { kind: 'upgrade', when: 'after' }],
  ['a closed connection', { kind: 'close', when: 'after' }],
] as const

test.each(SILENT)(
  'fails and names what it may have left if the response to the creation is %s',
  async (_name, fault) => {
    const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
    pinata.fault({ ...fault, method: 'POST', times: Number.POSITIVE_INFINITY })
    const job = jobWith(jwt)
    const main = await job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT }, env: FAST })
    expect(main.exitCode).toBe(1)
    expect(main.annotations.filter(({ level }) => level === 'error')).toHaveLength(1)
    for (const { id } of gateway.keys.slice(1)) expect(main.log).toContain(id)
    await job.end()
  },
)

test.each(SILENT)('ends no step in silence if the response to every request is %s', async (_name, fault) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { ...inputs, 'pinata-jwt': JWT }
  const main = await job.step({ action: ACTION, with: { ...given, revoke: 'after-job' }, env: FAST })
  pinata.fault({ ...fault, times: Number.POSITIVE_INFINITY })
  const id = gateway.keys[1]?.id ?? ''
  const revoke = await job.step({ action: REVOKE_ACTION, with: { ...given, 'key-id': id }, env: FAST })
  expect(revoke.exitCode).toBe(1)
  expect(revoke.annotations.at(-1)?.message).toMatch(/the connection was closed without a response|socket hang up/)
  const [post] = await job.end()
  expect(main.exitCode).toBe(0)
  expect(post?.exitCode).toBe(0)
  expect(post?.annotations.map(({ level, message }) => [level, message])).toContainEqual([
    'warning',
    expect.stringContaining(id),
  ])
})

test('fails and leaves no key if GitHub responds with 101', async () => {
  const { gateway, github, jwt, inputs } = await pinataAndGitHub()
  github.fault({ kind: 'upgrade', method: 'POST', times: Number.POSITIVE_INFINITY })
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl, token: inputs['github-token'] } } })
  const main = await job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT, name: 'pr-7' }, env: FAST })
  expect(main.exitCode).toBe(1)
  expect(main.annotations.at(-1)?.message).toMatch(/closed without a response.*Key [\da-f-]+ was revoked again\.$/)
  expect(gateway.keys).toHaveLength(1)
  await job.end()
})

/** A Node in which requests never settle, and no timer keeps the process alive. */
const DEAF = preload(`
  const http = require('node:http')
  const { EventEmitter } = require('node:events')
  const deaf = new RegExp(process.env.DEAF_TO)
  const { request } = http
  http.request = (options, callback) => {
    if (!deaf.test(options.method)) return request(options, callback)
    return Object.assign(new EventEmitter(), { setTimeout() {}, end() {} })
  }
  const { setTimeout } = globalThis
  globalThis.setTimeout = (...args) => setTimeout(...args).unref()
`)

test('fails and names the request if the work of a step never settles', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { ...inputs, 'pinata-jwt': JWT }
  const main = await job.step({ action: ACTION, with: given, env: { ...DEAF, DEAF_TO: 'POST' } })
  expect(main.exitCode).toBe(1)
  expect(main.annotations).toEqual([
    expect.objectContaining({
      level: 'error',
      message: expect.stringMatching(
        /^The step ended too early, while it was waiting for the response to POST .*\/access_tokens\. Please report/,
      ),
    }),
  ])
  const revoke = await jobWith(jwt).step({
    action: REVOKE_ACTION,
    with: { ...given, 'key-id': 'a' },
    env: { ...DEAF, DEAF_TO: 'DELETE' },
  })
  expect(revoke.exitCode).toBe(1)
  expect(revoke.annotations[0]?.message).toMatch(/it was waiting for the response to DELETE/)
  await job.end()
})

test('warns with the ID of the key if the work of a post step never settles', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { ...inputs, 'pinata-jwt': JWT, revoke: 'after-job' }
  await job.step({ action: ACTION, with: given, env: { ...DEAF, DEAF_TO: 'DELETE' } })
  const [post] = await job.end()
  expect(post?.exitCode).toBe(0)
  expect(post?.annotations).toEqual([
    expect.objectContaining({ level: 'warning', message: expect.stringContaining(`${gateway.keys[1]?.id}`) }),
  ])
})
