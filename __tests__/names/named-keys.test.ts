import { expect, test } from '@jest/globals'
import {
  githubRequestsOf,
  pinataAndGitHub,
  readable,
  recordsOf,
  requestsOf,
  runKeyStep,
  runPost,
} from '../support/step.ts'

const DAY_MS = 86_400_000

test('the first run makes a key and records its name as a deployment of the commit', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const done = await runKeyStep({ ...inputs, name: 'pr-7', 'expires-in': '7d' }, { env })
  expect(done.error).toBeUndefined()
  expect(done.outputs.created).toBe('true')
  const key = gateway.keys[1]
  const [record, ...others] = [...github.deployments.values()]
  expect(others).toEqual([])
  expect(record).toMatchObject({
    sha: env.GITHUB_SHA,
    environment: 'pinata-gateway-keys',
    task: 'pinata-gateway-key:pr-7',
    transient: true,
    production: false,
    payload: { schema: 1, name: 'pr-7', gatewayId: gateway.id, keyId: key?.id },
  })
  expect(record?.statuses).toMatchObject([
    { state: 'success', environmentUrl: 'https://fun-llama-300.mypinata.cloud', environment: 'pinata-gateway-keys' },
  ])
  const { expiresAt } = (record?.payload ?? {}) as { expiresAt: string }
  expect(Math.abs(Date.parse(expiresAt) - Date.now() - 7 * DAY_MS)).toBeLessThan(60_000)
})

test('a name is given whatever the checks of the commit say, and nothing is merged for it', async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  const sha = github.addCommit({ statuses: { ci: 'failure' }, conflicts: true })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env: { ...env, GITHUB_SHA: sha } })
  expect(done.error).toBeUndefined()
  expect(recordsOf(github)).toHaveLength(1)
})

test('the next run takes the key, without a POST to anybody', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  const first = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  pinata.requests.length = 0
  github.requests.length = 0
  const second = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(second.error).toBeUndefined()
  expect(second.outputs).toEqual({ ...first.outputs, created: 'false' })
  expect(second.masks).toContain(gateway.keys[1]?.value)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(githubRequestsOf(github)).toEqual(['GET deployments', 'GET statuses'])
  expect(gateway.keys).toHaveLength(2)
})

test('the log and the job summary tell name and expiry, and hold no secret', async () => {
  const { gateway, jwt, inputs, env } = await pinataAndGitHub()
  const made = await runKeyStep({ ...inputs, name: 'feature/a', 'expires-in': '90m' }, { env })
  const taken = await runKeyStep({ ...inputs, name: 'feature/a' }, { env })
  for (const done of [made, taken]) {
    expect(done.info.join()).toMatch(/Its name is feature\/a, and it expires at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
    expect(done.summary).toMatch(/\| Gateway \| Key ID \| Name \| Created \| Will be revoked \| Expires \|/)
    expect(done.summary).toMatch(/\| `feature\/a` \| .* \| 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC \|/)
    for (const secret of [jwt, inputs['github-token'], gateway.keys[1]?.value])
      expect(readable(done)).not.toContain(secret)
  }
  expect((await runKeyStep({ ...inputs, name: 'b' }, { env })).summary).toMatch(/\| never \|\n$/)
})

test('another name gets another key', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const other = await runKeyStep({ ...inputs, name: 'pr-70' }, { env })
  expect(other.outputs.created).toBe('true')
  expect(recordsOf(github)).toEqual([
    { name: 'pr-7', keyId: gateway.keys[1]?.id },
    { name: 'pr-70', keyId: gateway.keys[2]?.id },
  ])
})

test('the same name on another gateway is another key', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  const other = pinata.addGateway({ keys: 1 })
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const done = await runKeyStep({ ...inputs, 'gateway-id': other.id, name: 'pr-7' }, { env })
  expect(done.outputs.created).toBe('true')
  expect(other.keys).toHaveLength(2)
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github)).toHaveLength(2)
})

test('a key that is gone is replaced, and its record removed', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  gateway.keys.length = 1
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs.created).toBe('true')
  expect(done.warnings).toEqual([])
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: gateway.keys[1]?.id }])
})

test('a record that cannot be removed is a warning, and the next run removes it', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const first = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  gateway.keys.length = 1
  github.fault({ kind: 'status', status: 500, method: 'DELETE', times: 5 })
  const second = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(second.error).toBeUndefined()
  expect(second.warnings).toEqual([
    expect.stringMatching(
      new RegExp(`^Key ${first.outputs['key-id']} is gone, but its record .* could not be removed\\. The next run`),
    ),
  ])
  expect(recordsOf(github)).toHaveLength(2)
  const third = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(third.outputs).toEqual({ ...second.outputs, created: 'false' })
  expect(recordsOf(github)).toHaveLength(1)
})

test('a key that has expired is not taken; it stays until a sweep', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  const first = await runKeyStep({ ...inputs, name: 'pr-7', 'expires-in': '7d' }, { env })
  pinata.passTime(7 * DAY_MS - 60_000)
  const before = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(before.outputs['key-id']).toBe(first.outputs['key-id'])
  pinata.passTime(120_000)
  const after = await runKeyStep({ ...inputs, name: 'pr-7', 'expires-in': '7d' }, { env })
  expect(after.outputs.created).toBe('true')
  expect(gateway.keys).toHaveLength(3)
  expect(recordsOf(github)).toHaveLength(2)
})

