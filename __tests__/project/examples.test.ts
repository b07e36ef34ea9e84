import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { startedGitHub } from '../support/github.ts'
import { ACTION, type Job, leaksOf } from '../support/job.ts'
import { pinataWithGateway, recordsOf } from '../support/step.ts'
import { type Environment, EXAMPLES, type JobResult, runExample } from '../support/workflow.ts'

const tls = selfSigned('*.mypinata.cloud')
const home = mkdtempSync(path.join(tmpdir(), 'examples-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const ca = path.join(home, 'ca.pem')
writeFileSync(ca, tls.cert)

/** Starts a Pinata whose gateway curl finds under its real address. */
async function setup(keys: number) {
  const { pinata, gateway, jwt } = await pinataWithGateway(keys, { tls })
  writeFileSync(
    path.join(home, '.curlrc'),
    `connect-to = "::127.0.0.1:${pinata.port}"\ncacert = "${ca.replaceAll('\\', '/')}"\nretry-max-time = 1\n`,
  )
  const env = { NODE_EXTRA_CA_CERTS: ca, CURL_HOME: home }
  return { pinata, gateway, jwt, environment: { jwt, apiUrl: pinata.apiUrl, env } }
}

/** Secrets that are in a log of the jobs. */
function leaks(results: Record<string, JobResult>, ...secrets: string[]): string[] {
  return Object.values(results).flatMap(({ log, steps }) => [
    ...secrets.filter(secret => log.includes(secret)),
    ...steps.flatMap(step => leaksOf(step, ...secrets)),
  ])
}

const FIRST_KEY = { vars: { GATEWAY_ID: 'fun-llama-300.mypinata.cloud' } }

test('first-key.yml: reads with the key, which is revoked after the job', async () => {
  const { pinata, gateway, jwt, environment } = await setup(1)
  const results = await runExample('first-key.yml', { ...environment, ...FIRST_KEY })
  expect(results.read?.status).toBe('success')
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
  expect(leaks(results, jwt, String(pinata.reads[0]?.headers['x-pinata-gateway-token']))).toEqual([])
})

test('first-key.yml: changes nothing on a gateway without access controls', async () => {
  const { pinata, gateway, environment } = await setup(0)
  const results = await runExample('first-key.yml', { ...environment, ...FIRST_KEY })
  expect(results.read?.status).toBe('failure')
  expect(results.read?.log).toMatch(/Error: Could not .*first-control is fail/)
  expect(gateway.keys).toEqual([])
  expect(pinata.requests.map(({ method }) => method)).not.toContain('POST')
})

test('smoke-test.yml: reads with the key, which is revoked after the job', async () => {
  const { pinata, gateway, jwt, environment } = await setup(1)
  const results = await runExample('smoke-test.yml', environment)
  expect(results['smoke-test']?.status).toBe('success')
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  const value = String(pinata.reads[0]?.headers['x-pinata-gateway-token'])
  expect(gateway.keys.map(key => key.value)).not.toContain(value)
  expect(gateway.keys).toHaveLength(1)
  expect(leaks(results, jwt, value)).toEqual([])
})

test('smoke-test.yml: revokes the key if reading fails', async () => {
  const { gateway, environment } = await setup(1)
  const results = await runExample('smoke-test.yml', {
    ...environment,
    afterStep: () => gateway.keys.splice(1),
  })
  expect(results['smoke-test']?.status).toBe('failure')
  expect(results['smoke-test']?.log).toContain('401')
  expect(gateway.keys).toHaveLength(1)
})

test('deploy.yml: passes the key to the server and keeps it', async () => {
  const { gateway, environment } = await setup(1)
  const script = '#!/bin/sh\necho "key: $GATEWAY_KEY" > deployed; echo "url: $GATEWAY_URL" >> deployed; cat deployed\n'
  const results = await runExample('deploy.yml', {
    ...environment,
    prepare: job => writeFileSync(path.join(job.workspace, 'deploy.sh'), script, { mode: 0o755 }),
  })
  expect(results.deploy?.status).toBe('success')
  expect(results.deploy?.log).toContain('key: ***\nurl: https://fun-llama-300.mypinata.cloud')
  expect(gateway.keys).toHaveLength(2)
})

test('deploy.yml: revokes the key if the deployment fails', async () => {
  const { gateway, environment } = await setup(1)
  const results = await runExample('deploy.yml', {
    ...environment,
    prepare: job => writeFileSync(path.join(job.workspace, 'deploy.sh'), '#!/bin/sh\nexit 3\n', { mode: 0o755 }),
  })
  expect(results.deploy?.status).toBe('failure')
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: reuses one key in another job and revokes it at the end', async () => {
  const { pinata, gateway, jwt, environment } = await setup(1)
  const results = await runExample('across-jobs.yml', environment)
  expect(Object.values(results).map(({ status }) => status)).toEqual(['success', 'success', 'success'])
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
  expect(pinata.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(leaks(results, jwt, String(pinata.reads[0]?.headers['x-pinata-gateway-token']))).toEqual([])
})

test('across-jobs.yml: revokes the key if a job fails', async () => {
  const { gateway, environment } = await setup(1)
  const { env, ...rest } = environment
  const nowhere = mkdtempSync(path.join(home, 'nowhere-'))
  writeFileSync(path.join(nowhere, '.curlrc'), 'connect-to = "::127.0.0.1:1"\nretry-max-time = 1\n')
  const results = await runExample('across-jobs.yml', { ...rest, env: { ...env, CURL_HOME: nowhere } })
  expect(results.use?.status).toBe('failure')
  expect(results.revoke?.status).toBe('success')
  expect(gateway.keys).toHaveLength(1)
})

// act can't show this: after a cancellation, it runs no step of a job that has not started.
test('across-jobs.yml: revokes the key if the run is cancelled', async () => {
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

test('revoke.yml: shows first, then revokes, and keeps the last access control', async () => {
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
  expect(last.revoke?.log).toContain('last-control')
  expect(gateway.keys).toHaveLength(1)
})

/** The event of a pull request, with what the examples read. */
const pullRequest = (action: string, number = 7, { repository = 'octo-org/octo-site', login = 'octocat' } = {}) => ({
  event_name: 'pull_request',
  repository: 'octo-org/octo-site',
  event: { action, number, pull_request: { number, user: { login }, head: { repo: { full_name: repository } } } },
})

/** The setup with a GitHub, whose token each job gets. `run` runs an example, started by this event. */
async function setupWithGitHub(keys: number) {
  const there = await setup(keys)
  const github = await startedGitHub()
  const token = github.addToken()
  const prepare = (job: Job) =>
    writeFileSync(path.join(job.workspace, 'deploy.sh'), '#!/bin/sh\ntest -n "$GATEWAY_KEY"\n', { mode: 0o755 })
  const run = (name: string, event: Record<string, unknown> = {}, options: Partial<Environment> = {}) =>
    runExample(name, {
      ...there.environment,
      github: { api_url: github.apiUrl, token, ...event },
      prepare,
      ...options,
    })
  return { ...there, github, token, run }
}

test('pull-request.yml: gets one key for all pushes, which is revoked when the pull request is closed', async () => {
  const { gateway, github, jwt, token, run } = await setupWithGitHub(1)
  const before = [...gateway.keys]
  const keyIds = []
  for (const action of ['opened', 'synchronize', 'reopened']) {
    const { preview } = await run('pull-request.yml', pullRequest(action))
    expect(preview?.status).toBe('success')
    keyIds.push(preview?.steps[0]?.outputs['key-id'])
    expect(leaks({ preview: preview as JobResult }, jwt, token, String(gateway.keys[1]?.value))).toEqual([])
  }
  expect(new Set(keyIds)).toEqual(new Set([gateway.keys[1]?.id]))
  await run('pull-request.yml', pullRequest('opened', 8))
  expect(gateway.keys).toHaveLength(3)

  const closed = await run('pull-request.yml', pullRequest('closed'), { prepare: () => {} })
  expect(closed.preview?.status).toBe('success')
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['pr-8'])
  await run('pull-request.yml', pullRequest('closed', 8))
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
})

/** A deployment that sets its address as an output. */
const deployTo = (url: string) => (job: Job) =>
  writeFileSync(path.join(job.workspace, 'deploy.sh'), `#!/bin/sh\necho "url=${url}" >> "$GITHUB_OUTPUT"\n`, {
    mode: 0o755,
  })

test('pull-request-parts.yml: gets a key and allows the origin until the pull request is closed', async () => {
  const { gateway, github, jwt, token, run } = await setupWithGitHub(1)
  const before = [...gateway.keys]
  const prepare = deployTo('https://pr-7.example.com/index.html')
  for (const action of ['opened', 'synchronize']) {
    const results = await run('pull-request-parts.yml', pullRequest(action), { prepare })
    expect(Object.entries(results).map(([name, { status }]) => [name, status])).toEqual([['preview', 'success']])
    expect(leaks(results, jwt, token, String(gateway.keys[1]?.value))).toEqual([])
    // The post step's state may contain it, but no log.
    expect(results.preview?.log).not.toContain(gateway.allowedHosts[0]?.id)
    expect(gateway.keys).toHaveLength(2)
    expect(gateway.allowedHosts.map(({ value }) => value)).toEqual(['https://pr-7.example.com'])
  }
  const closed = await run('pull-request-parts.yml', pullRequest('closed'))
  expect(Object.entries(closed).map(([name, { status }]) => [name, status])).toEqual([['close', 'success']])
  expect([gateway.keys, gateway.allowedHosts]).toEqual([before, []])
  expect(github.deployments.size).toBe(0)
})

test('pull-request-parts.yml: fails if the deployment sets no address', async () => {
  const { gateway, run } = await setupWithGitHub(1)
  const results = await run('pull-request-parts.yml', pullRequest('opened'), { prepare: deployTo('') })
  expect(results.preview?.log).toMatch(/origin is empty/)
  expect(gateway.allowedHosts).toEqual([])
})

test.each([
  'deploy.yml',
  'smoke-test.yml',
  'across-jobs.yml',
  're-run.yml',
  'rotate.yml',
  'rotate-secret.yml',
  'pull-request.yml',
  'pull-request-parts.yml',
])('%s: creates nothing on a gateway without access controls', async name => {
  const { gateway, run } = await setupWithGitHub(0)
  const results = await run(name, pullRequest('opened'), { prepare: deployTo('https://pr-7.example.com') })
  const [failed] = Object.values(results).filter(({ status }) => status === 'failure')
  expect(failed?.log).toMatch(/Error: Could not .*first-control is fail/)
  expect([...gateway.keys, ...gateway.allowedHosts]).toEqual([])
})

test('re-run.yml: creates a new key for a job that runs again after the old one was revoked', async () => {
  const { pinata, gateway, github, run } = await setupWithGitHub(1)
  const first = await run('re-run.yml', { run_id: '42' })
  expect(Object.values(first).map(({ status }) => status)).toEqual(['success', 'success'])
  expect(gateway.keys).toHaveLength(1)
  const again = await run('re-run.yml', { run_id: '42' })
  expect(Object.values(again).map(({ status }) => status)).toEqual(['success', 'success'])
  expect(pinata.reads.map(({ status }) => status)).toEqual([200, 200])
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})

/** A `gh` that stores its arguments and its input. */
function fakeGh() {
  const folder = mkdtempSync(path.join(home, 'gh-'))
  const script = `#!/bin/sh\necho "$GH_REPO $*" >> '${folder}/arguments'
    if [ "$1" = secret ]; then cat > '${folder}/stdin'; fi\n`
  writeFileSync(path.join(folder, 'gh'), script, { mode: 0o755 })
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
  return { env: { PATH: `${folder}${path.delimiter}${process.env.PATH}` }, read }
}

test('rotate-secret.yml: stores the new key and its ID; a day later the old key is revoked', async () => {
  const { gateway, github, jwt, environment, run } = await setupWithGitHub(1)
  const gh = fakeGh()
  const env = { ...environment.env, ...gh.env }
  const event = { repository: 'octo-org/octo-site' }
  await run('rotate-secret.yml', event, { env: { ...environment.env, ...fakeGh().env } })
  const [unnamed, old] = gateway.keys
  const results = await run('rotate-secret.yml', event, { env })
  expect(results.rotate?.status).toBe('success')
  const [, , current] = gateway.keys
  expect(gh.read('arguments')).toBe(
    `octo-org/octo-site secret set GATEWAY_KEY
octo-org/octo-site variable set GATEWAY_KEY_ID --body ${current?.id}\n`,
  )
  expect(gh.read('stdin')).toBe(current?.value)
  expect(leaks(results, jwt, String(current?.value))).toEqual([])
  expect(gateway.keys).toEqual([unnamed, old, current])
  const vars = { GATEWAY_KEY_ID: current?.id ?? '' }
  const cleaned = await run('rotate-secret-clean-up.yml', {}, { vars })
  expect(cleaned.revoke?.status).toBe('success')
  expect(gateway.keys).toEqual([unnamed, current])
  expect(recordsOf(github)).toEqual([{ name: 'readers', keyId: current?.id }])
})

test('rotate-secret-clean-up.yml: revokes nothing without the variable', async () => {
  const { gateway, environment, run } = await setupWithGitHub(1)
  await run('rotate-secret.yml', {}, { env: { ...environment.env, ...fakeGh().env } })
  const before = [...gateway.keys]
  expect(await run('rotate-secret-clean-up.yml')).toEqual({})
  expect(gateway.keys).toEqual(before)
})

test.each(['POST access_tokens', 'POST deployments', 'deploy'])(
  'pull-request.yml: leaves no key after three pushes, one of them cancelled at %s, and the close',
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
    const cancelled = await run('pull-request.yml', pullRequest('opened'), {
      prepare: watch,
      afterStep: job => {
        if (moment === 'deploy') job.cancel()
      },
    })
    expect(cancelled.preview?.status).toBe('cancelled')
    for (const action of ['synchronize', 'synchronize'])
      expect((await run('pull-request.yml', pullRequest(action))).preview?.status).toBe('success')
    expect(gateway.keys).toHaveLength(2)
    await run('pull-request.yml', pullRequest('closed'))
    expect(gateway.keys).toEqual(before)
    expect(github.deployments.size).toBe(0)
  },
)

test.each([
  ['from a fork', { repository: 'octocat/octo-site' }],
  ['by Dependabot', { login: 'dependabot[bot]' }],
])('skips a pull request %s in all workflows for pull requests', async (_what, author) => {
  const { pinata, github, run } = await setupWithGitHub(1)
  for (const name of ['pull-request.yml', 'pull-request-parts.yml']) {
    for (const action of ['opened', 'closed']) expect(await run(name, pullRequest(action, 7, author))).toEqual({})
  }
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

test('pull-request.yml: fails with one message if the secret is missing', async () => {
  const { pinata, github, run } = await setupWithGitHub(1)
  const results = await run('pull-request.yml', pullRequest('opened'), { jwt: '' })
  expect(results.preview?.status).toBe('failure')
  const [step] = results.preview?.steps ?? []
  expect(step?.annotations.map(({ message }) => message)).toEqual([expect.stringMatching(/^pinata-jwt is empty/)])
  expect(step?.stderr).toBe('')
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

/** The ID of the key that the first step of a rotation created. */
const newKey = ({ rotate }: Record<string, JobResult>) => rotate?.steps[0]?.outputs['key-id']

test('rotate.yml: deploys the new key, then revokes the old one', async () => {
  const { gateway, github, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  const [unnamed, first] = gateway.keys
  const results = await run('rotate.yml')
  expect(results.rotate?.status).toBe('success')
  expect(gateway.keys.map(({ id }) => id)).toEqual([unnamed?.id, newKey(results)])
  expect(newKey(results)).not.toBe(first?.id)
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: newKey(results) }])
})

test('rotate.yml: keeps the old key if the deployment fails; the next rotation revokes both', async () => {
  const { gateway, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  const before = [...gateway.keys]
  const failed = await run('rotate.yml', {}, { prepare: () => {} })
  expect(failed.rotate?.status).toBe('failure')
  expect(gateway.keys).toEqual([...before, expect.objectContaining({ id: newKey(failed) })])
  const results = await run('rotate.yml')
  expect(gateway.keys.map(({ id }) => id)).toEqual([before[0]?.id, newKey(results)])
})

test('rotate.yml: keeps the new key if the old one cannot be revoked', async () => {
  const { pinata, gateway, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const results = await run('rotate.yml')
  expect(results.rotate?.status).toBe('failure')
  expect(gateway.keys).toHaveLength(3)
})

test('sweep.yml: shows, then revokes, what expired and what a closed pull request left', async () => {
  const { pinata, gateway, github, run } = await setupWithGitHub(1)
  await run('rotate.yml')
  await run('pull-request.yml', pullRequest('opened', 7))
  for (const server of [pinata, github]) server.passTime(20 * 86_400_000)
  await run('pull-request.yml', pullRequest('opened', 8))
  await run('pull-request.yml', pullRequest('opened', 9))
  const [, production, expired, closed, open] = gateway.keys
  github.addPullRequest({ number: 8, closedAt: new Date(Date.now() + 20 * 86_400_000 - 2 * 3_600_000).toISOString() })
  github.addPullRequest({ number: 9 })

  const shown = await run('sweep.yml', {}, { inputs: { 'dry-run': 'true' } })
  expect(shown.sweep?.log).toContain(`Key ${expired?.id} (pr-7): would be revoked (dry run).`)
  expect(shown.sweep?.log).toContain(`Key ${closed?.id} (pr-8): would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(5)

  // On the schedule, without inputs.
  const swept = await run('sweep.yml', { event_name: 'schedule' })
  expect(swept.sweep?.status).toBe('success')
  expect(gateway.keys.slice(1)).toEqual([production, open])
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['production', 'pr-9'])
})

test('try.yml: gets a key of the emulated Pinata and reads with it', async () => {
  const results = await runExample('try.yml', {
    jwt: '',
    apiUrl: '',
    // Stands in for the checkout of the emulator.
    prepare: job => symlinkSync(ACTION, path.join(job.workspace, 'pinata'), 'junction'),
  })
  const emulator = /process (\d+)/.exec(results.try?.log ?? '')?.[1]
  process.kill(Number(emulator))
  expect(results.try?.status).toBe('success')
  expect(results.try?.log).toContain('Revoked key')
})

test('recipes.md: uploads a file with curl', async () => {
  const document = readFileSync(path.join(ACTION, 'docs', 'recipes.md'), 'utf8')
  const command = /```sh\n(.*?)\n```/s.exec(document)?.[1] ?? ''
  const folder = mkdtempSync(path.join(home, 'upload-'))
  writeFileSync(path.join(folder, 'logo.png'), 'a picture')
  const { cert, key } = selfSigned('uploads.pinata.cloud')
  writeFileSync(path.join(folder, 'ca.pem'), cert)
  const received: string[] = []
  const server = createServer({ cert, key }, async (request, response) => {
    const body = (await request.toArray()).join('')
    received.push(`${request.method} ${request.headers.host}${request.url}`, `${request.headers.authorization}`, body)
    response.end('{"data":{"cid":"bafy"}}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  writeFileSync(path.join(folder, '.curlrc'), `connect-to = "::127.0.0.1:${port}"\ncacert = "ca.pem"\n`)
  const env = { ...process.env, CURL_HOME: folder, PINATA_UPLOAD_JWT: 'a-jwt' }
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: folder, env })
  server.close()
  expect(stdout).toBe('{"data":{"cid":"bafy"}}')
  expect(received.slice(0, 2)).toEqual(['POST uploads.pinata.cloud/v3/files', 'Bearer a-jwt'])
  expect(received[2]).toMatch(
    /name="network"\r\n\r\npublic\r\n.*name="file"; filename="logo.png".*\r\n\r\na picture\r\n/s,
  )
})

test('runs every example', () => {
  expect([...EXAMPLES].sort()).toEqual([
    'across-jobs.yml',
    'deploy.yml',
    'first-key.yml',
    'pull-request-parts.yml',
    'pull-request.yml',
    're-run.yml',
    'revoke.yml',
    'rotate-secret-clean-up.yml',
    'rotate-secret.yml',
    'rotate.yml',
    'smoke-test.yml',
    'sweep.yml',
    'try.yml',
  ])
})
