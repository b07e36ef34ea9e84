import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { leaks } from '../../emulator/runner.mjs'
import { type RunOptions, runWorkflow, type WorkflowRun } from '../support/act.ts'
import { startInternet } from '../support/internet.ts'
import { pinataWithGateway } from '../support/step.ts'
import { EXAMPLES_DIRECTORY } from '../support/workflow.ts'

const ran = new Set<string>()

/** A Pinata under its real addresses, and a way to run an example that uses it. */
async function setup(keys = 1) {
  const { pinata, gateway, jwt } = await pinataWithGateway(keys)
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
    expect(leaks(result.log, [...Object.values(secrets), ...values])).toEqual([])
    expect(internet.refused).toEqual([])
    return result
  }
  return { pinata, gateway, shown, run }
}

/** Each job's result and what came of its steps, in the order in which they ran. */
function told({ jobs }: WorkflowRun): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, { result, steps }]) => [
      name,
      [result, ...steps.map(({ stage, name, outcome }) => `${stage} ${name}: ${outcome}`)],
    ]),
  )
}

/** The script of deploy.yml: uses the key as the server would, shows it, and goes on as it is told. */
const deploy = (rest = '') => ({
  'deploy.sh': `#!/bin/sh
    curl --fail --silent --show-error --header "x-pinata-gateway-token: $PINATA_GATEWAY_KEY" \\
      "$PINATA_GATEWAY_URL/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" || exit
    echo "key: $PINATA_GATEWAY_KEY"
    echo "url: $PINATA_GATEWAY_URL"
    ${rest}
  `,
})

// Each step with curl fails at once.
const WITHOUT_CURL = { CURL_CA_BUNDLE: 'nowhere' }

test('smoke-test.yml: the key is used and is gone after the job', async () => {
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

test('smoke-test.yml: a failing read fails the job, and the key is gone all the same', async () => {
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

test('smoke-test.yml: a JWT that Pinata refuses fails the step with one error, and the end of the job has nothing to do', async () => {
  const { pinata, run } = await setup()
  const result = await run('smoke-test.yml', { secrets: { PINATA_JWT: 'eyJhbGciOiJIUzI1NiJ9.e30.b2xkLXNpZ25hdHVyZQ' } })
  expect(told(result)).toEqual({
    'smoke-test': ['failure', 'Main Get a gateway key: failure', 'Post Get a gateway key: success'],
  })
  expect(result.log.match(/::error.*/g)).toEqual([expect.stringContaining('pinata-jwt')])
  expect(pinata.requests.map(({ method }) => method)).not.toContain('POST')
})

test('deploy.yml: the server gets the key, masked in the log, and it stays', async () => {
  const { gateway, shown, run } = await setup()
  const result = await run('deploy.yml', { files: deploy() })
  expect(told(result)).toEqual({
    deploy: [
      'success',
      'Main actions/checkout@v5: success',
      'Main Get a gateway key: success',
      'Main Deploy: success',
      'Post Get a gateway key: success',
    ],
  })
  expect(result.jobs.deploy?.steps[2]?.log).toContain('key: ***\nurl: https://fun-llama-300.mypinata.cloud')
  expect(gateway.keys.map(({ value }) => value).slice(1)).toEqual(shown())
})

test('deploy.yml: a deployment that fails leaves no key', async () => {
  const { gateway, shown, run } = await setup()
  expect(told(await run('deploy.yml', { files: deploy('exit 3') }))).toEqual({
    deploy: [
      'failure',
      'Main actions/checkout@v5: success',
      'Main Get a gateway key: success',
      'Main Deploy: failure',
      'Post Get a gateway key: success',
    ],
  })
  expect(shown()).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('deploy.yml: a deployment that is cancelled leaves no key', async () => {
  const { gateway, shown, run } = await setup()
  const result = await run('deploy.yml', { files: deploy('echo waiting; exec sleep 20'), cancelAt: 'waiting' })
  expect(result.jobs.deploy?.steps.map(({ stage, name }) => `${stage} ${name}`)).toEqual([
    'Main actions/checkout@v5',
    'Main Get a gateway key',
    'Main Deploy',
    'Post Get a gateway key',
  ])
  expect(result.jobs.deploy?.steps.at(-1)?.log).toContain('Revoked key')
  expect(shown()).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: one key, used in another job, revoked at last', async () => {
  const { pinata, gateway, run } = await setup()
  expect(told(await run('across-jobs.yml'))).toEqual({
    key: ['success', 'Main Get a gateway key: success', 'Post Get a gateway key: success'],
    use: [
      'success',
      'Main Take the key: success',
      'Main Read a file through the gateway: success',
      'Post Take the key: success',
    ],
    revoke: ['success', 'Main Revoke the key: success'],
  })
  expect(pinata.reads.map(({ status }) => status)).toEqual([200])
  expect(pinata.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: when a job fails, the key is revoked as well', async () => {
  const { gateway, run } = await setup()
  expect(told(await run('across-jobs.yml', { env: WITHOUT_CURL }))).toEqual({
    key: ['success', 'Main Get a gateway key: success', 'Post Get a gateway key: success'],
    use: [
      'failure',
      'Main Take the key: success',
      'Main Read a file through the gateway: failure',
      'Post Take the key: success',
    ],
    revoke: ['success', 'Main Revoke the key: success'],
  })
  expect(gateway.keys).toHaveLength(1)
})

test('across-jobs.yml: without a key there is nothing to use or to revoke', async () => {
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

test('revoke.yml: shows first, then revokes, and never opens the gateway', async () => {
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
  expect(last.log).toContain('Nothing was revoked, as last-key is fail')
  expect(gateway.keys).toHaveLength(1)
})

// The last one, as it looks back at the others. It fails if it runs alone.
test('every example was run here', () => {
  expect([...ran].sort()).toEqual(readdirSync(EXAMPLES_DIRECTORY).sort())
})
