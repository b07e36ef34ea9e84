import { expect, test } from '@jest/globals'
import { DAY_MS, namesSetup } from '../support/records.ts'

async function setup() {
  const fixture = await namesSetup()
  const ids = Array.from({ length: 4 }, () => fixture.addKey({ expiresInMs: 1000 }).id)
  fixture.passTime(DAY_MS)
  return { ...fixture, ids }
}

test.each([
  ['key-id', (ids: string[]) => ids.join()],
  ['name', () => 'pr-7'],
  ['expired', () => 'true'],
  ['older-than', () => '2h'],
])('never revokes keys in keep or removes their records: %s', async (selector, valueFor) => {
  const { gateway, github, ids, revoke } = await setup()
  const keep = [gateway.keys[0]?.id, ids[1], ids[3]?.toUpperCase()].join('\n')
  // Kept keys count as remaining access controls.
  const done = await revoke({ [selector]: valueFor(ids), keep, 'last-control': 'fail' })
  const revoked = done.outputs['revoked-key-ids']?.split('\n').sort()
  expect([done.error, revoked]).toEqual([undefined, [ids[0], ids[2]].sort()])
  const isNamed = ['name', 'expired'].includes(selector)
  expect(done.info).toContain(`Key ${ids[1]}${isNamed ? ' (pr-7)' : ''}: kept, because keep contains it.`)
  expect(done.summary).toContain('| kept, because keep contains it |')
  expect(github.deployments.size).toBe(isNamed ? 2 : 4)
})

test('revokes nothing if the gateway does not list a key in keep', async () => {
  const { ids, revoke, writes } = await setup()
  expect((await revoke({ name: 'pr-7', keep: ['gone', ids[0], 'a', 'b', 'c', 'd', 'e'].join() })).error).toBe(
    'Nothing was revoked: gateway fun-llama-300.mypinata.cloud does not list gone, a, b, c, d, e. Correct any mistyped IDs in the keep input, and delete the IDs of revoked keys. If neither applies, run the job again.',
  )
  expect(writes()).toBe(0)
})

test.each([
  ['keep is set', (ids: string[]) => ({ keep: ids[0] ?? '' })],
  ['last-control is set to fail', () => ({ 'last-control': 'fail' })],
])('revokes nothing if %s and the gateway cannot be read', async (_name, inputsFor) => {
  const { pinata, ids, revoke, writes } = await setup()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  const { error } = await revoke({ 'key-id': ids.join(), ...inputsFor(ids) })
  expect(error).toMatch(/^Could not read the gateway: .*HTTP 500/)
  expect(writes()).toBe(0)
})
