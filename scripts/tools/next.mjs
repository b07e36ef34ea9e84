// Checks the route handler of the examples in a Next.js application.
import assert from 'node:assert/strict'
import path from 'node:path'
import { createTempFolder, freePort, install, KEY, read, run, start } from './run.mjs'
import { CID, startGatewayWithKey } from './servers.mjs'
import { TOOLS, WITH_NEXT } from './versions.mjs'

export async function checkNext() {
  // Turbopack uses no packages outside its root.
  const root = install('next', TOOLS.next, ...WITH_NEXT)
  const application = {
    'package.json': '{ "private": true }',
    'next.config.mjs': `export default { turbopack: { root: ${JSON.stringify(root)} } }\n`,
    'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>\n',
    'app/ipfs/[...path]/gateway.ts': read('examples/edge/gateway.ts'),
    'app/ipfs/[...path]/route.ts': read('examples/edge/route.ts'),
  }
  const cwd = createTempFolder(application, root)
  const { pinata, url: gatewayUrl } = await startGatewayWithKey()
  const env = { NEXT_TELEMETRY_DISABLED: '1', GATEWAY_URL: gatewayUrl, GATEWAY_KEY: KEY, GATEWAY_CIDS: CID }
  const next = `node "${path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')}"`
  await run(`${next} build`, { cwd, env })
  const url = `http://127.0.0.1:${await freePort()}`
  await start(`${next} start --hostname 127.0.0.1 --port ${new URL(url).port}`, { cwd, env }, 'Ready')
  const page = await fetch(`${url}/ipfs/${CID}/index.html`)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /Octo site/)
  assert.equal(page.headers.get('content-security-policy'), 'sandbox')
  assert.equal(pinata.reads[0]?.headers['x-pinata-gateway-token'], KEY)
  assert.equal(pinata.reads[0]?.path, `/ipfs/${CID}/index.html`)
  await pinata.close()
  assert.equal((await fetch(`${url}/ipfs/${CID}`)).status, 502)
}
