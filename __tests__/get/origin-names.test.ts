import { expect, test } from '@jest/globals'
import { addEntry, DAY_MS, ORIGIN, originRecords, originSetup } from '../support/origin.ts'
import { RECORDS, runKeyStep, runOriginStep, runPost, runRevokeStep } from '../support/step.ts'

async function setup() {
  const there = await originSetup()
  const { given, inputs, env } = there
  const allow = (more: Record<string, string> = {}) => runOriginStep({ ...given, ...more }, { env })
  const close = (name: string, more: Record<string, string> = {}) =>
    runRevokeStep({ ...inputs, name, ...more }, { env })
  const sweep = () => runRevokeStep({ ...inputs, expired: 'true' }, { env })
  return { ...there, allow, close, sweep }
}

test('a named origin is recorded, taken by the next run, and removed with its name', async () => {
  const there = await setup()
  const { allow, close, origins, github, gateway } = there
  const first = await allow({ name: 'pr-7', 'expires-in': '7d' })
  expect(originRecords(there)).toEqual([
    { name: 'pr-7', kind: 'origin', origin: ORIGIN, expiresAt: first.outputs['expires-at'] },
  ])
  const [deployment] = github.deployments.values()
  expect(deployment).toMatchObject({ ...RECORDS, task: `${RECORDS.task}pr-7` })
  expect(JSON.stringify(deployment)).not.toContain(gateway.allowedHosts[0]?.id)
  const second = await allow({ name: 'pr-7', 'expires-in': '7d' })
  expect(second.outputs).toEqual({ ...first.outputs, created: 'false' })
  const closed = await close('pr-7')
  expect(closed.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': ORIGIN })
  expect(closed.info).toContain('1 origin of gateway fun-llama-300.mypinata.cloud removed.')
  expect(origins()).toEqual([])
  expect(github.deployments.size).toBe(0)
  // Running it twice is safe.
  expect((await close('pr-7')).outputs['removed-origins']).toBe('')
})

test('a name can stand for a key and origins; both go with it', async () => {
  const { allow, close, inputs, env, gateway } = await setup()
  const key = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect((await allow({ name: 'pr-7' })).outputs.created).toBe('true')
  expect((await allow({ name: 'pr-7', origin: 'https://b.example' })).outputs.created).toBe('true')
  expect((await runKeyStep({ ...inputs, name: 'pr-7' }, { env })).outputs['key-id']).toBe(key.outputs['key-id'])
  const done = await close('pr-7')
  expect(done.outputs).toEqual({
    'revoked-key-ids': key.outputs['key-id'],
    'revoked-count': '1',
    'removed-origins': `https://b.example\n${ORIGIN}`,
  })
  expect(done.info).toContain('1 key of gateway fun-llama-300.mypinata.cloud revoked, 2 origins removed.')
  expect(done.summary).toContain('| Key ID or origin | Name | Created |')
  expect(gateway.keys).toHaveLength(1)
})

test('an origin of another name is recorded under this name too, and stays until the last name goes', async () => {
  const there = await setup()
  const { allow, close, origins, github } = there
  await allow({ name: 'pr-7' })
  const second = await allow({ name: 'pr-8' })
  expect(second.outputs.created).toBe('false')
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-7', 'pr-8'])
  const rehearsed = await close('pr-7', { 'dry-run': 'true' })
  expect(rehearsed.info).toContain('Dry run: nothing was revoked; 0 keys would be, 1 origin stays.')
  const closed = await close('pr-7')
  expect(closed.outputs['removed-origins']).toBe('')
  expect(closed.info).toContain(`Origin ${ORIGIN} (pr-7): stays, as the name pr-8 stands for it too.`)
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-8'])
  expect((await close('pr-8')).outputs['removed-origins']).toBe(ORIGIN)
  expect(origins()).toEqual([])
  expect(github.deployments.size).toBe(0)
})

test('two names that are closed at the same time leave nothing', async () => {
  const { allow, close, origins, github } = await setup()
  for (const name of ['a', 'b', 'c']) await allow({ name })
  const closed = await Promise.all(['a', 'b', 'c'].map(name => close(name)))
  expect(closed.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
  expect(origins()).toEqual([])
  expect(github.deployments.size).toBe(0)
})

test('an origin that somebody added is taken, not recorded and not removed', async () => {
  const there = await setup()
  const { gateway, allow, close, origins } = there
  addEntry(gateway, ORIGIN)
  const done = await allow({ name: 'pr-7', 'expires-in': '7d' })
  expect(done.outputs).toMatchObject({ created: 'false', 'expires-at': '' })
  expect(done.warnings).toEqual([
    expect.stringMatching(/nothing shows that this action added it, so it is not recorded under the name pr-7\./),
  ])
  expect(originRecords(there)).toEqual([])
  await close('pr-7')
  expect(origins()).toEqual([ORIGIN])
})

test.each([
  ['without a proof', { proof: undefined }],
  ['with a proof of another origin', { origin: 'https://pr-9.example.com' }],
  ['with an expiry that is over', { expiresAt: '2020-01-01T00:00:00.000Z' }],
  ['of another gateway', { gatewayId: 'other' }],
  ['with the ID of a key', { kind: 'key' }],
])('a record written by hand %s removes no origin', async (_name, change) => {
  const { allow, close, sweep, github, gateway, origins } = await setup()
  await allow({ name: 'pr-7', 'expires-in': '7d' })
  const [own] = github.deployments.values()
  const payload = { ...(own?.payload as object), ...change }
  github.deployments.delete(Number(own?.id))
  if ('origin' in change) addEntry(gateway, String(change.origin))
  github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, payload, state: 'success' })
  const before = origins()
  expect((await sweep()).outputs['removed-origins']).toBe('')
  expect((await close('pr-7')).outputs['removed-origins']).toBe('')
  expect(origins()).toEqual(before)
})

