import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { type Done, pinataWithGateway, requestsOf, runKeyStep, runPost } from '../support/step.ts'

type Setup = Awaited<ReturnType<typeof pinataWithGateway>>
type Fault = Parameters<Setup['pinata']['fault']>[0]

const POST = { method: 'POST', path: 'access_tokens' } as const

/** The keys of the gateway, but the one from before, that are neither an output nor named in a warning. */
function unknownKeys({ gateway }: Setup, ...steps: (Done | undefined)[]): string[] {
  const told = steps.flatMap(done => [done?.outputs['key-id'], done?.error, ...(done?.warnings ?? [])]).join('\n')
  return gateway.keys.slice(1).flatMap(key => (told.includes(key.id) ? [] : [key.id]))
}

const MAY_HAVE_MADE_A_KEY: [string, Fault][] = [
  ['the connection is reset after the key was made', { ...POST, kind: 'reset', when: 'after' }],
  ['the connection is reset before the key was made', { ...POST, kind: 'reset', when: 'before' }],
  ['500 after the key was made', { ...POST, kind: 'status', status: 500, when: 'after' }],
  ['502 after the key was made', { ...POST, kind: 'status', status: 502, when: 'after' }],
  ['503 before the key was made', { ...POST, kind: 'status', status: 503, when: 'before', retryAfter: 2 }],
  ['408 after the key was made', { ...POST, kind: 'status', status: 408, when: 'after' }],
  ['the answer is cut off', { ...POST, kind: 'truncate' }],
  ['the answer is cut off before its body', { ...POST, kind: 'truncate', after: 0 }],
  [
    'the answer is a page of HTML',
    { ...POST, kind: 'body', body: '<html>Welcome to the hotel</html>', contentType: 'text/html' },
  ],
  ['the answer is JSON of another kind', { ...POST, kind: 'body', body: { ok: true } }],
  ['the answer is an empty object', { ...POST, kind: 'body', body: { data: null } }],
  ['the answer is a number', { ...POST, kind: 'body', body: '42' }],
  ['the ID of the key is a path', { ...POST, kind: 'body', body: json => ({ data: { ...json.data, id: '..' } }) }],
]

test.each(MAY_HAVE_MADE_A_KEY)('asks again and names the key that nobody claims: %s', async (_name, fault) => {
  const setup = await pinataWithGateway(1)
  const struck = setup.pinata.fault(fault)
  const done = await runKeyStep(setup.inputs)
  expect(struck.count).toBe(1)
  expect(done.error).toBeUndefined()
  expect(setup.gateway.keys.map(key => key.id)).toContain(done.outputs['key-id'])
  expect(requestsOf(setup.pinata)).toEqual(['GET gateways', 'POST access_tokens', 'POST access_tokens', 'GET gateways'])
  expect(unknownKeys(setup, done)).toEqual([])
})

test.each(MAY_HAVE_MADE_A_KEY)('gives up after three lost answers and names every key: %s', async (_name, fault) => {
  const setup = await pinataWithGateway(1)
  const struck = setup.pinata.fault({ ...fault, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(setup.inputs)
  expect(struck.count).toBe(3)
  expect(done.error).toMatch(/create a key/)
  expect(done.outputs).toEqual({})
  expect(unknownKeys(setup, done)).toEqual([])
})

test('says that there is nothing to look for when the lost answer made no key', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ ...POST, kind: 'reset', when: 'before' })
  const done = await runKeyStep(inputs)
  expect(done.warnings).toEqual([])
  expect(done.info).toContainEqual(expect.stringMatching(/got lost.*No new key is on the gateway\./))
})

test('revokes no key that another job may have made meanwhile', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  await runKeyStep(inputs)
  expect(gateway.keys).toHaveLength(3)
  expect(requestsOf(pinata).filter(request => request.startsWith('DELETE'))).toEqual([])
})

test.each<[string, Fault]>([
  ['a redirect', { ...POST, kind: 'redirect', to: 'https://example.com/', when: 'after' }],
  ['a redirect before anything was done', { ...POST, kind: 'redirect', to: 'https://example.com/', when: 'before' }],
])('does not repeat what would be answered the same, but looks for the key: %s', async (_name, fault) => {
  const setup = await pinataWithGateway(1)
  setup.pinata.fault({ ...fault, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(setup.inputs)
  expect(requestsOf(setup.pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways'])
  expect(unknownKeys(setup, done)).toEqual([])
})

test.each([401, 403, 404, 400, 422])(
  'does not ask again nor look for a key when Pinata refuses it: %d',
  async status => {
    const { pinata, inputs } = await pinataWithGateway(1)
    pinata.fault({ ...POST, kind: 'status', status, when: 'before', times: Number.POSITIVE_INFINITY })
    const done = await runKeyStep(inputs)
    expect(done.error).toContain(`HTTP ${status}`)
    expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
    expect(await runPost(done, inputs, 'failure')).toBeUndefined()
  },
)

test('asks again when the rate limit was used up, and looks for no key', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ ...POST, kind: 'status', status: 429, times: 7, retryAfter: 3 })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.pauses).toHaveLength(7)
  expect(Math.min(...done.pauses)).toBeGreaterThanOrEqual(3000)
  expect(requestsOf(pinata)).toEqual(['GET gateways', ...Array(8).fill('POST access_tokens')])
  expect(gateway.keys).toHaveLength(2)
})

