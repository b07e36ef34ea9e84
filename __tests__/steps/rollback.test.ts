import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable, requestsOf, runKeyStep, runPost } from '../support/step.ts'

test.each(['outputs', 'state'] as const)('revokes the key on the spot when writing the %s fails', async broken => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs, { broken })
  expect(gateway.keys).toHaveLength(1)
  expect(done.error).toMatch(
    /^The key could not be handed to the workflow: no space left on device\. Key [\w-]{36}, created just before, was revoked\.$/,
  )
  expect(await runPost(done, inputs, 'failure')).toBeUndefined()
})

test.each([
  ['none', undefined],
  ['so few characters that no runner masks them', 'abc'],
  ['a line break in it', 'a\nb'],
  ['more than any reader can send', 'a'.repeat(5000)],
])('revokes the key on the spot when Pinata gives it a value with %s', async (_name, value) => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  const done = await runKeyStep(inputs)
  expect(done.error).toMatch(
    /^The value of the new key is not what Pinata documents: .* Key [\w-]{36}, created just before, was revoked\.$/,
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'DELETE access_tokens'])
  expect(gateway.keys).toHaveLength(1)
})

test('leaves it to the post step when it is killed before the key is revoked', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep(inputs, { broken: 'outputs' })
  const saved = main.saved.at(-2) ?? ''
  expect(JSON.parse(saved)).toMatchObject({ phase: 'rollback', id: expect.any(String) })
  // As if the revocation had not been.
  gateway.keys.push({ id: JSON.parse(saved).id, value: 'a'.repeat(64), createdAt: new Date().toISOString() })
  await runPost({ ...main, state: { 'post-step': saved } }, inputs, 'cancelled')
  expect(gateway.keys).toHaveLength(1)
})

test('names the keys of lost answers even if nothing can be saved for the post step', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', when: 'after', method: 'POST' })
  const main = await runKeyStep(inputs, { broken: 'state' })
  expect(main.error).toMatch(/was revoked\.$/)
  expect(gateway.keys).toHaveLength(2)
  expect(main.warnings).toEqual([expect.stringContaining(`${gateway.keys[1]?.id}`)])
})

test('a key that could not be revoked after a lost answer is left to the post step', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', when: 'after', method: 'POST' })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE' })
  const main = await runKeyStep(inputs, { broken: 'outputs' })
  expect(main.error).toMatch(/could not be revoked/)
  await runPost(main, inputs, 'failure')
  // The one of the lost answer, which was named, and the one from before.
  expect(gateway.keys).toHaveLength(2)
  expect(main.warnings.join()).toContain(gateway.keys[1]?.id)
})

test('tells of the key before it saves that there is nothing to look for', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs, { broken: 'state' })
  // Had the process been killed instead, the post step would have looked for it, and the log would have told.
  expect(done.info.join()).toMatch(/^Created key [\w-]{36} on gateway/)
  expect(JSON.parse(done.saved[0] ?? '')).toHaveProperty('before')
  expect(gateway.keys).toHaveLength(1)
})

test('takes no key that was there before for a new one', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(2)
  const [old] = gateway.keys
  pinata.fault({ kind: 'body', method: 'POST', body: { data: old } })
  const done = await runKeyStep({ ...inputs, revoke: 'after-job' })
  expect(done.error).toMatch(new RegExp(`^Pinata answered with key ${old?.id}, which the gateway had before`))
  expect(done.outputs).toEqual({})
  const post = await runPost(done, inputs, 'failure')
  expect(gateway.keys).toContain(old)
  // What was really made is named.
  expect(post?.warnings).toEqual([expect.stringContaining(String(gateway.keys[2]?.id))])
})

test('names the key when it cannot be revoked either, and the post step tries again', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const fault = pinata.fault({ kind: 'status', status: 500, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const main = await runKeyStep(inputs, { broken: 'outputs' })
  const id = gateway.keys[1]?.id
  expect(main.error).toMatch(
    new RegExp(
      `Key ${id} was created on gateway fun-llama-300\\.mypinata\\.cloud and could not be revoked: .*HTTP 500`,
    ),
  )
  expect(readable(main)).not.toContain(gateway.keys[1]?.value)
  expect(fault.count).toBeGreaterThan(1)

  pinata.clearFaults()
  await runPost(main, inputs, 'failure')
  expect(gateway.keys).toHaveLength(1)
})

test('names the key of an answer that got lost before', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', when: 'after', method: 'POST' })
  const main = await runKeyStep(inputs, { broken: 'outputs' })
  expect(gateway.keys).toHaveLength(2)
  expect(main.warnings).toEqual([expect.stringContaining(`${gateway.keys[1]?.id}`)])
  // It looks again, and has nothing to add.
  expect((await runPost(main, inputs, 'failure'))?.warnings).toEqual([])
})

test('makes no key when the state cannot be saved before', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep(inputs, { broken: 'all state' })
  expect(done.error).toBe(
    'No key was created, as the state for the post step could not be saved: no space left on device.',
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('revokes the key on the spot when the job is cancelled while it is made', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const cancel = new AbortController()
  pinata.fault({
    kind: 'body',
    method: 'POST',
    body: json => {
      cancel.abort()
      return json
    },
  })
  const done = await runKeyStep(inputs, { cancelled: cancel.signal })
  expect(done.error).toMatch(/^The step was stopped: .* Key [\w-]{36}, created just before, was revoked\.$/)
  expect(gateway.keys).toHaveLength(1)
  expect(done.outputs).toEqual({})
})

test('makes no key when the job is cancelled before', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const cancel = new AbortController()
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      cancel.abort()
      return json
    },
  })
  const done = await runKeyStep(inputs, { cancelled: cancel.signal })
  expect(done.error).toMatch(/^No key was created\. The step was stopped: /)
  expect(gateway.keys).toHaveLength(1)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('ends a pause when the job is cancelled', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const cancel = new AbortController()
  pinata.fault({
    kind: 'status',
    status: 429,
    method: 'POST',
    retryAfter: 60,
    times: Number.POSITIVE_INFINITY,
    body: { error: 'slow' },
  })
  const done = await runKeyStep(inputs, { cancelled: cancel.signal, onPause: () => cancel.abort() })
  expect(done.error).toMatch(/^The step was stopped: /)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
})

test('waits a few seconds for the key when the step is stopped, and then names it', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const cancel = new AbortController()
  pinata.fault({ kind: 'hang', method: 'POST', when: 'after' })
  const step = runKeyStep(inputs, { cancelled: cancel.signal })
  while (gateway.keys.length < 2) await new Promise(resolve => setTimeout(resolve, 10))
  const started = Date.now()
  cancel.abort()
  const main = await step
  expect(Date.now() - started).toBeLessThan(6000)
  expect(main.error).toMatch(/^The step was stopped: /)
  expect(main.warnings).toEqual([expect.stringContaining(`${gateway.keys[1]?.id}`)])
  // It was named already.
  const post = await runPost(main, inputs, 'cancelled')
  expect(post?.warnings).toEqual([])
})
