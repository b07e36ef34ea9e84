import { expect, test } from '@jest/globals'
import { DAY_MS } from '../support/records.ts'
import { pinataAndGitHub, RECORDS, runKeyStep, runRevokeStep } from '../support/step.ts'

const TASK = `${RECORDS.task}pr-7`
const LONG_AGO = '2020-01-01T00:00:00.000Z'

/** A key without a name, and a key with the name pr-7 and the payload of its record. */
async function setup() {
  const there = await pinataAndGitHub(1)
  const { gateway, github, inputs, env } = there
  const run = (given: Record<string, string> = {}, variables = {}) =>
    runKeyStep({ ...inputs, name: 'pr-7', ...given }, { env: { ...env, ...variables } })
  await run()
  const [record] = github.deployments.values()
  const [unnamed, named] = gateway.keys.map(({ id }) => id)
  const payload = record?.payload as Record<string, unknown>
  /** Replaces the record. */
  const replace = (deployment: Parameters<typeof github.addDeployment>[0]) => {
    github.deployments.clear()
    return github.addDeployment({ ...RECORDS, task: TASK, state: 'success', ...deployment })
  }
  return { ...there, run, replace, unnamed, named, payload }
}

type Setup = Awaited<ReturnType<typeof setup>>
type Deployment = Parameters<Setup['github']['addDeployment']>[0]

test.each<[string, (there: Setup) => Deployment]>([
  ['the ID of another key', ({ payload, unnamed }) => ({ payload: { ...payload, keyId: unnamed } })],
  [
    'the ID of another key as text',
    ({ payload, unnamed }) => ({ payload: JSON.stringify({ ...payload, keyId: unnamed }) }),
  ],
  ['no proof', ({ payload }) => ({ payload: { ...payload, proof: undefined } })],
  ['a proof that is not text', ({ payload }) => ({ payload: { ...payload, proof: [payload.proof] } })],
  ['a later expiry', ({ payload }) => ({ payload: { ...payload, expiresAt: '2099-01-01T00:00:00.000Z' } })],
  ['another kind', ({ payload }) => ({ payload: { ...payload, kind: 'origin' } })],
  ['another name in its payload', ({ payload }) => ({ payload: { ...payload, name: 'pr-8' } })],
])('does not reuse a key by a copy of a record with %s, and warns', async (_name, forge) => {
  const there = await setup()
  const { id } = there.replace(forge(there))
  const done = await there.run()
  expect(done.outputs.created).toBe('true')
  expect(done.warnings).toEqual([expect.stringMatching(new RegExp(`^Ignored deployment ${id} of environment `))])
  expect(there.github.deployments.has(id)).toBe(true)
})

test('does not reuse a key by a copy of its record for another name', async () => {
  const there = await setup()
  there.replace({ task: `${RECORDS.task}pr-8`, payload: { ...there.payload, name: 'pr-8' } })
  expect((await there.run({ name: 'pr-8' })).outputs.created).toBe('true')
})

test('does not reuse a key by a record of another repository', async () => {
  const { run } = await setup()
  expect((await run({}, { GITHUB_REPOSITORY_ID: '7' })).outputs.created).toBe('true')
})

test('reuses a key by a record whose payload is text', async () => {
  const there = await setup()
  there.replace({ payload: JSON.stringify(there.payload) })
  expect((await there.run()).outputs['key-id']).toBe(there.named)
})

test.each<[string, (there: Setup) => Deployment]>([
  ['of another tool', ({ payload }) => ({ environment: 'production', task: 'deploy', payload })],
  ['of another environment', ({ payload }) => ({ environment: 'pinata', payload })],
  ['of another task', ({ payload }) => ({ task: 'deploy', payload })],
  ['of another gateway', ({ payload }) => ({ payload: { ...payload, gatewayId: 'another' } })],
  ['of a later schema', ({ payload }) => ({ payload: { ...payload, schema: 2 } })],
  ['without a payload', () => ({ payload: '' })],
  ['with a payload of another kind', () => ({ payload: 'null' })],
  ['with a path as key ID', ({ payload }) => ({ payload: { ...payload, keyId: '..' } })],
  ['with an invalid expiry', ({ payload }) => ({ payload: { ...payload, expiresAt: 'soon' } })],
  ['with an object as expiry', ({ payload }) => ({ payload: { ...payload, expiresAt: { toString: null } } })],
  ['with an invalid name', ({ payload }) => ({ task: `${RECORDS.task}a b`, payload: { ...payload, name: 'a b' } })],
])('ignores a deployment %s, and never changes it', async (_name, deploymentFor) => {
  const there = await setup()
  const { pinata, gateway, github, inputs, env, run, unnamed, named } = there
  const other = there.replace(deploymentFor(there))
  const done = await run()
  expect(done).toMatchObject({ outputs: { created: 'true' }, warnings: [] })
  pinata.passTime(9 * DAY_MS)
  github.passTime(9 * DAY_MS)
  for (const selector of [{ name: 'pr-7' }, { expired: 'true' }]) {
    expect(await runRevokeStep({ ...inputs, ...selector }, { env })).toMatchObject({ error: undefined, warnings: [] })
  }
  expect([...github.deployments.values()]).toEqual([other])
  expect(other.statuses).toHaveLength(1)
  expect(gateway.keys.map(({ id }) => id)).toEqual([unnamed, named])
})

test.each([
  ['environment', { environment: 'production' }],
  ['task', { task: `${RECORDS.task}pr-8` }],
])('ignores a deployment of another %s even if the server does not filter', async (_name, other) => {
  const { github, run } = await setup()
  github.fault({ kind: 'body', method: 'GET', body: (list: object[]) => list.map(each => ({ ...each, ...other })) })
  expect((await run()).outputs.created).toBe('true')
})

test('reuses no key after its record expired, whatever a copy says', async () => {
  const there = await setup()
  const { payload, github, run } = there
  const expired = { ...payload, expiresAt: LONG_AGO }
  github.addDeployment({ ...RECORDS, task: TASK, payload: expired })
  // The copy is newer than the record, and has no effect.
  expect((await run()).outputs).toMatchObject({ 'key-id': there.named, 'expires-at': '' })
})
