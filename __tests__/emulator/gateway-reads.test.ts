import { expect, test } from '@jest/globals'
import { type Pinata, send, start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const UNPINNED = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const HOST = 'site.mypinata.cloud'
const CUSTOM = 'site.example.com'
const ORIGIN = 'https://app.example.com'
const [NO_ACCESS, NOT_PINNED, IS_HTML] = ['401 ERR_ID:00024', '403 ERR_ID:00006', '403 ERR_ID:00023']

/** Reads content. Returns the status, followed by the error ID or the content. */
async function read(pinata: Pinata, headers = {}, path = `/ipfs/${CID}`, host = HOST, method = 'GET') {
  const { status, body } = await send(pinata, method, path, { headers: { host, ...headers } })
  return `${status} ${/ERR_ID:\d+$/.exec(body)?.[0] ?? body}`
}

test('serves pinned content to everyone if no access control exists, and all content to readers who match one', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'site', pins: { [CID]: 'A preview' } })
  pinata.addGateway({ domain: 'stranger', account: 'another' })
  expect(await read(pinata)).toBe('200 A preview')
  expect(await read(pinata, {}, `/ipfs/${UNPINNED}`)).toBe(NOT_PINNED)
  expect(await read(pinata, {}, `/ipfs/${CID}`, 'stranger.mypinata.cloud')).toBe(NOT_PINNED)

  const entry = { id: '1', createdAt: '' }
  gateway.keys.push({ ...entry, value: 'key-1' })
  gateway.allowedHosts.push({ ...entry, value: ORIGIN })
  for (const headers of [{}, { 'x-pinata-gateway-token': 'wrong' }, { authorization: `Bearer ${pinata.addJwt()}` }]) {
    expect(await read(pinata, headers)).toBe(NO_ACCESS)
  }
  expect(await read(pinata, {}, `/ipfs/${CID}?pinataGatewayToken=`)).toBe(NO_ACCESS)
  for (const headers of [
    { 'x-pinata-gateway-token': 'key-1' },
    { origin: ORIGIN, 'x-pinata-gateway-token': 'wrong' },
  ]) {
    expect(await read(pinata, headers)).toBe('200 A preview')
  }
  const unpinned = `/ipfs/${UNPINNED}?pinataGatewayToken=key-1`
  expect(await read(pinata, {}, unpinned)).toBe(`200 Content of ${UNPINNED} from IPFS\n`)
  gateway.allowedIPAddresses.push({ ...entry, value: '127.0.0.1' })
  expect(await read(pinata)).toBe('200 A preview')
})

test.each([
  ['only a Referer', ORIGIN, { referer: `${ORIGIN}/page` }],
  ['another port', ORIGIN, { origin: `${ORIGIN}:8443` }],
  ['an entry with plain http', 'http://app.example.com', { origin: 'http://app.example.com' }],
  ['an entry with a trailing slash', `${ORIGIN}/`, { origin: ORIGIN }],
  ['an entry with a wildcard', 'https://*.example.com', { origin: ORIGIN }],
])('rejects pages without a matching host origin: %s', async (_name, entry, headers) => {
  const pinata = await start()
  pinata.addGateway({ domain: 'site', allowedHosts: [entry] })
  expect(await read(pinata, headers)).toBe(NO_ACCESS)
})

test('serves HTML only from a custom domain', async () => {
  const pinata = await start()
  const html = { 'index.html': '<!doctype html><title>A preview</title>', bom: '\ufeff\n  <HTML lang="en"></html>' }
  const files = { ...html, json: '{"html": "<html>"}', htmlish: '<htmlish>', empty: '' }
  const pins = Object.fromEntries(Object.entries(files).map(([name, body]) => [`${CID}/${name}`, body]))
  pinata.addGateway({ domain: 'site', customDomains: [CUSTOM], pins })
  for (const [name, body] of Object.entries({ ...files, '?x=1': files['index.html'], '': files['index.html'] })) {
    const path = `/ipfs/${CID}/${name}`
    expect(await read(pinata, {}, path)).toBe(Object.values(html).includes(body) ? IS_HTML : `200 ${body}`)
    expect(await read(pinata, {}, path, CUSTOM)).toBe(`200 ${body}`)
  }
})

test('lets pages read any response, and allows every preflight', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'site', keys: 1 })
  const options = { headers: { host: HOST, origin: ORIGIN } }
  const headers = { 'access-control-allow-origin': '*' }
  expect(await send(pinata, 'GET', `/ipfs/${CID}`, options)).toMatchObject({ status: 401, headers })
  const allowed = { ...headers, 'access-control-allow-headers': '*' }
  expect(await send(pinata, 'OPTIONS', `/ipfs/${CID}`, options)).toMatchObject({ status: 204, headers: allowed })
})

test('finds a gateway by Host, with any case and port, and logs reads separately from requests', async () => {
  const pinata = await start()
  const { id } = pinata.addGateway({ domain: 'site', customDomains: [CUSTOM], pins: { [CID]: 'A preview' } })
  const injected = pinata.fault({ kind: 'status', status: 500 })
  for (const host of ['SITE.MyPinata.cloud:8080', 'Site.example.com']) {
    expect(await read(pinata, {}, `/ipfs/${CID}`, host)).toBe('200 A preview')
  }
  expect(await read(pinata, {}, `/ipfs/${CID}`, 'unknown.mypinata.cloud')).toMatch(/^404/)
  expect(await read(pinata, {}, '/v3/gateways')).toMatch(/^404/)
  expect(await read(pinata, {}, `/ipfs/${CID}`, HOST, 'HEAD')).toBe('200 ')
  expect([pinata.requests, injected.count, pinata.reads.length]).toEqual([[], 0, 5])
  expect(pinata.reads[0]).toMatchObject({ method: 'GET', path: `/ipfs/${CID}`, gateway: id, status: 200 })
})
