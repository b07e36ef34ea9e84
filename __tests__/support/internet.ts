import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { pipeline } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { listen } from './network.ts'
import { tempFolder } from './temp-folder.ts'

const home = tempFolder('internet')

/**
 * Starts a forward proxy that inspects TLS, as some companies' proxies do. Servers on this machine then respond at real
 * addresses, such as `https://api.pinata.cloud`. The proxy rejects all other hosts, so no request leaves this machine.
 * It closes when the test ends.
 * @param hosts ports by host: `api.pinata.cloud`, or `*.mypinata.cloud`. The servers on these ports speak plain HTTP.
 * @returns an environment in which Node, curl, and Go use and trust the proxy, and the hosts that it rejected
 */
export async function startInternet(hosts: Record<string, number>) {
  const tls = selfSigned(...Object.keys(hosts))
  const ca = path.join(home, 'ca.pem')
  writeFileSync(ca, tls.cert)
  const secureContext = createSecureContext(tls)
  const refused: string[] = []
  const server = createServer().on('connect', ({ url = '' }, client: Socket) => {
    const host = url.replace(/:443$/, '')
    const port = hosts[host] ?? hosts[host.replace(/^[^.]+/, '*')]
    if (port === undefined) {
      refused.push(host)
      return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    }
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const tlsSocket = new TLSSocket(client, { isServer: true, secureContext })
    pipeline(tlsSocket, connect(port, '127.0.0.1'), tlsSocket, () => {})
  })
  const address = `http://127.0.0.1:${await listen(server)}`
  return { env: { HTTPS_PROXY: address, NODE_EXTRA_CA_CERTS: ca, CURL_CA_BUNDLE: ca }, refused }
}
