import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { caller, send, start } from '../support/emulator-client.ts'

const tls = selfSigned('*.mypinata.cloud')
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
