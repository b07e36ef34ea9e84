import { expect, test } from '@jest/globals'
import { ACTION, jobWith, REVOKE_ACTION } from '../support/job.ts'
import { pinataAndGitHub, recordsOf } from '../support/step.ts'

test('gives runs a recorded key while their name is closed, and a later close revokes it', async () => {
  const latency = { latencyMs: 5 }
  const { gateway, github, keyIds, run, revoke } = await pinataAndGitHub(1, { pinata: latency, github: latency })
  const given = { name: 'pr-7' }
  await run(given)
  const [, ...runs] = await Promise.all([revoke(given), ...Array.from({ length: 5 }, () => run(given))])
  for (const { error } of runs) expect(error).toBeUndefined()
  expect(recordsOf(github).map(({ keyId }) => keyId)).toEqual(expect.arrayContaining(keyIds()))
  await revoke(given)
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
