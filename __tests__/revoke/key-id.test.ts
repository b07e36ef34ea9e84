import { expect, jest, test } from '@jest/globals'
import { Connection } from '../../src/http/connection.ts'
import { faultOf } from '../../src/http/network-faults.ts'
import { HOUR_MS } from '../support/records.ts'
import { ALWAYS, atResponse, changeList, omitKeys, pinataWithGateway, requestsOf } from '../support/step.ts'

const NONE_REVOKED = { 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': '' }

async function setup(keys: number, options: Parameters<typeof pinataWithGateway>[1] = {}) {
  const fixture = await pinataWithGateway(keys, options)
  const left = () => fixture.gateway.keys.map(({ id }) => id)
  return { ...fixture, ids: left(), left, all: { 'key-id': left().join() } }
}

test('revokes keys separated by commas or line breaks, in any letter case, once each and one at a time', async () => {
  let [open, most] = [0, 0]
  const observe = (moment: string) => {
    open += moment === 'arrived' ? 1 : moment === 'replied' ? -1 : 0
    most = Math.max(most, open)
  }
  const { pinata, ids, left, revoke } = await setup(5, { latencyMs: 5, observe })
  const [a, b, c, d, e] = ids
  const done = await revoke({ 'key-id': `${a}, ${b?.toUpperCase()}\r\n\n  ${c},${a}\n${d},${c?.toUpperCase()}\n` })
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  const revoked = [a, b, c, d].join('\n')
  expect(done.outputs).toEqual({ 'revoked-key-ids': revoked, 'revoked-count': '4', 'removed-origins': '' })
  expect(requestsOf(pinata)).toEqual(['GET gateways', ...Array(4).fill('DELETE access_tokens'), 'GET gateways'])
  expect([left(), most]).toEqual([[e], 1])
})

test.each([
  [404, ALWAYS, 'gone', 'gone', 'it'],
  [404, ALWAYS, 'gone,other', 'gone, other', 'them'],
  [400, ALWAYS, 'gone', 'gone', 'it'],
  [409, ALWAYS, 'gone', 'gone', 'it'],
  [502, { times: 1 }, 'gone', 'gone', 'it'],
])(
  'warns about unlisted keys, and does not count them: HTTP %d %j, %s',
  async (status, match, keyIds, listed, them) => {
    const { pinata, revoke } = await setup(1)
    pinata.fault({ kind: 'status', status, method: 'DELETE', ...match })
    const done = await revoke({ 'key-id': keyIds })
    expect(done).toMatchObject({ error: undefined, outputs: NONE_REVOKED })
    expect(done.info).toContain('Key gone: not on the gateway.')
    expect(done.warnings).toEqual([
      `Gateway fun-llama-300.mypinata.cloud does not list ${listed}. If you haven't already revoked ${them}, check key-id and gateway-id.`,
    ])
  },
)

test('does not count an unlisted key as gone if the connection breaks, but reports that no access control is left', async () => {
  const { pinata, all, left, revoke } = await setup(1)
  changeList(pinata, omitKeys, { times: 6 })
  pinata.fault({ kind: 'reset', method: 'DELETE', times: 5 })
  expect((await revoke(all)).error).toContain('ECONNRESET')
  expect(left()).toHaveLength(1)
  pinata.fault({ kind: 'reset', method: 'DELETE', when: 'after' })
  expect((await revoke(all)).warnings).toContainEqual(expect.stringContaining('now has no access controls'))
  expect(left()).toEqual([])
})

test('does not count an unlisted key as gone if no request to revoke it was sent', async () => {
  const { pinata, all, left, revoke } = await setup(1)
  changeList(pinata, omitKeys, ALWAYS)
  const { exchange } = Connection.prototype
  const spy = jest.spyOn(Connection.prototype, 'exchange').mockImplementation(function (this: Connection, ...request) {
    return request[0] === 'DELETE' ? Promise.resolve(faultOf('no DNS', { sent: false })) : exchange.apply(this, request)
  })
  const { error } = await revoke(all)
  spy.mockRestore()
  expect(error).toContain('no DNS')
  expect(left()).toHaveLength(1)
})

test('reads the gateway again before it concludes that an unlisted key is gone', async () => {
  const { pinata, all, left, revoke } = await setup(1)
  changeList(pinata, omitKeys)
  pinata.fault({ kind: 'status', status: 404, method: 'DELETE' })
  expect((await revoke(all)).error).toMatch(
    /: Pinata did not find the key \(HTTP 404.* Check api-url .* The gateway still lists the key\.$/,
  )
  expect(left()).toHaveLength(1)
})

test('finds the gateway by a custom domain, and shows that domain', async () => {
  const { pinata, revoke } = await setup(1)
  const { keys } = pinata.addGateway({ customDomains: ['files.example.com'], keys: 2 })
  const done = await revoke({ 'key-id': String(keys[0]?.id), 'gateway-id': 'https://files.example.com/ipfs/' })
  expect(done.info).toContain('Gateway files.example.com: 1 key revoked.')
  expect(done.summary).toContain('[files.example.com](https://files.example.com)')
})

test.each([401, 403, 404])('revokes nothing if Pinata rejects the request for the gateway: %d', async status => {
  const { pinata, all, revoke } = await setup(2)
  pinata.fault({ kind: 'status', status, method: 'GET', ...ALWAYS })
  expect((await revoke(all)).error).toMatch(/^Could not /)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test("does not mistake a listed key for a new one if the first reading failed, regardless of the ID's case", async () => {
  const { pinata, ids, revoke } = await setup(2)
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  const { error } = await revoke({ 'key-id': String(ids[1]).toUpperCase() })
  expect(error).toContain(' The gateway still lists the key.')
})

test('names the rejection that ended the step, even after another failure', async () => {
  const { pinata, ids, all, revoke } = await setup(3)
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: ids[0] ?? '', ...ALWAYS })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', path: ids[1] ?? '', ...ALWAYS })
  const done = await revoke(all)
  expect(done.error).toMatch(/^Could not revoke everything \(2 keys not revoked, 1 key skipped\): .*HTTP 403/)
  expect(done.info).toContain(`Key ${ids[2]}: skipped because of an earlier error.`)
  // The first key may be gone.
  expect(requestsOf(pinata).at(-1)).toBe('GET gateways')
})

test.each([401, 403, 429])('stops at the first HTTP %d, and names at most 15 keys', async status => {
  const { pinata, left, revoke } = await setup(59)
  // The rejection of an unlisted key does not count as a sign that it is gone.
  const ids = ['gone', ...left()]
  pinata.passTime(61_000)
  pinata.fault({ kind: 'status', status, method: 'DELETE', retryAfter: 3600, ...ALWAYS })
  const { error, info } = await revoke({ 'key-id': ids.join() })
  expect(error).toMatch(/^Could not .* \(1 key not revoked, 59 keys skipped\): /)
  expect(error).toContain(`: ${ids.slice(0, 15).join(', ')}, and 45 more (see the job summary). `)
  expect(error).toContain(`HTTP ${status}`)
  expect(info).toContain(`Key ${ids[0]}: not revoked.`)
  expect(info).toContain(`Key ${ids[1]}: skipped because of an earlier error.`)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test('revokes keys even if the gateway could not be read, but does not count a missing one as gone', async () => {
  const { pinata, left, ids, revoke } = await setup(2)
  pinata.fault({ kind: 'body', method: 'GET', body: { data: {} } })
  const done = await revoke({ 'key-id': `${ids[0]},gone` })
  expect(done.error).toMatch(/^Could not revoke everything \(1 key not revoked\): gone\. .*HTTP 404/)
  expect(done).toMatchObject({ warnings: [], outputs: { 'revoked-key-ids': ids[0] } })
  expect(left()).toEqual([ids[1]])
})

test('changes nothing in a dry run, shows what it would revoke, and fails if the gateway cannot be read', async () => {
  const { pinata, ids, revoke } = await setup(2)
  const inputs = { 'key-id': `${ids[0]},gone`, 'dry-run': 'true' }
  const done = await revoke(inputs)
  expect(done).toMatchObject({ error: undefined, outputs: NONE_REVOKED })
  expect(done.info).toEqual([
    `Key ${ids[0]}: would be revoked (dry run).`,
    'Key gone: not on the gateway.',
    'Gateway fun-llama-300.mypinata.cloud: 1 key would be revoked, 1 key not on the gateway.',
  ])
  expect(done.summary).toContain('| would be revoked (dry run) |')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  pinata.fault({ kind: 'status', status: 500, method: 'GET', ...ALWAYS })
  expect((await revoke(inputs)).error).toMatch(/HTTP 500/)
})

test('reports the results even if the outputs cannot be set', async () => {
  const { ids, left, all, revoke } = await setup(1)
  const done = await revoke(all, { broken: 'outputs' })
  expect(done.error).toBe('Could not set the outputs (the log shows what was revoked): no space left on device.')
  expect(done.warnings).toEqual([expect.stringMatching(/now has no access controls/)])
  expect(done.summary).toContain(ids[0])
  expect(left()).toEqual([])
})

test('names the keys that were left when the step was stopped', async () => {
  const { pinata, ids, left, all, revoke } = await setup(3)
  pinata.passTime(61_000)
  const stop = new AbortController()
  // The stop comes while the step waits for the response to the first deletion.
  atResponse(pinata, { method: 'GET' }, () => setTimeout(() => stop.abort(), 250))
  pinata.fault({ kind: 'delay', ms: 500, method: 'DELETE' })
  const { error, outputs, warnings } = await revoke(all, { cancelled: stop.signal })
  expect([left(), outputs['revoked-key-ids']]).toEqual([ids.slice(1), ids[0]])
  // The step has time to check for the last access control.
  expect(warnings).toEqual([])
  expect(error).toMatch(
    /^Could not revoke everything \(2 keys skipped\): .* The step was stopped: [^.]*\. Run the job again\.$/,
  )
  expect(error).not.toContain('Could not check')
  for (const id of left()) expect(error).toContain(id)
})

test('waits out a rate limit at the last check, because it still has time', async () => {
  const { pinata, ids, revoke } = await setup(2)
  pinata.fault({ kind: 'status', status: 429, retryAfter: 100, method: 'GET', skip: 1 })
  const { error, pauses } = await revoke({ 'key-id': String(ids[0]), 'last-control': 'fail' })
  expect([error, pauses]).toEqual([undefined, [expect.closeTo(100_000, -4)]])
})

test('sends no request to revoke a key after the time limit', async () => {
  const { pinata, ids, left, all, revoke } = await setup(3)
  const later = performance.now() + HOUR_MS
  let spy: { mockRestore(): void } | undefined
  atResponse(pinata, { method: 'DELETE' }, () => {
    spy = jest.spyOn(performance, 'now').mockReturnValue(later)
  })
  const { error, outputs } = await revoke(all)
  spy?.mockRestore()
  expect([left(), outputs['revoked-key-ids']]).toEqual([ids.slice(1), ids[0]])
  expect(error).toMatch(
    /^Could not revoke everything \(2 keys not revoked\): .* before the time limit was reached\. Run/,
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
})

test('does not count a key as possibly gone if the step was stopped while waiting out the rate limit', async () => {
  const { pinata, ids, all, revoke } = await setup(2)
  pinata.fault({ kind: 'status', status: 429, retryAfter: 9, method: 'DELETE', ...ALWAYS })
  const stop = new AbortController()
  const { error, warnings, info } = await revoke(all, { cancelled: stop.signal, onPause: () => stop.abort() })
  expect(error).toMatch(/^Could not revoke everything \(1 key not revoked, 1 key skipped\): .* The step was stopped:/)
  expect(warnings).toEqual([])
  expect(info).toEqual([
    expect.stringMatching(/rate limit/),
    `Key ${ids[0]}: not revoked.`,
    `Key ${ids[1]}: skipped because of an earlier error.`,
    'Gateway fun-llama-300.mypinata.cloud: 1 key not revoked, 1 key skipped.',
  ])
})

test.each([401, 403, 500])('fails on HTTP %d after a lost response if only one list omits the key', async status => {
  const { pinata, ids, left, revoke } = await setup(1)
  changeList(pinata, omitKeys)
  pinata.fault({ kind: 'status', status: 503, method: 'DELETE' })
  pinata.fault({ kind: 'status', status, method: 'DELETE', ...ALWAYS })
  const { error, warnings } = await revoke({ 'key-id': String(ids) })
  expect(error).toMatch(new RegExp(`^Could not revoke everything \\(1 key not revoked\\): ${ids}\\. .*HTTP ${status}`))
  expect([warnings, left()]).toEqual([[], ids])
})
