import { expect, test } from '@jest/globals'
import { DAY_MS } from '../support/origin.ts'
import { pinataAndGitHub, recordsOf, runKeyStep, runRevokeStep } from '../support/step.ts'

const GIVEN = { name: 'pr-7', 'expires-in': '7d' }

/** A gateway with one key from before, and a key with the name pr-7 that expires in a week. */
async function setup() {
  const there = await pinataAndGitHub(1)
  const { inputs, env } = there
  const run = (more: Record<string, string> = GIVEN) => runKeyStep({ ...inputs, ...more }, { env })
  const sweep = () => runRevokeStep({ ...inputs, expired: 'true' }, { env })
  const first = await run()
  return { ...there, run, sweep, first }
}

const ms = (time: string | undefined) => Date.parse(time ?? '')

test('a run that takes the key with expires-in renews it: the expiry counts from the last run', async () => {
  const { pinata, gateway, github, run, sweep, first } = await setup()
  pinata.passTime(6 * DAY_MS)
  const second = await run()
  expect(second.outputs).toMatchObject({ 'key-id': first.outputs['key-id'], created: 'false' })
  expect(ms(second.outputs['expires-at']) - ms(first.outputs['expires-at'])).toBeGreaterThan(5.9 * DAY_MS)
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: first.outputs['key-id'] }])
  pinata.passTime(3 * DAY_MS)
  expect((await sweep()).outputs['revoked-count']).toBe('0')
  pinata.passTime(5 * DAY_MS)
  expect((await sweep()).outputs['revoked-key-ids']).toBe(first.outputs['key-id'])
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test.each([
  ['without expires-in', { name: 'pr-7' }],
  ['with a shorter period', { name: 'pr-7', 'expires-in': '1h' }],
  ['where it would gain less than a tenth of the period', { name: 'pr-7', 'expires-in': '7d' }],
])('%s the record stays as it is, and expires-at is its time', async (_name, given) => {
  const { pinata, github, run, first } = await setup()
  const records = [...github.deployments.keys()]
  pinata.passTime(0.5 * DAY_MS)
  const second = await run(given)
  expect(second.outputs).toEqual({ ...first.outputs, created: 'false' })
  expect([...github.deployments.keys()]).toEqual(records)
})

test('a record without an expiry stays so', async () => {
  const { inputs, env } = await pinataAndGitHub(1)
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const second = await runKeyStep({ ...inputs, ...GIVEN }, { env })
  expect(second.outputs).toMatchObject({ created: 'false', 'expires-at': '' })
})

test('a record without an expiry needs no Date of Pinata', async () => {
  const { inputs, env } = await pinataAndGitHub(1, { pinata: { date: false } })
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const second = await runKeyStep({ ...inputs, ...GIVEN }, { env })
  expect(second.outputs).toMatchObject({ created: 'false', 'expires-at': '' })
  expect(second.warnings).toEqual([])
})

test('an expired key is not taken: a run creates another, and the sweep revokes the old one', async () => {
  const { pinata, gateway, run, sweep, first } = await setup()
  pinata.passTime(8 * DAY_MS)
  const second = await run()
  expect(second.outputs.created).toBe('true')
  expect((await sweep()).outputs['revoked-key-ids']).toBe(first.outputs['key-id'])
  expect(gateway.keys.map(({ id }) => id)).toContain(second.outputs['key-id'])
})

test('a record that somebody set inactive is not taken, and still counts for the sweep', async () => {
  const { pinata, gateway, github, run, sweep, first, inputs } = await setup()
  const [record] = github.deployments.values()
  await setInactive(github.apiUrl, inputs['github-token'], Number(record?.id))
  const second = await run()
  expect(second.outputs.created).toBe('true')
  expect(second.outputs['key-id']).not.toBe(first.outputs['key-id'])
  pinata.passTime(8 * DAY_MS)
  expect((await sweep()).outputs['revoked-count']).toBe('2')
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})

