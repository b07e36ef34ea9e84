// A step that waits for content from a gateway at its real host name, over TLS and through a proxy.
import { expect, test } from '@jest/globals'
import { startInternet } from '../support/internet.ts'
import { ACTION, jobWith, leaksOf } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const DOMAIN = 'fun-llama-300.mypinata.cloud'

test('reads from the gateway with the key, and sends each secret only to its own host', async () => {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  const internet = await startInternet({ 'api.pinata.cloud': pinata.port, [DOMAIN]: pinata.port })
  const given = { 'gateway-id': DOMAIN, 'pinata-jwt': jwt, 'wait-for': `ipfs://${CID}/a b` }
  const step = await jobWith(jwt).step({ action: ACTION, with: given, env: internet.env })
  expect([step.outcome, step.annotations]).toEqual(['success', []])
  const key = gateway.keys[1]?.value ?? ''
  expect(pinata.reads).toMatchObject([{ path: `/ipfs/${CID}/a%20b`, headers: { host: DOMAIN }, status: 200 }])
  expect(pinata.reads[0]?.headers['x-pinata-gateway-token']).toBe(key)
  expect(JSON.stringify(pinata.reads)).not.toContain(jwt)
  expect(JSON.stringify(pinata.requests.map(({ path, headers }) => [path, headers]))).not.toContain(key)
  expect(step.log).toMatch(/Gateway fun-llama-300\.mypinata\.cloud served \S+ with key \S+ after \d+\.\d seconds\./)
  expect(leaksOf(step, jwt, key)).toEqual([])
  expect(internet.refused).toEqual([])
})
