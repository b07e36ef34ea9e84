import { expect, test } from '@jest/globals'
import { HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'

const NAME = 'production'
const GONE = '00000000-0000-4000-8000-000000000000'

/** Three keys of a name, one hour apart, whose records are in another order. */
async function setup() {
  const there = await namesSetup()
  const [current, old, next] = [2, 3, 1].map(hours => there.addKey({ name: NAME, ageMs: hours * HOUR_MS }))
  if (!old || !current || !next) throw new Error('There are three keys.')
  const replace = (replacedBy: string, name = NAME) => there.close(name, { 'replaced-by': replacedBy })
  return { ...there, old, current, next, replace }
}

test('revokes only the keys of the name that are older than the given key', async () => {
  const { github, gateway, keyIds, replace, old, current, next, addOrigin, addKey } = await setup()
  addOrigin('https://a.example', { name: NAME, ageMs: 9 * HOUR_MS })
  const same = addKey({ name: NAME })
  same.createdAt = current.createdAt
  const done = await replace(current.id.toUpperCase())
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { 'revoked-key-ids': old.id } })
  expect(keyIds()).toEqual([current.id, next.id, same.id])
  expect(gateway.allowedHosts).toHaveLength(1)
  expect(namesOf(github)).toEqual(Array(4).fill(NAME))
})

type Setup = Awaited<ReturnType<typeof setup>>

test.each<[string, (there: Setup) => string, string?]>([
  ['is not on the gateway', () => GONE],
  ['has no name', ({ gateway }) => String(gateway.keys[0]?.id)],
  ['has another name', there => there.addKey({ name: 'staging', ageMs: 0 }).id],
  [
    'is recorded under one of two names only',
    there => {
      there.addKey({ name: 'staging', ageMs: MINUTE_MS })
      return there.next.id
    },
    'staging',
  ],
  [
    'is recorded by a forged record only',
    ({ github, next }) => {
      Object.assign([...github.deployments.values()].at(-1)?.payload ?? {}, { proof: 'x' })
      return next.id
    },
  ],
])('revokes nothing if the key in replaced-by %s', async (_name, pick, name = NAME) => {
  const there = await setup()
  const keyId = pick(there)
  expect((await there.replace(keyId, [...new Set([NAME, name])].join())).error).toBe(
    `Nothing was revoked: key ${keyId} in replaced-by is not on the gateway or not recorded under the name ${name}. Set replaced-by to the key-id of the key that replaces the others.`,
  )
  expect(there.writes()).toBe(0)
})

/**
 * A rotation: a deployment creates a key and writes it to the site's secret, and a clean-up replaces the keys before the
 * one in the secret. `D` creates the next key, `W` writes it to the secret, `C` cleans up.
 */
test.each(['DWC', 'DCW', 'CDW', 'DWCC', 'CDWC', 'DCWC', 'DWCDCWC', 'DDCWC', 'DWDCWCC'])(
  'keeps the key in use: %s',
  async order => {
    const { gateway, run, keyIds, close } = await namesSetup()
    const rotate = async () => {
      // The keys must differ in age.
      gateway.keys.length > 1 && (await new Promise(resolve => setTimeout(resolve, 2)))
      return String((await run({ name: NAME, rotate: 'true' })).outputs['key-id'])
    }
    let inUse = await rotate()
    let deployed = inUse
    for (const action of order) {
      if (action === 'D') deployed = await rotate()
      if (action === 'W') inUse = deployed
      if (action === 'C') expect((await close(NAME, { 'replaced-by': inUse })).error).toBeUndefined()
      expect(keyIds()).toContain(inUse)
      expect(keyIds()).toContain(deployed)
    }
    if (order.endsWith('C')) expect(keyIds()).toEqual([inUse])
  },
)