test('without a usable Date of Pinata nothing is renewed, with a warning', async () => {
  const { inputs, env, github } = await pinataAndGitHub(1, { pinata: { date: false } })
  const first = await runKeyStep({ ...inputs, ...GIVEN, 'expires-in': '1d' }, { env })
  const records = [...github.deployments.keys()]
  const second = await runKeyStep({ ...inputs, ...GIVEN }, { env })
  expect(second.outputs).toEqual({ ...first.outputs, created: 'false' })
  expect(second.warnings).toEqual([
    expect.stringMatching(/^The expiry of key .* was not renewed, as expiries are measured by Pinata's clock/),
  ])
  expect([...github.deployments.keys()]).toEqual(records)
})

test('a run that finds its record gone after its renewal creates another key as well', async () => {
  const { pinata, github, run, first } = await setup()
  pinata.passTime(6 * DAY_MS)
  const [old] = github.deployments.keys()
  const gone = (json: unknown) => {
    github.deployments.delete(Number(old))
    return json
  }
  github.fault({ kind: 'body', method: 'POST', path: /deployments$/, status: 201, body: gone })
  const second = await run()
  expect(second.outputs.created).toBe('true')
  expect(second.outputs['key-id']).not.toBe(first.outputs['key-id'])
})

test('a sweep that finds a renewal after it set the record inactive leaves key and records to the next one', async () => {
  const { pinata, gateway, github, run, sweep, first } = await setup()
  const [old] = [...github.deployments.values()]
  const before = structuredClone(old)
  pinata.passTime(6 * DAY_MS)
  await run()
  const [renewal] = [...github.deployments.values()]
  if (before === undefined || renewal === undefined) throw new Error('There are no records.')
  // Back to the moment before the renewal. It comes when the sweep sets the old record inactive.
  github.deployments.delete(renewal.id)
  github.deployments.set(before.id, before)
  pinata.passTime(2 * DAY_MS)
  github.fault({
    kind: 'body',
    method: 'POST',
    path: '/statuses',
    status: 201,
    body: json => {
      github.deployments.set(renewal.id, renewal)
      return json
    },
  })
  const swept = await sweep()
  expect(swept.outputs['revoked-count']).toBe('0')
  expect(swept.info).toContain(`Key ${first.outputs['key-id']} (pr-7): stays, as it was renewed just now.`)
  expect(gateway.keys.map(({ id }) => id)).toContain(first.outputs['key-id'])
  expect([...github.deployments.keys()]).toEqual([before.id, renewal.id])
  pinata.passTime(6 * DAY_MS)
  expect((await sweep()).outputs['revoked-count']).toBe('1')
  expect(github.deployments.size).toBe(0)
})

test('a run that finds its record set inactive after its renewal creates another key, and removes the renewal', async () => {
  const { pinata, gateway, github, run, first } = await setup()
  pinata.passTime(6 * DAY_MS)
  const [old] = github.deployments.values()
  // As a sweep does it between the two: it has set the record inactive before the renewal was there to be seen.
  github.fault({
    kind: 'body',
    method: 'POST',
    path: /deployments$/,
    status: 201,
    body: json => {
      old?.statuses.push({ ...(old.statuses[0] as NonNullable<(typeof old.statuses)[0]>), id: 1, state: 'inactive' })
      return json
    },
  })
  const second = await run()
  expect(second.outputs.created).toBe('true')
  expect(second.outputs['key-id']).not.toBe(first.outputs['key-id'])
  expect(recordsOf(github).map(({ keyId }) => keyId)).toEqual([first.outputs['key-id'], second.outputs['key-id']])
  expect(second.info.join('\n')).toMatch(/is being revoked, so it is not taken/)
  expect(gateway.keys).toHaveLength(3)
})

test('a renewal does not turn a rotated name back to the old key', async () => {
  const { pinata, github, run, first, inputs, env } = await setup()
  pinata.passTime(2 * DAY_MS)
  // The record of the rotated key is there before the renewal of the old one is.
  github.fault({ kind: 'delay', ms: 500, method: 'POST', path: /deployments$/ })
  github.requests.length = 0
  const renewing = run()
  while (!github.requests.some(({ method }) => method === 'POST')) await new Promise(resolve => setTimeout(resolve, 5))
  const rotated = await runKeyStep({ ...inputs, ...GIVEN, rotate: 'true' }, { env })
  expect((await renewing).outputs['key-id']).toBe(first.outputs['key-id'])
  expect((await run()).outputs['key-id']).toBe(rotated.outputs['key-id'])
})

test('a fault between the two records leaves the key recorded', async () => {
  const { pinata, gateway, github, run, sweep, first } = await setup()
  pinata.passTime(6 * DAY_MS)
  github.fault({ kind: 'status', status: 422, method: 'POST', path: '/statuses' })
  const second = await run()
  expect(second.error).toMatch(/would not set the status of the record/)
  pinata.passTime(2 * DAY_MS)
  expect((await sweep()).outputs['revoked-count']).toBe('0')
  expect((await run()).outputs).toMatchObject({ 'key-id': first.outputs['key-id'], created: 'false' })
  expect(gateway.keys).toHaveLength(2)
})

test('a sweep that may not write to GitHub revokes nothing, and is red', async () => {
  const { pinata, gateway, github, inputs, env } = await setup()
  pinata.passTime(8 * DAY_MS)
  const token = github.addToken({ permission: 'read' })
  const swept = await runRevokeStep({ ...inputs, 'github-token': token, expired: 'true' }, { env })
  expect(swept.error).toMatch(/^1 of 1 key could not be revoked: .* github-token may not set the record inactive/)
  expect(gateway.keys).toHaveLength(2)
})

test('two runs at once that renew: no key is swept before the latest expires-at that one of them gave out', async () => {
  const { pinata, gateway, run, sweep } = await setup()
  pinata.passTime(6 * DAY_MS)
  const runs = await Promise.all(Array.from({ length: 6 }, () => run()))
  for (const { error } of runs) expect(error).toBeUndefined()
  const promised = new Map(runs.map(({ outputs }) => [String(outputs['key-id']), ms(outputs['expires-at'])]))
  pinata.passTime(6.9 * DAY_MS)
  await sweep()
  for (const keyId of promised.keys()) expect(gateway.keys.map(({ id }) => id)).toContain(keyId)
  pinata.passTime(0.2 * DAY_MS)
  await sweep()
  expect(gateway.keys).toHaveLength(1)
})

async function setInactive(apiUrl: string, token: string, deployment: number): Promise<void> {
  await fetch(`${apiUrl}/repos/octo-org/octo-site/deployments/${deployment}/statuses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ state: 'inactive' }),
  })
}

test('a rate limit of GitHub ends a large sweep after some of its work', async () => {
  const limit = { requests: 10_000, perMs: 3_600_000 }
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub(1, { github: { limit } })
  const COUNT = 250
  for (let number = 0; number < COUNT; number++) {
    await runKeyStep({ ...inputs, name: `pr-${number}`, 'expires-in': '1d' }, { env })
  }
  pinata.passTime(2 * DAY_MS)
  // The first batch takes 200 requests to announce, 200 to remove, and four to look.
  const body = { message: 'API rate limit exceeded for installation ID 1.' }
  const headers = { 'X-RateLimit-Remaining': '0', 'Retry-After': '3600' }
  github.fault({ kind: 'status', status: 403, skip: 420, times: Number.POSITIVE_INFINITY, body, headers })
  const sweep = () => runRevokeStep({ ...inputs, expired: 'true' }, { env })
  const swept = await sweep()
  expect(swept.error).toMatch(/^50 of 250 keys could not be revoked: .* GitHub's rate limit is used up/)
  expect(swept.outputs['revoked-count']).toBe('200')
  github.clearFaults()
  const again = await sweep()
  expect(again.error).toBeUndefined()
  expect(again.outputs['revoked-count']).toBe('50')
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})
