import { expect, test } from '@jest/globals'
import { HOUR_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS, atResponse, changeList } from '../support/step.ts'

test.each([
  ['POST', { status: 500, times: 5 }, 1],
  ['DELETE', { status: 500, times: 5 }, 1],
  ['POST', { status: 403, ...ALWAYS }, 2],
  ['DELETE', { status: 403, ...ALWAYS }, 2],
  ['POST', { status: 404, body: '<html>', ...ALWAYS }, 2],
  ['DELETE', { status: 404, body: '<html>', ...ALWAYS }, 2],
])('revokes all keys and warns if a %s for a record fails, and removes the record later: %j', async (...row) => {
  const [method, fault, failures] = row
  const { github, keyIds, close, addKey } = await namesSetup()
  const [, newest] = [addKey(), addKey()]
  github.fault({ kind: 'status', method, ...fault })
  const { error, outputs, warnings } = await close('pr-7')
  expect([error, outputs['revoked-count'], warnings.length]).toEqual([undefined, '2', failures])
  expect(warnings[0]).toMatch(
    new RegExp(
      `^Could not remove the record of key ${newest.id} \\(deployment \\d+ in environment pinata-gateway-keys\\)\\. A later run of the revoke action will retry\\. .*HTTP ${fault.status}`,
    ),
  )
  expect([keyIds(), namesOf(github).length]).toEqual([[], failures])
  github.clearFaults()
  // The keys are gone, so the next close removes the records.
  expect(await close('pr-7')).toMatchObject({ error: undefined, warnings: [] })
  expect(namesOf(github)).toEqual([])
})

test('leaves room for other warnings if GitHub fails to remove the records of many keys', async () => {
  const { github, gateway, sweep, addKey } = await namesSetup()
  gateway.keys.length = 0
  for (let number = 0; number < 12; number++) addKey({ name: `pr-${number}`, expiresInMs: -2 * HOUR_MS })
  github.fault({ kind: 'status', status: 422, method: 'DELETE', ...ALWAYS })
  const { warnings, info } = await sweep()
  const isAboutRecord = (message: string) => message.startsWith('Could not remove the record of ')
  expect([warnings.filter(isAboutRecord).length, info.filter(isAboutRecord).length]).toEqual([4, 8])
  expect(warnings.at(-1)).toContain('now has no access controls')
})

test.each([422, 403])('warns once if several leftover records cannot be removed: HTTP %d', async status => {
  const { github, gateway, close, addKey } = await namesSetup()
  for (let number = 0; number < 3; number++) addKey()
  gateway.keys.length = 1
  const injected = github.fault({ kind: 'status', status, method: 'DELETE', ...ALWAYS })
  const { error, warnings } = await close('pr-7')
  expect([error, warnings]).toEqual([undefined, [expect.stringMatching(/\(deployment .*\) and 2 more records\. /)]])
  expect([injected.count, namesOf(github).length]).toEqual([1, 3])
})

test("fails if the first list was incomplete, even if GitHub's rate limit ends the removals", async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  const [, hidden] = [addKey(), addKey()]
  changeList(pinata, policies => {
    policies.accessTokens.pop()
  })
  github.fault({ kind: 'status', status: 429, retryAfter: 3600, method: 'POST', ...ALWAYS })
  expect((await close('pr-7')).error).toMatch(`was incomplete (it lacked ${hidden?.id})`)
  expect(keyIds()).toEqual([hidden?.id])
})

test('succeeds if another run removes the same record at the same time', async () => {
  const { pinata, github, close, addKey } = await namesSetup()
  for (const name of ['a', 'b']) addKey({ name })
  github.fault({ kind: 'status', status: 404, when: 'after', method: 'DELETE' })
  // The record of the second name disappears while its key is being revoked.
  const [, second] = github.deployments.keys()
  atResponse(pinata, { method: 'DELETE' }, () => github.deployments.delete(Number(second)))
  expect(await close('a,b')).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-count': '2' } })
  expect(github.deployments.size).toBe(0)
})

test('allows three more seconds for each key, and time for its records', async () => {
  const { pinata, github, keyIds, close, addKey } = await namesSetup()
  for (let number = 0; number < 20; number++) addKey()
  // Together, these waits exceed 15 minutes.
  pinata.fault({ kind: 'status', status: 429, retryAfter: 870, method: 'DELETE' })
  github.fault({ kind: 'status', status: 429, retryAfter: 70, method: 'DELETE' })
  expect(await close('pr-7')).toMatchObject({ error: undefined, warnings: [] })
  expect([keyIds(), namesOf(github)]).toEqual([[], []])
})
