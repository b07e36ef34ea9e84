import { expect, test } from '@jest/globals'
import {
  githubRequestsOf,
  pinataAndGitHub,
  pinataWithGateway,
  recordsOf,
  requestsOf,
  runKeyStep,
  runRevokeStep,
} from '../support/step.ts'

const DAY_MS = 86_400_000

/** One key that nobody named, and for each of these names a key. */
async function withNames(...names: string[]) {
  const there = await pinataAndGitHub(1)
  const ids: string[] = []
  for (const name of names) {
    const { outputs } = await runKeyStep(
      { ...there.inputs, name, rotate: 'true', 'expires-in': '7d' },
      { env: there.env },
    )
    ids.push(outputs['key-id'] ?? '')
  }
  there.pinata.requests.length = 0
  there.github.requests.length = 0
  return { ...there, ids }
}

test('name revokes the key and takes its record away', async () => {
  const { gateway, github, inputs, env, ids } = await withNames('pr-7', 'pr-8')
  const done = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toBeUndefined()
  expect(done.outputs).toEqual({ 'revoked-key-ids': ids[0], 'revoked-count': '1', 'removed-origins': '' })
  expect(gateway.keys.map(({ id }) => id)).toEqual([gateway.keys[0]?.id, ids[1]])
  expect(recordsOf(github)).toEqual([{ name: 'pr-8', keyId: ids[1] }])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'POST statuses', 'DELETE deployments'])
  expect(done.info).toContainEqual(`Key ${ids[0]} (pr-7): revoked.`)
  expect(done.summary).toContain(`| \`${ids[0]}\` | \`pr-7\` |`)
})

test('several names, by comma and line', async () => {
  const { gateway, github, inputs, env } = await withNames('a', 'b/c', 'd')
  const done = await runRevokeStep({ ...inputs, name: 'a, b/c\na' }, { env })
  expect(done.outputs['revoked-count']).toBe('2')
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['d'])
})

test('keep spares the new key of a rotation', async () => {
  const { gateway, github, inputs, env, ids } = await withNames('production', 'production', 'production')
  const done = await runRevokeStep({ ...inputs, name: 'production', keep: ids[2] ?? '' }, { env })
  expect(done.error).toBeUndefined()
  expect(gateway.keys.map(({ id }) => id).slice(1)).toEqual([ids[2]])
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: ids[2] }])
  expect(done.info).toContainEqual(`Key ${ids[2]} (production): kept, as asked.`)
})

test('a name that stands for nothing is a success, and so is the second time', async () => {
  const { pinata, inputs, env } = await withNames('pr-7')
  for (const count of ['1', '0']) {
    const done = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
    expect(done.error).toBeUndefined()
    expect(done.outputs['revoked-count']).toBe(count)
    if (count === '0') expect(done.info).toContainEqual('No key or origin of this gateway has the name pr-7.')
  }
  expect(requestsOf(pinata).filter(request => request.startsWith('DELETE'))).toHaveLength(1)
})

test('a key that is gone already takes its record with it, without a DELETE at Pinata', async () => {
  const { pinata, gateway, github, inputs, env, ids } = await withNames('pr-7')
  gateway.keys.length = 1
  const done = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': '' })
  expect(done.info).toContainEqual(
    `Key ${ids[0]} (pr-7): not on the gateway: it was revoked before, or belongs to another gateway.`,
  )
  expect(recordsOf(github)).toEqual([])
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
})

test('a record that cannot be removed is a warning; the next run removes it', async () => {
  const { gateway, github, inputs, env } = await withNames('pr-7')
  github.fault({ kind: 'status', status: 403, method: 'POST' })
  const done = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(1)
  expect(done.warnings).toEqual([
    expect.stringMatching(/could not be removed\. The next run .* github-token may not set the record inactive/),
  ])
  const again = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(again.warnings).toEqual([])
  expect(recordsOf(github)).toEqual([])
})

