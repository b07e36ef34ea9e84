import { expect, test } from '@jest/globals'
import { type Options, pinataWithGateway, readable, requestsOf, runKeyStep } from '../support/step.ts'

test('creates a key with two requests on one connection, as Pinata documents them', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
  expect(new Set(pinata.requests.map(request => request.connection)).size).toBe(1)
  const post = pinata.requests[1]
  expect(post?.path).toBe(`/v3/gateways/${gateway.id}/access_tokens`)
  expect(post?.body).toBe('')
  expect(post?.headers.authorization).toBe(`Bearer ${jwt}`)
  expect(post?.headers['content-type']).toBeUndefined()
  expect(gateway.keys).toHaveLength(2)
})

test('sets the outputs', async () => {
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

test('masks the JWT first, and the key before it prints anything about it', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(1)
  const { masks } = await runKeyStep(inputs)
  expect(masks).toEqual([jwt, gateway.keys[1]?.value])
})

test('names the key by its ID, and prints, saves and summarizes no secret', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const key = gateway.keys[1]
  expect(readable(done)).not.toContain(jwt)
  expect(readable(done)).not.toContain(key?.value)
  expect(done.info).toEqual([
    `Created key ${key?.id} on gateway fun-llama-300.mypinata.cloud. Its value is masked in this job's log.`,
    'It will be revoked: by the post step.',
  ])
})

test('adds the gateway, the key ID, its age and its end to the job summary', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const { summary } = await runKeyStep({ ...inputs, revoke: 'on-failure' })
  const key = gateway.keys[1]
  const created = `${key?.createdAt.slice(0, 19).replace('T', ' ')} UTC`
  expect(summary).toContain('### Pinata gateway key\n\nA new key, masked in the log.\n')
  expect(summary).toContain(
    [
      '| Item | Value |',
      '| --- | --- |',
      '| Gateway | [fun-llama-300.mypinata.cloud](https://fun-llama-300.mypinata.cloud) |',
      `| Key ID | \`${key?.id}\` |`,
      `| Created | ${created} |`,
      '| Will be revoked | by the post step, if the job fails or is cancelled |',
    ].join('\n'),
  )
})

test.each(['Bearer ', 'bearer  ', '  \n'])('accepts a JWT after %j', async before => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'pinata-jwt': `${before}${jwt}\n` })
  expect(done.error).toBeUndefined()
  expect(pinata.requests[0]?.headers.authorization).toBe(`Bearer ${jwt}`)
  expect(done.masks).toContain(jwt)
})

test('uses the API below /v3/ipfs if api-url names it', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': `${pinata.apiUrl}/ipfs/` })
  expect(done.error).toBeUndefined()
  expect(pinata.requests.map(request => request.path.slice(0, 18))).toEqual([
    '/v3/ipfs/gateways/',
    '/v3/ipfs/gateways/',
  ])
})

test('creates a key without its URL if the gateway cannot be read, and warns', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.outputs['gateway-url']).toBe('')
  expect(done.outputs['key-id']).toBe(gateway.keys[1]?.id)
  expect(done.warnings).toEqual([
    expect.stringContaining(
      `Could not check whether gateway ${gateway.id} had an access control before key ${gateway.keys[1]?.id}. If it had none, readers without a key are cut off now. `,
    ),
  ])
  expect(done.summary).toContain(`| \`${gateway.id}\` |`)
})

test.each<[string, Options]>([
  ['E', { broken: 'summary' }],
  ['GITHUB_STEP_SUMMARY is not set', { env: { GITHUB_STEP_SUMMARY: '' } }],
])('succeeds without a job summary if that cannot be written: %s', async (why, options) => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs, options)
  expect(done.error).toBeUndefined()
  expect(done.info).toContainEqual(expect.stringContaining(`Could not write the job summary: ${why}`))
})

test('sends no further request after a 401', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'pinata-jwt': `${inputs['pinata-jwt'].slice(0, -4)}AAAA` })
  expect(done.error).toContain('HTTP 401')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('creates nothing if less time is left than one request may take', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 429, method: 'GET', retryAfter: 14 * 60 + 45 })
  const done = await runKeyStep(inputs)
  expect(done.error).toBe("Could not create a key: the step's time limit was reached. Run the job again later.")
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})
