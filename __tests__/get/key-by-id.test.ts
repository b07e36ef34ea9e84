import { expect, test } from '@jest/globals'
import { UUID } from '../support/inputs.ts'
import { changeList, HOST, pinataWithGateway, readable, requestsOf } from '../support/step.ts'

test('reuses a key by its ID in any letter case, masks its value, and creates no key', async () => {
  const { pinata, gateway, run } = await pinataWithGateway(3)
  const key = gateway.keys[1]
  const done = await run({ 'key-id': key?.id.toUpperCase() ?? '' })
  const { id, value, createdAt } = key ?? {}
  expect(done.outputs).toMatchObject({ 'gateway-key': value, 'key-id': id, 'created-at': createdAt, created: 'false' })
  expect(done.masks).toContain(key?.value)
  expect(readable(done)).not.toContain(key?.value)
  expect(done.info).toEqual([
    `Reusing key ${key?.id} on gateway ${HOST}. Its value is masked in this job's log. This step will not revoke the key.`,
  ])
  expect(done.summary).toContain('An existing key, masked in the log.')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('does not revoke a key that it did not create, and warns about revoke', async () => {
  const { gateway, run, post } = await pinataWithGateway(1)
  const id = gateway.keys[0]?.id ?? ''
  const done = await run({ 'key-id': id, revoke: 'after-job' })
  expect(done.warnings).toEqual([
    `revoke: after-job does not apply to key ${id}, because it existed before this step. If you no longer need it, revoke it with the revoke action.`,
  ])
  expect(await post(done)).toBeUndefined()
})

test('rejects the ID of a key that the gateway does not have', async () => {
  const { run } = await pinataWithGateway(1)
  expect((await run({ 'key-id': UUID })).error).toBe(
    `Gateway ${HOST} has no key ${UUID}. If the key was not revoked, check key-id and gateway-id. To create a new key, remove key-id.`,
  )
})

test("fails if Pinata's response does not contain the key's value", async () => {
  const { pinata, gateway, run } = await pinataWithGateway(1)
  const id = gateway.keys[0]?.id ?? ''
  changeList(pinata, policies => {
    policies.accessTokens[0].value = null
  })
  expect((await run({ 'key-id': id })).error).toBe(
    `Could not reuse key ${id}: Pinata returned a value that readers can't send or GitHub can't mask. To create a new key, remove key-id.`,
  )
})
