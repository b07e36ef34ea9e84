// Steps that a runner stops when it shuts down: SIGINT, and SIGKILL ten seconds later. No post step follows.
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, ORIGIN_ACTION, REVOKE_ACTION, type StepResult } from '../support/job.ts'
import { ORIGIN, originRecords, originSetup } from '../support/origin.ts'
import { until } from '../support/step.ts'

/** Node can't send Ctrl+C on Windows: a stopped process is a killed one there. */
const onPosix = process.platform === 'win32' ? test.failing : test
const SECONDS = 1000
const LIMIT_MS = 7 * SECONDS
const HANG = { kind: 'hang', times: Number.POSITIVE_INFINITY } as const

type Server = { requests: { method: string }[] }

const received = ({ requests }: Server, method: string) => until(() => requests.some(each => each.method === method))

const messagesOf = (result: StepResult | undefined) =>
  (result?.annotations ?? []).map(({ message }) => message).join('\n')

/** A job, and a function that starts a step in it. */
async function setup() {
  const there = await originSetup()
  const { github, jwt, inputs } = there
  const { 'github-token': token, ...others } = inputs
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl, token } } })
  const start = (action: string, more: Record<string, string> = {}) =>
    job.step({ action, with: { ...others, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', ...more } })
  /** Shuts the runner down. The step must end before the runner kills it. */
  const shutDown = async (step: Promise<StepResult>, limitMs = LIMIT_MS) => {
    const started = performance.now()
    job.shutdown()
    const result = await step
    expect(performance.now() - started).toBeLessThan(limitMs)
    expect(result.signal).toBeNull()
    return result
  }
  return { ...there, job, start, shutDown }
}

onPosix('names the key if the response to the creation does not come', async () => {
  const { pinata, gateway, job, start, shutDown } = await setup()
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  const step = start(ACTION)
  await received(pinata, 'POST')
  const result = await shutDown(step)
  expect(messagesOf(result)).toContain(` ${gateway.keys[1]?.id}.`)
  expect(messagesOf(result)).toContain('The step was stopped: the job was cancelled, its time limit')
  expect(await job.end()).toEqual([])
})

onPosix('warns of an unclaimed key, and since when, if Pinata does not respond at all', async () => {
  const { pinata, gateway, start, shutDown } = await setup()
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  pinata.fault({ ...HANG, method: 'GET', skip: 1 })
  const step = start(ACTION)
  await received(pinata, 'POST')
  const result = await shutDown(step)
  expect(gateway.keys).toHaveLength(2)
  expect(messagesOf(result)).toMatch(/may have an unclaimed key since about .* UTC\. Could not check\. Look for it/)
})

const KINDS = [
  [ACTION, {}],
  [ORIGIN_ACTION, { origin: ORIGIN }],
] as const

/** A step whose record is under way. GitHub does not respond to it, or to any later request unless it takes effect. */
async function stepInRecord(action: string, inputs: object, when: 'before' | 'after' = 'before') {
  const there = await setup()
  there.github.fault({ ...HANG, method: 'POST', when })
  if (when === 'before') there.github.fault({ ...HANG, method: 'GET', skip: 1 })
  const step = there.start(action, { ...inputs, name: 'pr-7' })
  await received(there.github, 'POST')
  const created = () => [...there.gateway.keys.slice(1).map(({ id }) => id), ...there.origins()]
  return { ...there, step, created }
}

/** Runs a test for a key and for an origin. Together, because it waits for seconds. */
const forBoth = (run: (action: string, inputs: object) => Promise<void>) => async () => {
  await Promise.all(KINDS.map(([action, inputs]) => run(action, inputs)))
}

onPosix(
  'revokes the key or the origin if GitHub does not respond to the record',
  forBoth(async (action, inputs) => {
    const { step, shutDown, created } = await stepInRecord(action, inputs)
    const [value = ''] = created()
    const result = await shutDown(step)
    expect(created()).toEqual([])
    expect(messagesOf(result)).toMatch(new RegExp(`${value} was (revoked|removed) again\\.$`, 'm'))
    expect(result.log).toContain(value)
  }),
)

onPosix(
  'names the key or the origin if neither GitHub nor Pinata responds',
  forBoth(async (action, inputs) => {
    const { pinata, step, shutDown, created } = await stepInRecord(action, inputs)
    pinata.fault({ ...HANG, method: 'DELETE' })
    const [value = ''] = created()
    const result = await shutDown(step)
    expect(messagesOf(result)).toContain(`${value} was `)
    expect(messagesOf(result)).toMatch(/could not be (revoked|removed)\. .* use the revoke action or Pinata\.$/m)
    expect(result.log.indexOf(value)).toBeLessThan(result.log.indexOf('The step was stopped'))
  }),
)

onPosix(
  'keeps the key or the origin if GitHub lists the record',
  forBoth(async (action, inputs) => {
    const there = await stepInRecord(action, inputs, 'after')
    const result = await there.shutDown(there.step)
    expect(messagesOf(result)).toContain(`${there.created()[0]} is recorded under the name pr-7.`)
    expect(originRecords(there)).toHaveLength(1)
  }),
)

onPosix.each([
  ['during the reading', { method: 'GET', kind: 'hang' }],
  ['during a wait for the rate limit', { method: 'POST', kind: 'status', status: 429, retryAfter: 60 }],
] as const)('ends within a second if it is stopped %s', async (_name, fault) => {
  const { pinata, gateway, start, shutDown } = await setup()
  pinata.fault(fault)
  const step = start(ACTION)
  await received(pinata, fault.method)
  await new Promise(resolve => setTimeout(resolve, 100))
  const result = await shutDown(step, SECONDS)
  expect(messagesOf(result)).toContain('The step was stopped: ')
  expect(gateway.keys).toHaveLength(1)
})

onPosix('names the keys that the revoke action left', async () => {
  const { pinata, gateway, start, shutDown } = await setup()
  const ids = [...gateway.keys, ...(pinata.addGateway({ keys: 2 }).keys ?? [])].map(({ id }) => id)
  pinata.fault({ ...HANG, method: 'DELETE' })
  const step = start(REVOKE_ACTION, { 'key-id': ids.join() })
  await received(pinata, 'DELETE')
  const result = await shutDown(step, SECONDS)
  expect(messagesOf(result)).toContain(ids[0])
})

/** A job whose post step is about to revoke its key. */
async function endingJob(fault: Parameters<Awaited<ReturnType<typeof setup>>['pinata']['fault']>[0]) {
  const there = await setup()
  const main = await there.start(ACTION, { revoke: 'after-job' })
  there.pinata.fault({ method: 'DELETE', ...fault })
  const post = there.job.end().then(([result]) => result as StepResult)
  await received(there.pinata, 'DELETE')
  return { ...there, post, id: main.outputs['key-id'] ?? '' }
}

onPosix('waits for the response to the deletion in the post step', async () => {
  const { post, gateway, shutDown } = await endingJob({ kind: 'delay', ms: 2 * SECONDS })
  const result = await shutDown(post)
  expect(result.exitCode).toBe(0)
  expect(messagesOf(result)).not.toContain('revoked')
  expect(gateway.keys).toHaveLength(1)
})

onPosix('warns with the key ID if Pinata does not respond in the post step', async () => {
  const { post, id, shutDown } = await endingJob(HANG)
  const result = await shutDown(post)
  expect(result.exitCode).toBe(0)
  expect(messagesOf(result)).toContain(id)
})
