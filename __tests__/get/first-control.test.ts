import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { ALWAYS, HOST, pinataWithGateway, requestsOf, type StepOutcome } from '../support/step.ts'

test.each([
  ['create a key', 'Key', 'readers without a key'],
  [`add the origin ${ORIGIN}`, 'Origin', 'all readers except pages on allowed origins'],
])('does not %s as the first access control with fail, warns with warn, and logs it with allow', async (...row) => {
  const [create, title, cutOff] = row
  const { pinata, gateway, run, allow } = await originSetup()
  const get = (firstControl: string) => {
    gateway.keys.length = 0
    gateway.allowedHosts.length = 0
    return (title === 'Key' ? run : allow)({ 'first-control': firstControl })
  }
  expect(await get('fail')).toMatchObject({
    error: `Could not ${create}: first-control is set to fail, and gateway ${HOST} has no access controls, so anyone can read its pinned content. Its first access control would cut off ${cutOff}. To allow this, set first-control to allow.`,
    outputs: {},
    saved: [],
  })
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  const sentenceOn = ({ outputs }: StepOutcome) =>
    `${title} ${outputs['key-id'] ?? ORIGIN} is the first access control of gateway ${HOST}, so ${cutOff} are now cut off.`
  const warned = await get('warn')
  expect(warned.warnings).toEqual([
    `${sentenceOn(warned)} To let them in again, remove all access controls from the gateway. To prevent this in the future, set first-control to fail. To allow it without a warning, set first-control to allow.`,
  ])
  const allowed = await get('allow')
  expect(allowed.warnings).toEqual([])
  expect(allowed.info).toContain(sentenceOn(allowed))
})

test.each([
  ['is an error', { kind: 'status', status: 503, method: 'GET', ...ALWAYS }],
  ['is incomplete', { kind: 'body', method: 'GET', body: { data: { id: 'x', domain: 'fun-llama-300' } }, ...ALWAYS }],
] as const)('creates a key unless first-control is fail, and reports that the response %s', async (_name, fault) => {
  const { pinata, gateway, run, keyIds } = await pinataWithGateway(1)
  pinata.fault(fault)
  expect((await run({ 'first-control': 'fail' })).error).toMatch(
    /^Could not create a key: first-control is set to fail, and the gateway's access controls are unknown\. ./,
  )
  expect(keyIds()).toEqual([])
  const unknown = `^Could not read the gateway: .* Key .{36} may be the first access control of gateway ${gateway.id}\\. If so, readers without a key are now cut off\\.`
  const advised = expect.stringMatching(`${unknown} Check the gateway's access controls in Pinata\\. To prevent this `)
  const warned = await run()
  expect(warned).toMatchObject({ error: undefined, warnings: [advised], outputs: { 'gateway-url': '' } })
  expect(warned.summary).toContain(`| \`${gateway.id}\` |`)
  const allowed = await run({ 'first-control': 'allow' })
  expect(allowed).toMatchObject({ error: undefined, warnings: [] })
  expect(allowed.info).toContainEqual(expect.stringMatching(`${unknown}$`))
  expect(allowed.info).toContain("The gateway's domain is unknown, so the gateway-url output is empty.")
})

test.each([
  ['warn', 0, 1],
  ['allow', 0, 0],
  ['warn', 1, 0],
])('warns of a possible first access control after a lost creation: %s, %d before', async (choice, keys, expected) => {
  const { pinata, run } = await pinataWithGateway(keys)
  pinata.fault({ kind: 'reset', method: 'POST', ...ALWAYS })
  const { warnings } = await run({ 'first-control': choice })
  const about = `Gateway ${HOST} may now have its first access control. If so, readers without a key are cut off.`
  expect(warnings.filter(each => each.startsWith(about))).toHaveLength(expected)
})