test('records are removed even after keys that took nearly all the time', async () => {
  const { pinata, gateway, github, inputs, env } = await withNames('a')
  pinata.fault({ kind: 'status', status: 429, retryAfter: 595, method: 'DELETE' })
  github.fault({ kind: 'status', status: 429, retryAfter: 300, method: 'DELETE' })
  const done = await runRevokeStep({ ...inputs, name: 'a' }, { env })
  expect(done.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('what keeps one record from being removed is told once, and not tried with the others', async () => {
  const { github, inputs, env } = await withNames('a', 'a', 'a')
  const struck = github.fault({ kind: 'status', status: 403, method: 'DELETE', times: 3 })
  const done = await runRevokeStep({ ...inputs, name: 'a' }, { env })
  expect(done.warnings).toEqual([
    expect.stringMatching(/its record \(deployment \d+ of .*\) and 2 more could not be removed/),
  ])
  expect(struck.count).toBe(1)
  expect(recordsOf(github)).toHaveLength(3)
})

test('a record that another run removed at the same time is removed', async () => {
  const { pinata, github, inputs, env } = await withNames('a', 'b')
  github.fault({ kind: 'status', status: 404, when: 'after', method: 'DELETE' })
  // The second one goes while the keys are being revoked.
  const [, second] = github.deployments.keys()
  pinata.fault({
    kind: 'body',
    method: 'DELETE',
    body: json => {
      github.deployments.delete(Number(second))
      return json
    },
  })
  const done = await runRevokeStep({ ...inputs, name: 'a,b' }, { env })
  expect(done.warnings).toEqual([])
  expect(done.outputs['revoked-count']).toBe('2')
  expect(github.deployments.size).toBe(0)
})

test('a record is only removed if its deletion was answered', async () => {
  const { github, inputs, env } = await withNames('a', 'b')
  // As GitHub may answer a token that may not write.
  github.fault({ kind: 'status', status: 404, method: 'POST' })
  const done = await runRevokeStep({ ...inputs, name: 'a' }, { env })
  expect(done.warnings).toEqual([expect.stringMatching(/could not be removed.*We cannot delete an active deployment/)])
  expect(recordsOf(github)).toHaveLength(2)
})

test('a key that cannot be revoked keeps its record', async () => {
  const { pinata, gateway, github, inputs, env, ids } = await withNames('pr-7')
  pinata.fault({ kind: 'status', status: 500, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const done = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(new RegExp(`^1 of 1 key could not be revoked: ${ids[0]}\\.`))
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github)).toHaveLength(1)
})

test.each(['name', 'expired', 'older-than'])(
  'nothing is taken for gone if Pinata does not list the keys: %s',
  async by => {
    const { pinata, gateway, github, inputs, env } = await withNames('pr-7')
    const body = (json: { data: { settings: { restriction_policies: object } } }) => {
      json.data.settings.restriction_policies = { allowedHosts: [] }
      return json
    }
    pinata.fault({ kind: 'body', method: 'GET', body })
    const given = { ...inputs, [by]: { name: 'pr-7', expired: 'true', 'older-than': '1d' }[by] ?? '' }
    pinata.passTime(9 * DAY_MS)
    const done = await runRevokeStep(given, { env })
    expect(done.error).toMatch(/^Could not read the gateway: the answer is not what Pinata documents\./)
    expect(gateway.keys).toHaveLength(2)
    expect(recordsOf(github)).toHaveLength(1)
  },
)

test('nothing is revoked if GitHub or the gateway cannot be read', async () => {
  const { pinata, gateway, github, inputs, env } = await withNames('pr-7')
  github.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  expect((await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })).error).toMatch(
    /^GitHub failed to list the records of names/,
  )
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 5 })
  expect((await runRevokeStep({ ...inputs, expired: 'true' }, { env })).error).toMatch(
    /^Pinata failed to read the gateway/,
  )
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github)).toHaveLength(1)
})

test('expired revokes what has expired, cleans up, and says what stays and why', async () => {
  const { pinata, gateway, github, inputs, env, ids } = await withNames('old', 'gone')
  const young = await runKeyStep({ ...inputs, name: 'young', 'expires-in': '9d' }, { env })
  const forever = await runKeyStep({ ...inputs, name: 'forever' }, { env })
  gateway.keys = gateway.keys.filter(({ id }) => id !== ids[1])
  pinata.passTime(8 * DAY_MS)
  const done = await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']).toBe(ids[0])
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['young', 'forever'])
  expect(gateway.keys).toHaveLength(3)
  expect(done.info).toEqual(
    expect.arrayContaining([
      `Key ${ids[0]} (old): revoked.`,
      `Key ${ids[1]} (gone): not on the gateway: it was revoked before, or belongs to another gateway.`,
      expect.stringMatching(new RegExp(`^Key ${young.outputs['key-id']} \\(young\\): stays, as it expires at 20`)),
      `Key ${forever.outputs['key-id']} (forever): stays, as it never expires.`,
      '1 key of gateway fun-llama-300.mypinata.cloud revoked, 1 not on the gateway, 2 keys stay.',
    ]),
  )
  for (const words of ['**Revoked (1)**', '| it expires at', '| it never expires |'])
    expect(done.summary).toContain(words)
})

test('a dry run shows what would go and changes nothing', async () => {
  const { pinata, gateway, github, inputs, env, ids } = await withNames('old', 'gone')
  gateway.keys = gateway.keys.filter(({ id }) => id !== ids[1])
  const given = { ...inputs, expired: 'true', 'dry-run': 'true' }
  pinata.passTime(8 * DAY_MS)
  const done = await runRevokeStep(given, { env })
  expect(done.info).toContainEqual(`Key ${ids[0]} (old): would be revoked (dry run).`)
  expect(done.outputs['revoked-count']).toBe('0')
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(githubRequestsOf(github)).toEqual(['GET deployments'])
  expect(recordsOf(github)).toHaveLength(2)
})

