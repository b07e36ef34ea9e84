import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { pinataAndGitHub, RECORDS, runKeyStep, runRevokeStep } from '../support/step.ts'

/** A gateway with somebody's key and a key that is named pr-7, and the payload of its record. */
async function setup() {
  const there = await pinataAndGitHub(1)
  const { gateway, github, inputs, env } = there
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const [record] = github.deployments.values()
  const [foreign, named] = gateway.keys
  const payload = record?.payload as Record<string, unknown>
  return { ...there, foreign: String(foreign?.id), named: String(named?.id), payload }
}

type Setup = Awaited<ReturnType<typeof setup>>

/** What somebody who may write to the repository could make by hand. */
const FORGERIES: [string, (setup: Setup) => Parameters<Setup['github']['addDeployment']>[0]][] = [
  [
    'a record that was copied, with the ID of another key',
    ({ payload, foreign }) => ({ payload: { ...payload, keyId: foreign, expiresAt: '2020-01-01T00:00:00.000Z' } }),
  ],
  [
    'a record that was copied, without its proof',
    ({ payload, foreign }) => ({
      payload: { ...payload, keyId: foreign, expiresAt: '2020-01-01T00:00:00.000Z', proof: undefined },
    }),
  ],
  [
    'a record as text',
    ({ payload, foreign }) => ({
      payload: JSON.stringify({ ...payload, keyId: foreign, expiresAt: '2020-01-01T00:00:00.000Z' }),
    }),
  ],
  [
    'a record of another name for the same key',
    ({ payload }) => ({
      task: `${RECORDS.task}pr-8`,
      payload: { ...payload, name: 'pr-8', expiresAt: '2020-01-01T00:00:00.000Z' },
    }),
  ],
]

/** Copies of the record of a living key, bent: each would make a sweep revoke it, or keep it alive. */
const BENT: [string, object][] = [
  ['an expiry that is over', { expiresAt: '2020-01-01T00:00:00.000Z' }],
  ['a later expiry', { expiresAt: '2099-01-01T00:00:00.000Z' }],
  ['another kind', { kind: 'origin' }],
  ['another name in its payload', { name: 'pr-8' }],
]

test.each(BENT)('a copy of a record with %s changes nothing, and is reported', async (_name, change) => {
  const { gateway, github, inputs, env, payload, named } = await setup()
  const [own] = github.deployments.keys()
  github.deployments.delete(Number(own))
  const bent = { ...payload, ...change }
  const { id } = github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, payload: bent, state: 'success' })
  const sweep = await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect(sweep.outputs['revoked-count']).toBe('0')
  expect(sweep.warnings).toEqual([expect.stringMatching(new RegExp(`^Deployment ${id} of .*left alone`))])
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs.created).toBe('true')
  expect(gateway.keys.map(key => key.id)).toContain(named)
  expect(github.deployments.has(id)).toBe(true)
})

test('a record of another repository proves nothing', async () => {
  const { inputs, env } = await setup()
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env: { ...env, GITHUB_REPOSITORY_ID: '7' } })
  expect(done.outputs.created).toBe('true')
})

test('where the runner does not tell the ID of the repository, the event does', async () => {
  const { inputs, env, named } = await setup()
  const folder = mkdtempSync(path.join(tmpdir(), 'event-'))
  const event = path.join(folder, 'event.json')
  writeFileSync(event, JSON.stringify({ repository: { id: Number(env.GITHUB_REPOSITORY_ID) } }))
  const { GITHUB_REPOSITORY_ID: _id, ...others } = env
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env: { ...others, GITHUB_EVENT_PATH: event } })
  rmSync(folder, { recursive: true })
  expect(done.outputs['key-id']).toBe(named)
  const without = await runKeyStep({ ...inputs, name: 'pr-7' }, { env: others })
  expect(without.error).toMatch(/GITHUB_REPOSITORY_ID or GITHUB_SHA is not set/)
})

