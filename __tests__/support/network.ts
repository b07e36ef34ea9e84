import { createServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach } from '@jest/globals'
import { Connection, type Network } from '../../src/http/connection.ts'
import { Secret } from '../../src/secret.ts'

/** The log of connections, unused. */
export const NETWORK: Network = { log: { debug: () => {}, lastRequest: '' }, redact: text => text }

/** A connection that sends a token. */
export function connectTo(baseUrl: string, token = 'a'): Connection {
  return new Connection(baseUrl, { token: new Secret(token) }, NETWORK)
}

/** A server that receives no request from a step, and what it received. The end of the test closes it. */
export async function stranger() {
  const requests: string[] = []
  const server = createServer(({ method, url }, response) => {
    requests.push(`${method} ${url}`)
    response.end('{"data":{"id":"stolen","value":"stolen","createdAt":""}}')
  })
  return { requests, url: `http://127.0.0.1:${await listen(server)}/` }
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Makes a server listen on this machine until the end of the test. @returns its port */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
