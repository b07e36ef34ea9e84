// Steps that wait for a gateway under its real host name, over TLS and through a proxy.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { startInternet } from '../support/internet.ts'
import { ACTION, jobWith, leaksOf, ORIGIN_ACTION } from '../support/job.ts'
import { pinataWithGateway, until } from '../support/step.ts'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const DOMAIN = 'fun-llama-300.mypinata.cloud'
const HTML = '<!doctype html>'

/** Node can't send Ctrl+C on Windows. */
const onPosix = process.platform === 'win32' ? test.failing : test

/** @param gatewayPort of a gateway that responds instead of the emulated one */
async function setup(gatewayPort?: number) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  const internet = await startInternet({ 'api.pinata.cloud': pinata.port, [DOMAIN]: gatewayPort ?? pinata.port })
  const job = jobWith(jwt, { cancelAfterMs: { terminate: 500, kill: 10_000 } })
  const given = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}' }
  const start = (action: string, more: Record<string, string>) =>
    job.step({ action, with: { ...given, ...more }, env: internet.env })
  return { pinata, gateway, jwt, internet, job, start }
}

test('reads from the gateway with the key, and sends each secret to its own host only', async () => {
  const { pinata, gateway, jwt, internet, job, start } = await setup()
  const step = await start(ACTION, { 'wait-for': `ipfs://${CID}/a b` })
  expect(step.annotations).toEqual([])
  expect(step.outcome).toBe('success')
  const key = gateway.keys[1]?.value ?? ''
  expect(pinata.reads).toMatchObject([{ path: `/ipfs/${CID}/a%20b`, host: DOMAIN, status: 200 }])
  expect(pinata.reads[0]?.headers['x-pinata-gateway-token']).toBe(key)
  expect(JSON.stringify(pinata.reads)).not.toContain(jwt)
  expect(JSON.stringify(pinata.requests.map(({ path, headers }) => [path, headers]))).not.toContain(key)
  expect(step.log).toMatch(/Gateway fun-llama-300\.mypinata\.cloud served \S+ with key \S+ after \d+\.\d seconds\./)
  expect(leaksOf(step, jwt, key)).toEqual([])
  expect(internet.refused).toEqual([])
  await job.end()
})

test('removes an origin whose pages would get no HTML from the gateway', async () => {
  const { pinata, gateway, job, start } = await setup()
  pinata.addGateway({ domain: 'another', pins: { [CID]: HTML } })
  const step = await start(ORIGIN_ACTION, { 'wait-for': CID, origin: 'https://pr-7.example.com' })
  expect(step.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(/only custom domains serve HTML.*ERR_ID:00023.* was removed again\.$/),
  ])
  expect(pinata.reads.map(({ headers }) => headers.origin)).toEqual(['https://pr-7.example.com'])
  expect(gateway.allowedHosts).toEqual([])
  await job.end()
})

onPosix('revokes the key of a step that is cancelled while it waits', async () => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests++
    response.writeHead(401).end('ERR_ID:00024')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { gateway, job, start } = await setup((server.address() as AddressInfo).port)
  const step = start(ACTION, { 'wait-for': CID })
  await until(() => requests > 1)
  job.cancel()
  expect((await step).annotations.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^The step was stopped: .* was revoked again\.$/),
  )
  expect(gateway.keys).toHaveLength(1)
  await job.end()
  server.close().closeAllConnections()
})
