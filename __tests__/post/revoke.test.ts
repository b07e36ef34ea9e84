import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { Pinata } from '../support/emulator-client.ts'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { MINUTE_MS } from '../support/records.ts'
import { ALWAYS, HOST, killedAt, lagAfterRemoval, pinataWithGateway, readable, requestsOf } from '../support/step.ts'

const ALL_GONE = `Gateway ${HOST} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`

async function setup(keys = 1, given: Record<string, string> = {}) {
  const fixture = await pinataWithGateway(keys)
  const main = await fixture.run({ revoke: 'after-job', ...given })
  const end = (status = 'success', more = {}) => fixture.post(main, status, more)
  return { ...fixture, main, end, id: main.outputs['key-id'] }
}

test.each([
  ['never', { success: false, failure: false, cancelled: false }],
  ['on-failure', { success: false, failure: true, cancelled: true }],
  ['after-job', { success: true, failure: true, cancelled: true, '': true }],
])('follows revoke: %s when the job ends: %j', async (revoke, ends) => {
  for (const [status, isRevoked] of Object.entries(ends)) {
    const { gateway, allow, origins, run, post } = await originSetup()
    const steps = [await run({ revoke }), await allow({ revoke })]
    const posts = await Promise.all(steps.map(main => post(main, status)))
    expect([status, gateway.keys.length, origins().length]).toEqual([status, ...(isRevoked ? [1, 0] : [2, 1])])
    for (const done of posts) expect([done === undefined, done?.warnings ?? []]).toEqual([!isRevoked, []])
    expect(posts[1]?.info).toEqual(isRevoked ? [`Removed origin ${ORIGIN} from gateway ${HOST}.`] : undefined)
  }
})

test('reports the revoked key in the log and in the summary', async () => {
  const { jwt, end, id } = await setup()
  const post = await end()
  expect(post).toMatchObject({ info: [`Revoked key ${id} on gateway ${HOST}.`], masks: [jwt] })
  expect(post?.summary).toContain('### Pinata gateway key revoked\n\nThe post step revoked the key.')
  expect(post?.summary).toContain(`| Gateway | [${HOST}](https://${HOST}) |\n| Key ID | \`${id}\` |`)
})

test('warns about a key that is gone only if it is less than a minute old', async () => {
  const { pinata, gateway, end, id } = await setup()
  gateway.keys.pop()
  const lag =
    "The gateway does not list the key, but Pinata's list may be up to a minute behind. Check again in a minute."
  expect((await end())?.warnings).toEqual([expect.stringContaining(lag)])
  pinata.passTime(2 * MINUTE_MS)
  const done = await end()
  expect(done).toMatchObject({ warnings: [], info: [`Gateway ${HOST} has no key ${id}. The key was already revoked.`] })
  expect(done?.summary).toContain('\n\nThe key was already revoked.\n')
})

test('warns about what is left if pinata-jwt is empty', async () => {
  const { main, end, post, id } = await setup()
  const empty = { 'pinata-jwt': '' }
  expect((await end('success', empty))?.warnings).toEqual([
    expect.stringContaining(`The post step may have left key ${id} on gateway ${HOST}. pinata-jwt is empty`),
  ])
  expect((await post(killedAt(main, 'creating'), 'success', empty))?.warnings).toEqual([
    expect.stringMatching(/may have an unclaimed key \(since .*\)\. The gateway was not checked\. pinata-jwt is empty/),
  ])
})

test.each(['', 'unknown'])('warns and revokes nothing with on-failure and job-status "%s"', async status => {
  const { end, id, keyIds } = await setup(1, { revoke: 'on-failure' })
  expect((await end(status))?.warnings).toEqual([
    `The post step did not revoke key ${id} on gateway ${HOST}: revoke is set to on-failure, but job-status is not success, failure, or cancelled. Do not set job-status. To revoke the key, use the revoke action or Pinata.`,
  ])
  expect(keyIds()).toEqual([id])
})

test('names the key of a step that was killed during the creation, and shows when the creation began', async () => {
  const { pinata, run, post, keyIds } = await pinataWithGateway(1)
  const main = await run()
  // The job ends hours later.
  const done = await post(killedAt(main, 'creating'), 'cancelled', {}, { aheadMs: 300 * MINUTE_MS })
  expect(done?.warnings).toEqual([expect.stringContaining(` New on the gateway: ${keyIds()[0]}. `)])
  const [, since = ''] = /since about (\S+ \S+) UTC/.exec(done?.warnings[0] ?? '') ?? []
  expect(Math.abs(Date.parse(`${since}Z`) - Date.now())).toBeLessThan(2 * MINUTE_MS)
  expect(keyIds()).toHaveLength(1)
  expect(requestsOf(pinata).at(-1)).toBe('GET gateways')
})

test('checks the access controls at the end of the job, not at the start of the step', async () => {
  const removed = await setup(1)
  removed.gateway.keys.shift()
  lagAfterRemoval(removed.pinata, removed.gateway)
  expect((await removed.end())?.warnings).toEqual([ALL_GONE])
  expect(requestsOf(removed.pinata).slice(-3)).toEqual(['DELETE access_tokens', 'GET gateways', 'GET gateways'])
  const added = await setup(0)
  added.gateway.keys.push({ id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })
  expect((await added.end())?.warnings).toEqual([])
})

test('warns if the gateway cannot be read after the revocation', async () => {
  const { pinata, keyIds, end } = await setup()
  pinata.fault({ kind: 'status', status: 403, method: 'GET' })
  expect((await end())?.warnings).toEqual([
    expect.stringContaining(
      `Could not check whether gateway ${HOST} still has any access controls. Without them, anyone can read its pinned content. Check its access controls in Pinata. `,
    ),
  ])
  expect(keyIds()).toEqual([])
})

const LOST = { kind: 'reset', method: 'DELETE', ...ALWAYS } as const

test.each<[string, Parameters<Pinata['fault']>[0], string, string[]]>([
  ['took effect, but its response was lost', { ...LOST, when: 'after' }, 'ECONNRESET', [ALL_GONE]],
  ['had no effect, and its response was lost', LOST, 'ECONNRESET', []],
  ['was rejected', { kind: 'status', status: 403, method: 'DELETE' }, 'HTTP 403', []],
  ['failed, and the gateway cannot be read', { kind: 'status', status: 500, ...ALWAYS }, 'HTTP 500', []],
])('names the key and the reason if the revocation %s', async (_name, fault, reason, more) => {
  const { pinata, gateway, main, end, id } = await setup(0)
  pinata.fault(fault)
  const post = await end()
  const advice = 'To revoke the key, use the revoke action or Pinata\\.'
  const failed = `^The post step may have left key ${id} on gateway ${HOST}\\. .*${reason}.* ${advice}$`
  expect(post).toMatchObject({ error: undefined, warnings: [...more, expect.stringMatching(failed)] })
  expect(gateway.keys).toHaveLength(1 - more.length)
  expect(readable(post ?? main)).not.toContain(main.outputs['gateway-key'])
})
