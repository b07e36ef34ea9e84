// The same runs are held against Pinata's document as well, where that is there.
import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, githubCaller, startedGitHub } from '../support/github.ts'
import { ACTION, jobWith, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { githubDocument, PINATA_OPENAPI, pinataDocument } from '../support/openapi.ts'
import { throughPrism } from '../support/prism.ts'
import { pinataWithGateway, RECORDS, recordsOf } from '../support/step.ts'

const description = githubDocument()
const pinatasDocument = existsSync(PINATA_OPENAPI) ? pinataDocument() : undefined

/** The requests to GitHub, in short. */
const FIND = 'GET deployments: 200'
const RENEW = 'POST deployments: 201'
const RECORD = [RENEW, 'POST deployments/{id}/statuses: 201']
const [DEACTIVATE, DELETE] = ['POST deployments/{id}/statuses: 201', 'DELETE deployments/{id}: 204']
const REMOVE = [DEACTIVATE, DELETE]

/** A gateway and a GitHub, Prism in front of them, and what a workflow gives the action to use them. */
async function setup() {
  const { pinata, gateway, jwt } = await pinataWithGateway()
  const github = await startedGitHub()
  const prism = await throughPrism(description, github.apiUrl)
  const pinatasPrism = pinatasDocument && (await throughPrism(pinatasDocument, pinata.apiUrl))
  const given = {
    'gateway-id': gateway.id,
    'pinata-jwt': '${{ secrets.PINATA_JWT }}',
    'api-url': pinatasPrism?.url ?? pinata.apiUrl,
  }
  const jobWhere = (context: Record<string, string> = {}) =>
    jobWith(jwt, { context: { github: { api_url: prism.url, token: github.addToken(), ...context } } })
  /** The IDs stay out of what is compared. */
  const routes = () =>
    prism.exchanges.map(({ what }) => what.replace(DEPLOYMENTS, 'deployments').replace(/\/\d+/, '/{id}'))
  const violations = () => [...prism.violations(), ...(pinatasPrism?.violations() ?? [])]
  return { pinata, gateway, github, prism, given, jobWhere, routes, violations }
}

test('creates, reuses, rotates and revokes a key by its name', async () => {
  const { gateway, github, given, jobWhere, routes, violations } = await setup()
  const job = jobWhere()
  const named = { ...given, name: 'pr-7', 'expires-in': '7d' }
  const created = await job.step({ action: ACTION, with: named })
  const reused = await job.step({ action: ACTION, with: named })
  expect(reused.outputs).toEqual({ ...created.outputs, created: 'false' })
  const rotated = await job.step({ action: ACTION, id: 'new', with: { ...named, rotate: true } })
  expect(gateway.keys).toHaveLength(3)
  const keep = '${{ steps.new.outputs.key-id }}'
  const revoked = await job.step({ action: REVOKE_ACTION, with: { ...given, name: 'pr-7', keep } })
  expect(revoked.outputs['revoked-key-ids']).toBe(created.outputs['key-id'])
  expect(recordsOf(github)).toEqual([{ name: 'pr-7', keyId: rotated.outputs['key-id'] }])
  await job.end()
  expect(routes()).toEqual([FIND, ...RECORD, FIND, FIND, ...RECORD, FIND, ...REMOVE])
  expect(violations()).toEqual([])
})

test('finds an expired key on the second page in a sweep', async () => {
  const { pinata, gateway, github, given, jobWhere, routes, violations } = await setup()
  const job = jobWhere()
  await job.step({ action: ACTION, with: { ...given, name: 'pr-7', 'expires-in': '7d' } })
  for (const server of [pinata, github]) server.passTime(8 * 86_400_000)
  for (let newer = 0; newer < 100; newer++) github.addDeployment(RECORDS)
  const swept = await job.step({ action: REVOKE_ACTION, with: { ...given, expired: true } })
  expect(swept.outputs['revoked-count']).toBe('1')
  expect([gateway.keys.length, github.deployments.size]).toEqual([1, 100])
  // Two pages of all records, then the records of the name.
  expect(routes()).toEqual([FIND, ...RECORD, FIND, FIND, FIND, ...REMOVE])
  expect(violations()).toEqual([])
})

test('revokes the key of a closed pull request', async () => {
  const { gateway, github, given, jobWhere, routes, violations } = await setup()
  const job = jobWhere()
  await job.step({ action: ACTION, with: { ...given, name: 'pr-7' } })
  github.addPullRequest({ number: 7, closedAt: new Date(Date.now() - 2 * 3_600_000).toISOString() })
  await job.step({ action: REVOKE_ACTION, with: { ...given, closed: 'pr-*' } })
  expect(gateway.keys).toHaveLength(1)
  const pulls = 'GET /repos/octo-org/octo-site/pulls/{id}: 200'
  expect(routes()).toEqual([FIND, ...RECORD, FIND, pulls, FIND, ...REMOVE])
  expect(violations()).toEqual([])
})

test('renews a key, and adds, reuses and removes an origin', async () => {
  const { pinata, gateway, github, given, jobWhere, routes, violations } = await setup()
  const job = jobWhere()
  const named = { ...given, name: 'pr-7', 'expires-in': '7d' }
  await job.step({ action: ACTION, with: named })
  pinata.passTime(5 * 86_400_000)
  await job.step({ action: ACTION, with: named })
  expect(routes()).toEqual([FIND, ...RECORD, FIND, RENEW])
  const origin = 'https://pr-7.example.com'
  await job.step({ action: ORIGIN_ACTION, with: { ...named, origin } })
  await job.step({ action: ORIGIN_ACTION, with: { ...given, name: 'pr-8', origin } })
  const last = await job.step({ action: REVOKE_ACTION, with: { ...given, name: 'pr-7' } })
  expect(last.outputs['removed-origins']).toBe(origin)
  await job.end()
  expect([gateway.keys.length, gateway.allowedHosts.length, github.deployments.size]).toEqual([1, 0, 0])
  expect(violations()).toEqual([])
})

/** What Prism says of an answer whose status the description does not name for that request. */
const undocumented = (documented: string) =>
  `answer: Unable to match the returned status code with those defined in the document: ${documented}`

// The description names no 401 and no 403, and a 404 not for every request. Nothing else of these is undocumented.
test.each([
  {
    what: 'of an unknown token',
    context: { token: 'ghs_unknown' },
    asked: ['GET deployments: 401'],
    expected: [`GET ${DEPLOYMENTS}: 401, ${undocumented('200')}`],
  },
  {
    what: 'for want of a permission',
    permission: 'read' as const,
    asked: [FIND, 'POST deployments: 403'],
    expected: [`POST ${DEPLOYMENTS}: 403, ${undocumented('201,202,409,422')}`],
  },
  {
    what: 'of a repository that is not there',
    context: { repository: 'octo-org/renamed' },
    asked: ['GET /repos/octo-org/renamed/deployments: 404'],
    expected: [`GET /repos/octo-org/renamed/deployments: 404, ${undocumented('200')}`],
  },
  {
    what: 'of a commit that is not there',
    context: { sha: '0'.repeat(40) },
    asked: [FIND, 'POST deployments: 422'],
    expected: [],
  },
])('a refusal $what: its status is all that may be undocumented', async ({ permission, context, asked, expected }) => {
  const { gateway, github, given, jobWhere, routes, violations } = await setup()
  const job = jobWhere({ token: github.addToken({ permission: permission ?? 'write' }), ...context })
  const step = await job.step({ action: ACTION, with: { ...given, name: 'pr-7' } })
  expect(step.exitCode).toBe(1)
  expect(gateway.keys).toHaveLength(1)
  expect(routes()).toEqual(asked)
  expect(violations()).toEqual(expected)
})

test('notices wrong responses', async () => {
  const { github, prism } = await setup()
  github.addDeployment()
  for (const [expected, fault] of [
    ["required property 'id'", { body: ([{ id, ...rest }]: [{ id: number }]) => [rest] }],
    ['created_at must match format "date-time"', { body: ([first]: [object]) => [{ ...first, created_at: 'now' }] }],
    [undocumented('200'), { body: [], status: 202 }],
  ] as const) {
    github.fault({ kind: 'body', ...fault })
    await githubCaller(github)('GET', prism.url + DEPLOYMENTS)
    expect(prism.exchanges.at(-1)?.violations).toContainEqual(expect.stringContaining(expected))
  }
})

test('notices wrong requests', async () => {
  const { github, prism } = await setup()
  for (const [expected, method, query, body] of [
    ['request: Selected route not found', 'PUT', '', undefined],
    ['per_page must be integer', 'GET', '?per_page=all', undefined],
    ["must have required property 'ref'", 'POST', '', {}],
    ['additional properties', 'POST', '', { ref: 'x', required_context: [] }],
  ] as const) {
    await githubCaller(github)(method, prism.url + DEPLOYMENTS + query, body, { 'content-type': 'application/json' })
    expect(prism.exchanges.at(-1)?.violations).toContainEqual(expect.stringContaining(expected))
  }
})
