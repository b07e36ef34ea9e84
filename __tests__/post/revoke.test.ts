import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import {
  killedAt,
  type Pinata,
  pinataWithGateway,
  readable,
  requestsOf,
  runKeyStep,
  runOriginStep,
  runPost,
} from '../support/step.ts'

const NAME = 'fun-llama-300.mypinata.cloud'
const ALWAYS = { times: Number.POSITIVE_INFINITY } as const
const MINUTE_MS = 60_000

test.each([
  ['never', 'success', false],
  ['never', 'failure', false],
  ['never', 'cancelled', false],
  ['on-failure', 'success', false],
  ['on-failure', 'failure', true],
  ['on-failure', 'cancelled', true],
  ['after-job', 'success', true],
  ['after-job', 'failure', true],
  ['after-job', 'cancelled', true],
  ['after-job', '', true],
])('revokes with revoke: %s after a job that ends as "%s": %s', async (revoke, status, isRevoked) => {
  const { gateway, given, inputs, origins } = await originSetup()
  const key = await runKeyStep({ ...inputs, revoke })
  const origin = await runOriginStep({ ...given, revoke })
  const posts = [await runPost(key, inputs, status), await runPost(origin, given, status)]
  expect([gateway.keys.length, origins().length]).toEqual(isRevoked ? [1, 0] : [2, 1])
  for (const post of posts) expect([post === undefined, post?.warnings ?? []]).toEqual([!isRevoked, []])
})

test('reports the revoked key in the log and in the summary', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const id = main.outputs['key-id']
  const post = await runPost(main, inputs, 'success')
  expect(post?.info).toEqual([`Revoked key ${id} of gateway ${NAME}.`])
  expect(post?.summary).toContain('### Pinata gateway key revoked\n\nThe post step revoked it.')
  expect(post?.summary).toContain(`| Gateway | [${NAME}](https://${NAME}) |\n| Key ID | \`${id}\` |`)
  expect(post?.masks).toEqual([jwt])
})

test('reports the removed origin', async () => {
  const { given } = await originSetup()
  const main = await runOriginStep({ ...given, revoke: 'after-job' })
  const post = await runPost(main, given, 'success')
  expect(post?.info).toEqual([`Removed origin ${ORIGIN} from gateway ${NAME}.`])
})

test('does not warn if the key is gone, and more than a minute old', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  gateway.keys.pop()
  pinata.passTime(2 * MINUTE_MS)
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toEqual([])
  expect(post?.info).toEqual([`Gateway ${NAME} has no key ${main.outputs['key-id']}. It was already revoked.`])
})

test("warns if Pinata does not find a key that is too new for the gateway's list", async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  gateway.keys.pop()
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toEqual([
    expect.stringContaining("The key is too new for the gateway's list to show whether it is gone."),
  ])
})

test('retries a deletion that Pinata cannot find right after the creation', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'status', status: 404, method: 'DELETE' })
  const post = await runPost(main, inputs, 'success')
  expect([post?.warnings, post?.pauses]).toEqual([[], [1000]])
  expect(gateway.keys).toHaveLength(1)
})

test('warns with the key ID and the reason if it cannot revoke', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'status', status: 500, ...ALWAYS })
  const post = await runPost(main, inputs, 'success')
  expect(post?.error).toBeUndefined()
  expect(post?.warnings).toEqual([
    expect.stringMatching(
      `^Key ${main.outputs['key-id']} of gateway ${NAME} could not be revoked\\. .*HTTP 500.* To revoke it, use the revoke action or Pinata\\.$`,
    ),
  ])
  expect(readable(post ?? main)).not.toContain(main.outputs['gateway-key'])
})

