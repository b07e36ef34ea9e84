import { expect, test } from '@jest/globals'
import { ALWAYS, HOST, pinataWithGateway } from '../support/step.ts'

const DOMAIN = { 'gateway-id': HOST }

test('finds a gateway by its custom domain, and sets that domain as an output', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const gateway = pinata.addGateway({ customDomains: ['media.example.com'], keys: 1 })
  const outputs = { 'gateway-id': gateway.id, 'gateway-url': 'https://media.example.com' }
  const created = await run({ 'gateway-id': 'https://media.example.com/' })
  expect(created.outputs).toMatchObject(outputs)
  expect(created.summary).toContain('[media.example.com](https://media.example.com)')
  const reused = await run({ 'gateway-id': 'media.example.com', 'key-id': gateway.keys[0]?.id ?? '' })
  expect(reused.outputs).toMatchObject(outputs)
})

test('reads every page', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  for (let number = 0; number < 30; number++) pinata.addGateway()
  pinata.addGateway({ domain: 'last-one', keys: 1 })
  expect((await run({ 'gateway-id': 'last-one.mypinata.cloud' })).error).toBeUndefined()
  const pages = pinata.requests.flatMap(({ path }) => /[?&]page=(\d+)/.exec(path)?.[1] ?? [])
  expect(pages).toEqual(['1', '2', '3', '4'])
})

test('counts each gateway on a page that is longer than requested', async () => {
  const { pinata, run } = await pinataWithGateway(0)
  const rows = Array.from({ length: 150 }, (_, number) => ({ id: `gateway-${number}`, domain: `other-${number}` }))
  pinata.fault({ kind: 'body', path: 'page=', ...ALWAYS, body: { data: { rows } } })
  expect((await run(DOMAIN)).error).toContain('(gateways checked: 150)')
})

const OTHERS = ['fun-llama.mypinata.cloud.evil.example', `previews.${'long-'.repeat(9)}name.example`]

test.each(OTHERS)('finds no gateway for an unknown domain, even one that begins like a known one: %s', async domain => {
  const { pinata, run } = await pinataWithGateway(0)
  pinata.addGateway({ domain: 'fun-llama', keys: 1 })
  expect((await run({ 'gateway-id': domain })).error).toBe(
    `No gateway in pinata-jwt's account has the domain "${domain}" (gateways checked: 2). Check gateway-id, and check that the JWT belongs to the gateway's account.`,
  )
})

test('supports pages numbered from 0', async () => {
  const { pinata, gateway, run } = await pinataWithGateway(1)
  const rows = [gateway, pinata.addGateway(), pinata.addGateway()].map(({ id, domain }) => ({ id, domain }))
  for (const page of [0, 1, 2, 3]) {
    const body = { data: { rows: rows.slice(page, page + 1) } }
    pinata.fault({ kind: 'body', path: `page=${page}`, ...ALWAYS, body })
  }
  expect((await run(DOMAIN)).outputs['gateway-id']).toBe(gateway.id)
})

test.each<[string, object, RegExp?]>([
  [
    'that repeats itself',
    { data: { count: 1e9, rows: [{ id: 'same', domain: 'x' }] } },
    /^No gateway.*\(gateways checked: 1\)/,
  ],
  ['that is null', { data: null }],
  ['of text', { data: { rows: 'many' } }],
  ['without data', []],
  ['of other types', { data: { rows: [null, 7, {}, { id: {} }] } }],
  // In a path, this ID would refer to another resource.
  ['with a path as an ID', { data: { rows: [{ id: '..', domain: 'fun-llama-300' }] } }],
])('stops reading a list %s', async (_name, body, error = /^Could not list the gateways/) => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', path: 'page=', ...ALWAYS, body })
  expect((await run(DOMAIN)).error).toMatch(error)
  expect(pinata.requests.length).toBeLessThan(5)
})

test('encodes special characters in an ID for paths', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', path: 'page=', body: { data: { rows: [{ id: '../x?y', domain: 'fun-llama-300' }] } } })
  await run(DOMAIN)
  const path = '/v3/gateways/..%2Fx%3Fy'
  // After the first 404, the step asks once more.
  expect(pinata.requests.slice(1).map(request => request.path)).toEqual([path, path, `${path}/access_tokens`])
})
