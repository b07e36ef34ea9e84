import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { namesSetup } from '../support/records.ts'
import { ALWAYS, atResponse, HOST, lagAfterRemoval, pinataWithGateway, readable, requestsOf } from '../support/step.ts'

const MAY_BE_FIRST = `Gateway ${HOST} may now have its first access control. If so, readers without a key are cut off. To let them in again, revoke any new keys that nothing uses.`

test.each([
  ['outputs', 'Could not set the outputs', 'never'],
  ['created state', 'Could not save the state for the post step', 'never'],
  ['cleared state', 'Could not save the state for the post step', 'never'],
  ['ready state', 'Could not save the state for the post step', 'after-job'],
] as const)('revokes the key at once if the %s cannot be written', async (broken, could, revoke) => {
  const { pinata, run, post, keyIds } = await pinataWithGateway(1)
  const done = await run({ revoke }, { broken })
  const [, id] = /^Created key (\S+) /.exec(done.info[0] ?? '') ?? []
  expect(done.error).toBe(`${could}: no space left on device. Key ${id} was revoked.`)
  expect([done.warnings, keyIds()]).toEqual([[], []])
  // The last request checks that the gateway still has an access control.
  expect(requestsOf(pinata).slice(-2)).toEqual(['DELETE access_tokens', 'GET gateways'])
  if (broken !== 'cleared state') expect(await post(done)).toBeUndefined()
})

test.each([
  [', although the list still contains it', { times: 0 }, / was revoked\.$/, []],
  [', and the response to its revocation was lost', ALWAYS, / may have left the new key /, [MAY_BE_FIRST]],
])('warns if the key was the only access control%s', async (_name, match, error, more) => {
  const { pinata, gateway, run } = await pinataWithGateway(0)
  pinata.fault({ kind: 'reset', when: 'after', method: 'DELETE', ...match })
  atResponse(pinata, { method: 'POST' }, () => lagAfterRemoval(pinata, gateway))
  const done = await run({}, { broken: 'outputs' })
  expect(done.error).toMatch(error)
  expect(done.warnings).toEqual([
    `Gateway ${HOST} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`,
    ...more,
  ])
  expect(gateway.keys).toEqual([])
})

test("warns that a lost creation may have added the first access control, although the retry's key was revoked", async () => {
  const { pinata, run, keyIds } = await pinataWithGateway(0)
  pinata.fault({ kind: 'reset', method: 'POST', when: 'after' })
  const { error, warnings } = await run({}, { broken: 'outputs' })
  expect(error).toMatch(/ was revoked\.$/)
  expect(keyIds()).toHaveLength(1)
  expect(warnings).toEqual([expect.stringMatching(/ unclaimed key .* New on the gateway: /), MAY_BE_FIRST])
})

test.each([
  ['is missing', undefined],
  ['is too short to be masked', 'abc'],
  ['has a line break', 'a\nb'],
  ['is longer than readers can send', 'a'.repeat(5000)],
])('revokes the key at once if its value %s', async (_name, value) => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  const done = await run()
  expect(done.error).toMatch(
    /^Could not use the new key: Pinata returned a value that readers can't send or GitHub can't mask\. Check api-url, .* Key [\w-]{36} was revoked\.$/,
  )
  expect([done.outputs, keyIds()]).toEqual([{}, []])
  expect(done.info[0]).not.toContain('masked')
})

test('removes an origin if Pinata returns another value', async () => {
  const { pinata, allow, origins } = await originSetup()
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value: 'pr-7' } }) })
  expect((await allow()).error).toBe(
    `Could not use the new origin: Pinata changed it to a value that browsers do not send. Check api-url, and check whether a proxy is responding instead of Pinata. Origin ${ORIGIN} was removed.`,
  )
  expect(origins()).toEqual([])
})

test('masks a value that no reader can use, and does not read the gateway after a refused revocation', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const value = 'open sesame please'
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', body: { error: `cannot delete ${value}` } })
  const done = await run()
  expect(done.error).toContain('HTTP 403, "cannot delete ***"')
  expect(done.masks).toContain(value)
  expect(requestsOf(pinata).at(-1)).toBe('DELETE access_tokens')
})

test('names the key if its revocation also fails, and retries in the post step', async () => {
  const { pinata, gateway, run, post, keyIds } = await pinataWithGateway(0)
  const fault = pinata.fault({ kind: 'status', status: 500, method: 'DELETE', ...ALWAYS })
  const main = await run({}, { broken: 'outputs' })
  const [key] = gateway.keys
  expect(main.warnings).toEqual([MAY_BE_FIRST])
  const created = `The step may have left the new key ${key?.id} on gateway ${HOST}.`
  expect(main.error).toMatch(`Could not set the outputs: no space left on device. ${created} `)
  expect(main.error).toMatch(
    / .*HTTP 500.* If the post step does not revoke the key, use the revoke action or Pinata\.$/,
  )
  expect(readable(main)).not.toContain(key?.value)
  expect(fault.count).toBeGreaterThan(1)
  pinata.clearFaults()
  expect((await post(main))?.summary).toContain('because the step that created it failed')
  expect(keyIds()).toEqual([])
})

test('creates nothing if the state cannot be saved before the creation', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const done = await run({}, { broken: 'creating state' })
  expect(done.error).toBe('Could not save the state for the post step: no space left on device.')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('does not pass on a key that already existed, and names the one that was created', async () => {
  const { pinata, gateway, run, post, keyIds } = await pinataWithGateway(2)
  const [old] = gateway.keys
  pinata.fault({ kind: 'body', method: 'POST', body: { data: old } })
  const done = await run({ revoke: 'after-job' })
  expect(done.error).toBe(
    `Could not create a key: Pinata returned key ${old?.id}, which already existed. Check api-url, and check whether a proxy is responding instead of Pinata.`,
  )
  expect([done.outputs, done.warnings]).toEqual([{}, [expect.stringContaining(` ${keyIds()[0]}.`)]])
  expect((await post(done))?.warnings).toEqual([expect.stringContaining('The gateway lists no new keys')])
  expect(gateway.keys).toContain(old)
})

test.each(['', 'pr-7'])('revokes the key at once if the step is stopped during its creation: "%s"', async name => {
  const { pinata, github, run, keyIds } = await namesSetup()
  const stop = new AbortController()
  atResponse(pinata, { method: 'POST' }, () => stop.abort())
  const done = await run({ name }, { cancelled: stop.signal })
  expect(github.requests.map(({ method }) => method)).not.toContain('POST')
  const start = name ? 'Could not record the name. The' : 'The'
  expect(done.error).toMatch(new RegExp(`^${start} step was stopped: .* Key [\\w-]{36} was revoked\\.$`))
  expect([keyIds(), done.outputs]).toEqual([[], {}])
})

test.each([
  ['reading the gateway', 'GET', ['GET gateways']],
  ['creating the key', 'POST', ['GET gateways', 'POST access_tokens']],
] as const)('creates nothing if the step is stopped before it retries %s', async (_name, method, requests) => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  const stop = new AbortController()
  pinata.fault({ kind: 'status', status: 429, method, retryAfter: 60, ...ALWAYS })
  const done = await run({}, { cancelled: stop.signal, onPause: () => stop.abort() })
  expect(done.error).toMatch(/^(Could not create a key\. )?The step was stopped: /)
  expect(done.error).not.toContain('Key ')
  expect([keyIds(), requestsOf(pinata)]).toEqual([[], requests])
})
