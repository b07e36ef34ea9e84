import { expect, test } from '@jest/globals'
import { addEntry, ORIGIN, originRecords, originSetup } from '../support/origin.ts'
import { requestsOf, runOriginStep, runPost, runRevokeStep } from '../support/step.ts'

type Fault = Parameters<Awaited<ReturnType<typeof originSetup>>['pinata']['fault']>[0]

const POST = { method: 'POST', path: 'hosts' } as const

const ADDED: [string, Fault][] = [
  ['the connection is reset', { ...POST, kind: 'reset', when: 'after' }],
  ['500', { ...POST, kind: 'status', status: 500, when: 'after' }],
  ['the answer is cut off', { ...POST, kind: 'truncate' }],
  ['the answer is of another kind', { ...POST, kind: 'body', body: { ok: true } }],
  ['the answer is a page of HTML', { ...POST, kind: 'body', body: '<html>', contentType: 'text/html' }],
]

test.each(ADDED)(
  'after a lost answer the origin is found by its value, and counts as created: %s',
  async (_name, fault) => {
    const there = await originSetup()
    const { pinata, given, env, origins, gateway } = there
    pinata.fault(fault)
    const done = await runOriginStep({ ...given, name: 'pr-7', revoke: 'after-job' }, { env })
    expect(done.error).toBeUndefined()
    expect(done.outputs).toMatchObject({ created: 'true', 'created-at': gateway.allowedHosts[0]?.createdAt })
    expect(requestsOf(pinata).filter(request => request === 'POST hosts')).toHaveLength(1)
    expect(done.warnings).toEqual([])
    expect(origins()).toEqual([ORIGIN])
    expect(originRecords(there)).toHaveLength(1)
    await runPost(done, { ...given, name: 'pr-7' }, 'success', { env })
    expect(origins()).toEqual([])
    expect(originRecords(there)).toEqual([])
  },
)

test('a lost request that added nothing is sent again', async () => {
  const { pinata, given, origins } = await originSetup()
  pinata.fault({ ...POST, kind: 'reset', when: 'before' })
  const done = await runOriginStep(given)
  expect(done.outputs.created).toBe('true')
  expect(origins()).toEqual([ORIGIN])
})

test('a request that takes effect late is recorded as well, and goes with the name', async () => {
  const there = await originSetup()
  const { pinata, gateway, given, inputs, env, origins } = there
  pinata.fault({ ...POST, kind: 'reset', when: 'before' })
  // The lost request is carried out while the second one is answered.
  pinata.fault({
    ...POST,
    kind: 'body',
    skip: 1,
    body: json => {
      gateway.allowedHosts.push({ ...json.data, id: crypto.randomUUID() })
      return json
    },
  })
  const done = await runOriginStep({ ...given, name: 'pr-7' }, { env })
  expect(done.error).toBeUndefined()
  expect(origins()).toEqual([ORIGIN, ORIGIN])
  expect(originRecords(there)).toHaveLength(2)
  await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(origins()).toEqual([])
})

test('after three lost answers the step is red, and what may be left is named', async () => {
  const { pinata, given, origins } = await originSetup()
  const struck = pinata.fault({ ...POST, kind: 'status', status: 500, when: 'after', times: Number.POSITIVE_INFINITY })
  // The gateway can't be read while the answers get lost.
  pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 15 })
  const done = await runOriginStep(given)
  expect(struck.count).toBe(3)
  expect(done.error).toMatch(/^Pinata failed to add the origin/)
  expect(done.warnings).toEqual([expect.stringMatching(/may be on gateway .* Remove it with the revoke action/)])
  expect(origins()).toHaveLength(3)
})

test('where the gateway cannot be read afterwards, a warning names the origin, and the post step looks again', async () => {
  const { pinata, given, origins } = await originSetup()
  pinata.fault({ ...POST, kind: 'status', status: 500, when: 'after' })
  pinata.fault({ ...POST, kind: 'status', status: 500, when: 'before', skip: 1, times: 2 })
  const reads = pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 20 })
  const done = await runOriginStep(given)
  expect(done.warnings).toEqual([
    expect.stringMatching(/may be on gateway .* without a record\. Remove it with the revoke action/),
  ])
  expect(origins()).toHaveLength(1)
  expect(reads.count).toBe(20)
  const post = await runPost(done, given, 'failure')
  expect(post?.warnings).toEqual([])
  expect(origins()).toEqual([])
})

