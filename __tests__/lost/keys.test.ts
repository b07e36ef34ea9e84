import { expect, test } from '@jest/globals'
import { MINUTE_MS } from '../support/records.ts'
import { ALWAYS, atResponse, pinataWithGateway, requestsOf, type StepOutcome } from '../support/step.ts'

type Setup = Awaited<ReturnType<typeof pinataWithGateway>>
type Fault = Parameters<Setup['pinata']['fault']>[0]

const POST = { method: 'POST', path: 'access_tokens' } as const
const RESET = { ...POST, kind: 'reset', when: 'after' } as const
const LOST =
  /^A response from Pinata was lost, so gateway fun-llama-300\.mypinata\.cloud may have an unclaimed key \(since about \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\. /
const BEFORE = 'Keys created around that time or later (the gateway could not be read earlier): '
const REVOKE = 'If nothing uses a new key created around that time, revoke it with the revoke action or in Pinata.'

const warningsOf = (done: StepOutcome | undefined) => done?.warnings.map(each => each.replace(LOST, ''))

/** Returns the created keys that are neither an output nor named in an error or a warning. */
function unknownKeys({ keyIds }: Setup, ...steps: (StepOutcome | undefined)[]): string[] {
  const known = steps.flatMap(done => [done?.outputs['key-id'], done?.error, ...(done?.warnings ?? [])]).join('\n')
  return keyIds().filter(id => !known.includes(id))
}

test.each<[string, Fault]>([
  ['a reset after the creation', RESET],
  ['a reset before the creation', { ...POST, kind: 'reset', when: 'before' }],
  ['500 after the creation', { ...POST, kind: 'status', status: 500, when: 'after' }],
  ['408 after the creation', { ...POST, kind: 'status', status: 408, when: 'after' }],
  ['an incomplete body', { ...POST, kind: 'truncate' }],
  ['an incomplete header', { ...POST, kind: 'truncate', after: 0 }],
  ['an HTML page', { ...POST, kind: 'body', body: '<html>Welcome</html>', contentType: 'text/html' }],
  ['JSON without a key', { ...POST, kind: 'body', body: { data: null } }],
  ['a key ID that is a path', { ...POST, kind: 'body', body: json => ({ data: { ...json.data, id: '..' } }) }],
])('warns and sends a second request after %s, and fails if that happens again', async (_name, fault) => {
  const setup = await pinataWithGateway(1)
  setup.pinata.fault(fault)
  const done = await setup.run({ revoke: 'after-job' })
  expect(done).toMatchObject({ error: undefined, warnings: [expect.stringMatching(LOST)] })
  expect(setup.keyIds().at(-1)).toBe(done.outputs['key-id'])
  expect(requestsOf(setup.pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways', 'POST access_tokens'])
  expect(unknownKeys(setup, done)).toEqual([])
  // The step has reported the other key. The post step revokes only the key that the step passed on.
  expect((await setup.post(done, 'success'))?.warnings).toEqual([])
  expect(setup.keyIds()).not.toContain(done.outputs['key-id'])

  const again = await pinataWithGateway(1)
  const injected = again.pinata.fault({ ...fault, ...ALWAYS })
  const failed = await again.run()
  expect(injected.count).toBe(2)
  expect(failed.error).toMatch(/^Could not create a key/)
  expect(failed.outputs).toEqual({})
  expect(failed.warnings).toEqual(Array(2).fill(expect.stringMatching(LOST)))
  expect(unknownKeys(again, failed)).toEqual([])
  expect(requestsOf(again.pinata)).not.toContain('DELETE access_tokens')
})

test('names the keys in the log even if Pinata returned their IDs as their values', async () => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  pinata.fault({ ...POST, kind: 'body', times: 2, body: json => ({ data: { ...json.data, value: json.data.id } }) })
  expect(warningsOf(await run())?.join()).toMatch(new RegExp(keyIds().join('.*')))
})

test('names each key only once across the step and its post step, and shows what to do', async () => {
  const { pinata, run, post, keyIds } = await pinataWithGateway(1)
  pinata.fault({ ...RESET, times: 2 })
  const main = await run()
  expect(warningsOf(main)).toEqual(keyIds().map(id => `New on the gateway: ${id}. ${REVOKE}`))
  expect(keyIds()).toHaveLength(2)
  expect(warningsOf(await post(main))).toEqual([
    'The gateway lists no new keys, apart from any mentioned in other warnings. If a new key appears in Pinata later and nothing uses it, revoke it.',
  ])
})

test.each<[string, Fault]>([
  ['a redirect after the creation', { ...POST, kind: 'redirect', to: 'https://example.com/', when: 'after' }],
  ["a proxy's 403 after the creation", { ...POST, kind: 'status', status: 403, when: 'after', body: '<html>' }],
  ["a proxy's 404 before the creation", { ...POST, kind: 'status', status: 404, when: 'before', body: '<html>' }],
])('sends no second request, but looks for the key, after %s', async (_name, fault) => {
  const setup = await pinataWithGateway(1)
  setup.pinata.fault(fault)
  const done = await setup.run()
  expect(done.error).toMatch(/HTTP (307|40[34])/)
  expect(requestsOf(setup.pinata)).toEqual(['GET gateways', 'POST access_tokens', 'GET gateways'])
  expect(done.warnings).toEqual([expect.stringMatching(LOST)])
  expect(unknownKeys(setup, done)).toEqual([])
})

test.each([400, 401, 403, 404, 422])('does not look for a key after Pinata rejects the creation: %d', async status => {
  const { pinata, run, post } = await pinataWithGateway(1)
  pinata.fault({ ...POST, kind: 'status', status, ...ALWAYS })
  const done = await run()
  expect(done.error).toContain(`HTTP ${status}`)
  expect(done.warnings).toEqual([])
  // A 401 right after a success is retried once.
  expect(requestsOf(pinata)).toEqual(['GET gateways', ...Array(status === 401 ? 2 : 1).fill('POST access_tokens')])
  expect(await post(done)).toBeUndefined()
})

test('retries a refused connection, and does not look for a key', async () => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  atResponse(pinata, { method: 'GET' }, () => pinata.refuseConnections())
  const done = await run({}, { onPause: () => pinata.resume() })
  expect(done.error).toBeUndefined()
  expect(done.debug.join()).toContain('ECONNREFUSED')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens'])
  expect(keyIds()).toHaveLength(1)
})

test("names only new keys if neither the gateway nor Pinata's time was known before", async () => {
  const { pinata, gateway, run, post } = await pinataWithGateway(3)
  pinata.passTime(11 * MINUTE_MS)
  pinata.fault({ kind: 'reset', method: 'GET', times: 3 })
  pinata.fault(RESET)
  const done = await run()
  // The post step of a step that was killed after its request, on a runner whose clock was then set back.
  const late = await post({ saved: done.saved.slice(0, 1) }, 'failure', {}, { aheadMs: -60 * MINUTE_MS })
  pinata.passTime(300 * MINUTE_MS)
  const later = await post({ saved: done.saved.slice(0, 1) }, 'failure', {}, { aheadMs: 300 * MINUTE_MS })
  const [first, second] = gateway.keys.slice(3).map(({ id }) => id)
  expect(done.warnings[0]).toContain(`${BEFORE}${first}. ${REVOKE}`)
  for (const each of [late, later]) expect(each?.warnings[0]).toContain(`${BEFORE}${second}, ${first}. ${REVOKE}`)
})

test("names all keys, newest first, if Pinata's responses have no date", async () => {
  const { pinata, gateway, run } = await pinataWithGateway(3, { date: false })
  pinata.fault({ kind: 'reset', method: 'GET', times: 3 })
  pinata.fault(RESET)
  const done = await run()
  const ids = gateway.keys.slice(0, 4).map(({ id }) => id)
  expect(done.warnings[0]).toContain(
    `Keys on the gateway, newest first (the gateway could not be read earlier): ${ids.reverse().join(', ')}. ${REVOKE}`,
  )
})

test.each([
  [60, 3, []],
  [302, 19, ['The log omits 2 more keys.']],
])('names 15 of %d keys in the warning, and more in the log', async (count, lines, omitted) => {
  const { pinata, gateway, run } = await pinataWithGateway(0)
  const body = () => {
    const key = () => ({ id: crypto.randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })
    gateway.keys.push(...Array.from({ length: count - 1 }, key))
    return {}
  }
  pinata.fault({ ...POST, kind: 'body', body })
  const { warnings, info } = await run()
  const all = [...warnings, ...info].join()
  // The step also names the key that its retry created.
  expect(gateway.keys.filter(({ id }) => all.includes(id))).toHaveLength(Math.min(count, 300) + 1)
  expect(warnings[0]).toMatch(
    /New on the gateway: ([\w-]{36}(, )?){15}, and \d+ more \(see the log\)\. If nothing uses/,
  )
  expect(info.filter(each => each.startsWith('Also on the gateway: '))).toHaveLength(lines)
  expect(info.filter(each => each.startsWith('The log omits '))).toEqual(omitted)
})
