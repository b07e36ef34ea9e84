import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { caller, send, start } from './support/emulator-client.ts'

/**
 * A certificate for 127.0.0.1 and all gateways that signs itself, made on the spot: Node has no call for it, and a private key in a
 * repository sets off every scanner. (RFC 5280, section 4.1)
 */
function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts)
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255]
    return Buffer.concat([Buffer.from([tag, ...length]), body])
  }
  const hex = (digits: string) => Buffer.from(digits, 'hex')
  const algorithm = der(0x30, der(0x06, hex('2a8648ce3d040302'))) // ECDSA with SHA-256
  const name = der(0x30, der(0x31, der(0x30, der(0x06, hex('550403')), der(0x0c, Buffer.from('127.0.0.1')))))
  const from = der(0x17, Buffer.from('200101000000Z'))
  const until = der(0x17, Buffer.from('491231235959Z'))
  const names = der(0x30, der(0x87, hex('7f000001')), der(0x82, Buffer.from('*.mypinata.cloud')))
  const altName = der(0x30, der(0x06, hex('551d11')), der(0x04, names))
  const contents = der(
    0x30,
    der(0xa0, der(0x02, hex('02'))), // version 3
    der(0x02, hex('01')), // serial number
    algorithm,
    name,
    der(0x30, from, until),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, altName)),
  )
  const signature = der(0x03, hex('00'), sign('sha256', contents, privateKey))
  const base64 = der(0x30, contents, algorithm, signature).toString('base64')
  const cert = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

const tls = selfSigned()
const trusted = { ca: tls.cert } as object

test('With a certificate it speaks https, API and gateway', async () => {
  const pinata = await start({ tls })
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', keys: 1 })
  expect(pinata.apiUrl).toBe(`https://127.0.0.1:${pinata.port}/v3`)
  const created = await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`, trusted)
  expect(created.json.data).toEqual(gateway.keys[1])
  const headers = { host: 'fun-llama-300.mypinata.cloud', 'x-pinata-gateway-token': gateway.keys[0]?.value }
  expect((await send(pinata, 'GET', '/ipfs/some-cid', { ...trusted, headers })).status).toBe(200)
})

test('A client that does not trust the certificate gets nowhere', async () => {
  const pinata = await start({ tls })
  await expect(caller(pinata)('GET', '/gateways')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  expect(pinata.requests).toEqual([])
})

test('Faults and outages work over https too, and close() ends a handshake that never comes', async () => {
  const pinata = await start({ tls })
  const call = caller(pinata)
  pinata.fault({ kind: 'reset' })
  await expect(call('GET', '/gateways', trusted)).rejects.toMatchObject({ code: 'ECONNRESET' })
  pinata.fault({ kind: 'truncate' })
  await expect(call('GET', '/gateways', trusted)).rejects.toThrow('aborted')
  pinata.refuse()
  await expect(call('GET', '/gateways', trusted)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await pinata.resume()
  expect((await call('GET', '/gateways', trusted)).status).toBe(200)

  const silent = connect(pinata.port, '127.0.0.1').on('error', () => {})
  await once(silent, 'connect')
  const closed = once(silent, 'close')
  // One round trip, so that the silent connection has reached the server.
  await call('GET', '/gateways', trusted)
  await pinata.close()
  await closed
})
