// Steps behind a proxy. Those that reach a server need a process, because only a new one trusts its certificate.
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createRawServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { ACTION, jobWith, leaksOf, preload } from '../support/job.ts'
import { listen } from '../support/network.ts'
import { type Options, pinataWithGateway, runKeyStep } from '../support/step.ts'

const HOST = 'api.pinata.test'
const tls = selfSigned(HOST, 'proxy.test')
const ca = path.join(tmpdir(), `pinata-test-ca-${process.pid}.pem`)
writeFileSync(ca, tls.cert)

const { https_proxy: proxy } = process.env
const { setTimeout: wait } = globalThis
afterEach(() => {
  process.env.https_proxy = proxy ?? ''
  globalThis.setTimeout = wait
})

/** A job whose Pinata is behind a forward proxy, which connects every host to it, because no name server here knows it. */
async function setup({ overTls = false } = {}) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1, { tls })
  const connects: IncomingMessage[] = []
  let bytes = ''
  const server = overTls ? createTlsServer(tls) : createServer()
  server.on('connect', (request, client: Socket) => {
    connects.push(request)
    client.on('data', chunk => {
      bytes += chunk.toString('latin1')
    })
    const target = connect(pinata.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(target).pipe(client)
    })
    target.on('error', () => client.destroy())
  })
  const port = await listen(server)
  const given = { 'gateway-id': gateway.id, 'pinata-jwt': jwt, 'api-url': `https://${HOST}/v3`, revoke: 'after-job' }
  const run = async (env: Record<string, string>) => {
    const job = jobWith(jwt)
    const main = await job.step({ action: ACTION, with: given, env: { NODE_EXTRA_CA_CERTS: ca, ...env } })
    const [post] = await job.end()
    return { main, post }
  }
  return { gateway, jwt, connects, seen: () => bytes, port, run }
}

test('sends all requests through a proxy, which sees its password and no secret', async () => {
  const { gateway, jwt, connects, seen, port, run } = await setup()
  // Node warns of some ways to pass a password.
  const env = { https_proxy: `http://me:hunter2@127.0.0.1:${port}`, NODE_OPTIONS: '--throw-deprecation' }
  const { main, post } = await run(env)
  expect([main.exitCode, main.stderr, main.annotations]).toEqual([0, '', []])
  expect(main.outputs['gateway-key']).toBeDefined()
  expect([post?.exitCode, post?.stderr, post?.annotations]).toEqual([0, '', []])
  expect(gateway.keys).toHaveLength(1)
  // One tunnel for all requests of the step, and one for the post step.
  const authorization = `Basic ${Buffer.from('me:hunter2').toString('base64')}`
  expect(connects.map(({ url, headers }) => [url, headers['proxy-authorization']])).toEqual(
    Array(2).fill([`${HOST}:443`, authorization]),
  )
  expect(JSON.stringify(connects.map(({ headers }) => headers)) + seen()).not.toContain(jwt)
  expect(leaksOf({ ...main, log: main.raw }, 'hunter2')).toEqual([])
})

test('uses a proxy that speaks TLS, and verifies it by its own name', async () => {
  const { connects, port, run } = await setup({ overTls: true })
  // No name server knows it.
  const lookup = preload(`
    const dns = require('node:dns')
    const { lookup } = dns
    dns.lookup = (host, ...rest) => lookup(host === 'proxy.test' ? '127.0.0.1' : host, ...rest)
  `)
  const { main } = await run({ https_proxy: `https://proxy.test:${port}`, ...lookup })
  expect([main.exitCode, main.annotations]).toEqual([0, []])
  expect((connects[0]?.socket as TLSSocket | undefined)?.servername).toBe('proxy.test')
})

/** Runs a step behind a proxy that opens no tunnel. @param onData handles its first data */
async function runBehind(onData: (socket: Socket) => void, options: Options = {}) {
  let connects = 0
  const server = createRawServer(socket => {
    socket.once('data', () => onData(socket))
    connects++
  })
  process.env.https_proxy = `http://127.0.0.1:${await listen(server)}`
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': `https://${HOST}/v3` }, options)
  return { ...done, connects }
}

const BAD: [string, (socket: Socket) => void][] = [
  ['never responds', () => {}],
  [
    'sends its headers drop by drop',
    socket => {
      const dripping = setInterval(
        () => socket.write('HTTP/1.1 200 OK\r\nX-Padding: a'[socket.bytesWritten] ?? 'a'),
        20,
      )
      socket.on('close', () => clearInterval(dripping))
    },
  ],
  ['opens a tunnel to a server that never speaks TLS', socket => void socket.write('HTTP/1.1 200 OK\r\n\r\n')],
]

test.each(BAD)('gives up in time if a proxy %s, and at once if the step is stopped', async (_name, onData) => {
  const stop = new AbortController()
  let stoppedAt = 0
  const stopSoon = (socket: Socket) => {
    onData(socket)
    wait(() => {
      stoppedAt = performance.now()
      stop.abort()
    }, 100)
  }
  const stopped = await runBehind(stopSoon, { cancelled: stop.signal })
  expect(performance.now() - stoppedAt).toBeLessThan(1000)
  expect(stopped.error).toMatch(/^Could not create a key\. The step was stopped/)
  // Long waits are short.
  const hurry = (callback: () => void, ms = 0) => wait(callback, ms >= 10_000 ? 200 : ms)
  globalThis.setTimeout = hurry as typeof setTimeout
  const { error, warnings } = await runBehind(onData)
  expect(error).toMatch(/^Could not create a key: api\.pinata\.test: no connection within 30 seconds\. .*https_proxy/)
  // No connection, so no key: there is nothing to find.
  expect(warnings).toEqual([])
})

test('reports a proxy that requires other credentials without retries, and sends nothing', async () => {
  const refuse = (socket: Socket) => void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  const { error, warnings, connects } = await runBehind(refuse)
  expect(error).toBe(
    'Could not create a key: api.pinata.test: the proxy responded with HTTP 407 when it should open a tunnel. Check the user name and the password in https_proxy.',
  )
  // One for the reading of the gateway, and one for the creation.
  expect([warnings, connects]).toEqual([[], 2])
})

test('rejects a proxy that it cannot use instead of bypassing it', async () => {
  const { inputs } = await pinataWithGateway(1)
  process.env.https_proxy = 'socks5://127.0.0.1:1080'
  expect((await runKeyStep({ ...inputs, 'api-url': `https://${HOST}/v3` })).error).toBe(
    "The proxy in https_proxy is a SOCKS proxy, which this action can't use. Set it to http://host:port, or unset it.",
  )
})