test('rotate makes a new key while the old one lives, and the new one is taken from then on', async () => {
  const { gateway, inputs, env } = await pinataAndGitHub()
  const first = await runKeyStep({ ...inputs, name: 'production' }, { env })
  const second = await runKeyStep({ ...inputs, name: 'production', rotate: 'true' }, { env })
  expect(second.outputs.created).toBe('true')
  expect(gateway.keys.map(({ id }) => id).slice(1)).toEqual([first.outputs['key-id'], second.outputs['key-id']])
  const third = await runKeyStep({ ...inputs, name: 'production' }, { env })
  expect(third.outputs['key-id']).toBe(second.outputs['key-id'])
})

test.each(['on-failure', 'after-job'])('revoke: %s leaves a key that was taken', async revoke => {
  const { gateway, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  const taken = await runKeyStep({ ...inputs, name: 'pr-7', revoke }, { env })
  expect(taken.warnings).toEqual([])
  expect(taken.info).toContainEqual(`revoke: ${revoke} does not apply to it, as this step did not create it.`)
  expect(await runPost(taken, inputs, 'failure', { env })).toBeUndefined()
  expect(gateway.keys).toHaveLength(2)
})

test('revoke: after-job takes the name away with the key', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const made = await runKeyStep({ ...inputs, name: 'pr-7', revoke: 'after-job' }, { env })
  const end = await runPost(made, inputs, 'success', { env })
  expect(end?.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})

test('revoke: after-job leaves the other keys of the name', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const old = await runKeyStep({ ...inputs, name: 'production' }, { env })
  const made = await runKeyStep({ ...inputs, name: 'production', rotate: 'true', revoke: 'after-job' }, { env })
  await runPost(made, inputs, 'success', { env })
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: old.outputs['key-id'] }])
})

test('a key that is revoked while its name cannot be removed is a warning by the post step', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const made = await runKeyStep({ ...inputs, name: 'pr-7', revoke: 'after-job' }, { env })
  github.refuse()
  const end = await runPost(made, inputs, 'success', { env })
  expect(gateway.keys).toHaveLength(1)
  expect(end?.error).toBeUndefined()
  expect(end?.warnings).toEqual([expect.stringMatching(/^Key \S+ is gone, but whether pr-7 still stands for it/)])
})

test('a record is read before the gateway, so a key that was just made is never taken for one that is gone', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  // Another job makes and records a key of the name while this one waits for the gateway.
  pinata.fault({ kind: 'delay', ms: 400, method: 'GET' })
  github.fault({ kind: 'delay', ms: 200, method: 'GET' })
  const slow = runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  await new Promise(resolve => setTimeout(resolve, 50))
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  await slow
  expect(
    recordsOf(github)
      .map(({ keyId }) => keyId)
      .sort(),
  ).toEqual(
    gateway.keys
      .map(({ id }) => id)
      .slice(1)
      .sort(),
  )
})

test('nothing is made if nobody knows whether the key of the name is still there', async () => {
  const { pinata, gateway, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: 3 })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^Pinata failed to read the gateway\./)
  pinata.fault({
    kind: 'body',
    body: (json: object) => ({ ...json, data: { domain: 'fun-llama-300' } }),
    method: 'GET',
  })
  const untold = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(untold.error).toMatch(/^Could not read the gateway: the answer is not what Pinata documents\./)
  expect(gateway.keys).toHaveLength(2)
})

test('rotate needs to know of no other key', async () => {
  const { pinata, gateway, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'production' }, { env })
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep({ ...inputs, name: 'production', rotate: 'true' }, { env })
  expect(done.error).toBeUndefined()
  expect(gateway.keys).toHaveLength(3)
  pinata.clearFaults()
  pinata.fault({ kind: 'body', method: 'GET', body: json => ({ data: { ...json.data, settings: {} } }) })
  const untold = await runKeyStep({ ...inputs, name: 'production', rotate: 'true' }, { env })
  expect(untold.outputs.created).toBe('true')
})

test('a list of keys that is not there is not taken for an empty one', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: json => {
      delete json.data.settings.restriction_policies.accessTokens
      return json
    },
  })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^Could not read the gateway: the answer is not what Pinata documents\./)
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github)).toHaveLength(1)
})

test('one deadline holds for all of a step, whichever server takes the time', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'status', status: 429, retryAfter: 590, method: 'GET' })
  pinata.fault({ kind: 'status', status: 429, retryAfter: 590, method: 'POST' })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/rate limit is used up/)
  expect(done.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(15 * 60_000)
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('a minute is left for revoking a key that could not get its name in time', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'status', status: 429, retryAfter: 840, method: 'GET' })
  github.fault({ kind: 'status', status: 429, retryAfter: 50, method: 'POST', times: Number.POSITIVE_INFINITY })
  pinata.fault({ kind: 'status', status: 429, retryAfter: 30, method: 'DELETE' })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/created just before, was revoked\.$/)
  expect(gateway.keys).toHaveLength(1)
})

test('a first name is given even if the gateway cannot be read', async () => {
  const { pinata, github, inputs, env } = await pinataAndGitHub()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.outputs.created).toBe('true')
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: done.outputs['key-id'] }])
})
