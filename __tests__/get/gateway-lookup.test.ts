import { expect, test } from '@jest/globals'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

const DOMAIN = { 'gateway-id': 'fun-llama-300.mypinata.cloud' }
const ALWAYS = { path: 'page=', times: Number.POSITIVE_INFINITY } as const

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

test('finds the gateway of a custom domain, and passes that domain on', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const gateway = pinata.addGateway({ customDomains: ['media.example.com'], keys: 1 })
  const created = await runKeyStep({ ...inputs, 'gateway-id': 'https://media.example.com/' })
  expect(created.outputs['gateway-id']).toBe(gateway.id)
  expect(created.outputs['gateway-url']).toBe('https://media.example.com')
  expect(created.summary).toContain('[media.example.com](https://media.example.com)')
  const reused = await runKeyStep({
    ...inputs,
    'gateway-id': 'media.example.com',
    'key-id': gateway.keys[0]?.id ?? '',
  })
  expect(reused.outputs['gateway-url']).toBe('https://media.example.com')
})

test('reads every page', async () => {
  const { pinata, inputs } = await pinataWithGateway(1, { pageSizeLimit: 3 })
  for (let number = 0; number < 10; number++) pinata.addGateway()
  pinata.addGateway({ domain: 'last-one', keys: 1 })
  const done = await runKeyStep({ ...inputs, 'gateway-id': 'last-one.mypinata.cloud' })
  expect(done.error).toBeUndefined()
  const pages = pinata.requests.flatMap(({ path }) => /[?&]page=(\d+)/.exec(path)?.[1] ?? [])
  expect(pages).toEqual(['1', '2', '3', '4'])
})

test.each([
  ['is of another account', 'not-mine.mypinata.cloud'],
  ['only begins the same', 'fun-llama.mypinata.cloud.evil.example'],
])('finds no gateway whose domain %s', async (_name, domain) => {
  const { pinata, inputs } = await pinataWithGateway(0)
  pinata.addGateway({ domain: 'not-mine', account: 'another' })
  pinata.addGateway({ domain: 'fun-llama', keys: 1 })
  const done = await runKeyStep({ ...inputs, 'gateway-id': domain })
  expect(done.error).toBe(
    `No gateway in the account of pinata-jwt has the domain "${domain}" (2 checked). Check gateway-id, and that the JWT is from the account that owns the gateway.`,
  )
})

test.each([{ count: 3 }, {}, { count: '3' }, { count: 1 }])(
  'reads the first page also if pages count from 0, whatever count is: %j',
  async count => {
    const { pinata, gateway, inputs } = await pinataWithGateway(1)
    const rows = [gateway, pinata.addGateway(), pinata.addGateway()].map(({ id, domain }) => ({ id, domain }))
    for (const page of [0, 1, 2, 3]) {
      const body = { data: { ...count, rows: rows.slice(page, page + 1) } }
      pinata.fault({ kind: 'body', path: `page=${page}`, times: Number.POSITIVE_INFINITY, body })
    }
    const done = await runKeyStep({ ...inputs, ...DOMAIN })
    expect(done.outputs['gateway-id']).toBe(gateway.id)
  },
)

test('stops reading a list that repeats itself', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const rows = [{ id: 'same', domain: 'same' }]
  pinata.fault({ kind: 'body', ...ALWAYS, body: { data: { count: 1e9, rows } } })
  const done = await runKeyStep({ ...inputs, ...DOMAIN })
  expect(done.error).toMatch(/^No gateway.*\(1 checked\)/)
  expect(pinata.requests.length).toBeLessThan(5)
})

test.each([
  { data: null },
  { data: { rows: 'many' } },
  [],
  { data: { rows: [null, 7, {}, { id: {} }] } },
  // In a path, this ID would be one of another resource.
  { data: { rows: [{ id: '..', domain: 'fun-llama-300' }] } },
])('rejects a list that Pinata does not document: %j', async body => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', ...ALWAYS, body })
  const done = await runKeyStep({ ...inputs, ...DOMAIN })
  expect(done.error).toMatch(/^Could not list the gateways/)
  expect(pinata.requests.length).toBeLessThan(5)
})

test('encodes the characters of an ID in paths', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', path: 'page=', body: { data: { rows: [{ id: '../x?y', domain: 'fun-llama-300' }] } } })
  await runKeyStep({ ...inputs, ...DOMAIN })
  expect(pinata.requests.slice(1).map(({ path }) => path)).toEqual([
    '/v3/gateways/..%2Fx%3Fy',
    '/v3/gateways/..%2Fx%3Fy/access_tokens',
  ])
})
