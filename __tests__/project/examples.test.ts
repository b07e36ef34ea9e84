import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { startedGitHub } from '../support/github.ts'
import { violations } from '../support/github-openapi.ts'
import { type Job, leaksOf } from '../support/job.ts'
import { pinataWithGateway, recordsOf } from '../support/step.ts'
import { type Environment, EXAMPLES, type JobResult, runExample } from '../support/workflow.ts'

const tls = selfSigned('*.mypinata.cloud')
const home = mkdtempSync(path.join(tmpdir(), 'examples-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const ca = path.join(home, 'ca.pem')
writeFileSync(ca, tls.cert)

/** A Pinata whose gateway curl finds under its real address. */
async function setup(keys: number) {
  const { pinata, gateway, jwt } = await pinataWithGateway(keys, { tls })
  writeFileSync(
    path.join(home, '.curlrc'),
    `connect-to = "::127.0.0.1:${pinata.port}"\ncacert = "${ca.replaceAll('\\', '/')}"\n`,
  )
  const env = { NODE_EXTRA_CA_CERTS: ca, CURL_HOME: home }
  return { pinata, gateway, jwt, environment: { jwt, apiUrl: pinata.apiUrl, env } }
}

/** What nobody may find in any log of the jobs. */
function leaks(results: Record<string, JobResult>, ...secrets: string[]): string[] {
  return Object.values(results).flatMap(({ log, steps }) => [
    ...secrets.filter(secret => log.includes(secret)),
    ...steps.flatMap(step => leaksOf(step, ...secrets)),
  ])
}

test('smoke-test.yml: the key is used and is gone after the job', async () => {
  const { pinata, gateway, jwt, environment } = await setup(1)
  const results = await runExample('smoke-test.yml', environment)
  expect(results['smoke-test']?.status).toBe('success')
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  const value = String(pinata.reads[0]?.headers['x-pinata-gateway-token'])
  expect(gateway.keys.map(key => key.value)).not.toContain(value)
  expect(gateway.keys).toHaveLength(1)
  expect(leaks(results, jwt, value)).toEqual([])
})

test('smoke-test.yml: a failing read fails the job, and the key is gone all the same', async () => {
  const { gateway, environment } = await setup(1)
  const results = await runExample('smoke-test.yml', {
    ...environment,
    afterStep: () => gateway.keys.splice(1),
  })
  expect(results['smoke-test']?.status).toBe('failure')
  expect(results['smoke-test']?.log).toContain('401')
  expect(gateway.keys).toHaveLength(1)
})

test('deploy.yml: the server gets the key, which stays', async () => {
  const { gateway, environment } = await setup(1)
  const script =
    '#!/bin/sh\necho "key: $PINATA_GATEWAY_KEY" > deployed; echo "url: $PINATA_GATEWAY_URL" >> deployed; cat deployed\n'
  const results = await runExample('deploy.yml', {
    ...environment,
    prepare: job => writeFileSync(path.join(job.workspace, 'deploy.sh'), script, { mode: 0o755 }),
  })
  expect(results.deploy?.status).toBe('success')
  expect(results.deploy?.log).toContain('key: ***\nurl: https://fun-llama-300.mypinata.cloud')
  expect(gateway.keys).toHaveLength(2)
})

test('deploy.yml: a deployment that fails leaves no key', async () => {
  const { gateway, environment } = await setup(1)
  const results = await runExample('deploy.yml', {
    ...environment,
    prepare: job => writeFileSync(path.join(job.workspace, 'deploy.sh'), '#!/bin/sh\nexit 3\n', { mode: 0o755 }),
  })
  expect(results.deploy?.status).toBe('failure')
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: one key, used in another job, revoked at last', async () => {
  const { pinata, gateway, jwt, environment } = await setup(1)
  const results = await runExample('across-jobs.yml', environment)
  expect(Object.values(results).map(({ status }) => status)).toEqual(['success', 'success', 'success'])
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
  expect(pinata.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(leaks(results, jwt, String(pinata.reads[0]?.headers['x-pinata-gateway-token']))).toEqual([])
})

test('across-jobs.yml: when a job fails, the key is revoked as well', async () => {
  const { gateway, environment } = await setup(1)
  const { env, ...rest } = environment
  const results = await runExample('across-jobs.yml', {
    ...rest,
    env: { ...env, CURL_HOME: path.join(home, 'nowhere') },
  })
  expect(results.use?.status).toBe('failure')
  expect(results.revoke?.status).toBe('success')
  expect(gateway.keys).toHaveLength(1)
})

// act can't show this: after a cancellation, it runs no step of a job that has not started.
test('across-jobs.yml: when the run is cancelled, the key is revoked as well', async () => {
  const { gateway, environment } = await setup(1)
  const results = await runExample('across-jobs.yml', {
    ...environment,
    afterStep: (job, step) => {
      if (step.run) job.cancel()
    },
  })
  expect(results.use?.status).toBe('cancelled')
  expect(results.revoke?.status).toBe('success')
  expect(gateway.keys).toHaveLength(1)
})

test('revoke.yml: shows first, then revokes, and never opens the gateway', async () => {
  const { gateway, environment } = await setup(3)
  const ids = gateway.keys.map(key => key.id)
  const start = (keys: string[], dryRun: string) =>
    runExample('revoke.yml', { ...environment, inputs: { 'key-id': keys.join(', '), 'dry-run': dryRun } })
  expect((await start(ids.slice(1), 'true')).revoke?.log).toContain(`Key ${ids[1]}: would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(3)
  expect((await start(ids.slice(1), 'false')).revoke?.status).toBe('success')
  expect(gateway.keys.map(key => key.id)).toEqual([ids[0]])
  const last = await start(ids, 'false')
  expect(last.revoke?.status).toBe('failure')
  expect(last.revoke?.log).toContain('Nothing was revoked, as last-key is fail')
  expect(gateway.keys).toHaveLength(1)
})

/** The event of a pull request, as far as the examples look at it. */
const pullRequest = (action: string, number = 7, { repository = 'octo-org/octo-site', login = 'octocat' } = {}) => ({
  event_name: 'pull_request',
  repository: 'octo-org/octo-site',
  event: { action, number, pull_request: { number, user: { login }, head: { repo: { full_name: repository } } } },
})

/** The setup with a GitHub, whose token each job has. `run` runs an example, started by this event. */
async function setupWithGitHub(keys: number) {
  const there = await setup(keys)
  const github = await startedGitHub()
  const token = github.addToken()
  const prepare = (job: Job) =>
    writeFileSync(path.join(job.workspace, 'deploy.sh'), '#!/bin/sh\ntest -n "$PINATA_GATEWAY_KEY"\n', { mode: 0o755 })
  const run = (name: string, event: Record<string, unknown> = {}, options: Partial<Environment> = {}) =>
    runExample(name, {
      ...there.environment,
      github: { api_url: github.apiUrl, token, ...event },
      prepare,
      ...options,
    })
  return { ...there, github, token, run }
}

test('pull-request-preview.yml: one key for all pushes, revoked when the pull request is closed', async () => {
  const { gateway, github, jwt, token, run } = await setupWithGitHub(1)
  const before = [...gateway.keys]
  const keyIds = []
  for (const action of ['opened', 'synchronize', 'reopened']) {
    const results = await run('pull-request-preview.yml', pullRequest(action))
    expect(Object.keys(results)).toEqual(['preview'])
    expect(results.preview?.status).toBe('success')
    keyIds.push(results.preview?.steps[0]?.outputs['key-id'])
    expect(leaks(results, jwt, token, String(gateway.keys[1]?.value))).toEqual([])
  }
  expect(new Set(keyIds)).toEqual(new Set([gateway.keys[1]?.id]))
  await run('pull-request-preview.yml', pullRequest('opened', 8))
  expect(gateway.keys).toHaveLength(3)

  const closed = await run('pull-request-preview.yml', pullRequest('closed'))
  expect(Object.keys(closed)).toEqual(['revoke'])
  expect(closed.revoke?.status).toBe('success')
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['pr-8'])
  await run('pull-request-preview.yml', pullRequest('closed', 8))
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test.each(['POST access_tokens', 'POST deployments', 'deploy'])(
  'pull-request-preview.yml: three pushes, one of them cancelled at %s, then closed: the keys are as before',
  async moment => {
    const { pinata, gateway, github, run } = await setupWithGitHub(1)
    const before = [...gateway.keys]
    const [method = '', what = ''] = moment.split(' ')
    let current: Job | undefined
    const cancelHere = (json: object) => {
      current?.cancel()
      return json
    }
    const watch = (job: Job) => {
      current = job
      writeFileSync(path.join(job.workspace, 'deploy.sh'), '#!/bin/sh\n', { mode: 0o755 })
    }
    if (what === 'access_tokens') pinata.fault({ kind: 'body', method, path: what, body: cancelHere })
    if (what === 'deployments')
      github.fault({ kind: 'body', status: 201, method, path: /deployments$/, body: cancelHere })
    const cancelled = await run('pull-request-preview.yml', pullRequest('opened'), {
      prepare: watch,
      afterStep: job => {
        if (moment === 'deploy') job.cancel()
      },
    })
    expect(cancelled.preview?.status).toBe('cancelled')
    for (const action of ['synchronize', 'synchronize'])
      expect((await run('pull-request-preview.yml', pullRequest(action))).preview?.status).toBe('success')
    expect(gateway.keys).toHaveLength(2)
    await run('pull-request-preview.yml', pullRequest('closed'))
    expect(gateway.keys).toEqual(before)
    expect(github.deployments.size).toBe(0)
  },
)

test.each([
  ['from a fork', pullRequest('opened', 7, { repository: 'somebody/octo-site' })],
  ['by Dependabot', pullRequest('opened', 7, { login: 'dependabot[bot]' })],
  ['from a fork, when it is closed', pullRequest('closed', 7, { repository: 'somebody/octo-site' })],
])('pull-request-preview.yml: a pull request %s is left out', async (_what, event) => {
  const { pinata, github, run } = await setupWithGitHub(1)
  expect(await run('pull-request-preview.yml', event)).toEqual({})
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

test('pull-request-preview.yml: where there is no secret, one line says why', async () => {
  const { pinata, github, run } = await setupWithGitHub(1)
  const results = await run('pull-request-preview.yml', pullRequest('opened'), { jwt: '' })
  expect(results.preview?.status).toBe('failure')
  const [step] = results.preview?.steps ?? []
  expect(step?.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^pinata-jwt is empty\. GitHub gives no secrets to workflows started from a fork or by Dependabot/,
    ),
  ])
  expect(step?.stderr).toBe('')
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

test('rotate.yml: the new key is deployed before the old one goes', async () => {
  const { gateway, github, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  const [unnamed, first] = gateway.keys
  const results = await run('rotate.yml')
  expect(Object.values(results).map(({ status }) => status)).toEqual(['success', 'success'])
  const newId = results.deploy?.outputs['key-id'] ?? ''
  expect(gateway.keys.map(({ id }) => id)).toEqual([unnamed?.id, newId])
  expect(newId).not.toBe(first?.id)
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: newId }])
})

test('rotate.yml: if the deployment fails, the new key goes and the old one stays', async () => {
  const { gateway, github, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  const before = [...gateway.keys]
  const results = await run('rotate.yml', {}, { prepare: () => {} })
  expect(Object.entries(results).map(([name, { status }]) => [name, status])).toEqual([['deploy', 'failure']])
  expect(gateway.keys).toEqual(before)
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: before[1]?.id }])
})

test('rotate.yml: if the old key cannot be revoked, the new one stays all the same', async () => {
  const { pinata, gateway, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const results = await run('rotate.yml')
  expect(Object.values(results).map(({ status }) => status)).toEqual(['success', 'failure'])
  expect(gateway.keys).toHaveLength(3)
})

test('sweep.yml: shows, then revokes, what has expired here and what is old there', async () => {
  const { pinata, gateway, github, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  await run('pull-request-preview.yml', pullRequest('opened'))
  // A month later.
  pinata.passTime(31 * 86_400_000)
  const previews = pinata.addGateway({ domain: 'quiet-otter-12', keys: 2 })
  const [old] = previews.keys
  if (old) old.createdAt = new Date(Date.now() - 15 * 86_400_000).toISOString()

  const shown = await run('sweep.yml', {}, { inputs: { 'dry-run': 'true' } })
  expect(shown.expired?.log).toContain(`Key ${gateway.keys[2]?.id} (pr-7): would be revoked (dry run).`)
  expect(shown.old?.log).toContain(`Key ${old?.id}: would be revoked (dry run).`)
  expect([gateway.keys.length, previews.keys.length]).toEqual([3, 2])

  // On the schedule, where there are no inputs.
  const swept = await run('sweep.yml', { event_name: 'schedule' })
  expect(Object.values(swept).map(({ status }) => status)).toEqual(['success', 'success'])
  expect([gateway.keys.length, previews.keys.length]).toEqual([2, 1])
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['production'])
})

test('every example is run here', () => {
  expect([...EXAMPLES].sort()).toEqual([
    'across-jobs.yml',
    'deploy.yml',
    'pull-request-preview.yml',
    'revoke.yml',
    'rotate.yml',
    'smoke-test.yml',
    'sweep.yml',
  ])
})