test('expired origins go with a sweep; those of two names with the later expiry', async () => {
  const { pinata, allow, sweep, origins, github } = await setup()
  await allow({ name: 'pr-7', 'expires-in': '1d' })
  await allow({ name: 'pr-8', 'expires-in': '3d' })
  pinata.passTime(2 * DAY_MS)
  expect((await sweep()).outputs['removed-origins']).toBe('')
  expect(origins()).toEqual([ORIGIN])
  pinata.passTime(2 * DAY_MS)
  expect((await sweep()).outputs['removed-origins']).toBe(ORIGIN)
  expect(origins()).toEqual([])
  expect(github.deployments.size).toBe(0)
})

test('an origin is renewed like a key; an expired one is not taken, and gets a second entry', async () => {
  const { pinata, allow, sweep, origins } = await setup()
  const first = await allow({ name: 'pr-7', 'expires-in': '7d' })
  pinata.passTime(5 * DAY_MS)
  const second = await allow({ name: 'pr-7', 'expires-in': '7d' })
  expect(Date.parse(second.outputs['expires-at'] ?? '')).toBeGreaterThan(
    Date.parse(first.outputs['expires-at'] ?? '') + 4 * DAY_MS,
  )
  pinata.passTime(8 * DAY_MS)
  const third = await allow({ name: 'pr-7', 'expires-in': '7d' })
  expect(third.outputs.created).toBe('true')
  expect(origins()).toEqual([ORIGIN, ORIGIN])
  expect((await sweep()).outputs['removed-origins']).toBe(ORIGIN)
  expect(origins()).toEqual([ORIGIN])
})

test('twenty runs at once leave an origin, and nothing after the close', async () => {
  const { allow, close, origins, github, readFrom } = await setup()
  const runs = await Promise.all(Array.from({ length: 20 }, () => allow({ name: 'pr-7', 'expires-in': '7d' })))
  expect(runs.map(({ error }) => error)).toEqual(Array(20).fill(undefined))
  expect(await readFrom(ORIGIN)).toBe(200)
  expect((await close('pr-7')).error).toBeUndefined()
  expect(origins()).toEqual([])
  expect(github.deployments.size).toBe(0)
  expect(await readFrom(ORIGIN)).toBe(401)
})

