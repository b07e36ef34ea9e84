import { expect, test } from '@jest/globals'
import { startedGitHub } from '../support/github.ts'
import { ACTION, jobWith, leaksOf, listingModules, loadedModules, preload, REVOKE_ACTION } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'
import { writeAction } from '../support/throwaway-action.ts'

const JWT = '${{ secrets.PINATA_JWT }}'

/** A gateway, and what a workflow gives the action to use it. */
async function setup(keys = 1) {
  const all = await pinataWithGateway(keys)
  return { ...all, given: { 'gateway-id': all.gateway.id, 'pinata-jwt': JWT, 'api-url': all.pinata.apiUrl } }
}

test('the key is made, handed to the next step and revoked after the job', async () => {
  const { pinata, gateway, jwt, given } = await setup()
  const job = jobWith(jwt)
  const step = await job.step({ action: ACTION, id: 'key', with: { ...given, revoke: 'after-job' } })
  expect(step.exitCode).toBe(0)
  expect(step.outputs).toEqual({
    'gateway-key': gateway.keys[1]?.value,
    'key-id': gateway.keys[1]?.id,
    'gateway-id': gateway.id,
    'gateway-url': 'https://fun-llama-300.mypinata.cloud',
    'created-at': gateway.keys[1]?.createdAt,
    'expires-at': '',
    created: 'true',
  })
  expect(step.stderr).toBe('')

  const deploy = writeAction({
    inputs: '  key:\n    description: The key.',
    main: "say('deploying with ' + process.env.INPUT_KEY)",
  })
  const next = await job.step({ action: deploy, with: { key: '${{ steps.key.outputs.gateway-key }}' } })
  expect(next.raw).toContain(gateway.keys[1]?.value)
  expect(next.log).toContain('deploying with ***')

  const [post] = await job.end()
  expect(post?.exitCode).toBe(0)
  expect(gateway.keys).toHaveLength(1)
  expect(new Set(pinata.requests.slice(0, 2).map(request => request.connection)).size).toBe(1)
  for (const result of [step, post])
    expect(result && leaksOf(result, jwt, step.outputs['gateway-key'] ?? '')).toEqual([])
  expect(job.log).not.toContain(step.outputs['gateway-key'])
})

test.each([
  ['never', 'failure', 2],
  ['on-failure', 'success', 2],
  ['on-failure', 'failure', 1],
  ['on-failure', 'cancelled', 1],
] as const)('revoke: %s in a job that ends as %s leaves %d keys', async (revoke, status, left) => {
  const { gateway, jwt, given } = await setup()
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: { ...given, revoke } })
  const [post] = await job.end({ status })
  expect(post?.exitCode).toBe(0)
  expect(gateway.keys).toHaveLength(left)
})

test('a failing step after it makes the key go, by itself', async () => {
  const { gateway, jwt, given } = await setup()
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: { ...given, revoke: 'on-failure' } })
  await job.step({ action: writeAction({ main: 'process.exit(1)' }) })
  await job.end()
  expect(gateway.keys).toHaveLength(1)
})

test('another job gets no key as a job output, but its ID, and with that the key', async () => {
  const { gateway, jwt, given } = await setup()
  const first = jobWith(jwt)
  await first.step({ action: ACTION, id: 'key', with: given })
  const { outputs, skipped } = first.jobOutputs({
    key: '${{ steps.key.outputs.gateway-key }}',
    'key-id': '${{ steps.key.outputs.key-id }}',
  })
  expect(skipped).toEqual(['key'])
  await first.end()

  const second = jobWith(jwt, { context: { needs: { first: { outputs } } } })
  const step = await second.step({ action: ACTION, with: { ...given, 'key-id': '${{ needs.first.outputs.key-id }}' } })
  expect(step.outputs['gateway-key']).toBe(gateway.keys[1]?.value)
  expect(step.outputs.created).toBe('false')
  expect(leaksOf(step, step.outputs['gateway-key'] ?? '')).toEqual([])
  await second.end()
  expect(gateway.keys).toHaveLength(2)
})

test('the revoke action revokes', async () => {
  const { gateway, jwt, given } = await setup(3)
  const [a, b] = gateway.keys.map(key => key.id)
  const job = jobWith(jwt)
  const step = await job.step({ action: REVOKE_ACTION, with: { ...given, 'key-id': `${a}\n${b}` } })
  expect(step.exitCode).toBe(0)
  expect(step.outputs).toEqual({ 'revoked-key-ids': `${a}\n${b}`, 'revoked-count': '2', 'removed-origins': '' })
  expect(gateway.keys).toHaveLength(1)
  expect(await job.end()).toEqual([])
})

test('a failure is red, with one annotation in one line, and leaves nothing', async () => {
  const { pinata, gateway, given } = await setup()
  const readOnly = pinata.addJwt({ scopes: ['org:gateways:read'] })
  const job = jobWith(readOnly)
  const step = await job.step({ action: ACTION, with: given })
  expect(step.exitCode).toBe(1)
  expect(step.annotations).toEqual([
    {
      level: 'error',
      title: 'Pinata gateway key',
      message: expect.stringMatching(/^The API key of pinata-jwt lacks the scope org:gateways:write\..*$/),
    },
  ])
  expect(step.outputs).toEqual({})
  expect(leaksOf(step, readOnly)).toEqual([])
  const [post] = await job.end()
  expect(post?.exitCode).toBe(0)
  expect(gateway.keys).toHaveLength(1)
})

