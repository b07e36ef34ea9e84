import { expect, test } from '@jest/globals'
import { pinataWithGateway, requestsOf, runKeyStep } from '../support/step.ts'

test('warns of the readers that the first key cuts off', async () => {
  const { gateway, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep(inputs)
  expect(gateway.keys).toHaveLength(1)
  expect(done.warnings).toEqual([
    expect.stringMatching(
      /is the first access control of gateway fun-llama-300\.mypinata\.cloud: readers without a key are cut off as long as it lives/,
    ),
  ])
})

test('makes no first key with first-key: fail, and says so', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep({ ...inputs, 'first-key': 'fail' })
  expect(done.error).toMatch(
    /^No key was created, as first-key is fail and gateway fun-llama-300\.mypinata\.cloud has no access control/,
  )
  expect(gateway.keys).toEqual([])
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(done.outputs).toEqual({})
})

test('makes it without a warning with first-key: allow', async () => {
  const { gateway, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep({ ...inputs, 'first-key': 'allow' })
  expect(gateway.keys).toHaveLength(1)
  expect(done.warnings).toEqual([])
})

test.each(['warn', 'fail', 'allow'])(
  'says nothing with first-key: %s when there is an access control',
  async firstKey => {
    const { gateway, inputs } = await pinataWithGateway(1)
    const done = await runKeyStep({ ...inputs, 'first-key': firstKey })
    expect(done.error).toBeUndefined()
    expect(done.warnings).toEqual([])
    expect(gateway.keys).toHaveLength(2)
  },
)

test.each([{ allowedHosts: ['https://example.com'] }, { allowedIPAddresses: ['192.0.2.1'] }])(
  'counts host origins and IP addresses as access controls: %j',
  async controls => {
    const { pinata, inputs } = await pinataWithGateway(0)
    const gateway = pinata.addGateway(controls)
    const done = await runKeyStep({ ...inputs, 'gateway-id': gateway.id, 'first-key': 'fail' })
    expect(done.error).toBeUndefined()
    expect(gateway.keys).toHaveLength(1)
  },
)

test('makes no key with first-key: fail when the access controls cannot be read', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 503, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep({ ...inputs, 'first-key': 'fail' })
  expect(done.error).toMatch(/access controls could not be read\. Pinata failed to read the gateway\..*HTTP 503/)
  expect(gateway.keys).toHaveLength(1)
  expect(requestsOf(pinata)).not.toContain('POST access_tokens')
})

const withoutSettings = { kind: 'body', method: 'GET', body: { data: { id: 'x', domain: 'fun-llama-300' } } } as const

test('makes no key with first-key: fail when Pinata does not tell the access controls', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault(withoutSettings)
  const done = await runKeyStep({ ...inputs, 'first-key': 'fail' })
  expect(done.error).toMatch(
    /access controls could not be read\. Could not read the gateway: the answer is not what Pinata documents\./,
  )
  expect(gateway.keys).toHaveLength(1)
})

test('warns that it does not know when Pinata does not tell the access controls', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault(withoutSettings)
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.warnings).toEqual([
    expect.stringMatching(/^Whether gateway .* had an access control before key .* could not be read/),
  ])
})

test('takes null for an empty list of access controls', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const policies = { accessTokens: null, allowedHosts: null, allowedIPAddresses: null }
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: { data: { domain: 'x', settings: { restriction_policies: policies } } },
  })
  const done = await runKeyStep({ ...inputs, 'first-key': 'fail' })
  expect(done.error).toMatch(/has no access control/)
})
