import { expect, test } from '@jest/globals'
import { HOUR_MS, namesOf, namesSetup } from '../support/records.ts'

const NAME = 'production'

/** Sets up three keys of one name, an hour apart, with records in another order, and a newer key of another name. */
async function setup() {
  const fixture = await namesSetup()
  const add = (hours: number, name = NAME) => fixture.addKey({ name, ageMs: hours * HOUR_MS })
  const [current, old, next, other] = [add(2), add(3), add(1), add(0, 'staging')]
  const replace = (replacedBy: string, name = NAME) => fixture.close(name, { 'replaced-by': replacedBy })
  return { ...fixture, old, current, next, other, replace }
}

test('revokes only the keys of the name that are older than the given key', async () => {
  const { github, gateway, keyIds, replace, old, current, next, other, addOrigin, addKey } = await setup()
  addOrigin('https://a.example', { name: NAME, ageMs: 9 * HOUR_MS })
  const same = Object.assign(addKey({ name: NAME }), { createdAt: current.createdAt })
  const done = await replace(current.id.toUpperCase())
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-key-ids': old.id } })
  expect(done.info).toContain(
    `Key ${next.id} (production): not selected, because it is not older than key ${current.id.toUpperCase()}.`,
  )
  expect(done.info.join()).not.toContain(`Key ${current.id} `)
  expect(keyIds()).toEqual([current, next, other, same].map(({ id }) => id))
  expect([gateway.allowedHosts.length, namesOf(github).length]).toEqual([1, 5])
})

test('keeps the record of a newer key that the gateway does not list, even if the record is old', async () => {
  const { gateway, github, replace, old, current, next } = await setup()
  for (const record of github.deployments.values()) record.createdAt = new Date(Date.now() - 9 * HOUR_MS).toISOString()
  gateway.keys.splice(gateway.keys.indexOf(next), 1)
  expect(await replace(current.id)).toMatchObject({ error: undefined, outputs: { 'revoked-key-ids': old.id } })
  expect(namesOf(github)).toHaveLength(3)
})

test.each(['current', 'old'] as const)('keeps all keys if Pinata returns no time for the %s key', async which => {
  const fixture = await setup()
  fixture[which].createdAt = ''
  const { error, info } = await fixture.replace(fixture.current.id)
  const of = which === 'current' ? ` for key ${fixture.current.id}` : ''
  expect([error, fixture.writes()]).toEqual([undefined, 0])
  expect(info).toContain(
    `Key ${fixture.old.id} (production): not selected, because Pinata returned no valid creation time${of}.`,
  )
})

type Setup = Awaited<ReturnType<typeof setup>>

test.each<[string, (fixture: Setup) => string, string?]>([
  ['is not on the gateway', () => 'gone'],
  ['has no name', ({ gateway }) => String(gateway.keys[0]?.id)],
  ['has another name', ({ other }) => other.id],
  ['is recorded under only one of two names', ({ next }) => next.id, 'staging'],
])('revokes nothing if the key in replaced-by %s', async (_name, pick, name = NAME) => {
  const fixture = await setup()
  const keyId = pick(fixture)
  expect((await fixture.replace(keyId, [...new Set([NAME, name])].join())).error).toBe(
    `Nothing was revoked: key ${keyId} in replaced-by is not on the gateway or is not recorded under the name ${name}. Check the replaced-by, name, and gateway-id inputs. If they are correct, run the job again.`,
  )
  expect(fixture.writes()).toBe(0)
})
