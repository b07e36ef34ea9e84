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
  ['a response that never comes', { kind: 'hang' }],
  ['a response that drips', { kind: 'drip', ms: 50 }],
  ['a response that is late', { kind: 'delay', ms: 5000 }],
] as const)('ends %s at the limit of the step with an error', async (_name, fault) => {
  const { reply, took } = await exchange(fault, 299.98823)
  expect(reply).toEqual({
    kind: 'fault',
    reason: "no complete response before the step's time limit was reached",
    sent: true,
    transient: true,
    cause: 'time',
  })
  expect(took).toBeLessThan(2000)
})

test('serves the next request after a fault', async () => {
  const { connection, gateway } = await exchange({ kind: 'hang' }, 200)
  const reply = await connection.exchange('GET', `/gateways/${gateway.id}`, { timeoutMs: 5000 })
  expect(reply).toMatchObject({ kind: 'answer', status: 200 })
})

test('does not wait for a response once the step is stopped', async () => {
  const { reply, took } = await exchange({ kind: 'hang' }, 30_000, AbortSignal.timeout(100))
  expect(reply).toMatchObject({ kind: 'fault', reason: 'the step was stopped' })
  expect(took).toBeLessThan(5000)
})
