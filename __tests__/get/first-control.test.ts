import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { pinataWithGateway, requestsOf, runOriginStep } from '../support/step.ts'

const NAME = 'fun-llama-300.mypinata.cloud'

test('warns about the readers that a first key cuts off, and creates none with fail', async () => {
  const { pinata, run, keyIds } = await pinataWithGateway(0)
  const failed = await run({ 'first-control': 'fail' })
  expect(failed.error).toBe(
    `Could not create a key: first-control is fail, and gateway ${NAME} has no access control. A first one would cut off readers without a key. To allow this, set first-control to allow.`,
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(failed).toMatchObject({ outputs: {}, saved: [] })
  const { warnings } = await run()
  expect(warnings).toEqual([
    `Key ${keyIds()[0]} is the first access control of gateway ${NAME}, so readers without a key are cut off now. To prevent this, set first-control to fail. To allow it, set first-control to allow.`,
  ])
})

test('warns about a first origin, adds none with fail, and logs it with allow', async () => {
  const { gateway, given, origins } = await originSetup()
  gateway.keys.length = 0
  expect((await runOriginStep({ ...given, 'first-control': 'fail' })).error).toBe(
    `Could not add the origin ${ORIGIN}: first-control is fail, and gateway ${NAME} has no access control. A first one would cut off readers other than pages of this origin. To allow this, set first-control to allow.`,
  )
  expect(origins()).toEqual([])
  expect((await runOriginStep(given)).warnings).toEqual([
    expect.stringContaining(`Origin ${ORIGIN} is the first access control of gateway ${NAME}`),
  ])
  gateway.allowedHosts.length = 0
  const allowed = await runOriginStep({ ...given, 'first-control': 'allow' })
  expect(allowed.warnings).toEqual([])
  expect(allowed.info).toContain(
    "It is the gateway's first access control, so readers other than pages of this origin are cut off now.",
  )
})

test.each([
  [{ keys: 1 }, 'warn'],
  [{ keys: 1 }, 'fail'],
  [{ keys: 1 }, 'allow'],
  [{ allowedHosts: ['https://example.com'] }, 'fail'],
  [{ allowedIPAddresses: ['192.0.2.1'] }, 'fail'],
])('reports nothing if the gateway has an access control: %j, %s', async (controls, firstControl) => {
  const { pinata, run } = await pinataWithGateway(0)
  const { id, keys } = pinata.addGateway(controls)
  const before = keys.length
  const done = await run({ 'gateway-id': id, 'first-control': firstControl })
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(keys).toHaveLength(before + 1)
})

test.each([
  ['fails', { kind: 'status', status: 503, method: 'GET', times: Number.POSITIVE_INFINITY }],
  ['is incomplete', { kind: 'body', method: 'GET', body: { data: { id: 'x', domain: 'fun-llama-300' } }, times: 3 }],
] as const)('creates a key if the reading %s, unless first-control is fail, and reports it', async (_name, fault) => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  pinata.fault(fault)
  expect((await run({ 'first-control': 'fail' })).error).toMatch(
    /^Could not create a key: first-control is fail, and the gateway's access controls could not be read\. ./,
  )
  expect(keyIds()).toEqual([])
  const unknown = expect.stringMatching(/^Could not check whether gateway .* had an access control/)
  expect(await run()).toMatchObject({ error: undefined, warnings: [unknown] })
  const allowed = await run({ 'first-control': 'allow' })
  expect(allowed).toMatchObject({ error: undefined, warnings: [] })
  expect(allowed.info).toContainEqual(unknown)
})

test('reads null as an empty list of access controls', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const policies = { accessTokens: null, allowedHosts: null, allowedIPAddresses: null }
  const body = { data: { domain: 'x', settings: { restriction_policies: policies } } }
  pinata.fault({ kind: 'body', method: 'GET', body })
  expect((await run({ 'first-control': 'fail' })).error).toContain('has no access control')
})
