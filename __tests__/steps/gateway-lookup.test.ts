import { expect, test } from '@jest/globals'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

test.each([
  'fun-llama-300.mypinata.cloud',
  'Fun-Llama-300.MyPinata.Cloud',
  'https://fun-llama-300.mypinata.cloud',
  'https://fun-llama-300.mypinata.cloud/ipfs/bafy?x=1',
  'http://fun-llama-300.mypinata.cloud/',
  'fun-llama-300.mypinata.cloud/',
  'fun-llama-300.mypinata.cloud.',
])('finds the gateway of %s', async value => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'gateway-id': value })
  expect(done.error).toBeUndefined()
  expect(done.outputs['gateway-id']).toBe(gateway.id)
})

test('finds the gateway of a custom domain', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const gateway = pinata.addGateway({ customDomains: ['media.example.com'], keys: 1 })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'https://media.example.com/' })
  expect(done.outputs['gateway-id']).toBe(gateway.id)
  // Pinata serves HTML on custom domains only.
  expect(done.outputs['gateway-url']).toBe('https://media.example.com')
  expect(done.summary).toContain('[media.example.com](https://media.example.com)')
  const taken = await runKeyStep({
    ...inputs,
    'gateway-id': 'media.example.com',
    'key-id': gateway.keys[0]?.id ?? '',
  })
  expect(taken.outputs['gateway-url']).toBe('https://media.example.com')
})

test('looks on every page', async () => {
  const { pinata, inputs } = await pinataWithGateway(1, { pageSizeLimit: 3 })
  for (let number = 0; number < 10; number++) pinata.addGateway()
  pinata.addGateway({ domain: 'last-one', keys: 1 })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'last-one.mypinata.cloud' })
  expect(done.error).toBeUndefined()
  const pages = pinata.requests.flatMap(({ path }) => /[?&]page=(\d+)/.exec(path)?.[1] ?? [])
  expect(pages).toEqual(['1', '2', '3', '4'])
})

test('says that no gateway of the account has the domain', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.addGateway({ domain: 'not-mine', account: 'another' })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'not-mine.mypinata.cloud' })
  expect(done.error).toMatch(
    /^No gateway in the account of pinata-jwt has the domain "not-mine\.mypinata\.cloud" \(1 looked at\)/,
  )
})

test('does not take a gateway whose name only begins alike', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.addGateway({ domain: 'fun-llama', keys: 1 })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama.mypinata.cloud.evil.example' })
  expect(done.error).toMatch(/^No gateway/)
})

test.each([{ count: 3 }, {}, { count: '3' }, { count: 1 }])(
  'reads the first page too where pages count from 0 and the list says %j',
  async said => {
    const { pinata, gateway, inputs } = await pinataWithGateway(1)
    const rows = [gateway, pinata.addGateway(), pinata.addGateway()].map(({ id, domain }) => ({ id, domain }))
    for (const page of [0, 1, 2, 3]) {
      const body = { data: { ...said, rows: rows.slice(page, page + 1) } }
      pinata.fault({ kind: 'body', path: `page=${page}`, times: Number.POSITIVE_INFINITY, body })
    }
    const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
    expect(done.outputs['gateway-id']).toBe(gateway.id)
  },
)

test('ends on a list that never ends', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const rows = [{ id: 'same', domain: 'same' }]
  pinata.fault({ kind: 'body', path: 'page=', times: Number.POSITIVE_INFINITY, body: { data: { count: 1e9, rows } } })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  expect(done.error).toMatch(/^No gateway.*\(1 looked at\)/)
  expect(pinata.requests.length).toBeLessThan(5)
})

test('ends on a list of rows whose IDs are none', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const rows = [null, 7, {}, { id: {} }, { id: [] }]
  pinata.fault({ kind: 'body', path: 'page=', times: Number.POSITIVE_INFINITY, body: { data: { rows } } })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  expect(done.error).toMatch(/^Could not list the gateways: the answer is not what Pinata documents/)
  expect(pinata.requests.length).toBeLessThan(5)
})

test.each([{ data: null }, { data: { rows: 'many' } }, []])(
  'says that the list is not as documented: %j',
  async body => {
    const { pinata, inputs } = await pinataWithGateway(1)
    pinata.fault({ kind: 'body', path: 'page=', body })
    const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
    expect(done.error).toMatch(/^Could not list the gateways: the answer is not what Pinata documents/)
  },
)

test('does not take an ID that is a path', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    path: 'page=',
    body: { data: { rows: [{ id: '..', domain: 'fun-llama-300' }] } },
  })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  expect(done.error).toMatch(/^Could not list the gateways: the answer is not what Pinata documents/)
})

test('encodes an ID that has other characters in a path', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', path: 'page=', body: { data: { rows: [{ id: '../x?y', domain: 'fun-llama-300' }] } } })
  await runKeyStep({ ...inputs, 'gateway-id': 'fun-llama-300.mypinata.cloud' })
  expect(pinata.requests.slice(1).map(({ path }) => path)).toEqual([
    '/v3/gateways/..%2Fx%3Fy',
    '/v3/gateways/..%2Fx%3Fy/access_tokens',
  ])
})
