import dns from 'node:dns'
import { createServer } from 'node:http'
import { connect, type LookupFunction, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { connectTo, listen } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const { lookup } = dns
const { https_proxy: proxy } = process.env
afterEach(() => {
  dns.lookup = lookup
  process.env.https_proxy = proxy ?? ''
})

/** Nothing listens at the second address. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 }))

/** Gives a host two addresses, over a link so slow that the first one takes 600 ms to connect. */
function slowLink(host: string): void {
  const slow: LookupFunction = (name, options, callback) => {
    if (name !== host) return lookup(name, options, callback)
    callback(null, ADDRESSES)
    // Node sees the connection only after its timers, as if it had been established this late.
    process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600))
  }
  dns.lookup = slow as typeof dns.lookup
}

const exchangeWith = (apiUrl: string) => connectTo(apiUrl).exchange('GET', '/gateways', { timeoutMs: 10_000 })

test('reaches a server whose first address is slow to connect', async () => {
  const { pinata } = await pinataWithGateway(1)
  slowLink('pinata.test')
  expect(await exchangeWith(`http://pinata.test:${pinata.port}/v3`)).toMatchObject({ kind: 'answer', status: 401 })
})

test('reaches a proxy whose first address is slow to connect', async () => {
  const { pinata } = await pinataWithGateway(1, { tls: selfSigned('api.pinata.test') })
  const forward = createServer().on('connect', (_request, client: Socket) => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const target = connect(pinata.port, '127.0.0.1').on('error', () => client.destroy())
    client.on('error', () => target.destroy())
    client.pipe(target).pipe(client)
  })
  slowLink('proxy.test')
  process.env.https_proxy = `http://proxy.test:${await listen(forward)}`
  // Reaching the certificate, which is not trusted, takes the tunnel.
  expect(await exchangeWith('https://api.pinata.test/v3')).toMatchObject({ kind: 'fault', cause: 'certificate' })
})
