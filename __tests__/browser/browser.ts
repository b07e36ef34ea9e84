import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium } from 'playwright-core'
import { chromePath } from './chrome.mjs'

type Tls = { key: string; cert: string }

/**
 * A browser that finds these hosts, each at a port of this machine, and no other. It trusts the key of the certificate
 * whatever the certificate says; all others are checked as usual.
 */
export async function startBrowser({ cert }: Tls, hosts: Record<string, number>): Promise<Browser> {
  const executablePath = chromePath()
  if (executablePath === undefined) throw new Error('No Chrome or Chromium found: install one, or set CHROME_BIN')
  const rules = Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`)
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

/** A web server over https that answers every request with the same page. */
export async function startPages(tls: Tls, html: string) {
  const server = createServer(tls, (_request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
