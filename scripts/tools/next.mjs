// Next.js: the route handler of the examples in an application.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, install, KEY, newFolder, run, start } from './run.mjs'
import { CID, lockedGateway } from './servers.mjs'
import { TOOLS, WITH_NEXT } from './versions.mjs'

export async function checkNext() {
  // Turbopack uses no packages from outside its root.
  const root = install('next', TOOLS.next, ...WITH_NEXT)
  const cwd = newFolder(root)
  const route = path.join(cwd, 'app', 'ipfs', '[...path]')
  mkdirSync(route, { recursive: true })
  writeFileSync(path.join(cwd, 'package.json'), '{ "private": true }')
  writeFileSync(path.join(cwd, 'next.config.mjs'), `export default { turbopack: { root: ${JSON.stringify(root)} } }\n`)
  const layout = 'export default ({ children }) => <html lang="en"><body>{children}</body></html>\n'
  writeFileSync(path.join(cwd, 'app', 'layout.js'), layout)
  for (const name of ['gateway.ts', 'route.ts']) {
    copyFileSync(fileURLToPath(new URL(`../../examples/edge/${name}`, import.meta.url)), path.join(route, name))
  }
  const { pinata, url: gatewayUrl } = await lockedGateway()
  const env = { NEXT_TELEMETRY_DISABLED: '1', GATEWAY_URL: gatewayUrl, GATEWAY_KEY: KEY, GATEWAY_CIDS: CID }
  const next = `node "${path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')}"`
  await run(`${next} build`, { cwd, env })
  const url = `http://127.0.0.1:${await freePort()}`
  await start(`${next} start --hostname 127.0.0.1 --port ${new URL(url).port}`, { cwd, env }, 'Ready')
  const read = await fetch(`${url}/ipfs/${CID}/index.html`)
  assert.equal(read.status, 200)
  assert.match(await read.text(), /Octo site/)
  assert.equal(read.headers.get('content-security-policy'), 'sandbox')
  assert.equal(pinata.reads[0]?.headers['x-pinata-gateway-token'], KEY)
  assert.equal(pinata.reads[0]?.path, `/ipfs/${CID}/index.html`)
  await pinata.close()
  assert.equal((await fetch(`${url}/ipfs/${CID}`)).status, 502)
}
