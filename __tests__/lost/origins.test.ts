import { expect, test } from '@jest/globals'
import { namedOriginSetup, ORIGIN, UNNAMED } from '../support/origin.ts'
import { atResponse, requestsOf, until } from '../support/step.ts'

const POST = { method: 'POST', path: 'hosts' } as const
const LOST =
  /^A response from Pinata was lost, so gateway fun-llama-300\.mypinata\.cloud may have an unclaimed entry for origin https:\/\/pr-7\.example\.com \(since about [\d-]+ [\d:]+ UTC\)\. /
const NEW_ENTRY = `New on the gateway: ${ORIGIN}. If nothing uses a new origin added around that time, remove it with the revoke action or in Pinata.`
const NOT_RECORDED = expect.stringMatching(
  `^This step will not remove origin ${ORIGIN}.*Whoever added it might remove it\\.$`,
)

test.each([
  ['a reset', { kind: 'reset', when: 'after' }],
  ["a proxy's 403", { kind: 'status', status: 403, when: 'after', body: '<html>' }],
  ['JSON without an entry', { kind: 'body', body: { ok: true } }],
] as const)('reuses the origin and claims nothing if it is listed after %s', async (_name, fault) => {
  const { pinata, gateway, allow, post, ids, records } = await namedOriginSetup()
  pinata.fault({ ...POST, ...fault })
  const done = await allow()
  const outputs = { created: 'false', 'created-at': gateway.allowedHosts[0]?.createdAt }
  expect(done).toMatchObject({ error: undefined, outputs })
  // The step looks for the entry that it may have added, then decides again.
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST hosts', 'GET gateways', 'GET gateways'])
  expect(done.warnings).toEqual([expect.stringMatching(LOST), NOT_RECORDED])
  expect(done.warnings[0]?.replace(LOST, '')).toBe(NEW_ENTRY)
  expect(records()).toEqual([])
  expect(await post(done)).toBeUndefined()
  expect(ids()).toHaveLength(1)
})

test('warns that the gateway may have its first access control if the response was lost', async () => {
  const first = expect.stringMatching(/^Gateway \S+ may now have its first access control\. If so, all readers except /)
  for (const isRejected of [false, true]) {
    const { pinata, gateway, allow } = await namedOriginSetup()
    gateway.keys.length = 0
    pinata.fault({ ...POST, kind: 'reset', when: 'after' })
    if (isRejected) {
      // The check after the loss fails, and Pinata rejects the second request.
      pinata.fault({ kind: 'status', status: 400, method: 'GET', skip: 1 })
      pinata.fault({ ...POST, kind: 'status', status: 409 })
    }
    expect(await allow()).toMatchObject({ error: undefined, warnings: expect.arrayContaining([first]) })
  }
})

test('adds and records the origin again if it is not listed, even if the lost request takes effect late', async () => {
  const { pinata, gateway, allow, close, origins, ids } = await namedOriginSetup()
  pinata.fault({ ...POST, kind: 'reset', when: 'before' })
  const late = { id: 'late', value: ORIGIN, createdAt: '2024-07-12T15:34:59Z' }
  atResponse(pinata, { ...POST, skip: 1 }, () => gateway.allowedHosts.push(late))
  const done = await allow()
  expect(done.outputs.created).toBe('true')
  expect(done.warnings.map(each => each.replace(LOST, ''))).toEqual([
    'The gateway lists no new origins, apart from any mentioned in other warnings. If a new origin appears in Pinata later and nothing uses it, remove it.',
  ])
  expect(origins()).toEqual([ORIGIN, ORIGIN])
  await close('pr-7')
  expect(ids()).toEqual(['late'])
})

test.each([
  ['before', {}],
  ['after', { ...UNNAMED, revoke: 'after-job' }],
] as const)("keeps another step's entry if a reset occurs %s its own request takes effect: %j", async (when, more) => {
  const { pinata, allow, post, ids, records } = await namedOriginSetup()
  pinata.fault({ ...POST, kind: 'reset', ms: 1500, when })
  const step = allow(more)
  await until(() => requestsOf(pinata).includes('POST hosts'))
  expect((await allow({ name: 'pr-8' })).outputs.created).toBe('true')
  const [entry] = ids()
  const done = await step
  expect(done.outputs).toMatchObject({ origin: ORIGIN, created: 'false' })
  expect(done.warnings).toEqual([expect.stringMatching(LOST), NOT_RECORDED])
  expect(await post(done, 'success')).toBeUndefined()
  expect(requestsOf(pinata)).not.toContain('DELETE hosts')
  expect(ids()).toContain(entry)
  expect(records().map(({ name }) => name)).toEqual(['pr-8'])
})

test('fails after two lost responses if the gateway cannot be read, and checks again in the post step', async () => {
  const { pinata, allow, post, ids } = await namedOriginSetup()
  const injected = pinata.fault({ ...POST, kind: 'reset', when: 'after', times: 2 })
  const reads = pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 15 })
  const done = await allow({ ...UNNAMED, revoke: 'after-job' })
  expect([injected.count, reads.count]).toEqual([2, 15])
  expect(done.error).toMatch(/^Could not add the origin/)
  const unchecked = expect.stringMatching(
    /^The gateway was not checked\. .* In Pinata, look for a new origin added around that time\. If nothing uses it, remove it\.$/,
  )
  expect(done.warnings.map(each => each.replace(LOST, ''))).toEqual([unchecked, unchecked])
  expect((await post(done))?.warnings).toEqual([expect.stringContaining(NEW_ENTRY)])
  // The post step removes no entries, because another job may have added them.
  expect(ids()).toHaveLength(2)
})
