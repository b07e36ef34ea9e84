import { expect, test } from '@jest/globals'
import { ACTION, jobWith, leaksOf, loadedModules, logModules, preload } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'
import { writeAction } from '../support/throwaway-action.ts'

test('creates a key, passes it to the next step, and revokes it after the job', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const step = await job.step({ action: ACTION, id: 'key', with: { ...inputs, revoke: 'after-job' } })
  expect(step).toMatchObject({ exitCode: 0, stderr: '' })
  expect(step.outputs).toMatchObject({ 'gateway-key': gateway.keys[1]?.value, created: 'true' })
  const main = "print('deploying with ' + process.env.INPUT_KEY)"
  const deploy = writeAction({ inputs: '  key:\n    description: The key.', main })
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

test('fails with a single one-line annotation, and leaves nothing behind', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  const readOnly = pinata.addJwt({ isReadOnly: true })
  const job = jobWith(readOnly)
  const step = await job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': readOnly } })
  const message = expect.stringMatching(/^Could not create a key: .*HTTP 403.*$/)
  expect(step.annotations).toEqual([{ level: 'error', title: 'Pinata gateway key', message }])
  expect([step.exitCode, step.outputs]).toEqual([1, {}])
  expect(leaksOf(step, readOnly)).toEqual([])
  expect(await job.end()).toMatchObject([{ exitCode: 0 }])
  expect(gateway.keys).toHaveLength(1)
})

test('warns in the post step if the saved state is unreadable', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: inputs, env: preload("process.env['STATE_post-step'] = 'not JSON'") })
  const [post] = await job.end()
  const annotations = [{ level: 'warning', message: expect.stringMatching(/^Could not read the state/) }]
  expect(post).toMatchObject({ exitCode: 0, stderr: '', annotations })
})

test('loads no HTTP code when it rejects an input, or in a post step that has nothing to do', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const env = logModules()
  const rejected = await jobWith(jwt).step({ action: ACTION, with: { ...inputs, rotate: 'yes' }, env })
  expect(loadedModules(rejected)).toContain('./action.js')
  expect(loadedModules(rejected).filter(name => /^(crypto|https?|zlib)$/.test(name))).toEqual([])
  const job = jobWith(jwt)
  const main = await job.step({ action: ACTION, with: { ...inputs, revoke: 'on-failure' }, env })
  const [post] = await job.end()
  expect(loadedModules(main)).toContain('http')
  expect(loadedModules(post)).toEqual([expect.stringMatching(/post\.js$/)])
})

test('creates no key without GITHUB_OUTPUT, because the key would be printed', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  const env = preload('delete process.env.GITHUB_OUTPUT')
  const step = await jobWith(jwt).step({ action: ACTION, with: inputs, env })
  expect(step.annotations.map(({ message }) => message)).toEqual([
    'Could not set the outputs: GITHUB_OUTPUT is not set. Run the step in a GitHub Actions workflow.',
  ])
  expect(pinata.requests).toEqual([])
})

test('ends by itself, or calls process.exit if something keeps the process alive', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const report =
    "const { exit } = process; process.exit = code => (console.log('process.exit was called'), exit(code))\n"
  const keepAlive = "if (process.argv[1].endsWith('main.js')) setInterval(() => {}, 1e6)"
  const step = { action: ACTION, with: inputs, timeoutMs: 20_000 }
  const free = await job.step({ ...step, env: preload(report) })
  const keptAlive = await job.step({ ...step, env: preload(report + keepAlive) })
  expect([free.exitCode, keptAlive.exitCode]).toEqual([0, 0])
  expect(free.raw).not.toContain('process.exit was called')
  expect(keptAlive.raw).toContain('process.exit was called')
})