test.each(FORGERIES)('%s makes no key go, and is told of', async (_name, forge) => {
  const there = await setup()
  const { gateway, github, inputs, env } = there
  const forged = github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, ...forge(there) })
  const sweep = await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect(sweep.error).toBeUndefined()
  expect(sweep.outputs['revoked-count']).toBe('0')
  expect(sweep.warnings).toEqual([expect.stringMatching(new RegExp(`^Deployment ${forged.id} of .*left alone`))])
  const name = forged.task.slice(RECORDS.task.length)
  const byName = await runRevokeStep({ ...inputs, name }, { env })
  expect(byName.error).toBeUndefined()
  expect(gateway.keys.map(({ id }) => id)).toContain(there.foreign)
  if (name === 'pr-8') expect(gateway.keys.map(({ id }) => id)).toContain(there.named)
  expect(github.deployments.has(forged.id)).toBe(true)
})

test.each(FORGERIES)('%s hands out no key', async (_name, forge) => {
  const there = await setup()
  const { github, inputs, env } = there
  const { task = '' } = github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, ...forge(there) })
  const done = await runKeyStep({ ...inputs, name: task.slice(RECORDS.task.length) }, { env })
  expect(done.outputs['key-id']).not.toBe(there.foreign)
  if (task.endsWith('pr-8')) expect(done.outputs.created).toBe('true')
})

test('a copy with an earlier expiry makes a key go no sooner', async () => {
  const { gateway, github, inputs, env, payload, named } = await setup()
  github.addDeployment({
    ...RECORDS,
    task: `${RECORDS.task}pr-7`,
    payload: { ...payload, expiresAt: '2020-01-01T00:00:00.000Z' },
  })
  const sweep = await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect(sweep.outputs['revoked-count']).toBe('0')
  expect(gateway.keys.map(({ id }) => id)).toContain(named)
})

test.each<[string, (setup: Setup) => Parameters<Setup['github']['addDeployment']>[0]]>([
  ['of another tool', ({ payload }) => ({ environment: 'production', task: 'deploy', payload })],
  ['of another environment', ({ payload }) => ({ environment: 'pinata', payload })],
  ['of another task', ({ payload }) => ({ task: 'deploy', payload })],
  ['whose task and name differ', ({ payload }) => ({ payload: { ...payload, name: 'pr-8' } })],
  ['of another gateway', ({ payload }) => ({ payload: { ...payload, gatewayId: 'another' } })],
  ['of a later schema', ({ payload }) => ({ payload: { ...payload, schema: 2 } })],
  ['without a payload', () => ({ payload: '' })],
  ['with a payload of something else', () => ({ payload: 'null' })],
  ['with a key ID that is a path', ({ payload }) => ({ payload: { ...payload, keyId: '..' } })],
  ['with an expiry that is none', ({ payload }) => ({ payload: { ...payload, expiresAt: 'soon' } })],
  ['with a name that is none', ({ payload }) => ({ task: `${RECORDS.task}a b`, payload: { ...payload, name: 'a b' } })],
])('a deployment %s is no record, and is never touched', async (_name, make) => {
  const there = await setup()
  const { gateway, github, inputs, env } = there
  const [own] = github.deployments.keys()
  github.deployments.delete(Number(own))
  const other = github.addDeployment({ ...RECORDS, task: `${RECORDS.task}pr-7`, state: 'success', ...make(there) })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs.created).toBe('true')
  await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  await runRevokeStep({ ...inputs, expired: 'true' }, { env })
  expect([...github.deployments.keys()]).toEqual([other.id])
  expect(other.statuses).toHaveLength(1)
  expect(gateway.keys.map(({ id }) => id)).toEqual([there.foreign, there.named])
})

test.each([
  ['of another environment', { environment: 'production' }],
  ['of another task', { task: 'pinata-gateway-key:pr-8' }],
])('a deployment %s is no record even if the server filters nothing', async (_name, other) => {
  const { github, inputs, env, named } = await setup()
  github.fault({ kind: 'body', method: 'GET', body: (list: object[]) => list.map(each => ({ ...each, ...other })) })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs['key-id']).not.toBe(named)
})

test('a proof tells nothing of the key', async () => {
  const { gateway, payload } = await setup()
  expect(JSON.stringify(payload)).not.toContain(gateway.keys[1]?.value)
  expect(payload.proof).toMatch(/^[\w-]{43}$/)
})
