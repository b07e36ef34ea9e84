import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { leaks } from '../../emulator/runner/runner.mjs'
import { type RunOptions, runWorkflow, type WorkflowRun } from '../support/act.ts'
import { startedGitHub } from '../support/github.ts'
import { startInternet } from '../support/internet.ts'
import { githubEnv, pinataWithGateway, recordsOf, runKeyStep } from '../support/step.ts'
import { EXAMPLES } from '../support/workflow.ts'

const ran = new Set<string>()

/** A Pinata under its real addresses, and a way to run an example that uses it. */
async function setup(keys = 1) {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(keys)
  const internet = await startInternet({ 'api.pinata.cloud': pinata.port, '*.mypinata.cloud': pinata.port })
  const values = new Set<string>()

  /** The values of keys with which the gateway was read, for keys that may be gone. */
  const shown = () => pinata.reads.map(({ headers }) => String(headers['x-pinata-gateway-token']))

  async function run(file: string, options: RunOptions = {}): Promise<WorkflowRun> {
    ran.add(file)
    const secrets = { PINATA_JWT: jwt, ...options.secrets }
    const result = await runWorkflow(file, { ...options, secrets, env: { ...internet.env, ...options.env } })
    // Whatever else a test is about: no secret in the log, and nothing asked of the world outside.
    for (const value of [...shown(), ...gateway.keys.map(({ value }) => value)]) values.add(value)
    // An empty secret is one that is not there.
    const hidden = [...Object.values(secrets), ...values].filter(secret => secret !== '')
    expect(leaks(result.log, hidden)).toEqual([])
    expect(internet.refused).toEqual([])
    return result
  }
  return { pinata, gateway, inputs, shown, run }
}

/** The setup with a GitHub, whose token each job has. */
async function setupWithGitHub() {
  const there = await setup()
  const github = await startedGitHub()
  const token = github.addToken()
  const run = (file: string, options: RunOptions = {}): Promise<WorkflowRun> =>
    there.run(file, {
      ...options,
      secrets: { GITHUB_TOKEN: token, ...options.secrets },
      env: { GITHUB_API_URL: github.apiUrl, ...options.env },
    })
  /** Makes a key with a name, as a run long before would have. */
  async function makeBefore(naming: Record<string, string>, daysAgo = 0): Promise<string> {
    const given = { ...there.inputs, ...naming, 'github-token': token }
    const done = await runKeyStep(given, { env: githubEnv(github) })
    for (const server of [there.pinata, github]) server.passTime(daysAgo * DAY_MS)
    return String(done.outputs['key-id'])
  }
  return { ...there, github, run, makeBefore }
}

const DAY_MS = 86_400_000

/** Each job's result and what came of its steps, in the order in which they ran. */
function told({ jobs }: WorkflowRun): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, { result, steps }]) => [
      name,
      [result, ...steps.map(({ stage, name, outcome }) => `${stage} ${name}: ${outcome}`)],
    ]),
  )
}

/** The script of the examples that deploy: uses the key like a server, prints it, and continues with `rest`. */
const deploy = (rest = '') => ({
  'deploy.sh': `#!/bin/sh
    curl --fail --silent --show-error --header "x-pinata-gateway-token: $GATEWAY_KEY" \\
      "$GATEWAY_URL/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" || exit
    echo "key: $GATEWAY_KEY"
    echo "url: $GATEWAY_URL"
    ${rest}
  `,
})

