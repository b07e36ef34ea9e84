// Steps that reach Pinata through a proxy. Node reads NODE_EXTRA_CA_CERTS only when a process starts.
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { ACTION, jobWith, leaksOf, preload, trustCertificate } from '../support/job.ts'
import { listen } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const HOST = 'api.pinata.test'
const tls = selfSigned(HOST, 'proxy.test')

/** Starts Pinata behind a forward proxy. The proxy connects every host to Pinata, because `HOST` does not resolve. */
async function setup({ overTls = false, droppedConnect = -1 } = {}) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1, { tls })
  const connects: IncomingMessage[] = []
  let bytes = ''
  const server = overTls ? createTlsServer(tls) : createServer()
  server.on('connect', (request, client: Socket) => {
    if (connects.push(request) === droppedConnect) return client.destroy()
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
    const main = await job.step({ action: ACTION, with: given, env: { ...trustCertificate(tls), ...env } })
    const [post] = await job.end()
    return { main, post }
  }
  return { pinata, gateway, jwt, connects, tunneledBytes: () => bytes, port, run }
}

test('sends all requests through a proxy, which sees its own password but no secrets', async () => {
  const { gateway, jwt, connects, tunneledBytes, port, run } = await setup()
  // Node deprecates some ways to pass a password.
  const env = { https_proxy: `http://me:hunter2@127.0.0.1:${port}`, NODE_OPTIONS: '--throw-deprecation' }
  const { main, post } = await run(env)
  expect([main.exitCode, main.stderr, main.annotations]).toEqual([0, '', []])
  expect(main.outputs['gateway-key']).toBeDefined()
  expect([post?.exitCode, post?.stderr, post?.annotations]).toEqual([0, '', []])
  expect(gateway.keys).toHaveLength(1)
  // One tunnel for all of the step's requests, and one for the post step.
  const authorization = `Basic ${Buffer.from('me:hunter2').toString('base64')}`
  expect(connects.map(({ url, headers }) => [url, headers['proxy-authorization']])).toEqual(
    Array(2).fill([`${HOST}:443`, authorization]),
  )
  expect(JSON.stringify(connects.map(({ headers }) => headers)) + tunneledBytes()).not.toContain(jwt)
  expect(leaksOf({ ...main, log: main.raw }, 'hunter2')).toEqual([])
})

test("connects to a proxy over TLS, and verifies the proxy's own name", async () => {
  const { connects, port, run } = await setup({ overTls: true })
  // The name does not resolve otherwise.
  const lookup = preload(`
    const dns = require('node:dns')
    const { lookup } = dns
    dns.lookup = (host, ...rest) => lookup(host === 'proxy.test' ? '127.0.0.1' : host, ...rest)
  `)
  const { main } = await run({ https_proxy: `https://proxy.test:${port}`, ...lookup })
  expect([main.exitCode, main.annotations]).toEqual([0, []])
  expect((connects[0]?.socket as TLSSocket | undefined)?.servername).toBe('proxy.test')
})

test('does not count a request as sent if the proxy opened no tunnel for it', async () => {
  const { pinata, gateway, connects, port, run } = await setup({ droppedConnect: 2 })
  // The server closes the first tunnel after its response.
  pinata.fault({ kind: 'status', status: 403, method: 'GET', headers: { Connection: 'close' } })
  const { main } = await run({ https_proxy: `http://127.0.0.1:${port}` })
  expect([main.exitCode, connects.length, gateway.keys.length]).toEqual([0, 4, 1])
  expect(main.log).not.toContain('unclaimed')
})
