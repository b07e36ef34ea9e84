import { expect, test } from '@jest/globals'
import { type Pinata, send, start } from '../support/emulator-client.ts'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const HOST = 'site.mypinata.cloud'
const CUSTOM = 'site.example.com'
const ORIGIN = 'https://app.example.com'
const [NO_ACCESS, IS_HTML] = ['401 ERR_ID:00024', '403 ERR_ID:00023']

/** Reads content. Returns the status, followed by the error ID or the content. */
async function read(pinata: Pinata, headers = {}, path = `/ipfs/${CID}`, host = HOST) {
  const { status, text } = await send(pinata, 'GET', path, { headers: { host, ...headers } })
  return `${status} ${/ERR_ID:\d+$/.exec(text)?.[0] ?? text}`
}

test.each([
  ['only a Referer', ORIGIN, { referer: `${ORIGIN}/page` }],
  ['another port', ORIGIN, { origin: `${ORIGIN}:8443` }],
  ['an entry with plain HTTP', 'http://app.example.com', { origin: 'http://app.example.com' }],
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