test.each(['ready', 'creating'] as const)('warns about what is left if pinata-jwt is empty: %s', async phase => {
  const { inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  const post = await runPost(killedAt(main, phase), { ...inputs, 'pinata-jwt': '' }, 'success')
  const [start] = {
    ready: [`Key ${main.outputs['key-id']} of gateway ${NAME} could not be revoked. pinata-jwt is empty`],
    creating: [`Gateway ${NAME} may have an unclaimed key. Could not check. pinata-jwt is empty`],
  }[phase]
  expect(post?.warnings).toEqual([expect.stringContaining(String(start))])
})

test.each(['', 'unknown'])('warns and revokes nothing with on-failure and job-status "%s"', async status => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'on-failure' })
  const post = await runPost(main, inputs, status)
  expect(gateway.keys).toHaveLength(2)
  expect(post?.warnings).toEqual([
    `Key ${main.outputs['key-id']} of gateway ${NAME} was not revoked: revoke is on-failure, but job-status is not success, failure or cancelled. Do not set job-status.`,
  ])
})

test('names the key of a step that was killed during the creation, and when that began', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const before = new Date().toISOString()
  const main = await runKeyStep(inputs)
  const after = new Date().toISOString()
  // The job ends hours later.
  const post = await runPost(killedAt(main, 'creating'), inputs, 'cancelled', { aheadMs: 300 * MINUTE_MS })
  expect(post?.warnings).toEqual([expect.stringContaining(` New on the gateway: ${gateway.keys[1]?.id}. `)])
  const [, since = ''] = /since about (\S+ \S+) UTC/.exec(post?.warnings[0] ?? '') ?? []
  expect([before, after].map(time => time.slice(0, 16).replace('T', ' '))).toContain(since)
  expect(gateway.keys).toHaveLength(2)
  expect(requestsOf(pinata).at(-1)).toBe('GET gateways')
})

test.each(['warn', 'allow'])('warns if no access control is left, also with first-control: %s', async firstControl => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  const given = { ...inputs, revoke: 'after-job', 'first-control': firstControl }
  const post = await runPost(await runKeyStep(given), given, 'success')
  expect(gateway.keys).toEqual([])
  expect(post?.warnings).toEqual([
    `Gateway ${NAME} no longer has an access control. Anyone can read its pinned content, and it serves nothing else.`,
  ])
  expect(requestsOf(pinata).slice(-2)).toEqual(['DELETE access_tokens', 'GET gateways'])
})

test('warns if another job removed the other access control after the step began', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  gateway.keys.shift()
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toEqual([expect.stringContaining('no longer has an access control')])
})

test('does not warn if another access control was added after the step began', async () => {
  const { gateway, inputs } = await pinataWithGateway(0)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job', 'first-control': 'allow' })
  gateway.keys.push({ id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })
  const post = await runPost(main, inputs, 'success')
  expect(post?.warnings).toEqual([])
})

test('warns if the gateway cannot be read after the revocation', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const main = await runKeyStep({ ...inputs, revoke: 'after-job' })
  pinata.fault({ kind: 'status', status: 403, method: 'GET' })
  const post = await runPost(main, inputs, 'success')
  expect(gateway.keys).toHaveLength(1)
  expect(post?.warnings).toEqual([
    expect.stringContaining(
      `Could not check whether gateway ${NAME} still has an access control. If not, anyone can read its pinned content. `,
    ),
  ])
})

test.each<[string, Parameters<Pinata['fault']>[0], number]>([
  ['was lost, and it had taken effect', { kind: 'reset', when: 'after', ...ALWAYS }, 2],
  ['was lost, and it had no effect', { kind: 'reset', ...ALWAYS }, 1],
  ['was a refusal', { kind: 'status', status: 403 }, 1],
])('warns of an open gateway if the response to the revocation %s', async (_what, fault, warnings) => {
  const { pinata, gateway, inputs } = await pinataWithGateway(0)
  const given = { ...inputs, revoke: 'after-job', 'first-control': 'allow' }
  const main = await runKeyStep(given)
  pinata.fault({ ...fault, method: 'DELETE' })
  const post = await runPost(main, given, 'success')
  expect(gateway.keys).toHaveLength(2 - warnings)
  expect(post?.warnings).toHaveLength(warnings)
  expect(post?.warnings.at(-1)).toMatch(/^Key .* could not be revoked\. /)
  if (warnings > 1) expect(post?.warnings[0]).toMatch(/ no longer has an access control\./)
})
