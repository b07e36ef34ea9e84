import { expect, test } from '@jest/globals'
import { MINUTE_MS } from '../support/records.ts'
import { pinataWithGateway, requestsOf } from '../support/step.ts'

const ALWAYS = { method: 'DELETE', times: Number.POSITIVE_INFINITY } as const
const NOT_FOUND = { error: { code: 404, message: 'Not Found' } }

/** Two keys that are just older than a minute, or not quite. */
async function setup(age: 'old' | 'young' = 'old', options: Parameters<typeof pinataWithGateway>[1] = {}) {
  const there = await pinataWithGateway(2, options)
  there.pinata.passTime(age === 'old' ? MINUTE_MS + 1000 : MINUTE_MS - 10_000)
  const [id = ''] = there.gateway.keys.map(key => key.id)
  const revoke = () => there.revoke({ 'key-id': id })
  return { ...there, id, revoke }
}

/** Responses to a deletion that Pinata's document does not have. */
const UNDOCUMENTED = [
  ['200 with a page', { status: 200, body: '<html>Sign in</html>' }],
  ['200 without a body', { status: 200, body: '' }],
  ['200 with an error', { status: 200, body: { error: 'no' } }],
  ['200 with an error and null', { status: 200, body: { data: null, error: 'no' } }],
  ['200 with other data', { status: 200, body: { data: {} } }],
  ['202', { status: 202, body: { data: null } }],
  ['204', { status: 204, body: '' }],
  ['404 from Pinata', { status: 404, body: NOT_FOUND }],
  ['404 from a proxy', { status: 404, body: '<html>no such route</html>' }],
] as const

test.each(UNDOCUMENTED)('fails with the ID after %s if the gateway still lists the key', async (_name, response) => {
  const { pinata, gateway, id, revoke } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, ...response })
  const done = await revoke()
  expect(done.error).toMatch(
    new RegExp(
      `^1 of 1 key could not be revoked: ${id}\\. Could not revoke key ${id}: unexpected response \\(HTTP ${response.status}.*\\)\\. The gateway still lists the key\\. Check api-url, and whether a proxy responds instead of Pinata\\.$`,
    ),
  )
  expect(done.outputs['revoked-count']).toBe('0')
  expect(gateway.keys).toHaveLength(2)
  // The last reading shows whether the gateway still has an access control.
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways', 'GET gateways'])
})

test.each(UNDOCUMENTED)('believes the list after %s if the key is more than a minute old', async (_name, response) => {
  const { pinata, gateway, id, revoke } = await setup()
  pinata.fault({ kind: 'status', when: 'after', ...ALWAYS, ...response })
  const outputs = { 'revoked-key-ids': response.status === 404 ? '' : id }
  expect(await revoke()).toMatchObject({ error: undefined, outputs })
  expect(gateway.keys).toHaveLength(1)
  const young = await setup('young')
  young.pinata.fault({ kind: 'status', when: 'after', ...ALWAYS, ...response })
  const why = "The key is too new for the gateway's list to show whether it is gone"
  expect((await young.revoke()).error).toMatch(
    new RegExp(`^1 of 1 key could not be revoked: ${young.id}\\. .*${why}\\.$`),
  )
  // Pinata may not find a new key yet, so a 404 is retried.
  const deletions = requestsOf(young.pinata).filter(request => request.startsWith('DELETE'))
  expect(deletions).toHaveLength(response.status === 404 ? 3 : 1)
})

test('does not trust the list without a date in the responses', async () => {
  const { pinata, revoke } = await setup('old', { date: false })
  pinata.fault({ kind: 'status', when: 'after', ...ALWAYS, status: 204, body: '' })
  expect((await revoke()).error).toMatch(/^1 of 1 key could not be revoked/)
})

test.each([
  ['before', /^1 of 1 key could not be revoked: .*HTTP 500.* The gateway still lists the key\.$/],
  ['after', /^undefined$/],
] as const)('checks the list after server errors: they strike %s the key is revoked', async (when, error) => {
  const { pinata, revoke } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, status: 500, when })
  expect(String((await revoke()).error)).toMatch(error)
})

test.each([
  ['fails', { kind: 'status', status: 500 }, /HTTP 500/],
  ['is not what Pinata documents', { kind: 'body', body: { data: {} } }, /Could not read the gateway/],
] as const)('fails if the reading after the response %s', async (_name, fault, why) => {
  const { pinata, revoke } = await setup()
  pinata.fault({ kind: 'status', ...ALWAYS, status: 204, body: '' })
  pinata.fault({ ...fault, method: 'GET', skip: 1, times: Number.POSITIVE_INFINITY })
  const done = await revoke()
  expect(done.error).toMatch(/^1 of 1 key could not be revoked: .* Could not check whether the key is gone\. /)
  expect(done.error).toMatch(why)
})
