import { expect, test } from '@jest/globals'
import { caller, type Pinata, send, start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const UNPINNED = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

const read = (pinata: Pinata, host: string, headers = {}, path = `/ipfs/${CID}`, method = 'GET') =>
  send(pinata, method, path, { headers: { host, ...headers } })

test('An open gateway serves what is pinned to its account, to everybody, and nothing else', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'fun-llama-300', pins: { [CID]: 'A preview' } })
  pinata.addGateway({ domain: 'sister' })
  pinata.addGateway({ domain: 'stranger', account: 'somebody else' })

  expect(await read(pinata, 'fun-llama-300.mypinata.cloud')).toMatchObject({ status: 200, body: 'A preview' })
  expect(await read(pinata, 'sister.mypinata.cloud')).toMatchObject({ status: 200, body: 'A preview' })
  const stranger = await read(pinata, 'stranger.mypinata.cloud')
  expect(stranger).toMatchObject({ status: 403, body: expect.stringContaining('not pinned') })
  const unpinned = await read(pinata, 'fun-llama-300.mypinata.cloud', {}, `/ipfs/${UNPINNED}`)
  expect(unpinned).toMatchObject({ status: 403, body: expect.stringContaining('not pinned') })
})

test('The first key cuts off readers without one, lets those with it read everything, and the last one opens it again', async () => {
  const pinata = await start()
  const host = 'fun-llama-300.mypinata.cloud'
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', pins: { [CID]: 'A preview' } })
  const call = caller(pinata)
  expect((await read(pinata, host)).status).toBe(200)

  const key = (await call('POST', `/gateways/${gateway.id}/access_tokens`)).json.data
  expect(await read(pinata, host)).toMatchObject({ status: 403, body: expect.stringContaining('access controls') })
  expect((await read(pinata, host, { 'x-pinata-gateway-token': 'wrong' })).status).toBe(403)
  expect((await read(pinata, host, {}, `/ipfs/${CID}?pinataGatewayToken=`)).status).toBe(403)
  const byHeader = await read(pinata, host, { 'x-pinata-gateway-token': key.value })
  expect(byHeader).toMatchObject({ status: 200, body: 'A preview' })
  const byQuery = await read(pinata, host, {}, `/ipfs/${CID}?pinataGatewayToken=${key.value}`)
  expect(byQuery).toMatchObject({ status: 200, body: 'A preview' })
  const anything = `/ipfs/${UNPINNED}?pinataGatewayToken=${key.value}`
  const unpinned = await read(pinata, host, {}, anything)
  expect(unpinned).toMatchObject({ status: 200, body: expect.stringContaining(UNPINNED) })
  expect(await read(pinata, host, {}, anything)).toMatchObject({ body: unpinned.body })

  await call('DELETE', `/gateways/${gateway.id}/access_tokens/${key.id}`)
  expect((await read(pinata, host)).status).toBe(200)
  expect((await read(pinata, host, {}, anything)).status).toBe(403)
})

test('A key of another gateway opens nothing', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'locked', keys: 1 })
  const other = pinata.addGateway({ keys: 1 })
  const headers = { 'x-pinata-gateway-token': other.keys[0]?.value }
  expect((await read(pinata, 'locked.mypinata.cloud', headers)).status).toBe(403)
})

test.each([
  ['Origin', { origin: 'https://app.example.com' }, 200],
  ['Referer', { referer: 'https://app.example.com/page?x=1' }, 200],
  ['Origin of another host', { origin: 'https://example.com' }, 403],
  ['Origin of a longer host', { origin: 'https://app.example.com.evil.example' }, 403],
  ['Origin that is none', { origin: 'null' }, 403],
  ['no Origin', {}, 403],
])('With allowed hosts: %s', async (_name, headers, status) => {
  const pinata = await start()
  pinata.addGateway({ domain: 'by-origin', allowedHosts: ['https://app.example.com'] })
  pinata.addGateway({ domain: 'by-host', allowedHosts: ['app.example.com'] })
  expect((await read(pinata, 'by-origin.mypinata.cloud', headers)).status).toBe(status)
  expect((await read(pinata, 'by-host.mypinata.cloud', headers)).status).toBe(status)
})

test('With allowed IP addresses: only from those', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'ours', allowedIPAddresses: ['10.0.0.1', '127.0.0.1'] })
  pinata.addGateway({ domain: 'theirs', allowedIPAddresses: ['10.0.0.1'] })
  expect((await read(pinata, 'ours.mypinata.cloud')).status).toBe(200)
  expect((await read(pinata, 'theirs.mypinata.cloud')).status).toBe(403)
})

test('Access controls combine with OR', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({
    domain: 'all-three',
    keys: 1,
    allowedHosts: ['https://app.example.com'],
    allowedIPAddresses: ['10.0.0.1'],
  })
  const host = 'all-three.mypinata.cloud'
  expect((await read(pinata, host)).status).toBe(403)
  expect((await read(pinata, host, { 'x-pinata-gateway-token': gateway.keys[0]?.value })).status).toBe(200)
  expect((await read(pinata, host, { origin: 'https://app.example.com' })).status).toBe(200)
  expect(
    (await read(pinata, host, { origin: 'https://app.example.com', 'x-pinata-gateway-token': 'wrong' })).status,
  ).toBe(200)
  gateway.allowedIPAddresses[0] = { id: '1', value: '127.0.0.1', createdAt: '' }
  expect((await read(pinata, host)).status).toBe(200)
})

test('A gateway is found by Host: any case, any port, custom domains; an unknown one is 404', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'fun-llama-300', customDomains: ['ipfs.example.com'], pins: { [CID]: 'A preview' } })
  for (const host of [
    'fun-llama-300.mypinata.cloud',
    'FUN-Llama-300.MyPinata.cloud',
    'fun-llama-300.mypinata.cloud:8080',
    'ipfs.example.com',
    'IPFS.example.com:443',
  ]) {
    expect(await read(pinata, host)).toMatchObject({ status: 200, body: 'A preview' })
  }
  expect((await read(pinata, 'sad-llama-300.mypinata.cloud')).status).toBe(404)
  expect(pinata.reads).toHaveLength(6)
  expect(pinata.requests).toEqual([])
})

test('HEAD has the headers without the body, other methods and paths are refused, bytes come as they are', async () => {
  const pinata = await start()
  const host = 'bytes.mypinata.cloud'
  pinata.addGateway({ domain: 'bytes', pins: { [CID]: new Uint8Array([104, 105]) } })
  expect(await read(pinata, host)).toMatchObject({ status: 200, body: 'hi' })
  const head = await read(pinata, host, {}, `/ipfs/${CID}`, 'HEAD')
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '2' } })
  expect((await read(pinata, host, {}, `/ipfs/${CID}`, 'POST')).status).toBe(405)
  expect((await read(pinata, host, {}, '/v3/gateways')).status).toBe(404)
})

test('Reads are recorded apart from requests to the API, and no fault strikes them', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', keys: 1 })
  const fault = pinata.fault({ kind: 'status', status: 500, times: Number.POSITIVE_INFINITY })
  const host = 'fun-llama-300.mypinata.cloud:8080'
  await read(pinata, host, { 'x-pinata-gateway-token': 'wrong' })
  expect(pinata.requests).toEqual([])
  expect(fault.count).toBe(0)
  expect(pinata.reads).toEqual([
    {
      method: 'GET',
      path: `/ipfs/${CID}`,
      host,
      headers: expect.objectContaining({ 'x-pinata-gateway-token': 'wrong' }),
      gateway: gateway.id,
      status: 403,
      at: expect.any(Number),
    },
  ])
})