test('the post step removes its record, and the origin unless another record stands for it', async () => {
  const there = await setup()
  const { allow, given, env, origins, close } = there
  const first = await allow({ name: 'pr-7', revoke: 'after-job' })
  await allow({ name: 'pr-8' })
  const post = await runPost(first, { ...given, name: 'pr-7' }, 'success', { env })
  expect(post?.warnings).toEqual([])
  expect(post?.info.join('\n')).toContain('stays on gateway')
  expect(origins()).toEqual([ORIGIN])
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-8'])
  await close('pr-8')
  const again = await allow({ name: 'pr-7', revoke: 'on-failure' })
  await runPost(again, { ...given, name: 'pr-7' }, 'failure', { env })
  expect(origins()).toEqual([])
  expect(originRecords(there)).toEqual([])
})

test('when the name cannot be recorded, the origin is removed', async () => {
  const { github, allow, origins } = await setup()
  const denied = await allow({ name: 'pr-7', 'github-token': github.addToken({ permission: 'read' }) })
  expect(denied.error).toMatch(
    /permissions: deployments: write.* Origin https:\/\/pr-7\.example\.com, added just before, was removed\.$/,
  )
  expect(origins()).toEqual([])
})

test('a record whose origin is gone is removed when it is met', async () => {
  const { gateway, allow, github } = await setup()
  await allow({ name: 'pr-7' })
  gateway.allowedHosts.length = 0
  const done = await allow({ name: 'pr-8', origin: 'https://b.example' })
  expect(done.outputs.created).toBe('true')
  expect(github.deployments.size).toBe(2)
  await allow({ name: 'pr-7' })
  expect(github.deployments.size).toBe(2)
})

test('so is one of the same name and another origin', async () => {
  const there = await setup()
  const { gateway, allow } = there
  await allow({ name: 'pr-7', origin: 'https://old.example' })
  gateway.allowedHosts.length = 0
  await allow({ name: 'pr-7' })
  expect(originRecords(there).map(({ origin }) => origin)).toEqual([ORIGIN])
})

test('the post step leaves the records of another entry of its origin', async () => {
  const there = await setup()
  const { pinata, allow, given, env, origins } = there
  await allow({ name: 'pr-7', 'expires-in': '1d' })
  pinata.passTime(2 * DAY_MS)
  const mine = { ...given, name: 'pr-7', revoke: 'after-job' }
  const second = await allow({ name: 'pr-7', revoke: 'after-job' })
  expect(origins()).toEqual([ORIGIN, ORIGIN])
  await runPost(second, mine, 'success', { env })
  // The expired one is the sweep's.
  expect(origins()).toEqual([ORIGIN])
  expect(originRecords(there)).toHaveLength(1)
})

test('a run that takes the origin of a name that is being closed adds an entry of its own', async () => {
  const there = await setup()
  const { github, allow, origins, close } = there
  await allow({ name: 'pr-7' })
  const [old] = github.deployments.values()
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
  const done = await allow({ name: 'pr-8' })
  expect(done.outputs.created).toBe('true')
  expect(origins()).toEqual([ORIGIN, ORIGIN])
  // Both entries stand for pr-8, so that none is left behind, whatever became of the first.
  expect(originRecords(there).filter(({ name }) => name === 'pr-8')).toHaveLength(2)
  await close('pr-7')
  expect(origins().length).toBeGreaterThan(0)
  await close('pr-8')
  expect(origins()).toEqual([])
})

