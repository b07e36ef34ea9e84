// Jobs that are cancelled, and steps that are killed. Their post steps run.
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, leaksOf, ORIGIN_ACTION, type StepResult } from '../support/job.ts'
import { ORIGIN, originRecords, originSetup } from '../support/origin.ts'
import { until } from '../support/step.ts'

// SIGTERM changes nothing, so no test needs to wait for it.
const cancelAfterMs = { terminate: 500, kill: 10_000 }
/** Node can't send Ctrl+C on Windows: a cancelled process is a killed one there. */
const onPosix = process.platform === 'win32' ? test.failing : test
const LIMIT_MS = 7000

type Setup = Awaited<ReturnType<typeof originSetup>>
type Fault = Parameters<Setup['pinata']['fault']>[0]

/** A job, and a function that starts a step in it. */
async function setup() {
  const there = await originSetup()
  const { github, jwt, inputs } = there
  const { 'github-token': token, ...others } = inputs
  const job = jobWith(jwt, { cancelAfterMs, context: { github: { api_url: github.apiUrl, token } } })
  let kill = () => {}
  const start = (action: string, more: Record<string, string> = {}) =>
    job.step({
      action,
      with: { ...others, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', ...more },
      onStart: child => {
        kill = () => void child.kill('SIGKILL')
      },
    })
  return { ...there, job, start, kill: () => kill() }
}

/** The same, with a step whose creation is under way. */
async function stepInCreation(fault: Fault, action = ACTION, more: Record<string, string> = {}) {
  const there = await setup()
  there.pinata.fault({ method: 'POST', ...fault })
  const step = there.start(action, more)
  await until(() => there.pinata.requests.some(({ method }) => method === 'POST'))
  return { ...there, step }
}

const messagesOf = (result: StepResult | undefined) =>
  (result?.annotations ?? []).map(({ message }) => message).join('\n')

onPosix('revokes the key at once if the job is cancelled during the creation', async () => {
  const { gateway, jwt, job, step } = await stepInCreation({ kind: 'delay', ms: 300 })
  job.cancel()
  const main = await step
  expect(main.outcome).toBe('cancelled')
  expect(messagesOf(main)).toMatch(/^The step was stopped: .* was revoked again\.$/m)
  expect(gateway.keys).toHaveLength(1)
  expect(leaksOf(main, jwt)).toEqual([])
  await job.end()
})

onPosix('reports an origin, and leaves it, if the job is cancelled and the response does not come', async () => {
  const more = { origin: ORIGIN, revoke: 'after-job' }
  const { origins, job, step } = await stepInCreation({ kind: 'hang', when: 'after' }, ORIGIN_ACTION, more)
  const started = performance.now()
  job.cancel()
  const main = await step
  expect(performance.now() - started).toBeLessThan(LIMIT_MS)
  expect([main.outcome, main.signal, main.outputs]).toEqual(['cancelled', null, {}])
  expect(messagesOf(main)).toContain(`an unclaimed entry of origin ${ORIGIN}`)
  await job.end()
  // Another job may have added it.
  expect(origins()).toEqual([ORIGIN])
})

test.each(['never', 'after-job'])(
  'names the key in the post step if the step is killed during the creation (revoke: %s)',
  async revoke => {
    const { gateway, job, step, kill } = await stepInCreation({ kind: 'delay', ms: 200 }, ACTION, { revoke })
    kill()
    const main = await step
    expect(main.exitCode).not.toBe(0)
    await until(() => gateway.keys.length === 2)
    const [post] = await job.end({ status: 'failure' })
    expect(post?.exitCode).toBe(0)
    expect(messagesOf(post)).toContain(gateway.keys[1]?.id)
  },
)

onPosix.each([
  ['keeps an origin that the step recorded', 'after', [ORIGIN]],
  ['removes an origin that the step did not record', 'before', []],
] as const)('%s, if the step is killed without the response of GitHub', async (_name, when, left) => {
  const there = await setup()
  const { github, job, start, origins, kill } = there
  github.fault({ method: 'POST', path: /deployments$/, kind: 'hang', when })
  const step = start(ORIGIN_ACTION, { origin: ORIGIN, name: 'pr-7' })
  await until(() => github.requests.some(({ method }) => method === 'POST'))
  if (when === 'after') await until(() => github.deployments.size === 1)
  kill()
  await step
  const [post] = await job.end()
  expect(messagesOf(post)).toBe('')
  expect(origins()).toEqual(left)
  expect(originRecords(there)).toHaveLength(left.length)
})

test('creates nothing if the job is cancelled before the creation', async () => {
  const { pinata, gateway, job, start } = await setup()
  pinata.fault({ method: 'GET', kind: 'delay', ms: 300 })
  const step = start(ACTION)
  await until(() => pinata.requests.length > 0)
  job.cancel()
  await step
  await job.end()
  expect(gateway.keys).toHaveLength(1)
})
