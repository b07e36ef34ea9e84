import { expect, test } from '@jest/globals'
import { pinataWithGateway, requestsOf, runKeyStep, runPost, runRevokeStep } from '../support/step.ts'

const ALWAYS = { method: 'DELETE', times: Number.POSITIVE_INFINITY } as const
const NOT_FOUND = { error: { code: 404, message: 'Not Found' } }

async function setup(keys = 2) {
  const all = await pinataWithGateway(keys)
  return { ...all, ids: all.gateway.keys.map(({ id }) => id) }
}

/** Answers to a deletion from somebody in between: the key is still there. */
const WRONG = [
  ['200 with a page', { status: 200, body: '<html>Sign in</html>' }],
  ['200 with an error', { status: 200, body: { error: 'no' } }],
  ['200 with other data', { status: 200, body: { data: {} } }],
  ['202', { status: 202, body: '' }],
  ['204', { status: 204, body: '' }],
  ['a JSON 404', { status: 404, body: NOT_FOUND }],
] as const

test.each(WRONG)('%s does not make a key revoked: the revoke action fails with its ID', async (_name, answer) => {
  const { pinata, gateway, inputs, ids } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, ...answer })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toMatch(
    new RegExp(`^1 of 1 key could not be revoked: ${ids[0]}\\..*The gateway still lists the key\\.`),
  )
  expect(done.outputs['revoked-count']).toBe('0')
  expect(gateway.keys).toHaveLength(2)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
})

test.each(WRONG)('%s does not make a key revoked: the post step warns with its ID', async (_name, answer) => {
  const { pinata, gateway, inputs } = await setup()
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'status', ...ALWAYS, ...answer })
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toEqual([expect.stringContaining(`${main.outputs['key-id']}`)])
  expect(post?.info).toEqual([])
  expect(gateway.keys).toHaveLength(3)
})

test.each(WRONG)('%s does not make a key revoked that could not be handed over', async (_name, answer) => {
  const { pinata, gateway, inputs } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, ...answer })
  const done = await runKeyStep(inputs, { broken: 'outputs' })
  expect(done.error).toContain(`Key ${gateway.keys[2]?.id} was created`)
  expect(done.error).toContain('could not be revoked')
})

test.each(WRONG)('%s is a success when the key is gone', async (_name, answer) => {
  const { pinata, gateway, inputs, ids } = await setup()
  pinata.fault({ kind: 'status', when: 'after', ...ALWAYS, ...answer })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
})

test('when the gateway can not be read after such an answer, the step says so', async () => {
  const { pinata, inputs, ids } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, status: 404, body: NOT_FOUND })
  pinata.fault({ kind: 'status', method: 'GET', status: 500, skip: 1, times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toMatch(/Whether the key is gone could not be read\. Pinata failed to read the gateway/)
})

test('when Pinata does not tell the keys after such an answer, the step says so', async () => {
  const { pinata, inputs, ids } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, status: 204, body: '' })
  pinata.fault({ kind: 'body', method: 'GET', body: { data: {} }, skip: 1, times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(done.error).toMatch(/Whether the key is gone could not be read\. .*not what Pinata documents/)
})

test('a key that was on no list before needs no second look', async () => {
  const { pinata, inputs } = await setup()
  const gone = '00000000-0000-4000-8000-000000000000'
  const done = await runRevokeStep({ ...inputs, 'key-id': gone })
  expect(done.info).toContain(`Key ${gone}: not on the gateway: it was revoked before, or belongs to another gateway.`)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test('the documented answer needs no second look', async () => {
  const { pinata, inputs, ids } = await setup()
  await runRevokeStep({ ...inputs, 'key-id': ids[0] ?? '' })
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test.each([401, 403, 429])('%d ends the queue, and the keys that were not tried are named', async status => {
  const { pinata, inputs, ids } = await setup(6)
  pinata.fault({ kind: 'status', ...ALWAYS, status, retryAfter: 3600 })
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  for (const id of ids) expect(done.error).toContain(id)
  expect(
    done.info.filter(line => line.endsWith('not revoked, as it was not tried after the error of another.')),
  ).toHaveLength(2)
})
