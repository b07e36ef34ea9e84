import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable, requestsOf, runKeyStep, runPost } from '../support/step.ts'

test('gives the value of a key by its ID, masked, and makes none', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(3)
  const key = gateway.keys[1]
  const done = await runKeyStep({ ...inputs, 'key-id': key?.id ?? '' })
  expect(done.outputs).toEqual({
    'gateway-key': key?.value,
    'key-id': key?.id,
    'gateway-id': gateway.id,
    'gateway-url': 'https://fun-llama-300.mypinata.cloud',
    'created-at': key?.createdAt,
    'expires-at': '',
    created: 'false',
  })
  expect(done.masks).toContain(key?.value)
  expect(readable(done)).not.toContain(key?.value)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(gateway.keys).toHaveLength(3)
})

test('says that a key is not there', async () => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'key-id': '00000000-0000-4000-8000-000000000000' })
  expect(done.error).toBe(
    'Gateway fun-llama-300.mypinata.cloud has no key 00000000-0000-4000-8000-000000000000. It was revoked, or it is a key of another gateway. Leave key-id out to create a new one.',
  )
  expect(done.outputs).toEqual({})
})

test.each(['after-job', 'on-failure'])(
  'never revokes a key that it did not make, and says so: revoke: %s',
  async revoke => {
    const { gateway, inputs } = await pinataWithGateway(1)
    const done = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '', revoke })
    expect(done.warnings).toEqual([
      expect.stringContaining(`revoke: ${revoke} has no effect on key ${gateway.keys[0]?.id}`),
    ])
    expect(await runPost(done, inputs, 'failure')).toBeUndefined()
    expect(gateway.keys).toHaveLength(1)
  },
)

test('refuses a key in place of its ID without printing it', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const value = gateway.keys[0]?.value ?? ''
  const done = await runKeyStep({ ...inputs, 'key-id': value })
  expect(done.error).toMatch(/is not the ID of a gateway key.*not the key itself/)
  expect(readable(done)).not.toContain(value)
  expect(pinata.requests).toEqual([])
})

test('fails when Pinata does not give the keys of the gateway', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', body: { data: { domain: 'x', settings: {} } } })
  const done = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  expect(done.error).toMatch(/^Could not read the gateway: the answer is not what Pinata documents\./)
})

test('fails when Pinata does not give the value of the key', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    body: answer => {
      answer.data.settings.restriction_policies.accessTokens[0].value = null
      return answer
    },
  })
  const done = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  expect(done.error).toMatch(/^The value of key [\w-]+ is not what Pinata documents\./)
})
