import { once } from 'node:events'
import { createServer, type TLSSocket } from 'node:tls'
import { expect, test } from '@jest/globals'
import { EarlyConnection } from '../../src/http/early-connection.ts'
import { listen } from '../support/network.ts'

test('sends the name of the server, and hands over its socket only once, and only for that server', async () => {
  const server = createServer({ SNICallback: (name, done) => server.emit('name', name) && done(null) })
  const host = `localhost:${await listen(server)}`
  const early = new EarlyConnection(new URL(`https://${host}/v3`))
  const [name] = await once(server, 'name')
  expect(name).toBe('localhost')
  expect(early.take(new URL(`http://${host}`))).toBeUndefined()
  const socket = early.take(new URL(`https://${host}`))
  expect(socket?.destroyed).toBe(false)
  expect(early.take(new URL(`https://${host}`))).toBeUndefined()
  socket?.destroy()
})

test('connects to port 443 by default', async () => {
  const url = new URL('https://127.0.0.1/v3')
  const socket = new EarlyConnection(url).take(url) as TLSSocket
  // If nothing is listening there, the error contains the port.
  const port = await once(socket, 'connect').then(
    () => socket.remotePort,
    error => error.port,
  )
  expect(port).toBe(443)
  socket.destroy()
})
