import dns from 'node:dns'
import { createServer, type LookupFunction, type Socket } from 'node:net'
import { expect, jest, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { ACTION, jobWith, trustCertificate } from '../support/job.ts'
import { connectTo, listen, relayTo, within } from '../support/network.ts'
import { pinataWithGateway, runKeyStep, until } from '../support/step.ts'

const tls = selfSigned()

test.each([
  ['plain text', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
  ['a record with a wrong checksum', `\x17\x03\x03\x00\x40${'a'.repeat(64)}`],
])('names the key if TLS breaks after the request: %s', async (_name, bytes) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1, { tls })
  const clients: Socket[] = []
  const port = await listen(relayTo(pinata.port, client => clients.push(client)))
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  const given = { ...inputs, 'api-url': `https://127.0.0.1:${port}/v3` }
  const running = jobWith(jwt).step({ action: ACTION, with: given, env: trustCertificate(tls) })
  await until(() => gateway.keys.length > 1)
  for (const client of clients) client.write(bytes, 'latin1')
  const step = await running
  expect(step.annotations.map(({ message }) => message).join()).toContain(gateway.keys[1]?.id)
})

test('sends nothing to a server whose certificate is not trusted, and explains how to trust the certificate', async () => {
  const { pinata, inputs } = await pinataWithGateway(1, { tls })
  const reply = await connectTo(pinata.apiUrl).exchange('POST', '/', within(5000))
  expect(reply).toMatchObject({ kind: 'fault', sent: false, transient: false, cause: 'certificate' })
  const done = await runKeyStep(inputs)
  expect(done.error).toMatch(
    /: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*set NODE_EXTRA_CA_CERTS to .* \(or NODE_USE_SYSTEM_CA to 1 if .*\)\. Otherwise, check api-url\.$/,
  )
  expect(done.warnings).toEqual([])
})

test('does not retry if a server does not speak TLS', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': pinata.apiUrl.replace('http:', 'https:') })
  expect(done.error).toMatch(
    /^Could not create a key via 127\.0\.0\.1:\d+: the server or proxy does not use TLS \([A-Z_]+\)\. Check api-url and https_proxy\.$/,
  )
  expect(done.pauses).toEqual([])
})

test.each([
  ['an alert, such as for a domain without a certificate', '\x15\x03\x03\x00\x02\x02\x28', /alert handshake failure/],
  ['an alert that OpenSSL names differently', '\x15\x03\x03\x00\x02\x02\x70', /unrecognized name/],
  ['TLS 1.0', `\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01${'r'.repeat(32)}\x00\xc0\x13\x00`, /unsupported protocol/],
])('may retry, and names the reason, if TLS fails: %s', async (_name, bytes, expected) => {
  const server = createServer(socket => socket.once('data', () => socket.end(bytes, 'latin1')))
  const connection = connectTo(`https://127.0.0.1:${await listen(server)}`)
  const reason = expect.stringMatching(`^TLS with the server or proxy failed \\([^():]*${expected.source}\\)$`)
  for (const method of ['GET', 'POST'] as const) {
    const reply = await connection.exchange(method, '/', within(5000))
    expect(reply).toEqual({ kind: 'fault', reason, sent: false, transient: true, cause: 'tls' })
  }
})

test('names the reason if the message contains a path with a drive letter, as on Windows', async () => {
  // From Node 20 for Windows.
  const message =
    'write EPROTO 00A80000:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:c:\\ws\\deps\\openssl\\openssl\\ssl\\record\\rec_layer_s3.c:1605:SSL alert number 40\n'
  const lookup = jest.spyOn(dns, 'lookup').mockImplementation(((_name, _options, callback) => {
    callback(Object.assign(new Error(message), { code: 'EPROTO', syscall: 'write' }), [])
  }) as LookupFunction as typeof dns.lookup)
  const reply = await connectTo('https://api.pinata.test').exchange('GET', '/', within(5000))
  lookup.mockRestore()
  expect(reply).toMatchObject({ reason: 'TLS with the server or proxy failed (sslv3 alert handshake failure)' })
})

test('reaches the IPv6 loopback address', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const port = await listen(relayTo(pinata.port), '::1')
  expect((await runKeyStep({ ...inputs, 'api-url': `http://[::1]:${port}/v3` })).error).toBeUndefined()
})