test('an entry that another run added and recorded meanwhile is left alone', async () => {
  const there = await originSetup()
  const { pinata, given, env, origins } = there
  pinata.fault({ ...POST, kind: 'reset', when: 'before' })
  let other: ReturnType<typeof runOriginStep> | undefined
  const onPause = async () => {
    other ??= runOriginStep({ ...given, name: 'pr-8' }, { env })
    await other
  }
  const mine = { ...given, name: 'pr-7', revoke: 'after-job' }
  const done = await runOriginStep(mine, { env, onPause })
  expect((await other)?.outputs.created).toBe('true')
  expect(done.outputs.created).toBe('true')
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-8', 'pr-7'])
  await runPost(done, mine, 'success', { env })
  expect(origins()).toEqual([ORIGIN])
  expect(originRecords(there).map(({ name }) => name)).toEqual(['pr-8'])
})

test('with on-failure, an entry that comes late is told of when the job fails, and recorded when it succeeds', async () => {
  for (const [status, left, recorded] of [
    ['failure', 1, 0],
    ['success', 2, 2],
  ] as const) {
    const there = await originSetup()
    const { pinata, gateway, given, env, origins } = there
    pinata.fault({ ...POST, kind: 'reset', when: 'before' })
    const late = (json: { data: (typeof gateway.allowedHosts)[0] }) => {
      gateway.allowedHosts.push({ ...json.data, id: crypto.randomUUID() })
      return json
    }
    pinata.fault({ ...POST, kind: 'body', skip: 1, body: late })
    const mine = { ...given, name: 'pr-7', revoke: 'on-failure' }
    const done = await runOriginStep(mine, { env })
    const post = await runPost(done, mine, status, { env })
    expect(origins()).toHaveLength(left)
    expect(originRecords(there)).toHaveLength(recorded)
    const told = [
      expect.stringMatching(/may be on gateway .* once more, without a record\. Remove it with the revoke action/),
    ]
    expect(post?.warnings).toEqual(status === 'failure' ? told : [])
  }
})

test('a huge answer fills no error', async () => {
  const { pinata, given } = await originSetup()
  pinata.fault({ ...POST, kind: 'body', body: json => ({ data: { ...json.data, value: 'x '.repeat(1_000_000) } }) })
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runOriginStep(given)
  expect(done.error).toMatch(/^Pinata added another origin than https:\/\/pr-7\.example\.com/)
  expect(done.error?.length).toBeLessThan(1000)
})

test('an answer with the ID of another origin removes nothing', async () => {
  const { pinata, given, origins } = await originSetup({ hosts: ['https://prod.example.com'] })
  const prod = [...pinata.gateways.values()][0]?.allowedHosts[0]?.id
  pinata.fault({ ...POST, kind: 'body', body: json => ({ data: { ...json.data, id: prod } }) })
  const done = await runOriginStep({ ...given, revoke: 'after-job' })
  expect(done.error).toMatch(/^Pinata answered with origin .*, which the gateway had before/)
  await runPost(done, given, 'failure')
  expect(origins()).toContain('https://prod.example.com')
})

test('where two entries may be the one of the lost answer, none is taken for it and none is removed', async () => {
  const { pinata, gateway, given, origins } = await originSetup()
  pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  // Another job's entry is there as well when the gateway is read.
  const read = (json: { data: { settings: { restriction_policies: { allowedHosts: unknown[] } } } }) => {
    json.data.settings.restriction_policies.allowedHosts.push(addEntry(gateway, ORIGIN))
    return json
  }
  pinata.fault({ kind: 'body', method: 'GET', skip: 1, body: read })
  const done = await runOriginStep({ ...given, revoke: 'after-job' })
  expect(done.outputs.created).toBe('true')
  expect(requestsOf(pinata).filter(request => request === 'POST hosts')).toHaveLength(2)
  expect(origins()).toHaveLength(3)
  const post = await runPost(done, given, 'success')
  expect(origins()).toHaveLength(2)
  expect(post?.warnings).toEqual([expect.stringMatching(/may be on gateway .* once more, without a record/)])
})

test('when the name cannot be recorded after a lost answer, nothing is left', async () => {
  const { pinata, github, given, env, origins } = await originSetup()
  pinata.fault({ ...POST, kind: 'reset', when: 'after' })
  github.fault({ kind: 'status', status: 422, method: 'POST', path: /deployments$/ })
  const done = await runOriginStep({ ...given, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/Origin .*, added just before, was removed\.$/)
  expect(origins()).toEqual([])
})
