import { createHmac } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { DAY_MS, MINUTE_MS, namesOf, namesSetup } from '../support/records.ts'
import { ALWAYS, HOST, readable, requestsOf } from '../support/step.ts'

test('records the name of a new key as a deployment of the commit', async () => {
  const { gateway, github, env, get } = await namesSetup()
  const { outputs } = await get({ 'expires-in': '7d' })
  expect([outputs.created, github.deployments.size]).toEqual(['true', 1])
  const [deployment] = github.deployments.values()
  expect(deployment).toMatchObject({
    sha: env.GITHUB_SHA,
    environment: 'pinata-gateway-keys',
    task: 'pinata-gateway-key:pr-7',
    description: 'A Pinata gateway key',
    transient: true,
    production: false,
    statuses: [{ state: 'success', environmentUrl: `https://${HOST}`, environment: 'pinata-gateway-keys' }],
  })
  const ids = { gatewayId: gateway.id, keyId: gateway.keys[1]?.id }
  const fields = { schema: 1, kind: 'key', name: 'pr-7', ...ids, expiresAt: outputs['expires-at'] }
  // If the fields had another order or form, no version could prove the records that earlier versions wrote.
  const proven = JSON.stringify([...Object.values(fields), env.GITHUB_REPOSITORY_ID])
  const proof = createHmac('sha256', `${gateway.keys[1]?.value}`).update(proven).digest('base64url')
  expect(deployment?.payload).toEqual({ ...fields, proof })
  expect(JSON.stringify(deployment)).not.toContain(gateway.keys[1]?.value)
  // Whatever the result of the commit's checks, GitHub creates the deployment, and merges nothing.
  expect(JSON.parse(github.requests[1]?.body ?? '')).toMatchObject({ required_contexts: [], auto_merge: false })
})

test('shows the name and expiry in the log and the summary, but no secret', async () => {
  const { gateway, jwt, inputs, get } = await namesSetup()
  const created = await get({ name: 'feature/a', 'expires-in': '90m' })
  const reused = await get({ name: 'feature/a' })
  const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g
  for (const done of [created, reused]) {
    const text = done.info.join('\n').replaceAll(time, 'TIME')
    expect(text).toContain('Its name is feature/a. It expires at TIME. A sweep may revoke it an hour later.')
    expect(done.summary.replaceAll(time, 'TIME')).toContain(
      '| Name | `feature/a` |\n| Created | TIME |\n| Revocation | not by this step |\n| Expires | TIME |\n',
    )
    for (const secret of [jwt, inputs['github-token'], gateway.keys[1]?.value])
      expect(readable(done)).not.toContain(secret)
  }
  const forever = await get({ name: 'b' })
  expect(forever.info).toContain('This step will not revoke the key. Its name is b. It does not expire.')
  expect(forever.summary).toMatch(/\| never \|\n$/)
  const unchanged = await get({ name: 'b', 'expires-in': '7d' })
  expect(unchanged.info.join()).toContain(
    'Its name is b. It does not expire, because an earlier run set no expires-in.',
  )
})

test('creates a key for each name, gateway, and rotation, reuses the newest, and revokes no key', async () => {
  const { pinata, gateway, github, get, keyIds } = await namesSetup()
  const other = pinata.addGateway({ keys: 1 })
  await get()
  for (const given of [{ name: 'pr-70' }, { 'gateway-id': other.id }, { rotate: 'true' }]) {
    expect((await get(given)).outputs.created).toBe('true')
  }
  expect([keyIds().length, other.keys.length]).toEqual([3, 2])
  expect(namesOf(github)).toEqual(['pr-7', 'pr-70', 'pr-7', 'pr-7'])
  const reused = await get()
  expect(reused.outputs).toMatchObject({ 'key-id': keyIds()[2], created: 'false' })
  expect(reused.masks).toContain(gateway.keys[3]?.value)
  expect(github.requests.at(-1)?.path).toContain('per_page=100')
  expect(keyIds()).toHaveLength(3)
})

test('does not reuse an expired key, but leaves it to a sweep', async () => {
  const { pinata, github, get, keyIds } = await namesSetup()
  const first = await get({ 'expires-in': '7d' })
  pinata.passTime(7 * DAY_MS - MINUTE_MS)
  expect((await get()).outputs['key-id']).toBe(first.outputs['key-id'])
  pinata.passTime(2 * MINUTE_MS)
  expect((await get()).outputs.created).toBe('true')
  expect([keyIds().length, github.deployments.size]).toEqual([2, 2])
})

test.each([
  ['is an error', { kind: 'status', status: 500, method: 'GET', times: 5 }],
  ['has no list of keys', { kind: 'body', method: 'GET', body: { data: { id: 'x', domain: 'x' } } }],
] as const)("creates a key only with rotate if Pinata's response %s", async (_name, fault) => {
  const { pinata, github, get, keyIds } = await namesSetup()
  pinata.fault(fault)
  expect((await get()).error).toMatch(/read the gateway/)
  expect(requestsOf(pinata)).not.toContain('POST access_tokens')
  pinata.fault(fault)
  expect((await get({ rotate: 'true' })).outputs['key-id']).toBe(keyIds()[0])
  expect(namesOf(github)).toEqual(['pr-7'])
})

test('uses one time limit for both servers', async () => {
  const { pinata, github, get, keyIds } = await namesSetup()
  github.fault({ kind: 'status', status: 429, retryAfter: 590, method: 'GET' })
  pinata.fault({ kind: 'status', status: 429, retryAfter: 590, method: 'POST' })
  const done = await get()
  expect(done.error).toMatch(/HTTP 429/)
  expect(done.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(15 * MINUTE_MS)
  expect([keyIds(), namesOf(github)]).toEqual([[], []])
})

test('reserves a minute to revoke a key that could not be recorded in time', async () => {
  const { pinata, github, get, keyIds } = await namesSetup()
  github.fault({ kind: 'status', status: 429, retryAfter: 840, method: 'GET' })
  github.fault({ kind: 'status', status: 429, retryAfter: 50, method: 'POST', ...ALWAYS })
  pinata.fault({ kind: 'status', status: 429, retryAfter: 30, method: 'DELETE' })
  expect((await get()).error).toMatch(/ was revoked\.$/)
  expect(keyIds()).toEqual([])
})
