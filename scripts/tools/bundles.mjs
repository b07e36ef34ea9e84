// What browsers get: Vite and Next.js with the mistake and without it, and the route handler in a Next.js application.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CID, lockedGateway } from './gateway.mjs'
import { install } from './install.mjs'
import { freePort, KEY, newFolder, run, start } from './run.mjs'
import { TOOLS, WITH_NEXT } from './versions.mjs'

const PUBLIC_KEY = KEY.replace('k_', 'p_')

/** The text of all files below a folder. @param {string} folder */
function textOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return entries.map(entry => readFileSync(path.join(entry.parentPath, entry.name), 'latin1')).join('\n')
}

/** @param {string} folder @param {Record<string, string>} files */
function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}

export async function checkVite() {
  const cwd = newFolder()
  write(cwd, {
    'index.html': '<script type="module" src="/main.js"></script>',
    'main.js': 'document.title = `${import.meta.env.VITE_GATEWAY_KEY} ${import.meta.env.GATEWAY_KEY}`',
  })
  const vite = path.join(install('vite', TOOLS.vite), 'node_modules', 'vite', 'bin', 'vite.js')
  await run(`node "${vite}" build`, { cwd, env: { VITE_GATEWAY_KEY: PUBLIC_KEY, GATEWAY_KEY: KEY } })
  const bundle = textOf(path.join(cwd, 'dist'))
  assert(bundle.includes(PUBLIC_KEY), 'VITE_GATEWAY_KEY is not in the bundle: the document says that it is')
  assert(!bundle.includes(KEY), 'GATEWAY_KEY is in the bundle')
}

/** A Next.js application with the route handler of the examples and pages that make the mistakes. */
function nextApplication() {
  // Turbopack takes no packages from outside of its root.
  const root = install('next', TOOLS.next, ...WITH_NEXT)
  const folder = newFolder(root)
  write(folder, {
    'package.json': '{ "private": true }',
    'next.config.mjs': `export default { turbopack: { root: ${JSON.stringify(root)} } }\n`,
    'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>\n',
    'app/page.js': 'import Shown from "./shown"\nexport default () => <Shown />\n',
    'app/shown.js':
      '"use client"\nexport default () => <p onClick={() => alert(process.env.GATEWAY_KEY)}>' +
      '{process.env.NEXT_PUBLIC_GATEWAY_KEY}</p>\n',
    'app/rendered/page.js': '"use client"\nexport default () => <p>{process.env.GATEWAY_KEY}</p>\n',
  })
  const route = path.join(folder, 'app', 'ipfs', '[...path]')
  mkdirSync(route, { recursive: true })
  for (const name of ['gateway.ts', 'route.ts']) {
    copyFileSync(fileURLToPath(new URL(`../../examples/edge/${name}`, import.meta.url)), path.join(route, name))
  }
  return { folder, next: path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next') }
}

export async function checkNext() {
  const application = nextApplication()
  const built = { NEXT_PUBLIC_GATEWAY_KEY: PUBLIC_KEY, GATEWAY_KEY: KEY, NEXT_TELEMETRY_DISABLED: '1' }
  await run(`node "${application.next}" build`, { cwd: application.folder, env: built })
  const output = path.join(application.folder, '.next')
  const bundle = textOf(path.join(output, 'static'))
  assert(bundle.includes(PUBLIC_KEY), 'NEXT_PUBLIC_GATEWAY_KEY is not in the bundle: the document says that it is')
  assert(!bundle.includes(KEY), 'GATEWAY_KEY is in the bundle')
  const page = (/** @type {string} */ name) => readFileSync(path.join(output, 'server', 'app', name), 'utf8')
  assert(!page('index.html').includes(KEY), 'GATEWAY_KEY is in a page that does not render it')
  assert(
    page('rendered.html').includes(KEY),
    'GATEWAY_KEY is not in a page that renders it: the document says that it is',
  )

  const { pinata, url: gatewayUrl } = await lockedGateway()
  const url = `http://127.0.0.1:${await freePort()}`
  const env = { ...built, GATEWAY_URL: gatewayUrl, GATEWAY_KEY: KEY, GATEWAY_CIDS: CID }
  const command = `node "${application.next}" start --hostname 127.0.0.1 --port ${new URL(url).port}`
  const end = await start(command, { cwd: application.folder, env }, 'Ready')
  try {
    const visit = (/** @type {string} */ asked, /** @type {string} */ method) => fetch(url + asked, { method })
    const read = await visit(`/ipfs/${CID}/index.html`, 'GET')
    assert.equal(read.status, 200)
    assert.match(await read.text(), /Octo site/)
    assert.equal(read.headers.get('content-security-policy'), 'sandbox')
    assert.equal(pinata.reads[0]?.headers['x-pinata-gateway-token'], KEY)
    assert.equal(pinata.reads[0]?.path, `/ipfs/${CID}/index.html`)
    assert.equal((await visit(`/ipfs/${CID}`, 'HEAD')).status, 200)
    assert.equal((await visit(`/ipfs/${CID}`, 'POST')).status, 405)
    assert.equal((await visit('/ipfs/other', 'GET')).status, 404)
    assert.equal(pinata.reads.length, 2)
    await pinata.close()
    assert.equal((await visit(`/ipfs/${CID}`, 'GET')).status, 502)
  } finally {
    await end()
    await pinata.close()
  }
}
