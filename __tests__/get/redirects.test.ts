import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { pinataWithGateway, requestsOf, runKeyStep, runPost, runRevokeStep } from '../support/step.ts'

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

test.each([301, 302, 303, 307, 308])('follows no redirect with status %d', async status => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const other = await otherServer()
  pinata.fault({ kind: 'redirect', to: other.url, status, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  other.close()
  expect(other.requests).toEqual([])
  expect(done.error).toContain(`HTTP ${status}`)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('follows no redirect when it reuses or revokes a key, or in the post step', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const other = await otherServer()
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'redirect', to: other.url, times: Number.POSITIVE_INFINITY })
  const reused = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  const revoked = await runRevokeStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  const post = await runPost(main, inputs, 'success')
  other.close()
  expect(other.requests).toEqual([])
  expect([reused.error, revoked.error, post?.warnings.join()]).toEqual(Array(3).fill(expect.stringMatching(/redirect/)))
})

test('follows no redirect within the host', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'redirect', to: `${pinata.apiUrl}/gateways/${gateway.id}`, method: 'POST' })
  await runKeyStep(inputs)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways'])
})

test('sends the JWT in the header only', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  expect(pinata.requests).toHaveLength(3)
  for (const { path, body, headers } of pinata.requests) {
    expect(path + body).not.toContain(jwt)
    const { authorization, ...others } = headers
    expect(authorization).toBe(`Bearer ${jwt}`)
    expect(JSON.stringify(others)).not.toContain(jwt)
  }
})
