import { expect, test } from '@jest/globals'
import { atResponse, pinataWithGateway, requestsOf, type runRevokeStep } from '../support/step.ts'

const GONE = '00000000-0000-4000-8000-000000000000'
const ALWAYS = { times: Number.POSITIVE_INFINITY }
const NOTHING = { 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': '' }

/** A gateway with keys, their IDs, and the step that revokes. */
async function setup(keys: number, options: Parameters<typeof pinataWithGateway>[1] = {}) {
  const there = await pinataWithGateway(keys, options)
  const left = () => there.gateway.keys.map(({ id }) => id)
  const revoke = (
    keyIds: string,
    more: Record<string, string> = {},
    others: Parameters<typeof runRevokeStep>[1] = {},
  ) => there.revoke({ 'key-id': keyIds, ...more }, others)
  const deletions = () => requestsOf(there.pinata).filter(request => request.startsWith('DELETE')).length
  return { ...there, ids: left(), left, revoke, deletions }
}

test('revokes keys separated by commas or lines, once each and one after the other, and reads again', async () => {
  let [open, most] = [0, 0]
  const observe = (moment: string) => {
    open += moment === 'arrived' ? 1 : moment === 'answered' ? -1 : 0
    most = Math.max(most, open)
  }
  const { pinata, ids, left, revoke } = await setup(5, { latencyMs: 5, observe })
  const [a, b, c, d] = ids
  const done = await revoke(`${a}, ${b}\r\n\n  ${c},${a}\n${d},`)
  expect(done.error).toBeUndefined()
  const revoked = [a, b, c, d].join('\n')
  expect(done.outputs).toEqual({ 'revoked-key-ids': revoked, 'revoked-count': '4', 'removed-origins': '' })
  expect(left()).toEqual([ids[4]])
  expect(requestsOf(pinata)).toEqual(['GET gateways', ...Array(4).fill('DELETE access_tokens'), 'GET gateways'])
  expect(most).toBe(1)
})

test('ignores the case of key IDs, and reports them as Pinata writes them', async () => {
  const { ids, left, revoke, deletions } = await setup(3)
  const [a = '', b = '', c] = ids
  const done = await revoke(`${a.toUpperCase()},${a},${b}`, { keep: b.toUpperCase() })
  expect(done).toMatchObject({ outputs: { 'revoked-key-ids': a }, warnings: [] })
  expect([left(), deletions()]).toEqual([[b, c], 1])
})

test.each([
  [404, GONE, GONE, 'it'],
  [404, `${GONE},other`, `${GONE}, other`, 'them'],
  [400, GONE, GONE, 'it'],
  [409, GONE, GONE, 'it'],
  [500, GONE, GONE, 'it'],
])('warns of keys that are not listed, and counts none: HTTP %d, %s', async (status, keyIds, listed, them) => {
  const { pinata, revoke } = await setup(1)
  pinata.fault({ kind: 'status', status, method: 'DELETE', ...ALWAYS })
  const done = await revoke(keyIds)
  expect(done).toMatchObject({ error: undefined, outputs: NOTHING })
  expect(done.info).toContain(`Key ${GONE}: not on the gateway.`)
  expect(done.warnings).toEqual([
    `Gateway fun-llama-300.mypinata.cloud does not list ${listed}. If you did not revoke ${them} before, check key-id and gateway-id.`,
  ])
})

test('finds the gateway by a custom domain, and shows that domain', async () => {
  const { pinata, revoke } = await setup(1)
  const { keys } = pinata.addGateway({ customDomains: ['files.example.com'], keys: 2 })
  const done = await revoke(keys[0]?.id ?? '', { 'gateway-id': 'https://files.example.com/ipfs/' })
  expect(done.info).toContain('1 key of gateway files.example.com revoked.')
  expect(done.summary).toContain('[files.example.com](https://files.example.com)')
})

test('revokes the other keys if one cannot be revoked, and names that one', async () => {
  const { pinata, ids, left, revoke } = await setup(4)
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: ids[1] ?? '', ...ALWAYS })
  const done = await revoke(ids.join())
  expect(left()).toEqual([ids[1]])
  expect(done).toMatchObject({ outputs: { 'revoked-count': '3' }, warnings: [] })
  expect(done.error).toMatch(new RegExp(`^1 of 4 keys could not be revoked: ${ids[1]}\\. .*HTTP 500`))
  expect(done.info).toContain(`Key ${ids[1]}: not revoked.`)
  expect(done.summary).toContain(`**Not revoked (1)**\n\n| Key ID | Created |\n| --- | --- |\n| \`${ids[1]}\``)
})