test('older-than goes by the time when Pinata made the keys, and asks nothing of GitHub', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(4)
  const [a, b, c, d] = gateway.keys
  const at = (days: number) => `${new Date(Date.now() - days * DAY_MS).toISOString().slice(0, -1)}000000Z`
  if (a && b && c && d) [a.createdAt, b.createdAt, c.createdAt, d.createdAt] = [at(14.1), at(13.9), at(100), '']
  const done = await runRevokeStep({ ...inputs, 'older-than': '14d', keep: c?.id ?? '' })
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-key-ids']).toBe(a?.id)
  expect(gateway.keys).toEqual([b, c, d])
  expect(done.info).toEqual(
    expect.arrayContaining([
      `Key ${b?.id}: stays, as it is not older than 14d.`,
      `Key ${c?.id}: kept, as asked.`,
      `Key ${d?.id}: stays, as Pinata gave no time of its creation.`,
    ]),
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens'])
})

test('a sweep of many keys names the first of those that stay and counts the rest', async () => {
  const { gateway, inputs } = await pinataWithGateway(60)
  const done = await runRevokeStep({ ...inputs, 'older-than': '1d' })
  expect(done.info.filter(line => line.includes('stays, as'))).toHaveLength(50)
  expect(done.info).toContainEqual('10 more keys stay.')
  expect(gateway.keys).toHaveLength(60)
})

test('a dry run shows what would go even if last-key: fail would refuse it', async () => {
  const { inputs, env } = await pinataAndGitHub(0)
  const made = await runKeyStep({ ...inputs, name: 'pr-7', 'first-key': 'allow' }, { env })
  const done = await runRevokeStep({ ...inputs, name: 'pr-7', 'last-key': 'fail', 'dry-run': 'true' }, { env })
  expect(done.error).toBeUndefined()
  expect(done.summary).toContain(made.outputs['key-id'])
  expect(done.info.join()).toContain('As last-key is fail, nothing would be revoked at all.')
})

test.each(['name', 'older-than'])('last-key: fail holds for %s as well', async selector => {
  const { pinata, gateway, inputs, env } = await pinataAndGitHub(0)
  await runKeyStep({ ...inputs, name: 'pr-7', 'first-key': 'allow' }, { env })
  const given = { ...inputs, [selector]: selector === 'name' ? 'pr-7' : '1d', 'last-key': 'fail' }
  pinata.passTime(2 * DAY_MS)
  const done = await runRevokeStep(given, { env })
  expect(done.error).toMatch(/^Nothing was revoked, as last-key is fail/)
  expect(gateway.keys).toHaveLength(1)
})

test.each(['expired', 'older-than'])("%s goes by Pinata's clock, however wrong the runner's is", async by => {
  const { gateway, inputs, env } = await withNames('pr-7')
  const given = { ...inputs, [by]: by === 'expired' ? 'true' : '7d' }
  const done = await runRevokeStep(given, { env, aheadMs: 40 * DAY_MS })
  expect(done.error).toBeUndefined()
  expect(done.outputs['revoked-count']).toBe('0')
  expect(gateway.keys).toHaveLength(2)
})

test.each(['expired', 'older-than'])('%s revokes nothing where no answer has a date, and says why', async by => {
  const { pinata, gateway, inputs, env } = await pinataAndGitHub(1, { pinata: { date: false } })
  await runKeyStep({ ...inputs, name: 'pr-7', 'expires-in': '7d' }, { env })
  pinata.passTime(40 * DAY_MS)
  const done = await runRevokeStep({ ...inputs, [by]: by === 'expired' ? 'true' : '7d' }, { env })
  expect(done.error).toMatch(
    /^Nothing was revoked, as ages are measured by Pinata's clock, and its answer had no usable date/,
  )
  expect(gateway.keys).toHaveLength(2)
})

test("a key expires by Pinata's clock, however wrong the runner's is", async () => {
  const { gateway, inputs, env } = await pinataAndGitHub()
  const given = { ...inputs, name: 'pr-7', 'expires-in': '7d' }
  const { outputs } = await runKeyStep(given, { env, aheadMs: -40 * DAY_MS })
  const createdAtMs = Date.parse(gateway.keys[1]?.createdAt ?? '')
  expect(outputs['expires-at']).toBe(new Date(createdAtMs + 7 * DAY_MS).toISOString())
  const taken = await runKeyStep(given, { env, aheadMs: 40 * DAY_MS })
  expect(taken.outputs).toEqual({ ...outputs, created: 'false' })
})
