import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { ACTION, jobWith, leaksOf, NO_PAUSES, preload } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

const HOST = 'api.pinata.test'
const tls = selfSigned(HOST, 'proxy.test')
const ca = path.join(tmpdir(), `pinata-test-ca-${process.pid}.pem`)
writeFileSync(ca, tls.cert)

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A forward proxy that connects every host to the emulator, because no name server here knows it. */
async function forwardProxy(port: number, { allow = true, overTls = false } = {}) {
  const connects: IncomingMessage[] = []
  let bytes = ''
  const sockets = new Set<Socket>()
  const server = overTls ? createTlsServer(tls) : createServer()
  server.on('connect', (req, client: Socket) => {
    connects.push(req)
    sockets.add(client)
    client.on('error', () => {})
    client.on('data', chunk => {
      bytes += chunk.toString('latin1')
    })
    if (!allow) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(target).pipe(client)
    })
    target.on('error', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { connects, seen: () => bytes, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function setup(options: Parameters<typeof forwardProxy>[1] = {}) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1, { tls })
  const proxy = await forwardProxy(pinata.port, options)
  const given = { 'gateway-id': gateway.id, 'pinata-jwt': jwt, 'api-url': `https://${HOST}/v3`, revoke: 'after-job' }
  return { pinata, gateway, jwt, proxy, given, job: jobWith(jwt) }
}

test.each(['https_proxy', 'HTTPS_PROXY'])(
  'sends all requests of a key through the proxy in %s, which sees no secret',
  async variable => {
    const { gateway, jwt, proxy, given, job } = await setup()
    const env = { [variable]: `http://${proxy.address}`, NODE_EXTRA_CA_CERTS: ca }
    const step = await job.step({ action: ACTION, with: given, env })
    expect(step.annotations).toEqual([])
    expect(step.exitCode).toBe(0)
    const value = gateway.keys[1]?.value ?? ''
    expect(step.outputs['gateway-key']).toBe(value)
    await job.end()
    expect(gateway.keys).toHaveLength(1)
    expect(new Set(proxy.connects.map(({ url }) => url))).toEqual(new Set([`${HOST}:443`]))
    // One tunnel for all requests of the step, and one for the post step.
    expect(proxy.connects).toHaveLength(2)
    expect(JSON.stringify(proxy.connects.map(({ headers }) => headers)) + proxy.seen()).not.toContain(jwt)
  },
)

test('uses a proxy that speaks TLS, and verifies it by its own name', async () => {
  const { proxy, given, job } = await setup({ overTls: true })
  // No name server knows it.
  const lookup = preload(`
    const dns = require('node:dns')
    const { lookup } = dns
    dns.lookup = (host, ...rest) => lookup(host === 'proxy.test' ? '127.0.0.1' : host, ...rest)
  `)
  const env = { https_proxy: `https://proxy.test:${proxy.address.split(':')[1]}`, NODE_EXTRA_CA_CERTS: ca, ...lookup }
  const started = performance.now()
  const step = await job.step({ action: ACTION, with: given, env })
  expect(step.annotations).toEqual([])
  expect(step.exitCode).toBe(0)
  expect(proxy.connects.map(({ socket }) => (socket as TLSSocket).servername)).toEqual(['proxy.test'])
  expect(performance.now() - started).toBeLessThan(3000)
  await job.end()
})

test('causes no warning of Node by the password of a proxy, even where that is an error', async () => {
  const { gateway, proxy, given, job } = await setup()
  const env = {
    https_proxy: `http://me:hunter2@${proxy.address}`,
    NODE_EXTRA_CA_CERTS: ca,
    NODE_OPTIONS: '--throw-deprecation',
  }
  const step = await job.step({ action: ACTION, with: given, env })
  expect([step.exitCode, step.stderr]).toEqual([0, ''])
  const [post] = await job.end()
  expect([post?.exitCode, post?.stderr, post?.annotations]).toEqual([0, '', []])
  expect(gateway.keys).toHaveLength(1)
})

test('uses the name and the password in the address of a proxy, and does not print them', async () => {
  const { proxy, given, job } = await setup()
  const env = { https_proxy: `http://me:hunter2@${proxy.address}`, NODE_EXTRA_CA_CERTS: ca }
  const step = await job.step({ action: ACTION, with: given, env })
  expect(step.exitCode).toBe(0)
  expect(proxy.connects[0]?.headers['proxy-authorization']).toBe(
    `Basic ${Buffer.from('me:hunter2').toString('base64')}`,
  )
  expect(leaksOf({ ...step, log: step.raw }, 'hunter2')).toEqual([])
  await job.end()
})

test('bypasses the proxy for a host in no_proxy', async () => {
  const { proxy, given, job } = await setup()
  const env = { https_proxy: `http://${proxy.address}`, no_proxy: 'example.com,.pinata.test', ...preload(NO_PAUSES) }
  const step = await job.step({ action: ACTION, with: given, env })
  expect(proxy.connects).toEqual([])
  expect(step.annotations[0]?.message).toMatch(/api\.pinata\.test: getaddrinfo/)
  await job.end()
})

test('reports a proxy that requires other credentials without retries, and sends nothing', async () => {
  const { pinata, proxy, given, job } = await setup({ allow: false })
  const env = { https_proxy: `http://${proxy.address}`, NODE_EXTRA_CA_CERTS: ca }
  const step = await job.step({ action: ACTION, with: given, env: { ...env, ...preload(NO_PAUSES) } })
  expect(step.exitCode).toBe(1)
  expect(step.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Could not create a key: api\.pinata\.test: the proxy responded with HTTP 407 when it should open a tunnel\. Check the user name and the password in https_proxy\.$/,
    ),
  ])
  // One for the reading of the gateway, and one for the creation.
  expect(proxy.connects).toHaveLength(2)
  expect(pinata.requests).toEqual([])
  await job.end()
})

test('sends no JWT to a server whose certificate is not trusted, and advises what to do', async () => {
  const { pinata, proxy, given, job } = await setup()
  const step = await job.step({ action: ACTION, with: given, env: { https_proxy: `http://${proxy.address}` } })
  expect(step.exitCode).toBe(1)
  expect(step.annotations[0]?.message).toMatch(
    /^Could not create a key: api\.pinata\.test: .*DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS/,
  )
  expect(pinata.requests).toEqual([])
  await job.end()
})