test('an origin that a step of another name is just recording is recorded for this name too', async () => {
  const there = await setup()
  const { github, allow, origins, close } = there
  const hold = github.fault({ kind: 'delay', ms: 300, method: 'POST', path: /deployments$/ })
  const first = allow({ name: 'pr-7' })
  while (origins().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  const { given, env } = there
  // The pause is as long as the other step takes.
  const second = await runOriginStep({ ...given, name: 'pr-8' }, { env, onPause: () => first })
  expect(hold.count).toBe(1)
  expect(second.outputs.created).toBe('false')
  expect(second.warnings).toEqual([])
  await close('pr-7')
  expect(origins()).toEqual([ORIGIN])
  await close('pr-8')
  expect(origins()).toEqual([])
})

test('a record that a lost answer of GitHub wrote twice holds the origin against nobody', async () => {
  const there = await setup()
  const { github, allow, given, env, origins } = there
  github.fault({ kind: 'reset', when: 'after', method: 'POST', path: /deployments$/ })
  const mine = { ...given, name: 'pr-7', revoke: 'after-job' }
  const done = await allow(mine)
  expect(originRecords(there)).toHaveLength(2)
  await runPost(done, mine, 'success', { env })
  expect(origins()).toEqual([])
  expect(originRecords(there)).toEqual([])
})

test('a step that fails leaves the origin that another name recorded meanwhile', async () => {
  const there = await setup()
  const { github, given, env, origins } = there
  github.fault({ kind: 'status', status: 500, method: 'POST', path: '/statuses' })
  let other: ReturnType<typeof runOriginStep> | undefined
  const onPause = async () => {
    other ??= runOriginStep({ ...given, name: 'pr-8' }, { env })
    await other
    github.fault({ kind: 'status', status: 422, method: 'POST', path: /2960000001\/statuses/ })
  }
  const done = await runOriginStep({ ...given, name: 'pr-7' }, { env, onPause })
  expect(done.error).toMatch(/Origin https:\/\/pr-7\.example\.com stays, as the name pr-8 stands for it too\.$/)
  expect((await other)?.outputs.created).toBe('false')
  expect(origins()).toEqual([ORIGIN])
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-8'])
})

test('last-key: fail does not refuse what another name keeps', async () => {
  const { gateway, allow, close, origins } = await setup()
  gateway.keys.length = 0
  await allow({ name: 'pr-7' })
  await allow({ name: 'pr-8' })
  const closed = await close('pr-7', { 'last-key': 'fail' })
  expect(closed.error).toBeUndefined()
  expect(closed.info).toContain(`Origin ${ORIGIN} (pr-7): stays, as the name pr-8 stands for it too.`)
  expect((await close('pr-8', { 'last-key': 'fail' })).error).toMatch(/^Nothing was revoked, as last-key is fail/)
  expect(origins()).toEqual([ORIGIN])
})

test('a record that was given up, but could not be removed, keeps no expired origin', async () => {
  const there = await setup()
  const { pinata, github, allow, close, sweep, origins } = there
  await allow({ name: 'pr-7' })
  await allow({ name: 'pr-9', 'expires-in': '1d' })
  github.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  expect((await close('pr-7')).warnings).toEqual([expect.stringMatching(/could not be removed/)])
  github.clearFaults()
  pinata.passTime(2 * DAY_MS)
  expect((await sweep()).outputs['removed-origins']).toBe(ORIGIN)
  await sweep()
  expect(origins()).toEqual([])
  expect(originRecords(there)).toEqual([])
})

test('an origin of which an entry could not be removed is not among those that are', async () => {
  const { pinata, gateway, inputs } = await setup()
  addEntry(gateway, ORIGIN)
  const { id } = addEntry(gateway, ORIGIN)
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: id, times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, origin: ORIGIN })
  expect(done.error).toMatch(/^1 of 2 origins could not be removed: https:\/\/pr-7\.example\.com\. /)
  expect(done.outputs['removed-origins']).toBe('')
})

test('a step that looks twice reports a record that proves nothing once', async () => {
  const { gateway, github, allow } = await setup()
  const payload = { schema: 1, kind: 'origin', name: 'pr-7', gatewayId: gateway.id, origin: ORIGIN, expiresAt: null }
  github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, payload: { ...payload, proof: 'x' } })
  gateway.allowedHosts.push({ id: crypto.randomUUID(), value: ORIGIN, createdAt: new Date().toISOString() })
  const done = await allow({ name: 'pr-7' })
  expect(done.pauses).toHaveLength(1)
  expect(done.warnings.filter(message => message.startsWith('Deployment '))).toHaveLength(1)
})

test('the post step removes what was not handed over, also when GitHub does not answer', async () => {
  const { pinata, github, given, env, origins } = await setup()
  const mine = { ...given, name: 'pr-7' }
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runOriginStep(mine, { env, broken: 'outputs' })
  expect(done.error).toMatch(/could not be removed/)
  expect(origins()).toEqual([ORIGIN])
  pinata.clearFaults()
  github.fault({ kind: 'status', status: 500, times: Number.POSITIVE_INFINITY })
  const post = await runPost(done, mine, 'failure', { env })
  expect(origins()).toEqual([])
  expect(post?.warnings).toEqual([expect.stringMatching(/is gone, but whether pr-7 still stands for it on GitHub/)])
})
