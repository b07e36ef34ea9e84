// Stopped or killed steps. On shutdown, a runner sends SIGKILL ten seconds after SIGINT, and runs no post step.
import type { ChildProcess } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, leaksOf, ORIGIN_ACTION, onPosix, type StepResult } from '../support/job.ts'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { ALWAYS, pinataWithGateway, until } from '../support/step.ts'

const HANG = { kind: 'hang', ...ALWAYS } as const

const waitForRequest = ({ requests }: { requests: { method: string }[] }, method: string) =>
  until(() => requests.some(each => each.method === method))

const messagesOf = (result?: StepResult) => (result?.annotations ?? []).map(({ message }) => message).join('\n')

async function setup() {
  const fixture = await originSetup()
  const { github, jwt, inputs } = fixture
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl } } })
  const start = (action: string, more: Record<string, string> = {}) =>
    job.step({ action, with: { ...inputs, ...more } })
  /** Shuts down the runner. The step must end before the runner kills it. */
  const shutDown = async (step: Promise<StepResult>) => {
    const startedAt = performance.now()
    job.shutdown()
    const result = await step
    expect(performance.now() - startedAt).toBeLessThan(7000)
    expect([result.signal, leaksOf(result, jwt)]).toEqual([null, []])
    return result
  }
  /** Returns the IDs of the new keys, and the new origins. */
  const created = () => [...fixture.keyIds(), ...fixture.origins()]
  return { ...fixture, job, start, shutDown, created }
}

/** Runs a test for a key and an origin in parallel, because each test waits several seconds. */
const forBothActions = (run: (action: string, inputs: Record<string, string>) => Promise<void>) => async () => {
  await Promise.all([run(ACTION, {}), run(ORIGIN_ACTION, { origin: ORIGIN })])
}

onPosix(
  'names the key or origin, and keeps it, if the response to its creation never arrives',
  forBothActions(async (action, inputs) => {
    const fixture = await setup()
    fixture.pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
    const step = fixture.start(action, inputs)
    await waitForRequest(fixture.pinata, 'POST')
    const result = await fixture.shutDown(step)
    // Another job may have added the origin.
    expect(fixture.created()).toHaveLength(1)
    expect(messagesOf(result)).toContain(` ${fixture.created()[0]}`)
    expect(messagesOf(result)).toContain('The step was stopped: the job was canceled, a time limit')
    expect([result.outputs, await fixture.job.end()]).toEqual([{}, []])
  }),
)

onPosix('warns about an unclaimed key, with the time, if Pinata stops responding', async () => {
  const { pinata, gateway, start, shutDown } = await setup()
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  pinata.fault({ ...HANG, method: 'GET', skip: 1 })
  const step = start(ACTION)
  await waitForRequest(pinata, 'POST')
  const messages = messagesOf(await shutDown(step))
  expect(gateway.keys).toHaveLength(2)
  expect(messages).toMatch(/may have an unclaimed key \(since about .* UTC\)\. The gateway was not checked\. /)
})

onPosix(
  'names the key or origin if neither GitHub nor Pinata responds',
  forBothActions(async (action, inputs) => {
    const fixture = await setup()
    fixture.github.fault({ ...HANG, method: 'POST' })
    fixture.github.fault({ ...HANG, method: 'GET', skip: 1 })
    fixture.pinata.fault({ ...HANG, method: 'DELETE' })
    const step = fixture.start(action, { ...inputs, name: 'pr-7' })
    await waitForRequest(fixture.github, 'POST')
    const [value = ''] = fixture.created()
    const result = await fixture.shutDown(step)
    expect(messagesOf(result)).toContain(`${value} on gateway `)
    expect(messagesOf(result)).toMatch(/may have left .*\. .* use the revoke action or Pinata\.$/m)
    expect(result.log.indexOf(value)).toBeLessThan(result.log.indexOf('The step was stopped'))
  }),
)

onPosix.each([
  ['waits for the response to the deletion', { kind: 'delay', ms: 2000 }, 0],
  ['warns with the key ID if Pinata does not respond', HANG, 1],
] as const)('%s in the post step', async (_name, fault, left) => {
  const { pinata, gateway, job, start, shutDown } = await setup()
  const main = await start(ACTION, { revoke: 'after-job' })
  pinata.fault({ method: 'DELETE', ...fault })
  const post = job.end().then(([result]) => result as StepResult)
  await waitForRequest(pinata, 'DELETE')
  const result = await shutDown(post)
  expect([result.exitCode, gateway.keys.length]).toEqual([0, 1 + left])
  const warnings = result.annotations.filter(({ level }) => level === 'warning')
  expect(warnings).toHaveLength(left)
  for (const { message } of warnings) expect(message).toContain(main.outputs['key-id'])
})

test('names the key in the post step if the step is killed while it creates the key', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const children: ChildProcess[] = []
  pinata.fault({ method: 'POST', kind: 'delay', ms: 200 })
  const step = job.step({ action: ACTION, with: inputs, onStart: child => void children.push(child) })
  await waitForRequest(pinata, 'POST')
  children[0]?.kill('SIGKILL')
  expect((await step).exitCode).not.toBe(0)
  await until(() => gateway.keys.length === 2)
  const [post] = await job.end({ status: 'failure' })
  expect(post?.exitCode).toBe(0)
  expect(messagesOf(post)).toContain(gateway.keys[1]?.id)
})
