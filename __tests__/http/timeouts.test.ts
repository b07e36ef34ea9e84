import { expect, test } from '@jest/globals'
import { Connection } from '../../src/http/connection.ts'
import { Secret } from '../../src/secret.ts'
import { NETWORK } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

async function exchange(
  fault: Parameters<Awaited<ReturnType<typeof pinataWithGateway>>['pinata']['fault']>[0],
  timeoutMs: number,
  signal?: AbortSignal,
) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  pinata.fault(fault)
  const connection = new Connection(pinata.apiUrl, { token: new Secret(jwt) }, NETWORK)
  const started = Date.now()
  const reply = await connection.exchange('GET', `/gateways/${gateway.id}`, { timeoutMs, signal })
  return { reply, took: Date.now() - started, connection, pinata, gateway }
}

test.each([
  ['an answer that never comes', { kind: 'hang' }],
  ['an answer that drips', { kind: 'drip', ms: 50 }],
  ['an answer that is late', { kind: 'delay', ms: 5000 }],
] as const)('%s ends with a fault that says how long it was waited for', async (_name, fault) => {
  const { reply, took } = await exchange(fault, 300)
  expect(reply).toEqual({ kind: 'fault', reason: 'no whole answer within 0.3 seconds', sent: true, transient: true })
  expect(took).toBeLessThan(2000)
})

test('the connection serves the next request after a fault', async () => {
  const { connection, gateway } = await exchange({ kind: 'hang' }, 200)
  const reply = await connection.exchange('GET', `/gateways/${gateway.id}`, { timeoutMs: 5000 })
  expect(reply).toMatchObject({ kind: 'answer', status: 200 })
})

test('a stopped step waits for no answer', async () => {
  const { reply, took } = await exchange({ kind: 'hang' }, 30_000, AbortSignal.timeout(100))
  expect(reply).toMatchObject({ kind: 'fault', reason: 'the step was stopped' })
  expect(took).toBeLessThan(5000)
})
