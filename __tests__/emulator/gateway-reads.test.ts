import { expect, test } from '@jest/globals'
import { caller, type Pinata, send, start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const UNPINNED = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

const read = (pinata: Pinata, host: string, headers = {}, path = `/ipfs/${CID}`, method = 'GET') =>
  send(pinata, method, path, { headers: { host, ...headers } })

/** A refusal: plain text that ends in one of Pinata's error IDs. */
const refusal = (status: 401 | 403, id: string) => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: expect.stringMatching(new RegExp(` ERR_ID:${id}$`)),
})
const NO_ACCESS = refusal(401, '00024')
const NOT_PINNED = refusal(403, '00006')
const IS_HTML = refusal(403, '00023')

test('An open gateway serves what is pinned to its account, to everybody, and nothing else', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'fun-llama-300', pins: { [CID]: 'A preview' } })
  pinata.addGateway({ domain: 'sister' })
  pinata.addGateway({ domain: 'stranger', account: 'somebody else' })

  expect(await read(pinata, 'fun-llama-300.mypinata.cloud')).toMatchObject({ status: 200, body: 'A preview' })
  expect(await read(pinata, 'sister.mypinata.cloud')).toMatchObject({ status: 200, body: 'A preview' })
  expect(await read(pinata, 'stranger.mypinata.cloud')).toMatchObject(NOT_PINNED)
  expect(await read(pinata, 'fun-llama-300.mypinata.cloud', {}, `/ipfs/${UNPINNED}`)).toMatchObject(NOT_PINNED)
})

test('The first key cuts off readers without one, lets those with it read everything, and the last one opens it again', async () => {
  const pinata = await start()
  const host = 'fun-llama-300.mypinata.cloud'
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', pins: { [CID]: 'A preview' } })
  const call = caller(pinata)
  expect((await read(pinata, host)).status).toBe(200)

  const key = (await call('POST', `/gateways/${gateway.id}/access_tokens`)).json.data
  expect(await read(pinata, host)).toMatchObject(NO_ACCESS)
  expect(await read(pinata, host, { 'x-pinata-gateway-token': 'wrong' })).toMatchObject(NO_ACCESS)
  expect(await read(pinata, host, {}, `/ipfs/${CID}?pinataGatewayToken=`)).toMatchObject(NO_ACCESS)
  expect(await read(pinata, host, { authorization: `Bearer ${pinata.addJwt()}` })).toMatchObject(NO_ACCESS)
  expect(await read(pinata, host, {}, `/ipfs/${UNPINNED}`)).toMatchObject(NO_ACCESS)
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
  expect(await read(pinata, host, {}, anything)).toMatchObject(NOT_PINNED)
})

test('A revoked key opens nothing on a gateway that has another', async () => {
  const pinata = await start()
  const { id, keys } = pinata.addGateway({ domain: 'locked', keys: 2 })
  const [revoked, kept] = keys.map(({ id, value }) => ({ id, headers: { 'x-pinata-gateway-token': value } }))
  await caller(pinata)('DELETE', `/gateways/${id}/access_tokens/${revoked?.id}`)
  expect(await read(pinata, 'locked.mypinata.cloud', revoked?.headers)).toMatchObject(NO_ACCESS)
  expect((await read(pinata, 'locked.mypinata.cloud', kept?.headers)).status).toBe(200)
})

test.each([
  ['with a document type', '<!DOCTYPE html><title>A preview</title>'],
  ['with an old document type', '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">'],
  ['without one, after a byte order mark and white space', '\ufeff\n  <html lang="en"></html>'],
  ['in capitals', '<HTML>'],
  ['as bytes', new TextEncoder().encode('<!DOCTYPE html>')],
])('HTML %s comes from a custom domain of the gateway only', async (_how, html) => {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'site', customDomains: ['site.example.com'], pins: { [CID]: html } })
  expect(await read(pinata, 'site.mypinata.cloud')).toMatchObject(IS_HTML)
  const served = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }
  expect(await read(pinata, 'site.example.com')).toMatchObject({
    ...served,
    body: Buffer.from(html).toString(),
  })

  const call = caller(pinata)
  const { value } = (await call('POST', `/gateways/${gateway.id}/access_tokens`)).json.data
  await call('POST', `/gateways/${gateway.id}/hosts`, { body: '{"host":"https://app.example.com"}' })
  for (const headers of [{ 'x-pinata-gateway-token': value }, { origin: 'https://app.example.com' }]) {
    expect(await read(pinata, 'site.mypinata.cloud', headers)).toMatchObject(IS_HTML)
    expect(await read(pinata, 'site.example.com', headers)).toMatchObject(served)
  }
  expect(await read(pinata, 'SITE.MyPinata.cloud:8080')).toMatchObject(IS_HTML)
  expect(await read(pinata, 'site.example.com')).toMatchObject(NO_ACCESS)
  expect(await read(pinata, 'site.mypinata.cloud', {}, `/ipfs/${CID}/index.html`)).toMatchObject(IS_HTML)
})

test.each([
  '{"html": "<html>"}',
  '<svg xmlns="http://www.w3.org/2000/svg"/>',
  '<htmlish>',
  'A page that starts with <html>',
  '',
])('What is not HTML comes from both hosts: %j', async body => {
  const pinata = await start()
  pinata.addGateway({ domain: 'site', customDomains: ['site.example.com'], pins: { [CID]: body } })
  for (const host of ['site.mypinata.cloud', 'site.example.com']) {
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    expect(await read(pinata, host)).toMatchObject({ status: 200, headers, body })
  }
})

