import { expect, test } from '@jest/globals'
import { ACTION, jobWith, REVOKE_ACTION } from '../support/job.ts'
import { pinataAndGitHub, recordsOf, runKeyStep, runRevokeStep } from '../support/step.ts'

test('gives runs a recorded key while their name is closed, and a later close revokes it', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub(1, {
    pinata: { latencyMs: 5 },
    github: { latencyMs: 5 },
  })
  const given = { ...inputs, name: 'pr-7' }
  await runKeyStep(given, { env })
  const [, ...runs] = await Promise.all([
    runRevokeStep(given, { env }),
    ...Array.from({ length: 5 }, () => runKeyStep(given, { env })),
  ])
  for (const { error } of runs) expect(error).toBeUndefined()
  const recorded = recordsOf(github).map(({ keyId }) => keyId)
  expect(recorded).toEqual(expect.arrayContaining(gateway.keys.slice(1).map(({ id }) => id)))
  await runRevokeStep(given, { env })
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('shares keys among jobs in separate processes, and revokes them all with their name', async () => {
  const { gateway, github, jwt, inputs } = await pinataAndGitHub()
  const start = () => jobWith(jwt, { context: { github: { api_url: github.apiUrl, token: inputs['github-token'] } } })
  const { 'github-token': _token, ...given } = inputs
  const runs = Array.from({ length: 6 }, async () => {
    const job = start()
    const step = await job.step({ action: ACTION, with: { ...given, name: 'pr-7' } })
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
