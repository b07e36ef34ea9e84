// Cloudflare: what wrangler uploads, and the Worker in Cloudflare's own runtime, against the emulated gateway.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { atEnd, documentedCommand, freePort, KEY, newFolder, run, scriptOf, start } from './run.mjs'
import { CID, lockedGateway, startRecorder } from './servers.mjs'
import { TOOLS } from './versions.mjs'

/** @import { AddressInfo } from 'node:net' */
/** @import { Recorded } from './servers.mjs' */
/** @import { RunOptions } from './run.mjs' */

const GATEWAY_URL = 'https://ipfs.example.com'
const EDGE = fileURLToPath(new URL('../../examples/edge', import.meta.url))

/** As much of Cloudflare's API as the commands need. @param {Recorded} request */
function answer({ method, path: asked }) {
  if (method === 'GET' && asked.includes('/workers/services/')) {
    return { status: 404, json: { success: false, errors: [{ code: 10090, message: 'not found' }], result: null } }
  }
  const result = asked.includes('/namespaces') ? [] : { subdomain: 'octo-org', enabled: true, deployments: [] }
  return { json: { success: true, errors: [], messages: [], result } }
}

/** The parts of a Worker's upload, by name. @param {Recorded} request @returns {Record<string, string>} */
function partsOf({ headers, body }) {
  const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1]
  const parts = body
    .split(`--${boundary}`)
    .flatMap(part => [...part.matchAll(/ name="([^"]+)"[\s\S]*?\r\n\r\n([\s\S]*)\r\n$/g)])
  return Object.fromEntries(parts.map(([, name, content]) => [name, content]))
}

/** @param {string} url @returns {RunOptions} */
function optionsFor(url) {
  const cwd = newFolder()
  cpSync(EDGE, cwd, { recursive: true })
  return {
    cwd,
    npx: { tool: 'wrangler', bin: 'wrangler' },
    env: {
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_ACCOUNT_ID: '0123456789abcdef0123456789abcdef',
      CLOUDFLARE_API_TOKEN: 'a-token',
      WRANGLER_SEND_METRICS: 'false',
      NAME: 'preview-pr-7',
      GATEWAY_CIDS: CID,
      SITE_CID: CID,
      GATEWAY_URL,
      GATEWAY_KEY: KEY,
    },
  }
}

export async function checkWrangler() {
  const recorder = await startRecorder(answer)
  const options = optionsFor(recorder.url)
  const workers = '/client/v4/accounts/0123456789abcdef0123456789abcdef/workers'
  const printed = []
  for (const [file, step, name, variable] of [
    ['cloudflare.yml', 'Deploy', 'gateway', 'GATEWAY_CIDS'],
    ['site-preview.yml', 'Deploy the Worker', 'preview-pr-7', 'SITE_CID'],
  ]) {
    recorder.requests.length = 0
    printed.push(await run(scriptOf(String(file), String(step)), options))
    const [upload, ...others] = recorder.requests.filter(({ body }) => body.includes(KEY))
    assert.deepEqual(others, [])
    assert.equal(upload?.method, 'PUT')
    assert.equal(upload?.path.split('?')[0], `${workers}/scripts/${name}`)
    const { metadata = '', ...modules } = partsOf(/** @type {Recorded} */ (upload))
    assert.deepEqual(JSON.parse(metadata).bindings, [
      { name: 'GATEWAY_URL', type: 'plain_text', text: GATEWAY_URL },
      { name: variable, type: 'plain_text', text: CID },
      { name: 'GATEWAY_KEY', type: 'secret_text', text: KEY },
    ])
    assert.match(modules['worker.js'] ?? '', /x-pinata-gateway-token/)
    assert(!JSON.stringify(modules).includes(KEY), 'the key is in the script')
  }

  recorder.requests.length = 0
  printed.push(await run(documentedCommand('secret put'), options))
  const [secret] = recorder.requests
  assert.equal(secret?.path, `${workers}/scripts/gateway/secrets`)
  assert.deepEqual(JSON.parse(secret?.body ?? ''), { name: 'GATEWAY_KEY', text: KEY, type: 'secret_text' })

  recorder.requests.length = 0
  printed.push(await run(scriptOf('site-preview.yml', 'Delete the Worker'), options))
  const [deletion] = recorder.requests.filter(({ method }) => method === 'DELETE')
  assert.equal(deletion?.path, `${workers}/services/preview-pr-7?force=true`)
  assert(!printed.join('\n').includes(KEY), 'the key was printed')
}

/** The Worker in workerd, by `wrangler dev`. @param {string} gatewayUrl */
async function startWorker(gatewayUrl) {
  const { cwd, npx } = optionsFor('http://127.0.0.1:9')
  writeFileSync(path.join(cwd, '.dev.vars'), `GATEWAY_KEY=${KEY}\n`)
  const port = await freePort()
  const command = [
    `npx --yes wrangler@${TOOLS.wrangler} dev worker.ts --ip 127.0.0.1 --port ${port} --compatibility-date 2026-07-01`,
    // Its default is one port for all, which another wrangler could have.
    `--inspector-port ${await freePort()}`,
    `--var GATEWAY_URL:${gatewayUrl} SITE_CID:${CID}`,
  ]
  await start(command.join(' '), { cwd, env: { WRANGLER_SEND_METRICS: 'false' }, ...(npx && { npx }) }, 'Ready on')
  /** @param {string} asked @param {RequestInit} [init] */
  return (asked, init) => fetch(`http://127.0.0.1:${port}${asked}`, { redirect: 'manual', ...init })
}

export async function checkWorkerd() {
  const { pinata, url } = await lockedGateway()
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
  const away = await visit('/')
  assert.deepEqual([away.status, await away.text()], [502, 'The gateway could not be reached.\n'])
}

/** What the emulated gateway does not do, and runtimes do in ways of their own. */
export async function checkWorkerdAnswers() {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/style.css')) {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('body {}'))
    } else if (request.url?.endsWith('/docs')) response.writeHead(301, { location: `/ipfs/${CID}/docs/` }).end()
    else if (request.url?.endsWith('/away')) response.writeHead(302, { location: 'https://example.com/' }).end()
    else response.writeHead(304, { etag: '"1"' }).end()
  })
  server.listen(0, '127.0.0.1')
  atEnd(() => server.close())
  await once(server, 'listening')
  const visit = await startWorker(`http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}`)
  assert.equal(await (await visit('/style.css')).text(), 'body {}')
  const moved = await visit('/docs')
  assert.deepEqual([moved.status, moved.headers.get('location')], [301, '/docs/'])
  assert.equal((await visit('/away')).status, 502)
  const same = await visit('/', { headers: { 'if-none-match': '"1"' } })
  assert.deepEqual([same.status, same.headers.get('etag')], [304, '"1"'])
}
