import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { afterEach } from '@jest/globals'
import { Connection, type Network } from '../../src/http/connection.ts'
import { type Backoff, Deadline, systemClock } from '../../src/http/retry.ts'
import { Secret } from '../../src/secret.ts'

/** Options for connections that log and redact nothing. */
export const NETWORK: Network = { log: { debug: () => {}, lastRequest: '' }, redact: text => text }

export function connectTo(baseUrl: string, token = 'a'): Connection {
  return new Connection(baseUrl, { token: new Secret(token) }, NETWORK)
}

/** Returns limits for requests. */
export function within(ms: number, signal = new AbortController().signal): { backoff: Backoff } {
  return { backoff: { deadline: new Deadline(systemClock, ms), signal, report: () => {} } }
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()))
})

/** Calls a function when the test ends. */
export const onTestEnd = (close: () => unknown) => void closing.push(close)

/** Creates a server that connects each client to a port on this machine. @param onConnection may close a connection */
export function relayTo(port: number, onConnection: (client: Socket) => void = () => {}): Server {
  return createServer(client => {
    pipeline(client, connect(port, '127.0.0.1'), client, () => {})
    onConnection(client)
  })
}

/** Makes a server listen on this machine until the test ends. @returns its port */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  onTestEnd(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
