import { expect, test } from '@jest/globals'
import { namesOf } from '../support/records.ts'
import { pinataAndGitHub, readable, requestsOf, runKeyStep, runPost } from '../support/step.ts'

type Servers = Awaited<ReturnType<typeof pinataAndGitHub>>
type Change = { inputs?: Record<string, string>; env?: Record<string, string> }

async function setup() {
  const there = await pinataAndGitHub()
  const { inputs, env } = there
  const run = (change: Change = {}) =>
    runKeyStep({ ...inputs, name: 'pr-7', ...change.inputs }, { env: { ...env, ...change.env } })
  return { ...there, run }
}

test('revokes the key if the token may not write deployments, and names the permission', async () => {
  const { pinata, gateway, github, inputs, env, run } = await setup()
  const token = github.addToken({ permission: 'read' })
  const done = await run({ inputs: { 'github-token': token } })
  expect(done.error).toMatch(/deployments: write.* Key [\w-]{36} was revoked again\.$/)
  expect(gateway.keys).toHaveLength(1)
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST access_tokens', 'DELETE access_tokens', 'GET gateways'])
  expect(done.outputs).toEqual({})
  expect(readable(done)).not.toContain(token)
  expect(await runPost(done, inputs, 'failure', { env })).toBeUndefined()
})

test('revokes the key if GitHub becomes unreachable after its creation', async () => {
  const { pinata, gateway, github, run } = await setup()
  pinata.fault({
    kind: 'body',
    method: 'POST',
    body: json => {
      github.refuse()
      return json
    },
  })
  const done = await run()
  expect(done.error).toMatch(/^Could not record the name: .* was revoked again\.$/)
  expect(gateway.keys).toHaveLength(1)
})

test('revokes the key if the lookup finds only the record of another key of the name', async () => {
  const { gateway, github, run } = await setup()
  await run()
  github.fault({ kind: 'reset', method: 'POST' })
  github.fault({ kind: 'status', status: 422, method: 'POST' })
  const rotated = await run({ inputs: { rotate: 'true' } })
  expect(rotated.error).toMatch(/ was revoked again\.$/)
  expect(gateway.keys).toHaveLength(2)
})

test('fails if a key that could not be recorded cannot be revoked, and the post step tries again', async () => {
  const { pinata, gateway, github, inputs, env, run } = await setup()
  github.fault({ kind: 'status', status: 422, method: 'POST' })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE' })
  const done = await run()
  const id = gateway.keys[1]?.id
  expect(done.error).toContain(
    ` Key ${id} was created on gateway fun-llama-300.mypinata.cloud and could not be revoked. `,
  )
  const post = await runPost(done, inputs, 'failure', { env })
  expect(post?.warnings).toEqual([])
  expect(gateway.keys).toHaveLength(1)
  expect(namesOf(github)).toEqual([])
})

test.each<[string, (there: Servers) => Change, RegExp]>([
  [
    'the token may not read deployments',
    ({ github }) => {
      github.addRepository({ fullName: 'octo-org/secret', private: true })
      return { env: { GITHUB_REPOSITORY: 'octo-org/secret', GITHUB_REPOSITORY_ID: '7' } }
    },
    /octo-org\/secret/,
  ],
  ['the token is wrong', () => ({ inputs: { 'github-token': 'ghs_wrong' } }), /Bad credentials/],
  [
    'GitHub is unreachable',
    ({ github }) => {
      github.refuse()
      return {}
    },
    /^Could not list the records of names: /,
  ],
  ['the repository is unknown', () => ({ env: { GITHUB_REPOSITORY: '' } }), /GITHUB_REPOSITORY/],
  ['the repository is a path', () => ({ env: { GITHUB_REPOSITORY: 'octo-org/..' } }), /GITHUB_REPOSITORY/],
  ["GitHub's address is plain http", () => ({ env: { GITHUB_API_URL: 'http://github.example' } }), /GITHUB_API_URL/],
])('creates no key if %s', async (_name, change, error) => {
  const there = await setup()
  const done = await there.run(change(there))
  expect(done.error).toMatch(error)
  expect(requestsOf(there.pinata)).toEqual([])
})
