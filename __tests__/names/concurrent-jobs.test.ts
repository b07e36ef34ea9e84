import { expect, test } from '@jest/globals'
import { ACTION, jobWith, REVOKE_ACTION } from '../support/job.ts'
import { pinataAndGitHub, recordsOf, runKeyStep, runRevokeStep } from '../support/step.ts'

const TOGETHER = 20

test('twenty runs at the same time lose no key and no record, and the name revokes them all', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub(1, {
    pinata: { latencyMs: 20 },
    github: { latencyMs: 20 },
  })
  const before = [...gateway.keys]
  const given = { ...inputs, name: 'pr-7', 'expires-in': '7d' }
  const done = await Promise.all(Array.from({ length: TOGETHER }, () => runKeyStep(given, { env })))
  expect(done.map(({ error }) => error)).toEqual(Array(TOGETHER).fill(undefined))
  const made = done.filter(({ outputs }) => outputs.created === 'true').map(({ outputs }) => outputs['key-id'])
  expect(made.length).toBeGreaterThan(1)
  const live = gateway.keys.slice(1).map(({ id }) => id)
  expect(live.sort()).toEqual([...made].sort())
  const recorded = recordsOf(github).map(({ keyId }) => keyId)
  expect(recorded.sort()).toEqual([...made].sort())

  const closed = await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(closed.outputs['revoked-count']).toBe(String(made.length))
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
})

test('runs that come while a key is revoked by its name get one that lives, or say why not', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub(1, {
    pinata: { latencyMs: 5 },
    github: { latencyMs: 5 },
  })
  const given = { ...inputs, name: 'pr-7' }
  await runKeyStep(given, { env })
  const [, ...runs] = await Promise.all([
    runRevokeStep({ ...inputs, name: 'pr-7' }, { env }),
    ...Array.from({ length: 5 }, () => runKeyStep(given, { env })),
  ])
  for (const { error } of runs) expect(error).toBeUndefined()
  // Whatever is left has a record, by which the next closing finds it.
  expect(recordsOf(github).map(({ keyId }) => keyId)).toEqual(
    expect.arrayContaining(gateway.keys.slice(1).map(({ id }) => id)),
  )
  await runRevokeStep({ ...inputs, name: 'pr-7' }, { env })
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('so do jobs in processes of their own', async () => {
  const { gateway, github, jwt, inputs } = await pinataAndGitHub()
  const start = () => jobWith(jwt, { context: { github: { api_url: github.apiUrl, token: inputs['github-token'] } } })
  const { 'github-token': _token, ...given } = inputs
  const runs = Array.from({ length: 6 }, async () => {
    const job = start()
    const step = await job.step({ action: ACTION, with: { ...given, name: 'pr-7', revoke: 'on-failure' } })
    await job.end()
    return step.outcome
  })
  expect(await Promise.all(runs)).toEqual(Array(6).fill('success'))
  expect(recordsOf(github)).toHaveLength(gateway.keys.length - 1)
  const closing = start()
  const step = await closing.step({ action: REVOKE_ACTION, with: { ...given, name: 'pr-7' } })
  await closing.end()
  expect(step.outcome).toBe('success')
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})
