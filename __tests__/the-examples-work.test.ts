import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { selfSigned } from './support/certificate.ts'
import { leaksOf } from './support/job.ts'
import { pinataWithGateway } from './support/step.ts'
import { EXAMPLES_DIRECTORY, type JobResult, runExample } from './support/workflow.ts'

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
  expect(results['smoke-test']?.log).toContain('403')
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

test('every example is run here', () => {
  expect(readdirSync(EXAMPLES_DIRECTORY).sort()).toEqual([
    'across-jobs.yml',
    'deploy.yml',
    'revoke.yml',
    'smoke-test.yml',
  ])
})
