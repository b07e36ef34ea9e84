import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { startInternet } from '../support/internet.ts'
import { connectTo, within } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const { lookup } = dns
afterEach(() => {
  dns.lookup = lookup
})

/** Nothing listens on the second address. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 }))

/** Gives a host two addresses, over a link so slow that the first one takes 600 ms to connect. */
function slowLink(host: string): void {
  const slow: LookupFunction = (name, options, callback) => {
    if (name !== host) return lookup(name, options, callback)
    callback(null, ADDRESSES)
    // Node sees the connection only after its timers have run, as if connecting had taken this long.
    process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600))
  }
  dns.lookup = slow as typeof dns.lookup
}

const exchangeWith = (apiUrl: string) => connectTo(apiUrl).exchange('GET', '/gateways', within(10_000))

test('reaches a server whose first address is slow to connect', async () => {
  const { pinata } = await pinataWithGateway(1)
  slowLink('pinata.test')
  expect(await exchangeWith(`http://pinata.test:${pinata.port}/v3`)).toMatchObject({ kind: 'response', status: 401 })
})

test('reaches a proxy whose first address is slow to connect', async () => {
  const { pinata } = await pinataWithGateway(1)
  const { env } = await startInternet({ 'api.pinata.test': pinata.port })
  slowLink('proxy.test')
  process.env.https_proxy = env.HTTPS_PROXY.replace('127.0.0.1', 'proxy.test')
  // The server with the untrusted certificate can be reached only through the tunnel.
  expect(await exchangeWith('https://api.pinata.test/v3')).toMatchObject({ kind: 'fault', cause: 'certificate' })
})

test('names the proxy if none of its addresses can be reached', async () => {
  // macOS doesn't refuse connections to 127.0.0.2.
  const lookUp: LookupFunction = (_name, _options, callback) => callback(null, Array(2).fill(ADDRESSES[0]))
  dns.lookup = lookUp as typeof dns.lookup
  process.env.https_proxy = 'http://proxy.test:1'
  const reason = 'could not reach the proxy: connect ECONNREFUSED 127.0.0.1:1'
  expect(await exchangeWith('https://api.pinata.test/v3')).toMatchObject({ kind: 'fault', reason, sent: false })
})
