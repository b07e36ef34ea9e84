import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { start } from '../support/emulator-client.ts'

type Fault = Parameters<Awaited<ReturnType<typeof start>>['fault']>[0]

/** Sets a fault, and creates a key on a new socket. Returns the response, the connection's end, and the key count. */
async function createDuring(fault: Fault) {
  const pinata = await start()
  const { id, keys } = pinata.addGateway()
  pinata.fault(fault)
  const socket = connect(pinata.port, '127.0.0.1')
  const head = `POST /v3/gateways/${id}/access_tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${pinata.addJwt()}`
  socket.write(`${head}\r\n\r\n`)
  let received = ''
  socket.setEncoding('latin1').on('data', text => {
    received += text
  })
  socket.on('error', () => {})
  const end = () => (socket.errored ? 'reset' : socket.readableEnded ? 'closed' : 'open')
  for (let waits = 0; waits < 20 && end() === 'open'; waits++) await sleep(10)
  const ended = end()
  socket.resetAndDestroy()
  await sleep(20)
  // Rejects if the client's disconnection broke something.
  await pinata.close()
  return { received, ended, keys: keys.length }
}

test.each<[fault: Fault, received: RegExp, ended: string]>([
  [{ kind: 'reset' }, /^$/, 'reset'],
  [{ kind: 'close' }, /^$/, 'closed'],
  [{ kind: 'hang' }, /^$/, 'open'],
  [{ kind: 'upgrade' }, /^HTTP\/1.1 101 Switching Protocols\r\n/, 'open'],
  [{ kind: 'interim' }, /^(HTTP\/1.1 103 Early Hints\r\n\r\n){9,}$/, 'open'],
  [{ kind: 'status', status: 500 }, /^HTTP\/1.1 500 .*\r\n\r\n{"error":{"code":500,"message":"Internal/s, 'open'],
  [{ kind: 'redirect', to: 'https://a.example/' }, /^HTTP\/1.1 307 .*Location: https:\/\/a.example\/\r\n/s, 'open'],
])('applies %j before and after the request takes effect', async (fault, received, ended) => {
  for (const when of ['before', 'after'] as const) {
    const expected = { received: expect.stringMatching(received), ended, keys: when === 'after' ? 1 : 0 }
    expect(await createDuring({ ...fault, when } as Fault)).toEqual(expected)
  }
})