test('a workflow of a fork, where there is no secret, gets a clear message', async () => {
  const { pinata, given } = await setup()
  const job = jobWith('unused')
  const step = await job.step({ action: ACTION, with: { ...given, 'pinata-jwt': '${{ secrets.MISSING }}' } })
  expect(step.exitCode).toBe(1)
  expect(step.annotations[0]?.message).toMatch(
    /^pinata-jwt is empty\. GitHub gives no secrets to workflows started from a fork or by Dependabot/,
  )
  expect(pinata.requests).toEqual([])
  await job.end()
})

test('the post step never turns a green job red', async () => {
  const { pinata, gateway, jwt, given } = await setup()
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: { ...given, revoke: 'after-job' } })
  pinata.fault({ kind: 'status', status: 403, times: Number.POSITIVE_INFINITY })
  const [post] = await job.end()
  expect(post?.exitCode).toBe(0)
  expect(post?.annotations).toEqual([
    {
      level: 'warning',
      title: 'Pinata gateway key',
      message: expect.stringContaining(gateway.keys[1]?.id ?? 'no key'),
    },
  ])
})

test.each(['not JSON', '{"half":', ''])(
  'state that is damaged does not turn a green job red either: %s',
  async state => {
    const { jwt, given } = await setup()
    const job = jobWith(jwt)
    await job.step({
      action: ACTION,
      with: given,
      env: preload(`process.env['STATE_post-step'] = ${JSON.stringify(state)}`),
    })
    const [post] = await job.end()
    expect(post?.exitCode).toBe(0)
    expect(post?.stderr).toBe('')
  },
)

test('a key whose outputs cannot be written is revoked on the spot', async () => {
  const { gateway, jwt, given } = await setup()
  const job = jobWith(jwt)
  const step = await job.step({ action: ACTION, with: given, env: preload("process.env.GITHUB_OUTPUT += '-gone'") })
  expect(step.exitCode).toBe(1)
  expect(step.annotations[0]?.message).toMatch(
    /could not be handed to the workflow: Missing file at path.*was revoked\.$/,
  )
  expect(gateway.keys).toHaveLength(1)
  await job.end()
})

test('with nothing to revoke, the post step loads no code for HTTP', async () => {
  const { jwt, given } = await setup()
  const job = jobWith(jwt)
  const main = await job.step({ action: ACTION, with: { ...given, revoke: 'on-failure' }, env: listingModules() })
  const [post] = await job.end()
  expect(loadedModules(main)).toContain('https')
  expect(loadedModules(post)).toEqual([expect.stringMatching(/post\.js$/)])
})

test('a named key is made, taken in another job, revoked by its name, and its record with it', async () => {
  const { gateway, jwt, given } = await setup()
  const github = await startedGitHub()
  const token = github.addToken()
  const start = () => jobWith(jwt, { context: { github: { api_url: github.apiUrl, token } } })
  const named = { ...given, name: 'pr-7', 'expires-in': '7d', revoke: 'on-failure' }

  const first = start()
  const made = await first.step({ action: ACTION, with: named })
  await first.end()
  const second = start()
  const taken = await second.step({ action: ACTION, with: named })
  await second.end({ status: 'failure' })
  expect(taken.outputs).toEqual({ ...made.outputs, created: 'false' })
  expect(gateway.keys).toHaveLength(2)

  const third = start()
  const revoked = await third.step({ action: REVOKE_ACTION, with: { ...given, name: 'pr-7' } })
  expect(revoked.outputs).toEqual({
    'revoked-key-ids': made.outputs['key-id'],
    'revoked-count': '1',
    'removed-origins': '',
  })
  await third.end()
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
  for (const step of [made, taken, revoked])
    expect(leaksOf(step, jwt, token, made.outputs['gateway-key'] ?? '')).toEqual([])
})

test('a named key goes with its record by the post step of a job that failed', async () => {
  const { gateway, jwt, given } = await setup()
  const github = await startedGitHub()
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl, token: github.addToken() } } })
  await job.step({ action: ACTION, with: { ...given, name: 'pr-7', revoke: 'on-failure' } })
  expect(github.deployments.size).toBe(1)
  const [post] = await job.end({ status: 'failure' })
  expect(post?.annotations).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})

test('without the file for outputs, no key is made that would be printed instead', async () => {
  const { pinata, jwt, given } = await setup()
  const job = jobWith(jwt)
  const step = await job.step({ action: ACTION, with: given, env: preload('delete process.env.GITHUB_OUTPUT') })
  expect(step.annotations.map(({ message }) => message)).toEqual([
    'GITHUB_OUTPUT is not set, so the key could not be an output.',
  ])
  expect(pinata.requests).toEqual([])
  await job.end()
})

test('a step ends by itself when its work is done, and is ended if something holds it', async () => {
  const { jwt, given } = await setup()
  const job = jobWith(jwt)
  // Tells how the process came to its end.
  const tell = "const { exit } = process; process.exit = code => (console.log('process.exit was called'), exit(code))\n"
  // The post step gets the same environment, and has nothing to do.
  const hold = "if (process.argv[1].endsWith('main.js')) setInterval(() => {}, 1e6)"
  const free = await job.step({ action: ACTION, with: given, env: preload(tell) })
  const held = await job.step({ action: ACTION, with: given, env: preload(tell + hold), timeoutMs: 20_000 })
  await job.end()
  expect([free.exitCode, held.exitCode]).toEqual([0, 0])
  expect(free.raw).not.toContain('process.exit was called')
  expect(held.raw).toContain('process.exit was called')
})
