import { expect, test } from '@jest/globals'
import { MINUTE_MS } from '../support/records.ts'
import { ALWAYS, changeList, omitKeys, pinataWithGateway, requestsOf, runRevokeStep } from '../support/step.ts'

const DELETIONS = { method: 'DELETE', ...ALWAYS }

/** Creates two keys, both just over a minute old or both just under. */
async function setup(age: 'old' | 'recent' = 'old', options: Parameters<typeof pinataWithGateway>[1] = {}) {
  const fixture = await pinataWithGateway(2, options)
  fixture.pinata.passTime(age === 'old' ? MINUTE_MS + 1000 : MINUTE_MS - 10_000)
  const [id = ''] = fixture.gateway.keys.map(key => key.id)
  const revoke = () => fixture.revoke({ 'key-id': id })
  return { ...fixture, id, revoke }
}

// Undocumented responses to a deletion.
test.each([
  ['200 with a page', { status: 200, body: '<html>Sign in</html>' }],
  ['200 without a body', { status: 200, body: '' }],
  ['200 with an error', { status: 200, body: { error: 'no' } }],
  ['200 with an error and null', { status: 200, body: { data: null, error: 'no' } }],
  ['200 with other data', { status: 200, body: { data: {} } }],
  ['202', { status: 202, body: { data: null } }],
  ['204', { status: 204, body: '' }],
  ['404 from Pinata', { status: 404, body: { error: { code: 404, message: 'Not Found' } } }],
  ['404 from a proxy', { status: 404, body: '<html>no such route</html>' }],
] as const)('trusts the list after %s if the key is more than a minute old', async (_name, response) => {
  const fault = { kind: 'status', ...DELETIONS, ...response } as const
  const [listed, gone, recent] = [await setup(), await setup(), await setup('recent')]
  listed.pinata.fault(fault)
  for (const { pinata } of [gone, recent]) pinata.fault({ ...fault, when: 'after' })
  const failed = await listed.revoke()
  expect(failed.error).toMatch(
    new RegExp(
      `^Could not revoke everything \\(1 key not revoked\\): ${listed.id}\\. Could not revoke key ${listed.id}: .+ \\(HTTP ${response.status}.*\\)\\. Check api-url .*\\. The gateway still lists the key\\.$`,
    ),
  )
  expect(failed.outputs['revoked-count']).toBe('0')
  // The last GET shows whether the gateway still has an access control.
  expect(requestsOf(listed.pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways', 'GET gateways'])
  const outputs = { 'revoked-key-ids': response.status === 404 ? '' : gone.id }
  expect(await gone.revoke()).toMatchObject({ error: undefined, outputs })
  const why =
    "The gateway does not list the key, but Pinata's list may be up to a minute behind. Check again in a minute"
  expect((await recent.revoke()).error).toMatch(
    new RegExp(`^Could not revoke everything \\(1 key not revoked\\): .* ${why}\\.$`),
  )
  // Pinata may not find a new key yet, so a 404 is retried.
  const deletions = requestsOf(recent.pinata).filter(request => request.startsWith('DELETE'))
  expect(deletions).toHaveLength(response.status === 404 ? 3 : 1)
})

test('counts a new key as revoked if a response was lost before Pinata responded with 404', async () => {
  const { pinata, id, inputs } = await setup('recent')
  pinata.fault({ kind: 'reset', when: 'after', method: 'DELETE' })
  let pauses = 0
  const onPause = () => (pauses++ > 0 ? pinata.passTime(MINUTE_MS) : undefined)
  expect((await runRevokeStep({ ...inputs, 'key-id': id }, { onPause })).outputs['revoked-key-ids']).toBe(id)
  expect(requestsOf(pinata).filter(request => request.startsWith('DELETE'))).toHaveLength(3)
})

test('still waits for a new key if Pinata responds with 404 after server errors', async () => {
  const { pinata, id, revoke } = await setup('recent')
  pinata.fault({ kind: 'status', method: 'DELETE', times: 4, status: 503, body: '' })
  pinata.fault({ kind: 'status', method: 'DELETE', skip: 4, times: 2, status: 404, body: '' })
  expect(await revoke()).toMatchObject({ error: undefined, outputs: { 'revoked-key-ids': id } })
})

test('does not trust a list that is empty only once', async () => {
  const { pinata, id, revoke } = await setup()
  pinata.fault({ kind: 'status', status: 404, body: '<html>', method: 'DELETE' })
  changeList(pinata, omitKeys, { skip: 1 })
  expect((await revoke()).error).toMatch(
    new RegExp(`^Could not revoke everything \\(1 key not revoked\\): ${id}\\. .* The gateway still lists the key`),
  )
})

test('does not trust the list if the responses have no date', async () => {
  const { pinata, revoke } = await setup('old', { date: false })
  pinata.fault({ kind: 'status', when: 'after', ...DELETIONS, status: 204, body: '' })
  expect((await revoke()).error).toMatch(/^Could not revoke everything \(1 key not revoked\)/)
})
