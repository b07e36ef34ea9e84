// If Pinata's OpenAPI document is available, these runs are also compared with it.
import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, githubCaller } from '../support/github.ts'
import { ACTION, jobWith, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { githubDocument, PINATA_OPENAPI, pinataDocument } from '../support/openapi.ts'
import { throughPrism } from '../support/prism.ts'
import { DAY_MS, HOUR_MS } from '../support/records.ts'
import { HOST, pinataAndGitHub, RECORDS, recordsOf } from '../support/step.ts'

const description = githubDocument()
const pinatasDocument = existsSync(PINATA_OPENAPI) ? pinataDocument() : undefined

const FIND = 'GET deployments: 200'
const RENEW = 'POST deployments: 201'
const RECORD = [RENEW, 'POST deployments/{id}/statuses: 201']
const REMOVE = ['POST deployments/{id}/statuses: 201', 'DELETE deployments/{id}: 204']

const NAMED = { name: 'pr-7', 'expires-in': '7d' }

/** Starts Pinata and GitHub, each behind Prism if its OpenAPI document exists, and a job with this `github` context. */
async function setup(context: Record<string, string> = {}) {
  const { pinata, gateway, github, jwt, inputs, passTime } = await pinataAndGitHub()
  const prism = await throughPrism(description, github.apiUrl)
  const pinatasPrism = pinatasDocument && (await throughPrism(pinatasDocument, pinata.apiUrl))
  const access = {
    // With a domain, a step also lists the gateways.
    'gateway-id': HOST,
    'pinata-jwt': '${{ secrets.PINATA_JWT }}',
    'api-url': pinatasPrism?.url ?? pinata.apiUrl,
  }
  const token = inputs['github-token']
  const job = jobWith(jwt, { context: { github: { api_url: prism.url, token, ...context } } })
  const step = (action: string, inputs: object, id = 'step') => job.step({ action, id, with: { ...access, ...inputs } })
  /** Returns the requests to GitHub without IDs, and everything undocumented in either server's traffic. */
  const traffic = () => ({
    routes: prism.exchanges.map(({ summary }) => summary.replace(DEPLOYMENTS, 'deployments').replace(/\/\d+/, '/{id}')),
    violations: [...prism.violations(), ...(pinatasPrism?.violations() ?? [])],
  })
  return { pinata, gateway, github, passTime, prism, job, step, traffic }
}

test('creates, reuses, rotates, and revokes a key by its name', async () => {
  const { gateway, github, job, step, traffic } = await setup()
  const created = await step(ACTION, NAMED)
  expect((await step(ACTION, NAMED)).outputs).toEqual({ ...created.outputs, created: 'false' })
  const rotated = await step(ACTION, { ...NAMED, rotate: true }, 'new')
  expect(gateway.keys).toHaveLength(3)
  const revoked = await step(REVOKE_ACTION, { name: 'pr-7', keep: '${{ steps.new.outputs.key-id }}' })
  expect(revoked.outputs['revoked-key-ids']).toBe(created.outputs['key-id'])
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: rotated.outputs['key-id'] }])
  await job.end()
  expect(traffic()).toEqual({ routes: [FIND, ...RECORD, FIND, FIND, ...RECORD, FIND, ...REMOVE], violations: [] })
})

test('finds an expired key on the second page during a sweep', async () => {
  const { gateway, github, passTime, step, traffic } = await setup()
  await step(ACTION, NAMED)
  passTime(8 * DAY_MS)
  for (let newer = 0; newer < 100; newer++) github.addDeployment(RECORDS)
  await step(REVOKE_ACTION, { expired: true })
  expect([gateway.keys.length, github.deployments.size]).toEqual([1, 100])
  // Two pages of all records, then the records of the name.
  expect(traffic()).toEqual({ routes: [FIND, ...RECORD, FIND, FIND, FIND, ...REMOVE], violations: [] })
})

test('revokes the key of a closed pull request', async () => {
  const { gateway, github, step, traffic } = await setup()
  await step(ACTION, { name: 'pr-7' })
  github.addPullRequest({ number: 7, closedAt: new Date(Date.now() - 2 * HOUR_MS).toISOString() })
  await step(REVOKE_ACTION, { closed: 'pr-*' })
  expect(gateway.keys).toHaveLength(1)
  const pulls = 'GET /repos/octo-org/octo-site/pulls/{id}: 200'
  expect(traffic()).toEqual({ routes: [FIND, ...RECORD, FIND, pulls, FIND, ...REMOVE], violations: [] })
})

test('renews a key, and adds, reuses, and removes an origin', async () => {
  const { pinata, gateway, github, job, step, traffic } = await setup()
  await step(ACTION, NAMED)
  pinata.passTime(5 * DAY_MS)
  await step(ACTION, NAMED)
  expect(traffic().routes).toEqual([FIND, ...RECORD, FIND, RENEW])
  const origin = 'https://pr-7.example.com'
  await step(ORIGIN_ACTION, { ...NAMED, origin })
  await step(ORIGIN_ACTION, { name: 'pr-8', origin })
  expect((await step(REVOKE_ACTION, { name: 'pr-7' })).outputs['removed-origins']).toBe(origin)
  await job.end()
  expect([gateway.keys.length, gateway.allowedHosts.length, github.deployments.size]).toEqual([1, 0, 0])
  expect(traffic().violations).toEqual([])
})

test('matches the description of a rejection', async () => {
  const { gateway, step, traffic } = await setup({ sha: '0'.repeat(40) })
  await step(ACTION, { name: 'pr-7' })
  expect(gateway.keys).toHaveLength(1)
  expect(traffic()).toEqual({ routes: [FIND, 'POST deployments: 422'], violations: [] })
})

test('detects invalid requests', async () => {
  const { github, prism } = await setup()
  const call = githubCaller(github)
  for (const [expected, method, query, body] of [
    ['request: Selected route not found', 'PUT', ''],
    ['per_page must be integer', 'GET', '?per_page=all'],
    ["must have required property 'ref'", 'POST', '', {}],
    ['additional properties', 'POST', '', { ref: 'x', required_context: [] }],
  ] as const) {
    await call(method, prism.url + DEPLOYMENTS + query, body, { 'content-type': 'application/json' })
    expect(prism.exchanges.at(-1)?.violations).toContainEqual(expect.stringContaining(expected))
  }
})
