import { expect, test } from '@jest/globals'
import { caller, type Pinata, send, start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const UNPINNED = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const HOST = 'site.mypinata.cloud'
const CUSTOM = 'site.example.com'
const ORIGIN = 'https://app.example.com'
const [NO_ACCESS, NOT_PINNED, IS_HTML] = ['401 ERR_ID:00024', '403 ERR_ID:00006', '403 ERR_ID:00023']

/** The status of a read, with the error's ID or the content. */
async function read(pinata: Pinata, headers = {}, path = `/ipfs/${CID}`, host = HOST, method = 'GET') {
  const { status, body } = await send(pinata, method, path, { headers: { host, ...headers } })
  return `${status} ${/ERR_ID:\d+$/.exec(body)?.[0] ?? body}`
}

test('serves pinned content to everyone without an access control, and everything to its readers with one', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'site', pins: { [CID]: 'A preview' } })
  pinata.addGateway({ domain: 'stranger', account: 'another' })
  expect(await read(pinata)).toBe('200 A preview')
  expect(await read(pinata, {}, `/ipfs/${UNPINNED}`)).toBe(NOT_PINNED)
  expect(await read(pinata, {}, `/ipfs/${CID}`, 'stranger.mypinata.cloud')).toBe(NOT_PINNED)

  const call = caller(pinata)
  const { id, value } = (await call('POST', `/gateways/${gateway.id}/access_tokens`)).json.data
  for (const headers of [{}, { 'x-pinata-gateway-token': 'wrong' }, { authorization: `Bearer ${pinata.addJwt()}` }]) {
    expect(await read(pinata, headers)).toBe(NO_ACCESS)
  }
  expect(await read(pinata, {}, `/ipfs/${CID}?pinataGatewayToken=`)).toBe(NO_ACCESS)
  expect(await read(pinata, { 'x-pinata-gateway-token': value })).toBe('200 A preview')
  expect(await read(pinata, {}, `/ipfs/${UNPINNED}?pinataGatewayToken=${value}`)).toContain(
    `200 Content of ${UNPINNED}`,
  )

  await call('DELETE', `/gateways/${gateway.id}/access_tokens/${id}`)
  expect(await read(pinata)).toBe('200 A preview')
})

test.each([
  ['its Origin', ORIGIN, { origin: ORIGIN }, 200],
  ['Referer alone', ORIGIN, { referer: `${ORIGIN}/page` }, 401],
  ['a longer host', ORIGIN, { origin: `${ORIGIN}.evil.example` }, 401],
  ['another port', ORIGIN, { origin: `${ORIGIN}:8443` }, 401],
  ['http', ORIGIN, { origin: 'http://app.example.com' }, 401],
  ['null', ORIGIN, { origin: 'null' }, 401],
  ['an entry with http', 'http://app.example.com', { origin: 'http://app.example.com' }, 401],
  ['an entry with a slash', `${ORIGIN}/`, { origin: ORIGIN }, 401],
  ['an entry with a wildcard', 'https://*.example.com', { origin: ORIGIN }, 401],
])('lets pages of a host origin read, and no others: %s', async (_what, entry, headers, status) => {
  const pinata = await start()
  pinata.addGateway({ domain: 'site', allowedHosts: [entry] })
  expect(await read(pinata, headers)).toMatch(new RegExp(`^${status} `))
})

test('combines access controls with OR', async () => {
  const pinata = await start()
  const { keys, allowedIPAddresses } = pinata.addGateway({
    domain: 'site',
    keys: 1,
    allowedHosts: [ORIGIN],
    allowedIPAddresses: ['10.0.0.1'],
  })
  expect(await read(pinata)).toBe(NO_ACCESS)
  expect(await read(pinata, { 'x-pinata-gateway-token': keys[0]?.value })).toMatch(/^200/)
  expect(await read(pinata, { origin: ORIGIN, 'x-pinata-gateway-token': 'wrong' })).toMatch(/^200/)
  allowedIPAddresses.push({ id: '1', value: '127.0.0.1', createdAt: '' })
  expect(await read(pinata)).toMatch(/^200/)
})

test('serves HTML from a custom domain only', async () => {
  const pinata = await start()
  const files = {
    'index.html': '<!doctype html><title>A preview</title>',
    bom: '\ufeff\n  <HTML lang="en"></html>',
    json: '{"html": "<html>"}',
    htmlish: '<htmlish>',
    empty: '',
  }
  const pins = Object.fromEntries(Object.entries(files).map(([name, body]) => [`${CID}/${name}`, body]))
  pinata.addGateway({ domain: 'site', customDomains: [CUSTOM], pins })
  for (const [name, body] of Object.entries({ ...files, '?x=1': files['index.html'], '': files['index.html'] })) {
    const path = `/ipfs/${CID}/${name}`
    expect(await read(pinata, {}, path)).toBe(/^\s*<!?(html|doctype html)[ >]/i.test(body) ? IS_HTML : `200 ${body}`)
    expect(await read(pinata, {}, path, CUSTOM)).toBe(`200 ${body}`)
  }
})

test('lets pages read any response, and allows every preflight', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'site', keys: 1 })
  for (const method of ['GET', 'OPTIONS']) {
    const { status, headers } = await send(pinata, method, `/ipfs/${CID}`, { headers: { host: HOST, origin: ORIGIN } })
    expect([status, headers['access-control-allow-origin']]).toEqual([method === 'GET' ? 401 : 204, '*'])
    if (method === 'OPTIONS') expect(headers['access-control-allow-headers']).toBe('*')
  }
})

test('finds a gateway by Host, in any case and with any port, and logs reads apart from requests', async () => {
  const pinata = await start()
  const { id } = pinata.addGateway({ domain: 'site', customDomains: [CUSTOM], pins: { [CID]: 'A preview' } })
  const struck = pinata.fault({ kind: 'status', status: 500 })
  for (const host of ['SITE.MyPinata.cloud:8080', 'Site.example.com']) {
    expect(await read(pinata, {}, `/ipfs/${CID}`, host)).toBe('200 A preview')
  }
  expect(await read(pinata, {}, `/ipfs/${CID}`, 'unknown.mypinata.cloud')).toMatch(/^404/)
  expect(await read(pinata, {}, '/v3/gateways')).toMatch(/^404/)
  expect(await read(pinata, {}, `/ipfs/${CID}`, HOST, 'POST')).toMatch(/^405/)
  expect(await read(pinata, {}, `/ipfs/${CID}`, HOST, 'HEAD')).toBe('200 ')
  expect([pinata.requests, struck.count, pinata.reads.length]).toEqual([[], 0, 6])
  expect(pinata.reads[0]).toMatchObject({ method: 'GET', path: `/ipfs/${CID}`, gateway: id, status: 200 })
})
