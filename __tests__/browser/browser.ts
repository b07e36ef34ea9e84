import { createHash, X509Certificate } from 'node:crypto'
import { type Browser, chromium } from 'playwright-core'
import { chromePath } from './chrome.mjs'

/**
 * A browser that finds these hosts at a port of this machine, and no other. It trusts the key of the certificate
 * whatever the certificate says; all others are checked as usual.
 */
export async function startBrowser(cert: string, port: number, hosts: string[]): Promise<Browser> {
  const executablePath = chromePath()
  if (executablePath === undefined) throw new Error('No Chrome or Chromium found: install one, or set CHROME_BIN')
  const rules = hosts.map(host => `MAP ${host} 127.0.0.1:${port}`)
  const publicKey = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return await chromium.launch({
    executablePath,
    // Chrome refuses to start as root with its sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--no-proxy-server',
      `--host-resolver-rules=${rules.join()},MAP * ~NOTFOUND`,
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(publicKey).digest('base64')}`,
    ],
  })
}
