import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable, requestsOf, runRevokeStep } from '../support/step.ts'

const GONE = '00000000-0000-4000-8000-000000000000'

/** A gateway with keys, and the IDs of those. */
async function setup(keys: number, options: Parameters<typeof pinataWithGateway>[1] = {}) {
  const all = await pinataWithGateway(keys, options)
  return { ...all, ids: all.gateway.keys.map(key => key.id) }
}

test('revokes one key', async () => {
  const { pinata, gateway, inputs, ids } = await setup(2)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys.map(key => key.id)).toEqual([ids[1]])
  expect(done.outputs).toEqual({ 'revoked-key-ids': ids[0], 'revoked-count': '1', 'removed-origins': '' })
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test('revokes many, given by comma or line, once each', async () => {
  const { pinata, gateway, inputs, ids } = await setup(5)
  const [a, b, c, d] = ids
  const done = await runRevokeStep({ ...inputs, 'key-id': `${a}, ${b}\r\n\n  ${c},${a}\n${d},` })
  expect(done.error).toBeUndefined()
  expect(done.outputs).toEqual({
    'revoked-key-ids': [a, b, c, d].join('\n'),
    'revoked-count': '4',
    'removed-origins': '',
  })
  expect(gateway.keys.map(key => key.id)).toEqual([ids[4]])
  expect(pinata.requests.filter(request => request.method === 'DELETE')).toHaveLength(4)
})

test('never revokes a key to keep', async () => {
  const { gateway, inputs, ids } = await setup(3)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join(), keep: `${ids[1]}\n${GONE}` })
  expect(gateway.keys.map(key => key.id)).toEqual([ids[1]])
  expect(done.outputs['revoked-count']).toBe('2')
  expect(done.info).toContain(`Key ${ids[1]}: kept, as asked.`)
})

