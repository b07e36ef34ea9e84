import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable, requestsOf, runKeyStep, runPost } from '../support/step.ts'

test.each([
  ['never', 'success', false],
  ['never', 'failure', false],
  ['never', 'cancelled', false],
  ['on-failure', 'success', false],
  ['on-failure', 'failure', true],
  ['on-failure', 'cancelled', true],
  ['after-job', 'success', true],
  ['after-job', 'failure', true],
  ['after-job', 'cancelled', true],
  ['after-job', '', true],
])('revoke: %s in a job that ends as %s: revoked is %s', async (revoke, status, revoked) => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke })
  const post = await runPost(main, inputs, status)
  expect(gateway.keys).toHaveLength(revoked ? 1 : 2)
  expect(post === undefined).toBe(!revoked)
})

test('says what it revoked, in the log and in the summary', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const post = await runPost(main, inputs, 'success')
  expect(post?.info).toEqual([`Revoked key ${main.outputs['key-id']} of gateway fun-llama-300.mypinata.cloud.`])
  expect(post?.summary).toContain(
    `| [fun-llama-300.mypinata.cloud](https://fun-llama-300.mypinata.cloud) | \`${main.outputs['key-id']}\` |`,
  )
  expect(post?.masks).toEqual([jwt])
})

test('a key that a step of the job revoked is no reason to warn', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  gateway.keys.pop()
  const post = await runPost(main, inputs, 'success')
  expect(post?.error).toBeUndefined()
  expect(post?.warnings).toEqual([])
  expect(post?.info).toEqual([
    `Gateway fun-llama-300.mypinata.cloud lists no key ${main.outputs['key-id']}: it was revoked before.`,
  ])
})

test('what cannot be revoked is a warning with the key ID', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'status', status: 500, times: Number.POSITIVE_INFINITY })
  const post = await runPost(main, inputs, 'success')
  expect(post?.error).toBeUndefined()
  expect(post?.warnings).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Key ${main.outputs['key-id']} of gateway fun-llama-300\\.mypinata\\.cloud could not be revoked: revoke it with the revoke action or in Pinata\\. .*HTTP 500`,
      ),
    ),
  ])
  expect(readable(post ?? main)).not.toContain(main.outputs['gateway-key'])
})

test('a JWT that is gone by then is a warning with the key ID', async () => {
  const { inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const post = await runPost(main, { ...inputs, 'pinata-jwt': '' }, 'success')
  expect(post?.error).toBeUndefined()
  expect(post?.warnings).toEqual([
    expect.stringMatching(new RegExp(`^Key ${main.outputs['key-id']} .* could not be revoked.*pinata-jwt is empty`)),
  ])
})

test('a JWT that is gone is a warning as well when there may be a key that nobody knows of', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', method: 'POST', times: 3 })
  const main = await runKeyStep(inputs)
  const post = await runPost(main, { ...inputs, 'pinata-jwt': '' }, 'failure')
  expect(post?.warnings).toEqual([
    expect.stringMatching(/may have a new key that nobody knows of, and could not be looked at\. pinata-jwt is empty/),
  ])
})

test.each(['', 'unknown'])('on-failure with job-status %j revokes nothing, but names the key', async status => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'on-failure' })
  const post = await runPost(main, inputs, status)
  expect(gateway.keys).toHaveLength(2)
  expect(post?.warnings).toEqual([
    expect.stringMatching(new RegExp(`^Key ${main.outputs['key-id']} .* was not revoked: .*Do not set job-status`)),
  ])
})

test('a failure to revoke does not keep it from looking for other keys', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', when: 'after', method: 'POST' })
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  expect(main.warnings).toEqual([expect.stringContaining(`${gateway.keys[1]?.id}`)])
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  // The lost answer comes to a key after all, or another job makes one.
  const late = { id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() }
  gateway.keys.push(late)
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toHaveLength(2)
  expect(post?.warnings[1]).toContain(late.id)
  // What main named is not named again.
  expect(post?.warnings[1]).not.toContain(gateway.keys[1]?.id)
})

test('a step that made no key leaves nothing to do', async () => {
  const { pinata, inputs } = await pinataWithGateway(0)
  const main = await runKeyStep({ ...inputs, 'first-key': 'fail', revoke: 'after-job' })
  expect(await runPost(main, inputs, 'failure')).toBeUndefined()
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('a step that was killed while it asked for a key has it looked for', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep(inputs)
  const killed = { ...main, state: { 'post-step': main.saved[0] ?? '' } }
  const post = await runPost(killed, inputs, 'cancelled')
  expect(post?.warnings).toEqual([expect.stringContaining(`${gateway.keys[1]?.id}`)])
  expect(requestsOf(pinata).at(-1)).toBe('GET gateways')
})

test.each([
  ['null', 'null'],
  ['a number', '42'],
  [
    'a state without its gateway',
    '{"apiUrl":"https://api.pinata.cloud/v3","revoke":"after-job","wanted":{"kind":"key"},"id":"a"}',
  ],
  [
    'a state without its address',
    '{"gateway":{"id":"a","url":""},"revoke":"after-job","wanted":{"kind":"key"},"id":"a"}',
  ],
])('state that is none leaves nothing to do: %s', async (_name, state) => {
  const { inputs } = await pinataWithGateway(1)
  const main = await runKeyStep(inputs)
  expect(await runPost({ ...main, state: { 'post-step': state } }, inputs, 'failure')).toBeUndefined()
})

test.each(['warn', 'allow'])('warns when it removed the last access control (first-key: %s)', async firstKey => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  const given = { ...inputs, revoke: 'after-job', 'first-key': firstKey }
  const post = await runPost(await runKeyStep(given), given, 'success')
  expect(gateway.keys).toEqual([])
  expect(post?.warnings).toEqual([expect.stringMatching(/^Gateway .* has no access control any more/)])
  expect(requestsOf(pinata).slice(-2)).toEqual(['DELETE access_tokens', 'GET gateways'])
})

test('does not ask for the access controls where there were others before', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const given = { ...inputs, revoke: 'after-job' }
  const post = await runPost(await runKeyStep(given), given, 'success')
  expect(post?.warnings).toEqual([])
  expect(requestsOf(pinata).at(-1)).toBe('DELETE access_tokens')
})

test('does not warn where another access control came meanwhile', async () => {
  const { gateway, inputs } = await pinataWithGateway(0)
  const given = { ...inputs, revoke: 'after-job' }
  const main = await runKeyStep(given)
  gateway.keys.push({ id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })
  const post = await runPost(main, given, 'success')
  expect(post?.warnings).toEqual([])
})
