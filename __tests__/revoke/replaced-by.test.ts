import { expect, test } from '@jest/globals'
import { addKey, addOrigin, HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { runKeyStep } from '../support/step.ts'

const NAME = 'production'
const GONE = '00000000-0000-4000-8000-000000000000'

const refusal = (keyId: string, name = NAME) =>
  `Nothing was revoked: key ${keyId} in replaced-by is not on the gateway or not recorded under the name ${name}. Set replaced-by to the key-id of the key that replaces the others.`

/** Three keys of a name, one hour apart. */
async function setup() {
  const there = await namesSetup()
  const [old, current, next] = [3, 2, 1].map(hours => addKey(there, { name: NAME, ageMs: hours * HOUR_MS }).id)
  const replace = (replacedBy: string, name = NAME) => there.close(name, { 'replaced-by': replacedBy })
  return { ...there, old: String(old), current: String(current), next: String(next), replace }
}

test('revokes only the keys of the name that are older than the given key', async () => {
  const there = await setup()
  const { github, gateway, keyIds, replace, old, current, next } = there
  addOrigin(there, 'https://a.example', { name: NAME, ageMs: 9 * HOUR_MS })
  const done = await replace(current.toUpperCase())
  expect(done).toMatchObject({ error: undefined, warnings: [] })
  expect(done.outputs['revoked-key-ids']).toBe(old)
  expect(keyIds()).toEqual([current, next])
  expect(gateway.allowedHosts).toHaveLength(1)
  expect(namesOf(github)).toEqual([NAME, NAME, NAME])
})

test.each([
  ['is not on the gateway', () => GONE],
  ['has no name', (_keys: Record<string, string>, unnamed: string) => unnamed],
  ['has another name', ({ other = '' }: Record<string, string>) => other],
])('revokes nothing if the key in replaced-by %s', async (_name, pick) => {
  const there = await setup()
  const { pinata, github, gateway, keyIds, replace } = there
  const other = addKey(there, { name: 'staging', ageMs: 0 }).id
  const keyId = pick({ other }, String(gateway.keys[0]?.id))
  const done = await replace(keyId)
  expect(done.error).toBe(refusal(keyId))
  expect(keyIds()).toHaveLength(4)
  expect([...pinata.requests, ...github.requests].filter(({ method }) => method !== 'GET')).toEqual([])
})

test('revokes nothing if the key in replaced-by is recorded under one of two names only', async () => {
  const there = await setup()
  addKey(there, { name: 'staging' })
  const done = await there.replace(there.next, `${NAME},staging`)
  expect(done.error).toBe(refusal(there.next, 'staging'))
  expect(there.keyIds()).toHaveLength(4)
})

test('revokes nothing if the key in replaced-by is recorded by a forged record only', async () => {
  const there = await setup()
  const forged = [...there.github.deployments.values()].at(-1)
  Object.assign(forged?.payload ?? {}, { proof: 'x' })
  const done = await there.replace(there.next)
  expect(done.error).toBe(refusal(there.next))
  expect(there.keyIds()).toHaveLength(3)
})

/**
 * A rotation: a deployment creates a key and writes it to the site's secret, and a clean-up replaces the keys before the
 * one in the secret. `D` creates the next key, `W` writes it to the secret, `C` cleans up.
 */
test.each(['DWC', 'DCW', 'CDW', 'DWCC', 'CDWC', 'DCWC', 'DWCDCWC', 'DDCWC', 'DWDCWCC'])(
  'keeps the key in use at every moment of a rotation: %s',
  async order => {
    const { gateway, inputs, env, keyIds, close } = await namesSetup()
    const rotate = async () => {
      // The keys must differ in age.
      gateway.keys.length > 1 && (await new Promise(resolve => setTimeout(resolve, 2)))
      const { outputs } = await runKeyStep({ ...inputs, name: NAME, rotate: 'true' }, { env })
      return String(outputs['key-id'])
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

test('keeps keys that are as old as the key in replaced-by', async () => {
  const there = await namesSetup()
  const [first, second] = [addKey(there, { name: NAME }), addKey(there, { name: NAME })]
  first.createdAt = second.createdAt
  await there.close(NAME, { 'replaced-by': second.id })
  expect(there.keyIds()).toEqual([first.id, second.id])
})

test('revokes older keys even if their records are newer', async () => {
  const there = await namesSetup()
  const newer = addKey(there, { name: NAME, ageMs: MINUTE_MS })
  const older = addKey(there, { name: NAME, ageMs: 2 * MINUTE_MS })
  const done = await there.close(NAME, { 'replaced-by': newer.id })
  expect(done.outputs['revoked-key-ids']).toBe(older.id)
})
