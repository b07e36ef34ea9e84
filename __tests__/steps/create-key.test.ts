import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable, requestsOf, runKeyStep } from '../support/step.ts'

test('makes one key with two requests on one connection', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
  expect(new Set(pinata.requests.map(request => request.connection)).size).toBe(1)
  expect(gateway.keys).toHaveLength(2)
})

test('asks for the key as documented: with the JWT and without a body', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  await runKeyStep(inputs)
  const post = pinata.requests[1]
  expect(post?.path).toBe(`/v3/gateways/${gateway.id}/access_tokens`)
  expect(post?.body).toBe('')
  expect(post?.headers.authorization).toBe(`Bearer ${jwt}`)
  expect(post?.headers['content-type']).toBeUndefined()
})

test('gives the key and all that belongs to it as outputs', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const { outputs } = await runKeyStep(inputs)
  const key = gateway.keys[1]
  expect(outputs).toEqual({
    'gateway-key': key?.value,
    'key-id': key?.id,
    'gateway-id': gateway.id,
    'gateway-url': 'https://fun-llama-300.mypinata.cloud',
    'created-at': key?.createdAt,
    'expires-at': '',
    created: 'true',
  })
})

test('masks the JWT first of all and the key as soon as it has it', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(1)
  const { masks } = await runKeyStep(inputs)
  expect(masks).toEqual([jwt, gateway.keys[1]?.value])
})

test('prints, saves and summarises no secret, and names the key by its ID', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(0)
  const done = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const [key] = gateway.keys
  expect(readable(done)).not.toContain(jwt)
  expect(readable(done)).not.toContain(key?.value)
  expect(done.info.join('\n')).toContain(key?.id)
})

test('shows in the job summary the gateway, the key ID, when it was made and when it will be revoked', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const { summary } = await runKeyStep({ ...inputs, revoke: 'on-failure' })
  const key = gateway.keys[1]
  const made = `${key?.createdAt.slice(0, 19).replace('T', ' ')} UTC`
  expect(summary).toContain(
    `| [fun-llama-300.mypinata.cloud](https://fun-llama-300.mypinata.cloud) | \`${key?.id}\` | ${made} | by the post step, if the job fails or is cancelled |`,
  )
})

test('leaves for the post step what it needs, and nothing else', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const { state } = await runKeyStep({ ...inputs, revoke: 'after-job' })
  expect(JSON.parse(state['post-step'] ?? '')).toEqual({
    apiUrl: pinata.apiUrl,
    gateway: { id: gateway.id, url: 'https://fun-llama-300.mypinata.cloud' },
    mayBeFirst: false,
    phase: 'ready',
    revoke: 'after-job',
    wanted: { kind: 'key' },
    id: gateway.keys[1]?.id,
  })
})

test.each(['Bearer ', 'bearer  ', '  \n'])('takes a JWT with %j before it', async before => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'pinata-jwt': `${before}${jwt}\n` })
  expect(done.error).toBeUndefined()
  expect(pinata.requests[0]?.headers.authorization).toBe(`Bearer ${jwt}`)
  expect(done.masks).toContain(jwt)
})

test('speaks to the form of the API below /v3/ipfs as well', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': `${pinata.apiUrl}/ipfs/` })
  expect(done.error).toBeUndefined()
  expect(pinata.requests.map(request => request.path.slice(0, 18))).toEqual([
    '/v3/ipfs/gateways/',
    '/v3/ipfs/gateways/',
  ])
})

test('makes a key even if the gateway cannot be read, without its URL and with a warning', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.outputs['gateway-url']).toBe('')
  expect(done.outputs['key-id']).toBe(gateway.keys[1]?.id)
  expect(done.warnings).toEqual([
    expect.stringMatching(/could not be read; if not, readers without a key are cut off now/),
  ])
  expect(done.summary).toContain(`| \`${gateway.id}\` |`)
})

test('is no worse for a job summary that cannot be written', async () => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs, { broken: 'summary' })
  expect(done.error).toBeUndefined()
  expect(done.info).toContainEqual('There is no job summary: no space left on device')
})

test('asks nothing more after a 401', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'pinata-jwt': `${inputs['pinata-jwt'].slice(0, -4)}AAAA` })
  expect(done.error).toMatch(/^Pinata does not accept pinata-jwt/)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})
