import { expect, test } from '@jest/globals'
import { HOUR_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { atResponse, githubRequestsOf, requestsOf } from '../support/step.ts'

const EXPIRED = { expiresInMs: -2 * HOUR_MS }
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`

test('revokes what expired more than an hour ago, and reports why it skips the rest', async () => {
  const { pinata, github, keyIds, sweep, addKey, addOrigin } = await namesSetup()
  const old = addKey({ name: 'old', expiresInMs: -HOUR_MS - 5000 })
  addOrigin('https://a.example', { name: 'old', expiresInMs: -HOUR_MS - 5000 })
  const young = addKey({ name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  const living = addKey({ name: 'living', expiresInMs: HOUR_MS })
  const forever = addKey({ name: 'forever' })
  const { error, outputs, info, summary } = await sweep()
  expect(error).toBeUndefined()
  expect(outputs).toMatchObject({ 'revoked-key-ids': old.id, 'removed-origins': 'https://a.example' })
  expect(keyIds()).toEqual([young, living, forever].map(({ id }) => id))
  expect(namesOf(github)).toEqual(['young', 'living', 'forever'])
  const skipped = (key: { id: string }, name: string, why: string) =>
    expect.stringMatching(new RegExp(`^Key ${key.id} \\(${name}\\): not selected, because it ${why}\\.$`))
  expect(info).toEqual([
    'Origin https://a.example (old): removed.',
    `Key ${old.id} (old): revoked.`,
    skipped(forever, 'forever', 'does not expire'),
    skipped(living, 'living', `expires at ${TIME}`),
    skipped(young, 'young', `expired at ${TIME}, less than an hour ago`),
    'Gateway fun-llama-300.mypinata.cloud: 1 origin removed, 1 key revoked, 3 keys not selected.',
  ])
  expect(summary).toContain('| Key ID or origin | Name | Created | Result |')
  expect(summary).toMatch(
    new RegExp(`\\| \`${living.id}\` \\| \`living\` \\| ${TIME} \\| not selected, because it expires at ${TIME} \\|`),
  )
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE hosts', 'DELETE access_tokens', 'GET gateways'])
  const [reads, removal] = [Array(2).fill('GET deployments'), ['POST statuses', 'DELETE deployments']]
  expect(githubRequestsOf(github)).toEqual([...reads, ...removal, ...removal])
})

test.each([
  ['a later expiry', { expiresInMs: HOUR_MS }, false],
  ['no expiry', {}, false],
  ['an expiry half an hour ago', { expiresInMs: -HOUR_MS / 2 }, false],
  ['an expiry that has also passed', { expiresInMs: -3 * HOUR_MS }, true],
])('uses the latest expiry of a key that has another record with %s', async (_name, other, isRevoked) => {
  const { addKey, addRecord, sweep, keyIds, github } = await namesSetup()
  const key = addKey({ ...EXPIRED, ageMs: MINUTE_MS })
  addRecord({ kind: 'key', ...key }, { ...other, ageMs: MINUTE_MS })
  await sweep()
  expect(keyIds()).toEqual(isRevoked ? [] : [key.id])
  expect(github.deployments.size).toBe(isRevoked ? 0 : 2)
})

test('skips a key that was renewed, or whose record was removed, after the records were listed', async () => {
  const { github, keyIds, sweep, addKey, addRecord } = await namesSetup()
  const [removed, renewed, other] = [addKey({ ...EXPIRED, name: 'a' }), addKey(EXPIRED), addKey(EXPIRED)]
  const [record] = github.deployments.keys()
  atResponse(github, { method: 'GET' }, () => {
    github.deployments.delete(Number(record))
    addRecord({ kind: 'key', ...renewed }, { expiresInMs: HOUR_MS })
  })
  const { error, outputs, info } = await sweep()
  expect([error, outputs['revoked-key-ids'], keyIds()]).toEqual([undefined, other.id, [removed.id, renewed.id]])
  expect(info).toContain(`Key ${removed.id} (a): not selected, because GitHub no longer lists its record.`)
  expect(info).toContainEqual(
    expect.stringMatching(new RegExp(`^Key ${renewed.id} \\(pr-7\\): not selected, because it expires at ${TIME}\\.$`)),
  )
  expect(namesOf(github)).toEqual(['pr-7', 'pr-7'])
})

test('also removes records that only the second reading shows', async () => {
  const { addKey, addRecord, github, sweep } = await namesSetup()
  const key = addKey(EXPIRED)
  addRecord({ kind: 'key', ...key }, { expiresInMs: -3 * HOUR_MS })
  github.fault({ kind: 'body', method: 'GET', body: (list: object[]) => list.slice(1) })
  expect((await sweep()).outputs['revoked-key-ids']).toBe(key.id)
  expect(namesOf(github)).toEqual([])
})

test('removes superseded records that are more than an hour old', async () => {
  const { github, sweep, keyIds, addKey, addRecord } = await namesSetup()
  const key = addKey({ expiresInMs: 3 * HOUR_MS })
  const add = (expiresInMs: number, ageMs: number) => addRecord({ kind: 'key', ...key }, { expiresInMs, ageMs })
  add(2 * HOUR_MS, HOUR_MS + MINUTE_MS)
  const young = add(2 * HOUR_MS, HOUR_MS - MINUTE_MS)
  const latest = add(9 * HOUR_MS, 2 * HOUR_MS)
  // Another run recorded the same expiry. Neither record supersedes the other.
  const same = { ...latest, id: latest.id + 1 }
  github.deployments.set(same.id, same)
  const { error, info } = await sweep()
  expect([error, keyIds()]).toEqual([undefined, [key.id]])
  expect(info).toContain('Gateway fun-llama-300.mypinata.cloud: 1 key not selected.')
  expect([...github.deployments.keys()]).toEqual([young.id, latest.id, same.id])
  expect(info).toContain('Removed 2 unneeded records.')
})

test('removes records of unlisted access controls only if they expired more than an hour ago', async () => {
  const { pinata, github, gateway, sweep, addKey, addOrigin } = await namesSetup()
  const old = { name: 'old', expiresInMs: -HOUR_MS - MINUTE_MS }
  addKey(old)
  addOrigin('https://a.example', old)
  addKey({ name: 'young', expiresInMs: -HOUR_MS + MINUTE_MS })
  addKey({ name: 'living', expiresInMs: HOUR_MS })
  addKey({ name: 'forever' })
  gateway.keys.length = 1
  gateway.allowedHosts.length = 0
  // Without a second reading, no record is removed.
  const unread = pinata.fault({ kind: 'status', status: 500, method: 'GET', skip: 1, times: 5 })
  const { error: failure } = await sweep()
  expect(failure).toMatch(/^Could not check whether the gateway still has .*\. .*HTTP 500/)
  expect([unread.count, namesOf(github).length]).toEqual([5, 5])
  pinata.requests.length = 0
  const { error, warnings, info } = await sweep()
  expect([error, warnings, namesOf(github)]).toEqual([undefined, [], ['young', 'living', 'forever']])
  expect(info).toContain('Removed 2 unneeded records.')
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'GET gateways'])
})