test.each([401, 403, 404])('revokes nothing if Pinata rejects the reading of the gateway: %d', async status => {
  const { pinata, ids, left, revoke } = await setup(2)
  pinata.fault({ kind: 'status', status, method: 'GET', ...ALWAYS })
  expect((await revoke(ids.join())).error).toMatch(/^Could not /)
  expect(left()).toEqual(ids)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('names the refusal that ended the step, also after another failure', async () => {
  const { pinata, ids, revoke } = await setup(3)
  const [first = '', second = ''] = ids
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: first, ...ALWAYS })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', path: second, ...ALWAYS })
  const done = await revoke(ids.join())
  expect(done.error).toMatch(/^3 of 3 keys could not be revoked: .*HTTP 403/)
  expect(done.info).toContain(`Key ${ids[2]}: not revoked, because of an earlier error.`)
  // The first key may be gone.
  expect(requestsOf(pinata).at(-1)).toBe('GET gateways')
})

test.each([401, 403, 429])('stops at the first HTTP %d, and names at most 15 keys', async status => {
  const { pinata, ids, left, revoke } = await setup(60)
  pinata.passTime(61_000)
  pinata.fault({ kind: 'status', status, method: 'DELETE', retryAfter: 3600, ...ALWAYS })
  const done = await revoke(ids.join())
  expect(done.error).toMatch(/^60 of 60 keys could not be revoked: /)
  expect(done.error).toContain(`${ids[13]}, ${ids[14]} and 45 more (see the log). `)
  expect(done.error).toContain(`HTTP ${status}`)
  expect(done.info).toContain(`Key ${ids[0]}: not revoked.`)
  expect(done.info).toContain(`Key ${ids[1]}: not revoked, because of an earlier error.`)
  expect(left()).toHaveLength(60)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test('revokes keys even if the gateway could not be read before, but does not count a missing one as gone', async () => {
  const { pinata, left, ids, revoke } = await setup(2)
  pinata.fault({ kind: 'body', method: 'GET', body: { data: {} } })
  const done = await revoke(`${ids[0]},${GONE}`)
  expect(done.error).toMatch(new RegExp(`^1 of 2 keys could not be revoked: ${GONE}\\. .*HTTP 404`))
  expect(done).toMatchObject({ warnings: [], outputs: { 'revoked-key-ids': ids[0] } })
  expect(left()).toEqual([ids[1]])
})

test('shows with dry-run what it would revoke, changes nothing, and fails if the gateway cannot be read', async () => {
  const { pinata, ids, left, revoke } = await setup(2)
  const keyIds = `${ids[0]},${GONE}`
  const done = await revoke(keyIds, { 'dry-run': 'true' })
  expect(done).toMatchObject({ error: undefined, outputs: NOTHING })
  expect(left()).toEqual(ids)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(done.info).toEqual([
    `Key ${ids[0]}: would be revoked (dry run).`,
    `Key ${GONE}: not on the gateway.`,
    'Dry run: nothing was revoked; 1 key would be.',
  ])
  expect(done.summary).toContain('**Would be revoked (1)**')
  pinata.fault({ kind: 'status', status: 500, method: 'GET', ...ALWAYS })
  expect((await revoke(keyIds, { 'dry-run': 'true' })).error).toMatch(/HTTP 500/)
})

test('reports outputs that cannot be set only after the results', async () => {
  const { ids, left, revoke } = await setup(1)
  const done = await revoke(String(ids[0]), {}, { broken: 'outputs' })
  expect(done.error).toBe('The revocation is done, but the outputs could not be set: no space left on device.')
  expect(left()).toEqual([])
  expect(done.warnings).toEqual([expect.stringMatching(/no longer has an access control/)])
  expect(done.summary).toContain(ids[0])
})

test('names the keys that were left when the step was stopped', async () => {
  const { pinata, ids, left, revoke } = await setup(3)
  pinata.passTime(61_000)
  const stop = new AbortController()
  atResponse(pinata, { method: 'DELETE' }, () => stop.abort())
  const done = await revoke(ids.join(), {}, { cancelled: stop.signal })
  expect(left()).toEqual(ids.slice(1))
  expect(done.error).toMatch(/^[23] of 3 keys could not be revoked: .* The step was stopped: [^.]*\.$/)
  expect(done.error).not.toContain('Could not check')
  for (const id of left()) expect(done.error).toContain(id)
})
