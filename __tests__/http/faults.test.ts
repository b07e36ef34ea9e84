import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { Connection } from '../../src/http/connection.ts'
import { Secret } from '../../src/secret.ts'
import { ACTION, jobWith } from '../support/job.ts'
import { NETWORK } from '../support/network.ts'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const options = { token: new Secret('a') }

const tls = selfSigned()
const ca = path.join(tmpdir(), `pinata-test-tls-${process.pid}.pem`)
writeFileSync(ca, tls.cert)

/** Relays all bytes between clients and a server. @returns its port, and a way to write to the bare sockets */
async function relayTo(port: number, host: string) {
  const clients: Socket[] = []
  const relay = createServer(client => {
    clients.push(client)
    const back = connect(port, '127.0.0.1')
    client.pipe(back).pipe(client)
    client.on('error', () => back.destroy()).on('close', () => back.destroy())
    back.on('error', () => client.destroy())
  })
  await new Promise<void>(resolve => relay.listen(0, host, resolve))
  closing.push(() => relay.close())
  const write = (bytes: string) => clients.map(client => client.write(bytes, 'latin1'))
  return { port: (relay.address() as AddressInfo).port, write }
}

test.each([
  ['plain text', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
  ['an alert', '\x15\x03\x03\x00\x02\x02\x14'],
  ['a record with a wrong checksum', `\x17\x03\x03\x00\x40${'a'.repeat(64)}`],
])('names every key if TLS breaks after the request: %s', async (_name, bytes) => {
  const { pinata, gateway, jwt } = await pinataWithGateway(1, { tls })
  const relay = await relayTo(pinata.port, '127.0.0.1')
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST', times: Number.POSITIVE_INFINITY })
  const job = jobWith(jwt)
  const given = { 'gateway-id': gateway.id, 'pinata-jwt': jwt, 'api-url': `https://127.0.0.1:${relay.port}/v3` }
  let broken = 1
  const breaking = setInterval(() => {
    if (gateway.keys.length <= broken) return
    broken = gateway.keys.length
    relay.write(bytes)
  }, 20)
  closing.push(() => clearInterval(breaking))
  const step = await job.step({ action: ACTION, with: given, env: { NODE_EXTRA_CA_CERTS: ca } })
  await job.end()
  expect(step.exitCode).toBe(1)
  expect(gateway.keys.length).toBeGreaterThan(1)
  for (const { id } of gateway.keys.slice(1)) expect(step.log).toContain(id)
})

test('sends nothing to a server whose certificate is not trusted, and advises how to trust it', async () => {
  const { pinata, inputs } = await pinataWithGateway(1, { tls })
  const reply = await new Connection(pinata.apiUrl, options, NETWORK).exchange('POST', '/', { timeoutMs: 5000 })
  expect(reply).toMatchObject({ kind: 'fault', sent: false, transient: false, cause: 'certificate' })
  const done = await runKeyStep(inputs)
  expect(done.error).toMatch(
    /: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*set NODE_EXTRA_CA_CERTS to .*, or NODE_USE_SYSTEM_CA to 1 .* Otherwise check api-url\.$/,
  )
  expect(done.warnings).toEqual([])
})

test('does not retry if a server does not speak TLS', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': pinata.apiUrl.replace('http:', 'https:') })
  expect(done.error).toMatch(
    /^Could not create a key: 127\.0\.0\.1:\d+: the other side does not speak TLS \([A-Z_]+\)\. Check api-url and https_proxy\.$/,
  )
  expect(done.pauses).toEqual([])
})

test('reaches the loopback address of IPv6', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const { port } = await relayTo(pinata.port, '::1')
  const done = await runKeyStep({ ...inputs, 'api-url': `http://[::1]:${port}/v3` })
  expect(done.error).toBeUndefined()
})

test('rejects a proxy without http:// instead of bypassing it', async () => {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { 'gateway-id': gateway.id, 'pinata-jwt': jwt, 'api-url': 'https://api.pinata.test/v3' }
  const step = await job.step({ action: ACTION, with: given, env: { https_proxy: `localhost:${pinata.port}` } })
  expect(step.annotations[0]?.message).toMatch(
    /^The proxy in https_proxy is not an http or https URL\. Set it to http:\/\/host:port/,
  )
  await job.end()
})
