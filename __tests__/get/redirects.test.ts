import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { pinataWithGateway, requestsOf } from '../support/step.ts'

/** A server that logs the requests to it. */
async function otherServer() {
  const requests: string[] = []
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url} ${req.headers.authorization ?? ''}`)
    res.end('{"data":{"id":"stolen","value":"stolen","createdAt":""}}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { requests, url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}

test.each([301, 302, 303, 307, 308])('follows no redirect with status %d in any step', async status => {
  const { pinata, gateway, run, revoke, post } = await pinataWithGateway(1)
  const other = await otherServer()
  const main = await run({ revoke: 'after-job' })
  pinata.requests.length = 0
  pinata.fault({ kind: 'redirect', to: other.url, status, times: Number.POSITIVE_INFINITY })
  expect((await run()).error).toContain(`HTTP ${status}`)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  const given = { 'key-id': gateway.keys[0]?.id ?? '' }
  for (const { error } of [await run(given), await revoke(given)]) expect(error).toMatch(/redirect/)
  expect((await post(main, 'success'))?.warnings.join()).toMatch(/redirect/)
  other.close()
  expect(other.requests).toEqual([])
})

test('follows no redirect within the host', async () => {
  const { pinata, gateway, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'redirect', to: `${pinata.apiUrl}/gateways/${gateway.id}`, method: 'POST' })
  await run()
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways'])
})