const home = mkdtempSync(path.join(tmpdir(), 'examples-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
writeFileSync(path.join(home, '.curlrc'), 'retry-max-time = 1\n')

// These variables make each step with curl fail soon.
const WITHOUT_CURL = { CURL_CA_BUNDLE: 'nowhere', CURL_HOME: home }

test('first-key.yml: reads with the key, which is gone after the job', async () => {
  const { pinata, gateway, run } = await setup()
  const vars = { GATEWAY_ID: 'fun-llama-300.mypinata.cloud' }
  expect(told(await run('first-key.yml', { eventName: 'workflow_dispatch', vars }))).toEqual({
    read: [
      'success',
      'Main Get a gateway key: success',
      'Main Read a file with the key: success',
      'Post Get a gateway key: success',
    ],
  })
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
})

test('smoke-test.yml: reads with the key, which is gone after the job', async () => {
  const { pinata, gateway, shown, run } = await setup()
  expect(told(await run('smoke-test.yml'))).toEqual({
    'smoke-test': [
      'success',
      'Main Get a gateway key: success',
      'Main Read a file through the gateway: success',
      'Post Get a gateway key: success',
    ],
  })
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
  expect(gateway.keys.map(({ value }) => value)).not.toEqual(shown())
})

test('smoke-test.yml: revokes the key even if the read and the job fail', async () => {
  const { gateway, run } = await setup()
  expect(told(await run('smoke-test.yml', { env: WITHOUT_CURL }))).toEqual({
    'smoke-test': [
      'failure',
      'Main Get a gateway key: success',
      'Main Read a file through the gateway: failure',
      'Post Get a gateway key: success',
    ],
  })
  expect(gateway.keys).toHaveLength(1)
})

test('smoke-test.yml: fails with one error if Pinata rejects the JWT, and the post step does nothing', async () => {
  const { pinata, run } = await setup()
  const result = await run('smoke-test.yml', { secrets: { PINATA_JWT: 'eyJhbGciOiJIUzI1NiJ9.e30.b2xkLXNpZ25hdHVyZQ' } })
  expect(told(result)).toEqual({
    'smoke-test': ['failure', 'Main Get a gateway key: failure', 'Post Get a gateway key: success'],
  })
  expect(result.log.match(/::error.*/g)).toEqual([expect.stringContaining('pinata-jwt')])
  expect(pinata.requests.map(({ method }) => method)).not.toContain('POST')
})

test('deploy.yml: gives the server a key, masked in the log, and keeps it', async () => {
  const { gateway, shown, run } = await setup()
  const result = await run('deploy.yml', { files: deploy() })
  expect(told(result)).toEqual({
    deploy: [
      'success',
      'Main actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1: success',
      'Main Get a gateway key: success',
      'Main Deploy: success',
      'Post Get a gateway key: success',
    ],
  })
  expect(result.jobs.deploy?.steps[2]?.log).toContain('key: ***\nurl: https://fun-llama-300.mypinata.cloud')
  expect(gateway.keys.map(({ value }) => value).slice(1)).toEqual(shown())
})

test('deploy.yml: leaves no key after a failing deployment', async () => {
  const { gateway, shown, run } = await setup()
  expect(told(await run('deploy.yml', { files: deploy('exit 3') }))).toEqual({
    deploy: [
      'failure',
      'Main actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1: success',
      'Main Get a gateway key: success',
      'Main Deploy: failure',
      'Post Get a gateway key: success',
    ],
  })
  expect(shown()).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('deploy.yml: leaves no key after a cancelled deployment', async () => {
  const { gateway, shown, run } = await setup()
  const result = await run('deploy.yml', { files: deploy('echo waiting; exec sleep 20'), cancelAt: 'waiting' })
  expect(result.jobs.deploy?.steps.map(({ stage, name }) => `${stage} ${name}`)).toEqual([
    'Main actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1',
    'Main Get a gateway key',
    'Main Deploy',
    'Post Get a gateway key',
  ])
  expect(result.jobs.deploy?.steps.at(-1)?.log).toContain('Revoked key')
  expect(shown()).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: reads with the key in another job, and revokes it in the last one', async () => {
  const { pinata, gateway, run } = await setup()
  expect(told(await run('across-jobs.yml'))).toEqual({
    key: ['success', 'Main Get a gateway key: success', 'Post Get a gateway key: success'],
    use: [
      'success',
      'Main Get the key by its ID: success',
      'Main Read a file through the gateway: success',
      'Post Get the key by its ID: success',
    ],
    revoke: ['success', 'Main Revoke the key: success'],
  })
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(pinata.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: revokes the key even if a job fails', async () => {
  const { gateway, run } = await setup()
  expect(told(await run('across-jobs.yml', { env: WITHOUT_CURL }))).toEqual({
    key: ['success', 'Main Get a gateway key: success', 'Post Get a gateway key: success'],
    use: [
      'failure',
      'Main Get the key by its ID: success',
      'Main Read a file through the gateway: failure',
      'Post Get the key by its ID: success',
    ],
    revoke: ['success', 'Main Revoke the key: success'],
  })
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: runs no later job without a key', async () => {
  const { pinata, run } = await setup()
  const result = await run('across-jobs.yml', {
    secrets: { PINATA_JWT: 'eyJhbGciOiJIUzI1NiJ9.e30.b2xkLXNpZ25hdHVyZQ' },
  })
  expect(told(result)).toEqual({
    key: ['failure', 'Main Get a gateway key: failure', 'Post Get a gateway key: success'],
    use: ['skipped'],
    revoke: ['skipped'],
  })
  expect(pinata.requests.map(({ method }) => method)).not.toContain('DELETE')
})

test('revoke.yml: shows first, then revokes, and never removes the last access control', async () => {
  const { gateway, run } = await setup(3)
  const ids = gateway.keys.map(({ id }) => id)
  const start = (inputs: Record<string, string>) => run('revoke.yml', { eventName: 'workflow_dispatch', inputs })

  const dry = await start({ 'key-id': `${ids[1]}, ${ids[2]}` })
  expect(told(dry)).toEqual({ revoke: ['success', 'Main Revoke the keys: success'] })
  expect(dry.log).toContain(`Key ${ids[1]}: would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(3)

  const real = await start({ 'key-id': `${ids[1]}, ${ids[2]}`, 'dry-run': 'false' })
  expect(told(real)).toEqual({ revoke: ['success', 'Main Revoke the keys: success'] })
  expect(gateway.keys.map(({ id }) => id)).toEqual([ids[0]])

  const last = await start({ 'key-id': String(ids[0]), 'dry-run': 'false' })
  expect(told(last)).toEqual({ revoke: ['failure', 'Main Revoke the keys: failure'] })
  expect(last.log).toContain('last-control')
  expect(gateway.keys).toHaveLength(1)
})

/** The part of a pull request's event that the examples read. */
const pullRequest = (action: string): RunOptions => ({
  eventName: 'pull_request',
  event: {
    action,
    number: 7,
    pull_request: {
      number: 7,
      user: { login: 'octocat' },
      head: { ref: 'preview', repo: { full_name: 'octo-org/octo-site' } },
      base: { ref: 'main' },
    },
  },
})

const CHECKOUT = 'Main actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1: success'

/** What `told` returns for a push to a pull request whose deployment ends like this. */
const pushed = (outcome: 'success' | 'failure') => ({
  preview: [
    outcome,
    'Main Get a gateway key, or revoke it when the pull request closes: success',
    CHECKOUT,
    `Main Deploy the preview: ${outcome}`,
    'Post Get a gateway key, or revoke it when the pull request closes: success',
  ],
})

const CLOSED = {
  preview: [
    'success',
    'Main Get a gateway key, or revoke it when the pull request closes: success',
    'Post Get a gateway key, or revoke it when the pull request closes: success',
  ],
}

test('pull-request.yml: gets one key for all pushes, and revokes it when the pull request is closed', async () => {
  const { gateway, github, shown, run } = await setupWithGitHub()
  const before = [...gateway.keys]
  const [first, second] = [github.addCommit(), github.addCommit()]
  const opened = await run('pull-request.yml', { ...pullRequest('opened'), sha: first, files: deploy() })
  expect(told(opened)).toEqual(pushed('success'))
  const key = gateway.keys[1]
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: key?.id }])
  expect([...github.deployments.values()].map(({ sha }) => sha)).toEqual([first])

  const again = { ...pullRequest('synchronize'), sha: second, files: deploy() }
  expect(told(await run('pull-request.yml', again))).toEqual(pushed('success'))
  expect(shown()).toEqual([key?.value, key?.value])
  expect([gateway.keys.length, github.deployments.size]).toEqual([2, 1])

  expect(told(await run('pull-request.yml', pullRequest('closed')))).toEqual(CLOSED)
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
})

test('pull-request.yml: leaves no key after a cancelled push, a failing deployment and the close', async () => {
  const { gateway, github, shown, run } = await setupWithGitHub()
  const before = [...gateway.keys]
  const cancelled = await run('pull-request.yml', {
    ...pullRequest('opened'),
    files: deploy('echo waiting; exec sleep 20'),
    cancelAt: 'waiting',
  })
  expect(cancelled.jobs.preview?.steps.at(-1)).toMatchObject({ stage: 'Post', outcome: 'success' })
  const failing = { ...pullRequest('synchronize'), files: deploy('exit 3') }
  expect(told(await run('pull-request.yml', failing))).toEqual(pushed('failure'))
  const last = { ...pullRequest('synchronize'), files: deploy() }
  expect(told(await run('pull-request.yml', last))).toEqual(pushed('success'))
  expect(shown()).toEqual(Array(3).fill(gateway.keys[1]?.value))
  expect([gateway.keys.length, github.deployments.size]).toEqual([2, 1])

  expect(told(await run('pull-request.yml', pullRequest('closed')))).toEqual(CLOSED)
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
})

test('pull-request-parts.yml: gets a key and an origin until the pull request is closed', async () => {
  const { gateway, github, run } = await setupWithGitHub()
  const before = [...gateway.keys]
  const files = deploy('echo "url=https://pr-$NUMBER.example.com/" >> "$GITHUB_OUTPUT"')
  for (const action of ['opened', 'synchronize']) {
    expect(told(await run('pull-request-parts.yml', { ...pullRequest(action), files }))).toEqual({
      preview: [
        'success',
        CHECKOUT,
        'Main Get the key of this pull request: success',
        'Main Deploy the preview: success',
        'Main Allow the origin of the preview: success',
        'Post Allow the origin of the preview: success',
        'Post Get the key of this pull request: success',
      ],
      close: ['skipped'],
    })
    expect(gateway.keys).toHaveLength(2)
    expect(gateway.allowedHosts.map(({ value }) => value)).toEqual(['https://pr-7.example.com'])
  }
  expect(told(await run('pull-request-parts.yml', pullRequest('closed')))).toEqual({
    preview: ['skipped'],
    close: ['success', 'Main Revoke everything under the name of this pull request: success'],
  })
  expect([gateway.keys, gateway.allowedHosts]).toEqual([before, []])
  expect(github.deployments.size).toBe(0)
})

test('re-run.yml: shares a key by name, and revokes it in the last job, even if another one failed', async () => {
  const { pinata, gateway, github, run } = await setupWithGitHub()
  const revoke = ['success', 'Main Revoke the key of this run: success']
  const read = (outcome: string) => [
    outcome,
    'Main Get the key of this run: success',
    `Main Read a file through the gateway: ${outcome}`,
    'Post Get the key of this run: success',
  ]
  expect(told(await run('re-run.yml'))).toEqual({ read: read('success'), revoke })
  expect(told(await run('re-run.yml', { env: WITHOUT_CURL }))).toEqual({ read: read('failure'), revoke })
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(gateway.keys).toHaveLength(1)
  expect(github.deployments.size).toBe(0)
})

test('rotate-secret.yml: stores the new key and its ID, and revokes the old key a day later', async () => {
  const { gateway, github, run, makeBefore } = await setupWithGitHub()
  const old = await makeBefore({ name: 'readers' }, 30)
  const gh = `#!/bin/sh\necho "$GH_REPO $*" >> '${home}/arguments'\n[ "$1" = variable ] || cat > '${home}/stdin'\n`
  writeFileSync(path.join(home, 'gh'), gh, { mode: 0o755 })
  const options = { eventName: 'schedule', secrets: { SECRETS_TOKEN: 'github_pat_0123456789' } }
  expect(told(await run('rotate-secret.yml', { ...options, programs: home }))).toEqual({
    rotate: [
      'success',
      'Main Create a new key: success',
      'Main Store the key, then its ID: success',
      'Post Create a new key: success',
    ],
  })
  const current = gateway.keys.at(-1)
  expect(readFileSync(path.join(home, 'arguments'), 'utf8').split('\n')).toEqual([
    'octo-org/octo-site secret set GATEWAY_KEY',
    `octo-org/octo-site variable set GATEWAY_KEY_ID --body ${current?.id}`,
    '',
  ])
  expect(readFileSync(path.join(home, 'stdin'), 'utf8')).toBe(current?.value)
  expect(gateway.keys.map(({ id }) => id)).toContain(old)

  const vars = { GATEWAY_KEY_ID: String(current?.id) }
  expect(told(await run('rotate-secret-clean-up.yml', { eventName: 'schedule', vars }))).toEqual({
    revoke: ['success', 'Main Revoke the keys that were replaced: success'],
  })
  expect(gateway.keys.slice(1)).toEqual([current])
  expect(recordsOf(github)).toEqual([{ name: 'readers', keyId: current?.id }])
})

test('pull-request.yml: explains in one line that the secret is missing', async () => {
  const { pinata, github, run } = await setupWithGitHub()
  const result = await run('pull-request.yml', { ...pullRequest('opened'), secrets: { PINATA_JWT: '' } })
  expect(told(result)).toEqual({
    preview: [
      'failure',
      'Main Get a gateway key, or revoke it when the pull request closes: failure',
      'Post Get a gateway key, or revoke it when the pull request closes: success',
    ],
  })
  expect(result.log.match(/::(error|warning).*/g)).toEqual([
    expect.stringMatching(
      /^::error title=Pinata preview::pinata-jwt is empty: GitHub passes no secrets to runs for pull requests from forks/,
    ),
  ])
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

/** The steps of a rotation with their outcomes. */
const rotated = (deployed: 'success' | 'failure', revoked: 'success' | 'failure' = 'success') => ({
  rotate: [
    deployed === 'failure' ? deployed : revoked,
    'Main actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1: success',
    'Main Create a new key: success',
    `Main Deploy: ${deployed}`,
    ...(deployed === 'failure' ? [] : [`Main Revoke the keys that it replaced: ${revoked}`]),
    'Post Create a new key: success',
  ],
})

test('rotate.yml: deploys the new key, then revokes the old one', async () => {
  const { gateway, github, shown, run } = await setupWithGitHub()
  const keys = [...gateway.keys]
  for (const _rotation of [1, 2]) {
    expect(told(await run('rotate.yml', { eventName: 'schedule', files: deploy() }))).toEqual(rotated('success'))
    keys.push(...gateway.keys.slice(-1))
    expect(recordsOf(github)).toEqual([{ name: 'production', keyId: keys.at(-1)?.id }])
  }
  expect(new Set(keys).size).toBe(3)
  expect(gateway.keys).toEqual([keys[0], keys[2]])
  expect(shown()).toEqual([keys[1]?.value, keys[2]?.value])
})

test('rotate.yml: keeps the old key if the deployment fails', async () => {
  const { gateway, shown, run, makeBefore } = await setupWithGitHub()
  await makeBefore({ name: 'production' })
  const before = [...gateway.keys]
  const result = await run('rotate.yml', { eventName: 'schedule', files: deploy('exit 3') })
  expect(told(result)).toEqual(rotated('failure'))
  expect(gateway.keys).toEqual([...before, expect.objectContaining({ value: shown()[0] })])
})

test('rotate.yml: keeps the new key if the old one cannot be revoked', async () => {
  const { pinata, gateway, github, shown, run, makeBefore } = await setupWithGitHub()
  const keyId = await makeBefore({ name: 'production' })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', times: Number.POSITIVE_INFINITY })
  const result = await run('rotate.yml', { eventName: 'schedule', files: deploy() })
  expect(told(result)).toEqual(rotated('success', 'failure'))
  expect(result.jobs.rotate?.steps.find(({ name }) => name.startsWith('Revoke'))?.log).toContain(keyId)
  expect(gateway.keys.at(-1)?.value).toBe(shown()[0])
  expect(recordsOf(github).map(record => record.keyId)).toEqual(gateway.keys.slice(1).map(({ id }) => id))
})

test('sweep.yml: shows, then revokes, what expired and what a closed pull request left', async () => {
  const { gateway, github, run, makeBefore } = await setupWithGitHub()
  const production = await makeBefore({ name: 'production' })
  const expired = await makeBefore({ name: 'pr-7', 'expires-in': '14d' }, 15)
  const closed = await makeBefore({ name: 'pr-8', 'expires-in': '14d' })
  // 15 days ago by the clock of the emulated GitHub.
  github.addPullRequest({ number: 8, closedAt: new Date().toISOString() })
  const swept = {
    sweep: [
      'success',
      'Main Revoke what expired more than an hour ago: success',
      'Main Revoke what closed pull requests left: success',
    ],
  }

  const shown = await run('sweep.yml', { eventName: 'workflow_dispatch', inputs: {} })
  expect(told(shown)).toEqual(swept)
  expect(shown.log).toContain(`Key ${expired} (pr-7): would be revoked (dry run).`)
  expect(shown.log).toContain(`Key ${closed} (pr-8): would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(4)

  // On the schedule, where there are no inputs.
  expect(told(await run('sweep.yml', { eventName: 'schedule' }))).toEqual(swept)
  expect(gateway.keys.slice(1).map(({ id }) => id)).toEqual([production])
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: production }])
})

test('try.yml: starts the emulated Pinata in the job, and gets a key from it', async () => {
  ran.add('try.yml')
  // No secret, and no server of the test.
  const result = await runWorkflow('try.yml', { eventName: 'workflow_dispatch' })
  const [, emulator] = /process (\d+)/.exec(result.log) ?? []
  process.kill(Number(emulator))
  expect(told(result)).toEqual({
    try: [
      'success',
      'Main Check out the emulator: success',
      'Main Start the emulated Pinata: success',
      'Main Get a gateway key: success',
      'Main Read a file through the gateway: success',
      'Post Get a gateway key: success',
    ],
  })
  expect(result.log).toContain('Revoked key')
})

// The last one, as it looks back at the others. It fails if it runs alone.
test('runs every example', () => {
  expect([...ran].sort()).toEqual([...EXAMPLES].sort())
})
