import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, afterEach } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'

const home = mkdtempSync(path.join(tmpdir(), 'internet-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/**
 * Makes servers on this machine answer under their real addresses, `https://api.pinata.cloud` for one: a forward proxy
 * that opens TLS, as some companies have it in front of their runners. It refuses every other host, so that nothing
 * leaves this machine. The end of the test closes it.
 *
 * @param hosts the ports, by host: `api.pinata.cloud`, or `*.mypinata.cloud`. What listens there speaks plain http.
 * @returns the environment in which Node, curl and Go use the proxy and trust it, and the hosts that it refused
 */
export async function startInternet(hosts: Record<string, number>) {
  const tls = selfSigned(...Object.keys(hosts))
  const ca = path.join(home, 'ca.pem')
  writeFileSync(ca, tls.cert)
  const secureContext = createSecureContext(tls)
  const refused: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connection', socket => sockets.add(socket))
  server.on('connect', ({ url = '' }, client: Socket) => {
    const host = url.replace(/:443$/, '')
    const port = hosts[host] ?? hosts[host.replace(/^[^.]+/, '*')]
    if (port === undefined) {
      refused.push(host)
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const opened = new TLSSocket(client, { isServer: true, secureContext })
    const target = connect(port, '127.0.0.1')
    sockets.add(target)
    opened.on('error', () => target.destroy())
    target.on('error', () => opened.destroy())
    opened.pipe(target).pipe(opened)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { env: { HTTPS_PROXY: address, NODE_EXTRA_CA_CERTS: ca, CURL_CA_BUNDLE: ca }, refused }
}
