import { expect, test } from '@jest/globals'
import {
  githubRequestsOf,
  pinataAndGitHub,
  readable,
  recordsOf,
  requestsOf,
  runKeyStep,
  runPost,
} from '../support/step.ts'

test('without the permission to write, the key is revoked and the error names the permission', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  const readOnly = github.addToken({ permission: 'read' })
  const done = await runKeyStep({ ...inputs, 'github-token': readOnly, name: 'pr-7' }, { env })
  expect(done.error).toMatch(
    /^github-token may not record the name in octo-org\/octo-site\. Give the job `permissions: deployments: write`\. .*\(HTTP 403, "Resource not accessible by integration", request ID [\w:]+\) Key [\w-]{36}, created just before, was revoked\.$/,
  )
  expect(gateway.keys).toHaveLength(1)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'DELETE access_tokens'])
  expect(done.outputs).toEqual({})
  expect(readable(done)).not.toContain(readOnly)
  expect(await runPost(done, inputs, 'failure', { env })).toBeUndefined()
})

test('without the permission to read, no key is made', async () => {
  const { pinata, github, inputs } = await pinataAndGitHub()
  github.addRepository({ fullName: 'octo-org/secret', private: true })
  const env = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: 'octo-org/secret',
    GITHUB_REPOSITORY_ID: '7',
    GITHUB_SHA: 'a'.repeat(40),
  }
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(
    /^github-token may not list the records of names in octo-org\/secret\. Give the job `permissions: deployments: write`/,
  )
  expect(requestsOf(pinata)).toEqual([])
})

test('a token that is wrong is told apart from one that may not', async () => {
  const { inputs, env } = await pinataAndGitHub()
  const done = await runKeyStep({ ...inputs, 'github-token': 'ghs_wrong', name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^GitHub does not accept github-token: it is wrong or expired\. .*"Bad credentials"/)
})

test('when GitHub is down before, no key is made', async () => {
  const { pinata, github, inputs, env } = await pinataAndGitHub()
  github.refuse()
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(
    /^Could not list the records of names: .* Check that the runner may reach it .* that GitHub is up/,
  )
  expect(requestsOf(pinata)).toEqual([])
})

test.each([
  ['the deployment is refused', { status: 422, path: /deployments$/ }, 1],
  ['GitHub fails to make the deployment', { status: 503, path: /deployments$/ }, 5],
  ['GitHub fails to set its status', { status: 500, path: /statuses$/ }, 5],
])('when %s, the key is revoked and nothing is recorded', async (_name, fault, times) => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const struck = github.fault({ kind: 'status', method: 'POST', ...fault, times })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(struck.count).toBe(times)
  expect(done.error).toMatch(/ Key [\w-]{36}, created just before, was revoked\.$/)
  expect(done.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('when GitHub is down after the key was made, the key is revoked, and the step says what may be left', async () => {
  const { pinata, gateway, github, inputs, env } = await pinataAndGitHub()
  pinata.fault({
    kind: 'body',
    method: 'POST',
    body: json => {
      github.refuse()
      return json
    },
  })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^Could not record the name: .* was revoked\.$/)
  expect(done.warnings).toEqual([expect.stringMatching(/whether pr-7 still stands for it on GitHub could not be read/)])
  expect(gateway.keys).toHaveLength(1)
})

test('an answer of GitHub that got lost is asked for again, and both records go with the key', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'reset', when: 'after', method: 'POST', path: /deployments$/ })
  const done = await runKeyStep({ ...inputs, name: 'pr-7', revoke: 'after-job' }, { env })
  expect(done.error).toBeUndefined()
  const [keyId] = gateway.keys.slice(1).map(({ id }) => id)
  expect(recordsOf(github)).toEqual([
    { name: 'pr-7', keyId },
    { name: 'pr-7', keyId },
  ])
  await runPost(done, inputs, 'success', { env })
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('an answer that is none of GitHub is not taken for a record', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'body', method: 'POST', path: /deployments$/, body: { message: 'Auto-merged' } })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^Could not record the name: the answer is not what GitHub documents\./)
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test.each(['deployments', 'statuses'])('a job that is cancelled during the POST of %s leaves nothing', async what => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const cancel = new AbortController()
  github.fault({ kind: 'hang', method: 'POST', path: new RegExp(`${what}$`), when: 'after' })
  const running = runKeyStep({ ...inputs, name: 'pr-7' }, { env, cancelled: cancel.signal })
  while (!githubRequestsOf(github).includes(`POST ${what}`)) await new Promise(resolve => setTimeout(resolve, 10))
  cancel.abort()
  const done = await running
  expect(done.error).toMatch(/^The step was stopped: .* Key [\w-]{36}, created just before, was revoked\.$/)
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test('a step that is killed before the name is recorded has its key revoked by the post step', async () => {
  const { gateway, github, inputs, env } = await pinataAndGitHub()
  const main = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  // The state between the creation and the outputs.
  const killed = { ...main, state: { 'post-step': main.saved.at(-2) ?? '' } }
  const end = await runPost(killed, inputs, 'failure', { env })
  expect(end?.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(recordsOf(github)).toEqual([])
})

test.each([
  ['GITHUB_REPOSITORY', { GITHUB_REPOSITORY: '' }, /GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID or GITHUB_SHA is not set/],
  [
    'a repository that is a path',
    { GITHUB_REPOSITORY: 'octo-org/..' },
    /GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID or GITHUB_SHA is not set/,
  ],
  ['GITHUB_SHA', { GITHUB_SHA: 'main' }, /GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID or GITHUB_SHA is not set/],
  ['plain http', { GITHUB_API_URL: 'http://github.example/api/v3' }, /^GITHUB_API_URL .* is not an https address/],
  ['no URL', { GITHUB_API_URL: 'github.example' }, /^GITHUB_API_URL .* is not an https address/],
])('a runner that does not tell the repository is told so: %s', async (_name, bad, message) => {
  const { pinata, github, inputs, env } = await pinataAndGitHub()
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env: { ...env, ...bad } })
  expect(done.error).toMatch(message)
  expect(requestsOf(pinata)).toEqual([])
  expect(github.requests).toEqual([])
})
