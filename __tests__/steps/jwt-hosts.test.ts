import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { pinataWithGateway, requestsOf, runKeyStep, runPost, runRevokeStep } from '../support/step.ts'

/** A server that notes what comes to it. */
async function stranger() {
  const requests: string[] = []
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url} ${req.headers.authorization ?? ''}`)
    res.end('{"data":{"id":"stolen","value":"stolen","createdAt":""}}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    requests,
    url: `http://127.0.0.1:${port}/`,
    sameHost: `http://127.0.0.1:${port}/v3`,
    close: () => server.close(),
  }
}

const STATUSES = [301, 302, 303, 307, 308]

test.each(STATUSES)('no redirect is followed when a key is asked for: %d', async status => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const other = await stranger()
  pinata.fault({ kind: 'redirect', to: other.url, status, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  other.close()
  expect(other.requests).toEqual([])
  expect(done.error).toMatch(/^api-url answered with a redirect to 127\.0\.0\.1:\d+, which is not followed/)
})

test('no redirect is followed when a key is taken, revoked, or revoked by the post step', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const other = await stranger()
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'redirect', to: other.url, times: Number.POSITIVE_INFINITY })
  const taken = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  const revoked = await runRevokeStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  const post = await runPost(main, inputs, 'success')
  other.close()
  expect(other.requests).toEqual([])
  expect([taken.error, revoked.error, post?.warnings.join()]).toEqual(Array(3).fill(expect.stringMatching(/redirect/)))
})

test('a redirect within the host is not followed either', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'redirect', to: `${pinata.apiUrl}/gateways/${gateway.id}`, method: 'POST' })
  await runKeyStep(inputs)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways'])
})

test('where reading the gateway is redirected, no key is asked for', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'redirect', to: 'https://pinata.example/', method: 'GET' })
  const done = await runKeyStep(inputs)
  expect(done.error).toMatch(/^api-url answered with a redirect to pinata\.example/)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('the JWT goes in the header only, never in an address or a body', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  for (const { path, body, headers } of pinata.requests) {
    expect(path + body).not.toContain(jwt)
    const { authorization, ...others } = headers
    expect(authorization).toBe(`Bearer ${jwt}`)
    expect(JSON.stringify(others)).not.toContain(jwt)
  }
})
