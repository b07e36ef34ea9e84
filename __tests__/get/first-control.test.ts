import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { pinataWithGateway, requestsOf, runKeyStep, runOriginStep } from '../support/step.ts'

const NAME = 'fun-llama-300.mypinata.cloud'

test('warns about the readers that a first key cuts off', async () => {
  const { gateway, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep(inputs)
  expect(gateway.keys).toHaveLength(1)
  expect(done.warnings).toEqual([
    `Key ${gateway.keys[0]?.id} is the first access control of gateway ${NAME}, so readers without a key are cut off now. To prevent this, set first-control to fail. To allow it, set first-control to allow.`,
  ])
})

test('creates no first key with first-control: fail', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep({ ...inputs, 'first-control': 'fail' })
  expect(done.error).toBe(
    `Could not create a key: first-control is fail, and gateway ${NAME} has no access control. A first one would cut off readers without a key. To allow this, set first-control to allow.`,
  )
  expect(gateway.keys).toEqual([])
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(done.outputs).toEqual({})
  expect(done.saved).toEqual([])
})

test('warns about a first origin, adds none with fail, and logs it with allow', async () => {
  const { gateway, given, origins } = await originSetup()
  gateway.keys.length = 0
  const failed = await runOriginStep({ ...given, 'first-control': 'fail' })
  expect(failed.error).toBe(
    `Could not add the origin ${ORIGIN}: first-control is fail, and gateway ${NAME} has no access control. A first one would cut off readers other than pages of this origin. To allow this, set first-control to allow.`,
  )
  expect(origins()).toEqual([])
  const warned = await runOriginStep(given)
  expect(warned.warnings).toEqual([
    expect.stringContaining(`Origin ${ORIGIN} is the first access control of gateway ${NAME}`),
  ])
  gateway.allowedHosts.length = 0
  const allowed = await runOriginStep({ ...given, 'first-control': 'allow' })
  expect(allowed.warnings).toEqual([])
  expect(allowed.info).toContain(
    "It is the gateway's first access control, so readers other than pages of this origin are cut off now.",
  )
})

test.each(['warn', 'fail', 'allow'])(
  'reports nothing with first-control: %s if there is an access control',
  async firstControl => {
    const { gateway, inputs } = await pinataWithGateway(1)
    const done = await runKeyStep({ ...inputs, 'first-control': firstControl })
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
    const done = await runKeyStep({ ...inputs, 'gateway-id': gateway.id, 'first-control': 'fail' })
    expect(done.error).toBeUndefined()
    expect(gateway.keys).toHaveLength(1)
  },
)

const UNREADABLE = [
  ['fails', { kind: 'status', status: 503, method: 'GET', times: Number.POSITIVE_INFINITY }],
  ['is incomplete', { kind: 'body', method: 'GET', body: { data: { id: 'x', domain: 'fun-llama-300' } } }],
] as const

test.each(UNREADABLE)('creates no key with first-control: fail if the reading %s', async (_name, fault) => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault(fault)
  const done = await runKeyStep({ ...inputs, 'first-control': 'fail' })
  expect(done.error).toMatch(
    /^Could not create a key: first-control is fail, and the gateway's access controls could not be read\. ./,
  )
  expect(gateway.keys).toHaveLength(1)
  expect(requestsOf(pinata)).not.toContain('POST access_tokens')
})

test.each([
  ['warns', 'warn', 'warnings'],
  ['logs', 'allow', 'info'],
] as const)('%s that the access controls are unknown with first-control: %s', async (_verb, firstControl, level) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault(UNREADABLE[1][1])
  const done = await runKeyStep({ ...inputs, 'first-control': firstControl })
  expect(done.error).toBeUndefined()
  expect(done[level]).toContainEqual(expect.stringMatching(/^Could not check whether gateway .* had an access control/))
})

test('reads null as an empty list of access controls', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const policies = { accessTokens: null, allowedHosts: null, allowedIPAddresses: null }
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: { data: { domain: 'x', settings: { restriction_policies: policies } } },
  })
  const done = await runKeyStep({ ...inputs, 'first-control': 'fail' })
  expect(done.error).toContain('has no access control')
})
