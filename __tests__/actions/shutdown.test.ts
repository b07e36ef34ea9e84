import { expect, test } from '@jest/globals'
import { ACTION, jobWith, REVOKE_ACTION, type StepResult } from '../support/job.ts'
import { pinataAndGitHub, pinataWithGateway, recordsOf } from '../support/step.ts'

const JWT = '${{ secrets.PINATA_JWT }}'
/** Node can't send Ctrl+C on Windows: a stopped process is a killed one there. */
const onPosix = process.platform === 'win32' ? test.failing : test
const SECONDS = 1000
/** SIGKILL comes ten seconds after SIGINT. */
const LIMIT_MS = 7 * SECONDS

type Pinata = Awaited<ReturnType<typeof pinataWithGateway>>['pinata']

async function until(condition: () => boolean) {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

const asked = (pinata: Pinata, method: string) => until(() => pinata.requests.some(each => each.method === method))

async function stopped(stop: () => void, step: Promise<StepResult>) {
  const started = performance.now()
  stop()
  const result = await step
  return { result, took: performance.now() - started }
}

const messages = (result: StepResult | undefined) =>
  (result?.annotations ?? []).map(({ message }) => message).join('\n')

onPosix('while the answer to the creation does not come: the key is named, and no post step follows', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  const job = jobWith(jwt)
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT } })
  await asked(pinata, 'POST')
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(LIMIT_MS)
  expect(result.signal).toBeNull()
  expect(messages(result)).toContain(gateway.keys[1]?.id)
  expect(messages(result)).toContain('The step was stopped: the job was cancelled, its time limit')
  expect(await job.end()).toEqual([])
})

onPosix('while Pinata answers nothing at all: it says that there may be a key, and where to look', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'hang', when: 'after', method: 'POST' })
  pinata.fault({ kind: 'hang', method: 'GET', skip: 1, times: Number.POSITIVE_INFINITY })
  const job = jobWith(jwt)
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT } })
  await asked(pinata, 'POST')
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(LIMIT_MS)
  expect(result.signal).toBeNull()
  expect(gateway.keys).toHaveLength(2)
  expect(messages(result)).toMatch(/that nobody knows of\. Look there for a key created at about/)
})

onPosix('while a name is recorded and nothing answers any more: the key is named', async () => {
  const { pinata, gateway, github, jwt, inputs } = await pinataAndGitHub()
  github.fault({ kind: 'hang', method: 'POST', times: Number.POSITIVE_INFINITY })
  pinata.fault({ kind: 'hang', method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const { 'github-token': token } = inputs
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl, token } } })
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT, name: 'pr-7' } })
  await until(() => github.requests.some(({ method }) => method === 'POST'))
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(LIMIT_MS)
  expect(result.signal).toBeNull()
  expect(messages(result)).toContain(`Key ${gateway.keys[1]?.id} was created`)
})

onPosix('while a name is recorded: key and record go', async () => {
  const { gateway, github, jwt, inputs } = await pinataAndGitHub()
  github.fault({ kind: 'hang', when: 'after', method: 'POST' })
  const { 'github-token': token } = inputs
  const job = jobWith(jwt, { context: { github: { api_url: github.apiUrl, token } } })
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT, name: 'pr-7' } })
  await until(() => github.requests.some(({ method }) => method === 'POST'))
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(2 * SECONDS)
  expect(messages(result)).toMatch(/created just before, was revoked\./)
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

onPosix.each([
  ['the gateway is read', { method: 'GET', kind: 'hang' }],
  ['a rate limit is waited for', { method: 'POST', kind: 'status', status: 429, retryAfter: 60 }],
] as const)('while %s: nothing can have been created, and the step ends within a second', async (_name, fault) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault(fault)
  const job = jobWith(jwt)
  const step = job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT } })
  await asked(pinata, fault.method)
  await new Promise(resolve => setTimeout(resolve, 100))
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(SECONDS)
  expect(messages(result)).toContain('The step was stopped: ')
  expect(gateway.keys).toHaveLength(1)
})

onPosix('while keys are revoked: the step says which ones it left', async () => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(3)
  pinata.fault({ kind: 'hang', method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const job = jobWith(jwt)
  const ids = gateway.keys.map(({ id }) => id)
  const given = { ...inputs, 'pinata-jwt': JWT, 'key-id': ids.join() }
  const step = job.step({ action: REVOKE_ACTION, with: given })
  await asked(pinata, 'DELETE')
  const { result, took } = await stopped(() => job.shutdown(), step)
  expect(took).toBeLessThan(SECONDS)
  for (const id of ids) expect(messages(result)).toContain(id)
})

/** A job whose post step is about to revoke its key. */
async function endingJob(fault: Parameters<Pinata['fault']>[0]) {
  const all = await pinataWithGateway(1)
  const job = jobWith(all.jwt)
  const main = await job.step({ action: ACTION, with: { ...all.inputs, 'pinata-jwt': JWT, revoke: 'after-job' } })
  all.pinata.fault(fault)
  const post = job.end().then(([result]) => result as StepResult)
  await asked(all.pinata, 'DELETE')
  return { ...all, job, post, id: main.outputs['key-id'] ?? '' }
}

onPosix('while the post step revokes: it waits for the answer', async () => {
  const { job, post, gateway } = await endingJob({ kind: 'delay', method: 'DELETE', ms: 2 * SECONDS })
  const { result } = await stopped(() => job.shutdown(), post)
  expect([result.exitCode, messages(result)]).toEqual([0, expect.not.stringContaining('could not be revoked')])
  expect(gateway.keys).toHaveLength(1)
})

onPosix('while the post step gets no answer: it warns with the ID of the key', async () => {
  const { job, post, id } = await endingJob({ kind: 'hang', method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const { result, took } = await stopped(() => job.shutdown(), post)
  expect(took).toBeLessThan(LIMIT_MS)
  expect([result.exitCode, result.signal]).toEqual([0, null])
  expect(messages(result)).toContain(id)
})