test('a key that is already gone is a success, however often', async () => {
  const { inputs, ids } = await setup(2)
  await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  const done = await runRevokeStep({ ...inputs, 'key-id': `${ids[0]},${GONE}` })
  expect(done.error).toBeUndefined()
  expect(done.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': '' })
  expect(done.info).toContain(`Key ${GONE}: not on the gateway: it was revoked before, or belongs to another gateway.`)
})

test.each([400, 409, 500])('a key that is gone is a success even if Pinata says so with %d', async status => {
  const { pinata, inputs } = await setup(1)
  pinata.fault({ kind: 'status', status, method: 'DELETE', path: GONE, times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': GONE })
  expect(done.error).toBeUndefined()
})

test("a 404 that is not Pinata's says nothing about the key", async () => {
  const { pinata, gateway, inputs, ids } = await setup(1)
  const page = { kind: 'status', status: 404, body: '<html>no such route</html>', method: 'DELETE' } as const
  pinata.fault({ ...page, times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toMatch(new RegExp(`^1 of 1 key could not be revoked: ${ids[0]}\\.`))
  expect(done.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
})

test.each([
  ['204', { status: 204, body: '' }],
  ['200 without a body', { status: 200, body: '' }],
])('a deletion that is answered by %s is checked, and needs no second try', async (_name, answer) => {
  const { pinata, gateway, inputs, ids } = await setup(2)
  pinata.fault({ kind: 'status', when: 'after', method: 'DELETE', ...answer })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.outputs['revoked-key-ids']).toBe(ids[0])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
  expect(gateway.keys).toHaveLength(1)
})

test('a rate limit that stays used up longer than the step may wait ends it at once', async () => {
  const { pinata, inputs, ids } = await setup(40)
  pinata.fault({ kind: 'status', status: 429, retryAfter: 3600, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  expect(done.error).toMatch(/^40 of 40 keys could not be revoked: .* Pinata's rate limit is used up/)
  // One for each connection.
  expect(pinata.requests.length).toBeLessThanOrEqual(5)
})

test('tells that the gateway is open even if another key could not be revoked', async () => {
  const { pinata, gateway, inputs, ids } = await setup(1)
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', path: GONE })
  const done = await runRevokeStep({ ...inputs, 'key-id': `${ids[0]},${GONE}` })
  expect(done.error).toMatch(/^1 of 2 keys could not be revoked/)
  expect(gateway.keys).toEqual([])
  expect(done.warnings).toEqual([expect.stringMatching(/has no access control any more/)])
})

test('outputs that can not be written are an error, after all that there is to tell', async () => {
  const { gateway, inputs, ids } = await setup(1)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' }, { broken: 'outputs' })
  expect(done.error).toBe(
    'The revocation is done, but the outputs of the step could not be written: no space left on device.',
  )
  expect(gateway.keys).toEqual([])
  expect(done.warnings).toEqual([expect.stringMatching(/has no access control any more/)])
  expect(done.summary).toContain(ids[0])
})

test('a key whose deletion was answered by nothing counts as revoked', async () => {
  const { pinata, gateway, inputs, ids } = await setup(2)
  pinata.fault({ kind: 'reset', when: 'after', method: 'DELETE' })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
  expect(done.outputs['revoked-count']).toBe('1')
})

test('dry-run shows what would go and revokes nothing', async () => {
  const { pinata, gateway, inputs, ids } = await setup(2)
  const done = await runRevokeStep({ ...inputs, 'key-id': `${ids.join()},${GONE}`, 'dry-run': 'true' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(2)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(done.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': '' })
  expect(done.info).toEqual([
    `Key ${ids[0]}: would be revoked (dry run).`,
    `Key ${ids[1]}: would be revoked (dry run).`,
    `Key ${GONE}: not on the gateway: it was revoked before, or belongs to another gateway.`,
    'Dry run: nothing was revoked; 2 keys would be.',
    expect.stringMatching(/^That would remove the last access control of gateway fun-llama-300\.mypinata\.cloud/),
  ])
})

test('warns when the last access control is gone, which opens the gateway', async () => {
  const { gateway, inputs, ids } = await setup(1)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(gateway.keys).toEqual([])
  expect(done.warnings).toEqual([
    expect.stringMatching(/has no access control any more: anybody can read its pinned content/),
  ])
})

test('last-key: fail revokes nothing when that would remove the last access control', async () => {
  const { gateway, inputs, ids } = await setup(2)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join(), 'last-key': 'fail' })
  expect(gateway.keys).toHaveLength(2)
  expect(done.error).toMatch(
    /^Nothing was revoked, as last-key is fail and gateway fun-llama-300\.mypinata\.cloud would be left without/,
  )
})

test('last-key: fail revokes what leaves an access control', async () => {
  const { gateway, inputs, ids } = await setup(2)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join(), keep: ids[1] ?? '', 'last-key': 'fail' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
})

test('a host origin is an access control that is left', async () => {
  const { pinata, inputs } = await setup(0)
  const gateway = pinata.addGateway({ keys: 1, allowedHosts: ['https://example.com'] })
  const done = await runRevokeStep({
    ...inputs,
    'gateway-id': gateway.id,
    'key-id': gateway.keys[0]?.id ?? '',
    'last-key': 'fail',
  })
  expect(done.error).toBeUndefined()
  expect(done.warnings).toEqual([])
})

test('last-key: allow says it in the log only', async () => {
  const { inputs, ids } = await setup(1)
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '', 'last-key': 'allow' })
  expect(done.warnings).toEqual([])
  expect(done.info.at(-1)).toMatch(/has no access control any more/)
})

test('last-key: fail revokes nothing when the access controls cannot be read', async () => {
  const { pinata, gateway, inputs, ids } = await setup(1)
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '', 'last-key': 'fail' })
  expect(done.error).toMatch(
    /^Nothing was revoked, as last-key is fail and the gateway's access controls could not be read/,
  )
  expect(gateway.keys).toHaveLength(1)
})

test('without last-key: fail, keys are revoked even if the access controls cannot be read, with a warning', async () => {
  const { pinata, gateway, inputs, ids } = await setup(1)
  pinata.fault({ kind: 'body', method: 'GET', body: { data: {} } })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toEqual([])
  expect(done.warnings).toEqual([
    expect.stringMatching(/could not be read; if not, anybody can read its pinned content/),
  ])
})

test('dry-run fails when the gateway cannot be read, as it has nothing to show', async () => {
  const { pinata, inputs, ids } = await setup(1)
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '', 'dry-run': 'true' })
  expect(done.error).toMatch(/HTTP 500/)
})

test('the gateway may be given by its domain', async () => {
  const { gateway, inputs, ids } = await setup(2)
  const done = await runRevokeStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud', 'key-id': ids[0] ?? '' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
})

test('a gateway of another account is an error, not a key that is gone', async () => {
  const { pinata, inputs, ids } = await setup(1)
  const other = pinata.addGateway({ account: 'another', keys: 1 })
  const done = await runRevokeStep({ ...inputs, 'gateway-id': other.id, 'key-id': ids[0] ?? '' })
  expect(done.error).toMatch(/^There is no gateway/)
})

test('revokes the others when one cannot be revoked, and names that one', async () => {
  const { pinata, gateway, inputs, ids } = await setup(4)
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: ids[1] ?? '', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  expect(gateway.keys.map(key => key.id)).toEqual([ids[1]])
  expect(done.outputs['revoked-count']).toBe('3')
  expect(done.error).toMatch(
    new RegExp(`^1 of 4 keys could not be revoked: ${ids[1]}\\. Pinata failed to revoke key ${ids[1]}.*HTTP 500`),
  )
  expect(done.warnings).toEqual([])
  expect(done.summary).toContain(`\`${ids[1]}\``)
})

test('stops when it is refused, as every other key would be refused too', async () => {
  const { pinata, gateway, inputs, ids } = await setup(20)
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  expect(done.error).toMatch(/^20 of 20 keys could not be revoked/)
  expect(gateway.keys).toHaveLength(20)
  expect(pinata.requests.filter(request => request.method === 'DELETE').length).toBeLessThanOrEqual(4)
})

test('names as many keys as an error can hold', async () => {
  const { pinata, inputs, ids } = await setup(60)
  pinata.fault({ kind: 'status', status: 401, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  expect(done.error).toContain('and 10 more')
})

test('revokes side by side, four at a time', async () => {
  let open = 0
  let most = 0
  const observe = (moment: string) => {
    open += moment === 'arrived' ? 1 : moment === 'answered' ? -1 : 0
    most = Math.max(most, open)
  }
  const { pinata, inputs, ids } = await setup(40, { latencyMs: 20, observe })
  await runRevokeStep({ ...inputs, 'key-id': ids.slice(1).join() })
  expect(most).toBe(4)
  expect(new Set(pinata.requests.map(request => request.connection)).size).toBe(4)
})

test('obeys the rate limit of the account, all connections together', async () => {
  const perMs = 300
  const { pinata, gateway, inputs, ids } = await setup(31, { limit: { requests: 10, perMs } })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.slice(1).join() }, { onPause: () => sleep(perMs) })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
  expect(Math.min(...done.pauses)).toBeGreaterThanOrEqual(900)
  // 31 requests need four windows; at the end of each, at most one request a connection is refused.
  expect(pinata.requests.length).toBeLessThanOrEqual(31 + 3 * 4)
})

test('the summary lists each key and what became of it, and no secret', async () => {
  const { gateway, jwt, inputs, ids } = await setup(2)
  const values = gateway.keys.map(key => key.value)
  const done = await runRevokeStep({ ...inputs, 'key-id': `${ids.join()},${GONE}`, keep: ids[1] ?? '' })
  expect(done.summary).toMatch(/^### Pinata gateway access\n\n1 key of gateway \[fun-llama-300.*\)/m)
  const lines = done.summary.split('\n').filter(line => line.startsWith('**') || line.startsWith('| `'))
  expect(lines).toEqual([
    '**Revoked (1)**',
    expect.stringMatching(new RegExp(`^\\| \`${ids[0]}\` \\| \\d{4}-.* UTC \\|$`)),
    '**Not on the gateway (1)**',
    `| \`${GONE}\` | – |`,
    '**Kept (1)**',
    expect.stringMatching(new RegExp(`^\\| \`${ids[1]}\` \\| \\d{4}-.* UTC \\|$`)),
  ])
  for (const secret of [jwt, ...values]) expect(readable(done)).not.toContain(secret)
})

test('the summary has as many rows as it can hold', async () => {
  const { inputs } = await setup(1)
  const many = Array.from({ length: 1002 }, (_, number) => `gone-${number}`)
  const done = await runRevokeStep({ ...inputs, 'key-id': many.join(), keep: many.join() })
  expect(done.summary).toContain('<details><summary>Kept (1002)</summary>')
  expect(done.summary.match(/^\| `/gm)).toHaveLength(1000)
  expect(done.summary).toContain('…and 2 more.')
})
