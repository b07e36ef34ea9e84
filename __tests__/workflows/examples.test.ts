import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { type RunOptions, runWorkflow } from '../support/act.ts'
import { recordsOf } from '../support/step.ts'
import { home, programs, pullRequest, setup } from './setup.ts'

/** Returns the examples' deployment script. It reads content as a server would, prints the key, and runs `rest`. */
const deploy = (rest = '') => ({
  'deploy.sh': `#!/bin/sh
    curl --fail --silent --show-error --header "x-pinata-gateway-token: $GATEWAY_KEY" \\
      "$GATEWAY_URL/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" || exit
    echo "key: $GATEWAY_KEY"
    echo "url: $GATEWAY_URL"
    ${rest}
  `,
})

writeFileSync(path.join(home, '.curlrc'), 'retry-max-time = 1\n')
/** Makes each step that uses curl fail quickly. */
const WITHOUT_CURL = { CURL_CA_BUNDLE: 'nowhere', CURL_HOME: home }

const [SUCCESS, FAILURE, SKIPPED] = ['success', 'failure', 'skipped']

test.each<[string, RunOptions, object]>([
  ['first-key.yml', { eventName: 'workflow_dispatch' }, { read: SUCCESS }],
  ['first-key.yml', { eventName: 'workflow_dispatch', env: WITHOUT_CURL }, { read: FAILURE }],
  ['across-jobs.yml', {}, { key: SUCCESS, use: SUCCESS, revoke: SUCCESS }],
  ['across-jobs.yml', { env: WITHOUT_CURL }, { key: SUCCESS, use: FAILURE, revoke: SUCCESS }],
  ['re-run.yml', {}, { read: SUCCESS, revoke: SUCCESS }],
  ['re-run.yml', { env: WITHOUT_CURL }, { read: FAILURE, revoke: SUCCESS }],
])('%s with %j reads with one key, which is revoked at the end', async (file, options, results) => {
  const { pinata, gateway, github, run } = await setup()
  expect(await run(file, options)).toMatchObject({ results })
  expect(pinata.reads.map(({ status }) => status)).toEqual(options.env ? [] : [200])
  expect(pinata.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect([gateway.keys.length, github.deployments.size]).toEqual([1, 0])
})

test('across-jobs.yml: skips the later jobs if no key was created', async () => {
  const { pinata, run } = await setup()
  const secrets = { PINATA_JWT: 'eyJhbGciOiJIUzI1NiJ9.e30.b2xkLXNpZ25hdHVyZQ' }
  const { results, log } = await run('across-jobs.yml', { secrets })
  expect(results).toEqual({ key: FAILURE, use: SKIPPED, revoke: SKIPPED })
  expect(log.match(/::error.*/g)).toEqual([expect.stringContaining('pinata-jwt')])
  expect(pinata.requests.map(({ method }) => method)).not.toContain('DELETE')
})

test('deploy.yml: gives the server a key, masked in the log, and keeps it', async () => {
  const { sentKeys, activeKeys, run } = await setup()
  const { results, log } = await run('deploy.yml', { files: deploy() })
  expect(results).toEqual({ deploy: SUCCESS })
  expect(log).toContain('key: ***\nurl: https://fun-llama-300.mypinata.cloud')
  expect(activeKeys()).toEqual(sentKeys())
})

test.each<[string, string, RunOptions]>([
  ['failed', 'exit 3', {}],
  ['canceled', 'echo waiting; exec sleep 20', { cancelAt: 'waiting' }],
])('deploy.yml: leaves no key after a %s deployment', async (_name, rest, options) => {
  const { sentKeys, activeKeys, run } = await setup()
  const { results } = await run('deploy.yml', { files: deploy(rest), ...options })
  expect([results, sentKeys().length, activeKeys()]).toEqual([{ deploy: FAILURE }, 1, []])
})

test('revoke.yml: shows what it would revoke, then revokes it, and never removes the last access control', async () => {
  const { gateway, run } = await setup(3)
  const [first = '', ...others] = gateway.keys.map(({ id }) => id)
  const start = (inputs: Record<string, string>) => run('revoke.yml', { eventName: 'workflow_dispatch', inputs })
  const dry = await start({ 'key-id': others.join(', ') })
  expect(dry.log).toContain(`Key ${others[0]}: would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(3)
  await start({ 'key-id': others.join(', '), 'dry-run': 'false' })
  const last = await start({ 'key-id': first, 'dry-run': 'false' })
  expect(last).toMatchObject({ results: { revoke: FAILURE }, log: expect.stringContaining('last-control') })
  expect(gateway.keys).toMatchObject([{ id: first }])
})

test('pull-request.yml: keeps one key for all pushes, even if runs fail or are canceled, until the close', async () => {
  const { gateway, github, sentKeys, activeKeys, run } = await setup()
  for (const [preview, rest, cancelAt = ''] of [
    [FAILURE, 'echo waiting; exec sleep 20', 'waiting'],
    [FAILURE, 'exit 3'],
    [SUCCESS, ''],
  ] as const) {
    const pushed = await run('pull-request.yml', { ...pullRequest('synchronize'), files: deploy(rest), cancelAt })
    expect(pushed).toMatchObject({ results: { preview } })
  }
  const [key] = activeKeys()
  expect([activeKeys(), sentKeys()]).toEqual([[key], [key, key, key]])
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: gateway.keys[1]?.id }])
  // There is no deploy.sh, so the deployment would fail.
  expect(await run('pull-request.yml', pullRequest('closed'))).toMatchObject({ results: { preview: SUCCESS } })
  expect([activeKeys(), github.deployments.size]).toEqual([[], 0])
})

test('pull-request-parts.yml: gets a key and an origin until the pull request is closed', async () => {
  const { gateway, github, activeKeys, run } = await setup()
  const files = deploy('echo "url=https://pr-$NUMBER.example.com/" >> "$GITHUB_OUTPUT"')
  for (const action of ['opened', 'synchronize']) {
    const { results } = await run('pull-request-parts.yml', { ...pullRequest(action), files })
    expect(results).toEqual({ preview: SUCCESS, close: SKIPPED })
    expect(activeKeys()).toHaveLength(1)
    expect(gateway.allowedHosts).toMatchObject([{ value: 'https://pr-7.example.com' }])
  }
  const { results } = await run('pull-request-parts.yml', pullRequest('closed'))
  expect(results).toEqual({ preview: SKIPPED, close: SUCCESS })
  expect([activeKeys(), gateway.allowedHosts, github.deployments.size]).toEqual([[], [], 0])
})

test.each([
  ['from a fork', { repository: 'octocat/octo-site' }],
  ['by Dependabot', { login: 'dependabot[bot]' }],
])('skips a pull request %s in all pull request workflows', async (_name, author) => {
  const { pinata, github, run } = await setup()
  for (const file of ['pull-request.yml', 'pull-request-parts.yml', 'deploy/site-preview.yml']) {
    for (const action of ['opened', 'closed']) {
      const { results } = await run(file, pullRequest(action, author))
      expect(new Set(Object.values(results))).toEqual(new Set([SKIPPED]))
    }
  }
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

test('rotate-secret.yml: stores the new key and its ID, and revokes the old key a day later', async () => {
  const { gateway, github, run, createInPast } = await setup()
  const cleanUp = (vars = {}) => run('rotate-secret-clean-up.yml', { eventName: 'schedule', vars })
  const old = await createInPast({ name: 'readers' }, 30)
  expect(await cleanUp()).toMatchObject({ results: { revoke: SKIPPED } })

  const gh = programs({ gh: `echo "$GH_REPO $*" >> '${home}/arguments'\n[ "$1" = variable ] || cat > '${home}/stdin'` })
  const options = { eventName: 'schedule', secrets: { SECRETS_TOKEN: 'github_pat_0123456789' }, programs: gh }
  expect(await run('rotate-secret.yml', options)).toMatchObject({ results: { rotate: SUCCESS } })
  const { id, value } = gateway.keys.at(-1) ?? {}
  expect(readFileSync(path.join(home, 'arguments'), 'utf8').trim().split('\n')).toEqual([
    'octo-org/octo-site secret set GATEWAY_KEY',
    `octo-org/octo-site variable set GATEWAY_KEY_ID --body ${id}`,
  ])
  expect(readFileSync(path.join(home, 'stdin'), 'utf8')).toBe(value)
  expect(gateway.keys.slice(1)).toMatchObject([{ id: old }, { id }])

  expect(await cleanUp({ GATEWAY_KEY_ID: String(id) })).toMatchObject({ results: { revoke: SUCCESS } })
  expect(gateway.keys.slice(1)).toMatchObject([{ id }])
  expect(recordsOf(github)).toEqual([{ name: 'readers', keyId: id }])
})

test('rotate.yml: deploys the new key, then revokes the old one, unless the deployment failed', async () => {
  const { gateway, github, sentKeys, activeKeys, run } = await setup()
  for (const [rotate, rest, left] of [
    [SUCCESS, '', [0]],
    [FAILURE, 'exit 3', [0, 1]],
    [SUCCESS, '', [2]],
  ] as const) {
    const rotated = await run('rotate.yml', { eventName: 'schedule', files: deploy(rest) })
    expect(rotated).toMatchObject({ results: { rotate } })
    expect(activeKeys()).toEqual(left.map(index => sentKeys()[index]))
  }
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: gateway.keys[1]?.id }])
})

test('sweep.yml: shows, then revokes, expired keys and keys that a closed pull request left behind', async () => {
  const { gateway, github, run, createInPast } = await setup()
  const production = await createInPast({ name: 'production' })
  const expired = await createInPast({ name: 'pr-7', 'expires-in': '14d' }, 15)
  const closed = await createInPast({ name: 'pr-8', 'expires-in': '14d' })
  // 15 days ago by the clock of the emulated GitHub.
  github.addPullRequest({ number: 8, closedAt: new Date().toISOString() })

  const shown = await run('sweep.yml', { eventName: 'workflow_dispatch', inputs: {} })
  expect(shown.log).toContain(`Key ${expired} (pr-7): would be revoked (dry run).`)
  expect(shown.log).toContain(`Key ${closed} (pr-8): would be revoked (dry run).`)
  expect(gateway.keys).toHaveLength(4)
  // Scheduled runs have no inputs.
  expect(await run('sweep.yml', { eventName: 'schedule' })).toMatchObject({ results: { sweep: SUCCESS } })
  expect(recordsOf(github)).toEqual([{ name: 'production', keyId: production }])
  expect(gateway.keys.slice(1)).toMatchObject([{ id: production }])
})

test('try.yml: starts the Pinata emulator in the job, and gets a key from it', async () => {
  // This run gets no secrets, and uses none of the test's servers.
  const { results, log } = await runWorkflow('try.yml', { eventName: 'workflow_dispatch' })
  process.kill(Number(/process (\d+)/.exec(log)?.[1]))
  expect(results).toEqual({ try: SUCCESS })
  expect(log).toContain('Revoked key')
})

test('has a test for every example', () => {
  const tests = readFileSync(new URL(import.meta.url), 'utf8')
  const examples = readdirSync('examples').filter(name => name.endsWith('.yml'))
  expect(examples.filter(name => !tests.includes(`'${name}`))).toEqual([])
})
