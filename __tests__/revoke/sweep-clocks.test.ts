import { expect, test } from '@jest/globals'
import { HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'

const AHEAD_MS = 3 * HOUR_MS

/** A key, a leftover record and a superseded record that a sweep removes two hours from now, and not before. */
async function setup(options: Parameters<typeof namesSetup>[0]) {
  const there = await namesSetup(options)
  there.addKey({ name: 'unlisted', expiresInMs: HOUR_MS - MINUTE_MS })
  there.gateway.keys.length = 1
  there.addKey({ name: 'expired', expiresInMs: HOUR_MS - MINUTE_MS })
  const forever = there.addKey({ name: 'living', expiresInMs: 9 * HOUR_MS, ageMs: 0 })
  there.addRecord({ kind: 'key', ...forever }, { name: 'living', ageMs: 0 })
  return there
}

test.each([
  ['neither clock', 0, 0],
  ["Pinata's clock only", AHEAD_MS, 0],
  ["GitHub's clock only", 0, AHEAD_MS],
  ['both clocks', AHEAD_MS, AHEAD_MS],
])('goes by the earlier of the two dates: %s is past the time', async (_name, pinataMs, githubMs) => {
  const { sweep, github } = await setup({ pinata: { clockAheadMs: pinataMs }, github: { clockAheadMs: githubMs } })
  // The runner's clock does not matter.
  const done = await sweep({}, { aheadMs: pinataMs + githubMs === 0 ? 2 * AHEAD_MS : -AHEAD_MS })
  expect(done.error).toBeUndefined()
  const isOver = pinataMs > 0 && githubMs > 0
  expect(done.outputs['revoked-count']).toBe(isOver ? '1' : '0')
  expect(namesOf(github)).toEqual(isOver ? ['living'] : ['unlisted', 'expired', 'living', 'living'])
})

test.each([
  ['pinata', 'Pinata', 'api-url'],
  ['github', 'GitHub', 'GITHUB_API_URL'],
])("revokes and removes nothing without a date in %s's response", async (server, service, setting) => {
  const ahead = { clockAheadMs: AHEAD_MS }
  const { sweep, keyIds, pinata, github } = await setup({
    pinata: ahead,
    github: ahead,
    [server]: { ...ahead, date: false },
  })
  expect((await sweep()).error).toBe(
    `Nothing was revoked: ${service}'s response has no usable date, and ages are measured by it. Check ${setting}, and whether a proxy responds instead of ${service}.`,
  )
  expect(keyIds()).toHaveLength(2)
  expect([...pinata.requests, ...github.requests].filter(({ method }) => method !== 'GET')).toEqual([])
})
