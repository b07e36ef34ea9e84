// Checks what wrangler uploads to Cloudflare, and the Worker in Cloudflare's own runtime, with the emulated gateway.
import assert from 'node:assert/strict'
import { cpSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { createTempFolder, documentedCommand, freePort, KEY, scriptOf, start } from './run.mjs'
import { CID, onlyOne, startGatewayWithKey, startRecorder } from './servers.mjs'
import { TOOLS } from './versions.mjs'

/** @import { Recorded } from './servers.mjs' */
/** @import { RunOptions } from './run.mjs' */

const ACCOUNT = '0123456789abcdef0123456789abcdef'
const GATEWAY_URL = 'https://ipfs.example.com'

/** Emulates as much of Cloudflare's API as the commands need. @param {Recorded} request */
function respond({ method, path: urlPath }) {
  if (method === 'GET' && urlPath.includes('/workers/services/')) {
    return { status: 404, json: { success: false, errors: [{ code: 10090, message: 'not found' }], result: null } }
  }
  const result = urlPath.includes('/namespaces') ? [] : { subdomain: 'octo-org', enabled: true, deployments: [] }
  return { json: { success: true, errors: [], messages: [], result } }
}

/** Returns the parts of a Worker's upload, by name. @param {Recorded} request @returns {Record<string, string>} */
function partsOf({ headers, body }) {
  const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1]
  const parts = body
    .split(`--${boundary}`)
    .flatMap(part => [...part.matchAll(/ name="([^"]+)"[\s\S]*?\r\n\r\n([\s\S]*)\r\n$/g)])
  return Object.fromEntries(parts.map(([, name, content]) => [name, content]))
}

/** @param {string} url @returns {RunOptions} */
function optionsFor(url) {
  const cwd = createTempFolder()
  cpSync(new URL('../../examples/edge', import.meta.url), cwd, { recursive: true })
  return {
    cwd,
    npx: { tool: 'wrangler', bin: 'wrangler' },
    env: {
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      ...{ CLOUDFLARE_ACCOUNT_ID: ACCOUNT, CLOUDFLARE_API_TOKEN: 'a-token', WRANGLER_SEND_METRICS: 'false' },
      ...{ NAME: 'preview-pr-7', GATEWAY_CIDS: CID, SITE_CID: CID, GATEWAY_URL, GATEWAY_KEY: KEY },
    },
  }
}

export async function checkWrangler() {
  const recorder = await startRecorder(respond)
  const options = optionsFor(recorder.url)
  const workers = `/client/v4/accounts/${ACCOUNT}/workers`
  for (const [file, step, name, variable] of /** @type {const} */ ([
    ['cloudflare.yml', 'Deploy', 'gateway', 'GATEWAY_CIDS'],
    ['site-preview.yml', 'Deploy the Worker', 'preview-pr-7', 'SITE_CID'],
  ])) {
    const upload = onlyOne(await recorder.requestsOf(scriptOf(file, step), options))
    assert.equal(`${upload.method} ${upload.path.split('?')[0]}`, `PUT ${workers}/scripts/${name}`)
    const { metadata = '', ...modules } = partsOf(upload)
    assert.deepEqual(JSON.parse(metadata).bindings, [
      { name: 'GATEWAY_URL', type: 'plain_text', text: GATEWAY_URL },
      { name: variable, type: 'plain_text', text: CID },
      { name: 'GATEWAY_KEY', type: 'secret_text', text: KEY },
    ])
    assert.match(modules['worker.js'] ?? '', /x-pinata-gateway-token/)
    assert(!JSON.stringify(modules).includes(KEY), 'the key is in the script')
  }
  const secret = onlyOne(await recorder.requestsOf(documentedCommand('secret put'), options))
  assert.equal(secret.path, `${workers}/scripts/gateway/secrets`)
  assert.deepEqual(JSON.parse(secret.body), { name: 'GATEWAY_KEY', text: KEY, type: 'secret_text' })

  const sent = await recorder.requestsOf(scriptOf('site-preview.yml', 'Delete the Worker'), options)
  const deletion = onlyOne(sent, ({ method }) => method === 'DELETE')
  assert.equal(deletion.path, `${workers}/services/preview-pr-7?force=true`)
}

/** Starts the Worker in workerd with `wrangler dev`. @param {string} gatewayUrl */
async function startWorker(gatewayUrl) {
  const { cwd, npx } = optionsFor('http://127.0.0.1:9')
  writeFileSync(path.join(cwd, '.dev.vars'), `GATEWAY_KEY=${KEY}\n`)
  const port = await freePort()
  const command = [
    `npx --yes wrangler@${TOOLS.wrangler} dev worker.ts --ip 127.0.0.1 --port ${port} --compatibility-date 2026-07-01`,
    // Another wrangler could be using the default port.
    `--inspector-port ${await freePort()}`,
    `--var GATEWAY_URL:${gatewayUrl} SITE_CID:${CID}`,
  ]
  await start(command.join(' '), { cwd, env: { WRANGLER_SEND_METRICS: 'false' }, ...(npx && { npx }) }, 'Ready on')
  /** @param {string} urlPath @param {RequestInit} [init] */
  return (urlPath, init) => fetch(`http://127.0.0.1:${port}${urlPath}`, { redirect: 'manual', ...init })
}

export async function checkWorkerd() {
  const { pinata, url } = await startGatewayWithKey()
  const visit = await startWorker(url)
  const page = await visit('/', { headers: { cookie: 'session=1', range: 'bytes=0-' } })
  assert.equal(page.status, 200)
  assert.match(await page.text(), /Octo site/)
  const [read] = pinata.reads
  assert.equal(read?.path, `/ipfs/${CID}/`)
  assert.equal(read?.headers['x-pinata-gateway-token'], KEY)
  assert.equal(read?.headers.range, 'bytes=0-')
  assert.equal(read?.headers.cookie, undefined)

  await pinata.close()
  const unreachable = await visit('/')
  assert.deepEqual([unreachable.status, await unreachable.text()], [502, 'The gateway could not be reached.\n'])
}

/** Checks behavior that the emulated gateway lacks and that differs between runtimes. */
export async function checkWorkerdResponses() {
  const { url } = await startRecorder(({ path: urlPath }) => {
    if (urlPath.endsWith('/style.css')) return { headers: { 'content-encoding': 'gzip' }, body: gzipSync('body {}') }
    if (urlPath.endsWith('/docs')) return { status: 301, headers: { location: `/ipfs/${CID}/docs/` } }
    if (urlPath.endsWith('/away')) return { status: 302, headers: { location: 'https://example.com/' } }
    return { status: 304, headers: { etag: '"1"' } }
  })
  const visit = await startWorker(url)
  assert.equal(await (await visit('/style.css')).text(), 'body {}')
  const moved = await visit('/docs')
  assert.deepEqual([moved.status, moved.headers.get('location')], [301, '/docs/'])
  assert.equal((await visit('/away')).status, 502)
  const same = await visit('/', { headers: { 'if-none-match': '"1"' } })
  assert.deepEqual([same.status, same.headers.get('etag')], [304, '"1"'])
}