test('A directory has files of its own, and its page at its own address, which is HTML like any other', async () => {
  const pinata = await start()
  pinata.addGateway({
    domain: 'site',
    customDomains: ['site.example.com'],
    pins: { [`${CID}/index.html`]: '<!doctype html>', [`${CID}/app.js`]: 'run()', [`${CID}/images/a.txt`]: 'a' },
  })
  for (const page of ['', '/', '/index.html', '/?x=1']) {
    expect(await read(pinata, 'site.example.com', {}, `/ipfs/${CID}${page}`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html>',
    })
    expect(await read(pinata, 'site.mypinata.cloud', {}, `/ipfs/${CID}${page}`)).toMatchObject(IS_HTML)
  }
  for (const host of ['site.example.com', 'site.mypinata.cloud']) {
    expect(await read(pinata, host, {}, `/ipfs/${CID}/app.js?x=1`)).toMatchObject({ status: 200, body: 'run()' })
    expect(await read(pinata, host, {}, `/ipfs/${CID}/images/a.txt`)).toMatchObject({ status: 200, body: 'a' })
    expect(await read(pinata, host, {}, `/ipfs/${UNPINNED}/app.js`)).toMatchObject(NOT_PINNED)
  }
})

test('A key of another gateway opens nothing', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'locked', keys: 1 })
  const other = pinata.addGateway({ keys: 1 })
  const headers = { 'x-pinata-gateway-token': other.keys[0]?.value }
  expect(await read(pinata, 'locked.mypinata.cloud', headers)).toMatchObject(NO_ACCESS)
})

test.each([
  ['Origin', { origin: 'https://app.example.com' }, 200],
  ['Origin and a Referer of another page', { origin: 'https://app.example.com', referer: 'https://example.com/' }, 200],
  ['Referer alone', { referer: 'https://app.example.com/page?x=1' }, 401],
  ['Origin of another host', { origin: 'https://example.com' }, 401],
  ['Origin of a longer host', { origin: 'https://app.example.com.evil.example' }, 401],
  ['Origin of another port', { origin: 'https://app.example.com:8443' }, 401],
  ['Origin of a page that came over http', { origin: 'http://app.example.com' }, 401],
  ['Origin that is none', { origin: 'null' }, 401],
  ['no Origin', {}, 401],
])('With allowed hosts: %s', async (_name, headers, status) => {
  const pinata = await start()
  pinata.addGateway({ domain: 'by-origin', allowedHosts: ['https://app.example.com'] })
  pinata.addGateway({ domain: 'by-host', allowedHosts: ['app.example.com'] })
  expect((await read(pinata, 'by-origin.mypinata.cloud', headers)).status).toBe(status)
  expect((await read(pinata, 'by-host.mypinata.cloud', headers)).status).toBe(status)
})

test('A host origin is stored with its scheme, whether it was given one or not', async () => {
  const pinata = await start()
  const { allowedHosts } = pinata.addGateway({ allowedHosts: ['https://app.example.com', 'app.example.com:8443'] })
  expect(allowedHosts.map(({ value }) => value)).toEqual(['https://app.example.com', 'https://app.example.com:8443'])
})

test.each([
  ['http://app.example.com', 'http://app.example.com'],
  ['https://app.example.com/', 'https://app.example.com'],
  ['https://*.example.com', 'https://app.example.com'],
])('An entry %s lets nobody of %s in', async (entry, origin) => {
  const pinata = await start()
  pinata.addGateway({ domain: 'by-origin', allowedHosts: [entry] })
  expect(await read(pinata, 'by-origin.mypinata.cloud', { origin })).toMatchObject(NO_ACCESS)
})

test('Any origin may read the answers of a gateway, refusals too', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'locked', keys: 1, allowedHosts: ['https://app.example.com'] })
  const headersOf = async (...how: [host: string, headers?: object, path?: string]) => {
    const { status, headers } = await read(pinata, ...how)
    return [status, headers['access-control-allow-origin']]
  }
  const headers = { origin: 'https://app.example.com' }
  expect(await headersOf('locked.mypinata.cloud', headers)).toEqual([200, '*'])
  expect(await headersOf('locked.mypinata.cloud')).toEqual([401, '*'])
  expect(await headersOf('locked.mypinata.cloud', headers, '/')).toEqual([404, '*'])
  expect(await headersOf('nobody.mypinata.cloud', headers)).toEqual([404, '*'])
})

test('A preflight is allowed whatever it asks for, without an access control', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'locked', keys: 1 })
  const headers = {
    origin: 'https://app.example.com',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'x-pinata-gateway-token',
  }
  const { status, ...preflight } = await read(pinata, 'locked.mypinata.cloud', headers, `/ipfs/${CID}`, 'OPTIONS')
  expect(status).toBe(204)
  expect(preflight.body).toBe('')
  for (const what of ['origin', 'methods', 'headers']) {
    expect(preflight.headers[`access-control-allow-${what}`]).toBe('*')
  }
  expect((await read(pinata, 'nobody.mypinata.cloud', headers, `/ipfs/${CID}`, 'OPTIONS')).status).toBe(404)
  expect(pinata.requests).toEqual([])
})

test('With allowed IP addresses: only from those', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'ours', allowedIPAddresses: ['10.0.0.1', '127.0.0.1'] })
  pinata.addGateway({ domain: 'theirs', allowedIPAddresses: ['10.0.0.1'] })
  expect((await read(pinata, 'ours.mypinata.cloud')).status).toBe(200)
  expect(await read(pinata, 'theirs.mypinata.cloud')).toMatchObject(NO_ACCESS)
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
  expect(await read(pinata, host)).toMatchObject(NO_ACCESS)
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
      status: 401,
      at: expect.any(Number),
    },
  ])
})
