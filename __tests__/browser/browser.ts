import { createHash, X509Certificate } from 'node:crypto'
import { type Browser, chromium } from 'playwright-core'
import { chromePath } from './chrome.mjs'

/**
 * Starts a browser that resolves these hosts, and no others, to a port on this machine. It trusts any certificate that
 * has the public key of `cert`, and checks all others as usual.
 */
export async function startBrowser(cert: string, port: number, hosts: string[]): Promise<Browser> {
  const executablePath = chromePath()
  if (executablePath === undefined) throw new Error('Could not find Chrome or Chromium. Install one or set CHROME_BIN.')
  const rules = hosts.map(host => `MAP ${host} 127.0.0.1:${port}`)
  const publicKey = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return await chromium.launch({
    executablePath,
    // If Chrome runs as root, it refuses to start with its sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--no-proxy-server',
      `--host-resolver-rules=${rules.join()},MAP * ~NOTFOUND`,
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(publicKey).digest('base64')}`,
    ],
  })
}