test('asks again when nothing listened, and looks for no key', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      pinata.refuse()
      return json
    },
  })
  const done = await runKeyStep(inputs, { onPause: () => pinata.resume() })
  expect(done.error).toBeUndefined()
  expect(done.debug.join()).toContain('ECONNREFUSED')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
  expect(gateway.keys).toHaveLength(2)
})

test('names the new keys by the post step when it could not look before', async () => {
  const setup = await pinataWithGateway(1)
  setup.pinata.fault({ ...POST, kind: 'reset', when: 'after', times: 3 })
  setup.pinata.fault({ method: 'GET', kind: 'status', status: 500, skip: 1, times: 5 })
  const main = await runKeyStep(setup.inputs)
  expect(main.error).toMatch(/^Could not create a key/)
  expect(main.warnings).toEqual([expect.stringMatching(/Look there for a key created at about/)])
  expect(unknownKeys(setup, main)).toHaveLength(3)
  const post = await runPost(main, setup.inputs, 'failure')
  expect(unknownKeys(setup, main, post)).toEqual([])
})

test('tells new keys by time where the keys from before could not be read', async () => {
  const setup = await pinataWithGateway(1)
  const [before] = setup.gateway.keys
  if (before) before.createdAt = '2020-01-01T00:00:00.123456789Z'
  setup.pinata.fault({ method: 'GET', kind: 'status', status: 500, times: 3 })
  setup.pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  const done = await runKeyStep(setup.inputs)
  expect(done.outputs['key-id']).toBe(setup.gateway.keys[2]?.id)
  expect(unknownKeys(setup, done)).toEqual([])
  expect(done.warnings.join()).not.toContain(before?.id)
})

test('tells new keys by time where there are too many to remember', async () => {
  const setup = await pinataWithGateway(2000)
  const before = setup.gateway.keys.map(key => key.id)
  setup.pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  const done = await runKeyStep(setup.inputs)
  expect(done.state['post-step']?.length).toBeLessThan(16 * 1024)
  expect(done.warnings).toEqual([
    expect.stringContaining(`${setup.gateway.keys[2000]?.id}. Revoke what no other job created`),
  ])
  for (const id of before) expect(done.warnings[0]).not.toContain(id)
})

test('names as many keys as a warning can hold', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  pinata.fault({
    method: 'GET',
    kind: 'body',
    skip: 1,
    body: json => {
      const { accessTokens } = json.data.settings.restriction_policies
      for (let number = 0; number < 60; number++)
        accessTokens.push({ id: `other-${number}`, value: 'v', createdAt: '2024-07-12T15:34:59Z' })
      return json
    },
  })
  const done = await runKeyStep(inputs)
  expect(done.warnings.join()).toContain(gateway.keys[0]?.id)
  expect(done.warnings.join()).toContain('and 11 more')
})

test('names keys of which nobody knows when they were made, if the gateway could not be read before', async () => {
  const setup = await pinataWithGateway(0)
  const { pinata, gateway, inputs } = setup
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 3 })
  pinata.fault({ ...POST, kind: 'reset', when: 'after', times: 3 })
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      for (const key of json.data.settings.restriction_policies.accessTokens) key.createdAt = 'yesterday'
      return json
    },
  })
  const done = await runKeyStep(inputs)
  for (const { id } of gateway.keys) expect(done.warnings.join()).toContain(id)
})

const HOUR = 3_600_000

test.each([10 * 60_000, HOUR, -HOUR, 400 * 24 * HOUR])(
  "takes a key for new whatever the runner's clock says: %d ms ahead",
  async aheadMs => {
    const { pinata, gateway, inputs } = await pinataWithGateway(1)
    const [old] = gateway.keys
    if (old) old.createdAt = new Date(Date.now() - HOUR).toISOString()
    pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 3 })
    pinata.fault({ ...POST, kind: 'reset', when: 'after', times: 3 })
    const done = await runKeyStep(inputs, { aheadMs })
    expect(gateway.keys).toHaveLength(4)
    for (const { id } of gateway.keys.slice(1)) expect(done.warnings.join()).toContain(id)
    expect(done.warnings.join()).not.toContain(old?.id)
  },
)

test("names all keys where neither the gateway nor Pinata's time is known", async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(60)
  pinata.fault({ kind: 'reset', method: 'GET', times: 3 })
  pinata.fault({ ...POST, kind: 'reset', when: 'after', times: 3 })
  const done = await runKeyStep(inputs)
  expect(done.warnings.join()).toContain("Which keys are new can't be told, as the gateway could not be read before.")
  expect(done.warnings.join()).toContain('the newest first')
  for (const { id } of gateway.keys.slice(60)) expect(done.warnings.join()).toContain(id)
})

test('names in the log what a warning can not hold', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  pinata.fault({
    ...POST,
    kind: 'body',
    body: () => {
      const key = () => ({ id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })
      gateway.keys.push(...Array.from({ length: 60 }, key))
      return {}
    },
  })
  const done = await runKeyStep(inputs)
  for (const { id } of gateway.keys)
    expect([...done.warnings, ...done.info, done.outputs['key-id']].join()).toContain(id)
  expect(done.warnings.join()).toContain('more, which are in the log')
})
