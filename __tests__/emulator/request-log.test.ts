import { Agent } from 'node:http'
import { expect, test } from '@jest/globals'
import { caller, send, start } from '../support/emulator-client.ts'

test('Every request to the API is logged, with what came in and what went out', async () => {
  const pinata = await start()
  const began = Date.now()
  const answer = await send(pinata, 'GET', '/v3/gateways?pageSize=1&page=2', { headers: { 'X-Custom': 'yes' } })
  await fetch(`${pinata.apiUrl}/gateways/some-id/access_tokens`, { method: 'POST', body: '{"name":"ünsinn"}' })

  expect(pinata.requests).toEqual([
    {
      method: 'GET',
      path: '/v3/gateways?pageSize=1&page=2',
      host: `127.0.0.1:${pinata.port}`,
      headers: expect.objectContaining({ 'x-custom': 'yes' }),
      body: '',
      status: 401,
      connection: 1,
      at: expect.any(Number),
      requestId: answer.headers['x-request-id'],
    },
    expect.objectContaining({ method: 'POST', body: '{"name":"ünsinn"}', status: 401, connection: 2 }),
  ])
  const [first, second] = pinata.requests.map(request => request.at)
  expect(first).toBeGreaterThanOrEqual(began)
  expect(second).toBeGreaterThanOrEqual(first ?? 0)
  expect(second).toBeLessThanOrEqual(Date.now())
})

test('The path is logged as it came', async () => {
  const pinata = await start()
  await send(pinata, 'DELETE', '/v3/gateways/id/access_tokens/%2e%2e/../x')
  await send(pinata, 'GET', '//host/v3/gateways')
  expect(pinata.requests.map(request => [request.path, request.status])).toEqual([
    ['/v3/gateways/id/access_tokens/%2e%2e/../x', 401],
    ['//host/v3/gateways', 404],
  ])
})

test('The connection number tells whether a client keeps its connection', async () => {
  const pinata = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const call = caller(pinata)
  await call('GET', '/gateways', { agent })
  await call('GET', '/gateways', { agent })
  await call('GET', '/gateways')
  await call('GET', '/gateways', { agent })
  agent.destroy()
  expect(pinata.requests.map(request => request.connection)).toEqual([1, 1, 2, 1])
})

test('A request that gets no answer is logged without a status', async () => {
  const pinata = await start()
  pinata.fault({ kind: 'reset' })
  await expect(caller(pinata)('GET', '/gateways')).rejects.toThrow()
  expect(pinata.requests).toMatchObject([{ method: 'GET', path: '/v3/gateways', status: undefined }])
})

test('An observer is told of a request when it is there, when it took effect, and when its answer was sent', async () => {
  const told: string[] = []
  const pinata = await start({
    observe: (moment, { method, status, fault }) => told.push([method, moment, keys(), status, fault?.kind].join(' ')),
  })
  const gateway = pinata.addGateway()
  const keys = () => gateway.keys.length
  const call = caller(pinata)
  const path = `/gateways/${gateway.id}/access_tokens`
  await call('POST', path)
  pinata.fault({ kind: 'reset', when: 'after' })
  await expect(call('POST', path)).rejects.toThrow()
  pinata.fault({ kind: 'status', status: 503 })
  await call('POST', path)
  expect(told).toEqual([
    'POST arrived 0  ',
    'POST taken 1  ',
    'POST answered 1 200 ',
    'POST arrived 1  reset',
    'POST taken 2  reset',
    'POST arrived 2  status',
    'POST answered 2 503 status',
  ])
})
