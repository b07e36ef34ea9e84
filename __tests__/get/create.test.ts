import { expect, jest, test } from '@jest/globals'
import { Connection } from '../../src/http/connection.ts'
import { ALWAYS, HOST, type Options, pinataWithGateway, readable, requestsOf } from '../support/step.ts'

test('creates a key with two requests on one connection, and summarizes it', async () => {
  const { pinata, gateway, jwt, run } = await pinataWithGateway(1)
  const done = await run({ revoke: 'on-failure' })
  const key = gateway.keys[1]
  expect(done.outputs).toEqual({
    'gateway-key': key?.value,
    'key-id': key?.id,
    'gateway-id': gateway.id,
    'gateway-url': `https://${HOST}`,
    'created-at': key?.createdAt,
    'expires-at': '',
    created: 'true',
  })
  // The JWT comes first. The key is masked before anything is printed about it.
  expect(done.masks).toEqual([jwt, key?.value])
  expect(done.info).toEqual([
    `Created key ${key?.id} on gateway ${HOST}. Its value is masked in this job's log.`,
    'The key will be revoked at the end of this job if the job fails or is canceled.',
  ])
  expect(done.summary).toContain(
    [
      '### Pinata gateway key\n\nA new key, masked in the log.\n',
      '| Item | Value |',
      '| --- | --- |',
      `| Gateway | [${HOST}](https://${HOST}) |`,
      `| Key ID | \`${key?.id}\` |`,
      `| Created | ${key?.createdAt.slice(0, 19).replace('T', ' ')} UTC |`,
      '| Revocation | at the end of this job if the job fails or is canceled |',
    ].join('\n'),
  )
  expect(readable(done)).not.toContain(jwt)
  expect(readable(done)).not.toContain(key?.value)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
  expect(new Set(pinata.requests.map(({ connection }) => connection)).size).toBe(1)
  expect(pinata.requests[1]).toMatchObject({ path: `/v3/gateways/${gateway.id}/access_tokens`, body: '' })
  expect(pinata.requests[1]?.headers).toMatchObject({ authorization: `Bearer ${jwt}` })
  expect(pinata.requests[1]?.headers['content-type']).toBeUndefined()
})

test.each<[string, Options]>([
  ['E', { broken: 'summary' }],
  ['GITHUB_STEP_SUMMARY is not set', { env: { GITHUB_STEP_SUMMARY: '' } }],
])('succeeds even if the job summary cannot be written: %s', async (why, options) => {
  const { run } = await pinataWithGateway(1)
  const done = await run({}, options)
  expect(done.error).toBeUndefined()
  expect(done.info).toContainEqual(expect.stringContaining(`Could not write the job summary: ${why}`))
})

test('sends no more requests after a 401', async () => {
  const { pinata, jwt, run } = await pinataWithGateway(1)
  expect((await run({ 'pinata-jwt': `${jwt.slice(0, -4)}AAAA` })).error).toContain('HTTP 401')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('creates nothing if a bug prevents reading the gateway', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  jest.spyOn(Connection.prototype, 'exchange').mockRejectedValueOnce(new TypeError('a bug'))
  expect(await run()).toMatchObject({ error: 'a bug', warnings: [] })
  expect(pinata.requests).toEqual([])
})

test.each([
  [1, /^Could not create a key: the step's time limit was reached\. Run the job again later\.$/],
  [2, /^Could not create a key: the step's time limit was reached\. .* Pinata's rate limit was exceeded/],
])('creates nothing if less time is left than one request may take, after %d rejection(s)', async (times, error) => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 429, method: 'GET', retryAfter: 14 * 60 + 45, times })
  expect((await run()).error).toMatch(error)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})

test.each([
  ['it creates a key', {}, 3],
  ['first-control is set to fail', { 'first-control': 'fail' }, 5],
  ['it reuses a key', { 'key-id': 'key' }, 5],
])('retries reading the gateway more often if it needs the response: %s', async (_name, inputs, readings) => {
  const { pinata, run } = await pinataWithGateway(1)
  const injected = pinata.fault({ kind: 'status', status: 503, method: 'GET', ...ALWAYS })
  await run(inputs)
  expect(injected.count).toBe(readings)
})
