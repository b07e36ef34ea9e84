import { expect, test } from '@jest/globals'
import { addKey, DAY_MS, namesSetup, passTime } from '../support/records.ts'
import { requestsOf, runRevokeStep } from '../support/step.ts'

const GONE = '00000000-0000-4000-8000-000000000000'

/** Four keys of the name pr-7 that expired yesterday. */
async function setup() {
  const there = await namesSetup()
  const keys = Array.from({ length: 4 }, () => addKey(there, { expiresInMs: 1000 }))
  passTime(there, DAY_MS)
  const ids = keys.map(({ id }) => id)
  const revoke = (given: Record<string, string>) => runRevokeStep({ ...there.inputs, ...given }, { env: there.env })
  return { ...there, ids, revoke }
}

test.each([
  ['key-id', (ids: string[]) => ids.join()],
  ['name', () => 'pr-7'],
  ['expired', () => 'true'],
  ['older-than', () => '2h'],
])('never revokes keys in keep, nor removes their records: %s', async (selector, valueFor) => {
  const { gateway, github, ids, keyIds, revoke } = await setup()
  const unnamed = gateway.keys[0]?.id
  const keep = [unnamed, ids[1], ids[3]?.toUpperCase()].join('\n')
  const done = await revoke({ [selector]: valueFor(ids), keep })
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']?.split('\n').sort()).toEqual([ids[0], ids[2]].sort())
  expect(keyIds()).toEqual([ids[1], ids[3]])
  const title = selector === 'name' || selector === 'expired' ? `Key ${ids[1]} (pr-7)` : `Key ${ids[1]}`
  expect(done.info).toContain(`${title}: kept, because keep contains it.`)
  expect(done.summary).toContain('**Kept (')
  if (title.endsWith(')')) expect(github.deployments.size).toBe(2)
})

test.each(['key-id', 'name', 'expired', 'older-than'])(
  'revokes nothing if the gateway does not list a key in keep: %s',
  async selector => {
    const { pinata, github, ids, keyIds, revoke } = await setup()
    const value = { 'key-id': ids.join(), name: 'pr-7', expired: 'true', 'older-than': '2h' }[selector] ?? ''
    const done = await revoke({ [selector]: value, keep: [GONE, ids[0], 'a', 'b', 'c', 'd', 'e'].join() })
    expect(done.error).toBe(
      `Nothing was revoked: keep contains ${GONE}, a, b, c, d, which gateway fun-llama-300.mypinata.cloud does not list. Check the ID, or remove it from keep.`,
    )
    expect(keyIds()).toEqual(ids)
    expect([...pinata.requests, ...github.requests].filter(({ method }) => method !== 'GET')).toEqual([])
  },
)

test('revokes nothing if keep is set and the gateway cannot be read', async () => {
  const { pinata, ids, keyIds, revoke } = await setup()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  const done = await revoke({ 'key-id': ids.join(), keep: ids[0] ?? '' })
  expect(done.error).toMatch(
    /^Nothing was revoked: keep is set, and the gateway's access controls could not be read\. .*HTTP 500/,
  )
  expect(keyIds()).toEqual(ids)
  expect(requestsOf(pinata)).not.toContain('DELETE access_tokens')
})
