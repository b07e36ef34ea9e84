import { expect, test } from '@jest/globals'
import { ACTION, jobWith, leaksOf, type StepResult } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

const JWT = '${{ secrets.PINATA_JWT }}'
// SIGTERM changes nothing, so that a test need not wait for it.
const cancelAfterMs = { terminate: 500, kill: 10_000 }
/** Node can't send Ctrl+C on Windows: a cancelled process is a killed one there. */
const onPosix = process.platform === 'win32' ? test.failing : test

/** Starts a step whose request for a key is still under way when the promise is kept. */
async function stepInCreation(
  fault: Parameters<Awaited<ReturnType<typeof pinataWithGateway>>['pinata']['fault']>[0],
  revoke = 'never',
) {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ method: 'POST', ...fault })
  const job = jobWith(jwt, { cancelAfterMs })
  let kill = () => {}
  const step = job.step({
    action: ACTION,
    with: { ...inputs, 'pinata-jwt': JWT, revoke },
    onStart: child => {
      kill = () => void child.kill('SIGKILL')
    },
  })
  while (!pinata.requests.some(request => request.method === 'POST'))
    await new Promise(resolve => setTimeout(resolve, 5))
  return { pinata, gateway, jwt, job, step, kill: () => kill() }
}

function named(id: string | undefined, ...results: (StepResult | undefined)[]): boolean {
  return results.some(result => result?.annotations.some(({ message }) => message.includes(id ?? 'no key')))
}

onPosix('cancelled while the key is made: it is revoked on the spot', async () => {
  const { gateway, jwt, job, step } = await stepInCreation({ kind: 'delay', ms: 300 })
  job.cancel()
  const main = await step
  expect(main.outcome).toBe('cancelled')
  expect(main.annotations.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^The step was stopped: .* was revoked\.$/),
  )
  expect(gateway.keys).toHaveLength(1)
  expect(leaksOf(main, jwt)).toEqual([])
  await job.end()
})

onPosix('cancelled while the answer does not come: the step names the key within seven seconds', async () => {
  const { gateway, job, step } = await stepInCreation({ kind: 'hang', when: 'after' })
  const started = performance.now()
  job.cancel()
  const main = await step
  expect(performance.now() - started).toBeLessThan(7000)
  expect(main.signal).toBeNull()
  expect(main.outputs).toEqual({})
  expect(named(gateway.keys[1]?.id, main)).toBe(true)
  await job.end()
})

test.each(['never', 'after-job'])(
  'killed while the key is made: the post step names the key (revoke: %s)',
  async revoke => {
    const { gateway, job, step, kill } = await stepInCreation({ kind: 'delay', ms: 200 }, revoke)
    kill()
    const main = await step
    expect(main.exitCode).not.toBe(0)
    await new Promise(resolve => setTimeout(resolve, 400))
    expect(gateway.keys).toHaveLength(2)
    const [post] = await job.end({ status: 'failure' })
    expect(post?.exitCode).toBe(0)
    expect(named(gateway.keys[1]?.id, post)).toBe(true)
  },
)

test('cancelled before the key is asked for: none is made', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ method: 'GET', kind: 'delay', ms: 300 })
  const job = jobWith(jwt, { cancelAfterMs })
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT } })
  while (pinata.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  job.cancel()
  await step
  await job.end()
  expect(gateway.keys).toHaveLength(1)
})
