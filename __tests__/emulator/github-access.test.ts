import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { DEPLOYMENTS, type GitHub, githubCaller, startedGitHub } from '../support/github.ts'

const PRIVATE = '/repos/octo-org/secret-site/deployments'

const BAD_CREDENTIALS = {
  status: 401,
  json: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
}
const LIST = 'https://docs.github.com/rest/deployments/deployments#list-deployments'
const CREATE = 'https://docs.github.com/rest/deployments/deployments#create-a-deployment'
const NOT_ACCESSIBLE = 'Resource not accessible by integration'

/** The statuses of reading and writing with a token, in the public repository and in the private one. */
async function access(github: GitHub, token: string | null): Promise<number[]> {
  const call = githubCaller(github, token)
  const answers = []
  for (const path of [DEPLOYMENTS, PRIVATE]) {
    answers.push(await call('GET', path), await call('POST', path, { ref: 'main' }))
  }
  return answers.map(answer => answer.status)
}

async function githubWithPrivateRepository() {
  const github = await startedGitHub()
  const repository = github.addRepository({ fullName: 'octo-org/secret-site', private: true }).fullName
  return { github, repository }
}

test('A token looks like a job’s', async () => {
  const github = await startedGitHub()
  expect(github.addToken()).toMatch(/^ghs_[0-9a-f]{36}$/)
  expect(github.addToken()).not.toBe(github.addToken())
})

test('What a token may do follows from its permission and its repository', async () => {
  const { github, repository } = await githubWithPrivateRepository()
  expect(await access(github, github.addToken())).toEqual([200, 201, 404, 404])
  expect(await access(github, github.addToken({ permission: 'read' }))).toEqual([200, 403, 404, 404])
  expect(await access(github, github.addToken({ permission: 'none' }))).toEqual([200, 403, 404, 404])
  expect(await access(github, github.addToken({ repository }))).toEqual([200, 403, 200, 201])
  expect(await access(github, github.addToken({ repository, permission: 'read' }))).toEqual([200, 403, 200, 403])
  expect(await access(github, github.addToken({ repository, permission: 'none' }))).toEqual([200, 403, 403, 403])
  expect(await access(github, null)).toEqual([200, 401, 404, 404])
  expect(github.deployments.size).toBe(2)
})

test('A refusal says why, and which permission is needed', async () => {
  const { github, repository } = await githubWithPrivateRepository()
  const none = githubCaller(github, github.addToken({ repository, permission: 'none' }))
  const read = await none('GET', PRIVATE)
  expect(read.json).toEqual({ message: NOT_ACCESSIBLE, documentation_url: LIST, status: '403' })
  expect(read.headers.get('x-accepted-github-permissions')).toBe('deployments=read')
  const write = await none('POST', PRIVATE, { ref: 'main' })
  expect(write.json).toEqual({ message: NOT_ACCESSIBLE, documentation_url: CREATE, status: '403' })
  expect(write.headers.get('x-accepted-github-permissions')).toBe('deployments=write')

  const anonymous = githubCaller(github, null)
  const { json } = await anonymous('POST', DEPLOYMENTS, { ref: 'main' })
  expect(json).toEqual({ message: 'Requires authentication', documentation_url: CREATE, status: '401' })
  const hidden = await anonymous('GET', PRIVATE)
  expect(hidden.json).toEqual({ message: 'Not Found', documentation_url: LIST, status: '404' })
})

test('A token that is none, or no longer one, is bad credentials, even to read in public', async () => {
  const github = await startedGitHub()
  const other = await startedGitHub()
  const token = github.addToken()
  const call = githubCaller(github, token)
  expect((await call('GET', DEPLOYMENTS)).status).toBe(200)
  Object.assign(github.tokens.get(token) ?? {}, { valid: false })
  expect(await call('GET', DEPLOYMENTS)).toMatchObject(BAD_CREDENTIALS)
  for (const unknown of [github.addToken({ valid: false }), other.addToken(), 'x']) {
    expect(await githubCaller(github, unknown)('GET', DEPLOYMENTS)).toMatchObject(BAD_CREDENTIALS)
  }
  const good = github.addToken()
  const withHeader = async (authorization: string) =>
    (await githubCaller(github, null)('GET', DEPLOYMENTS, undefined, { authorization })).status
  expect(await withHeader(`token ${good}`)).toBe(200)
  expect(await withHeader(`bearer ${good}`)).toBe(200)
  expect(await withHeader(good)).toBe(401)
  expect(await withHeader(`Basic ${good}`)).toBe(401)
})

test('Every answer has the headers of GitHub’s', async () => {
  const github = await startedGitHub()
  for (const token of [github.addToken(), null, 'ghs_unknown']) {
    const { headers } = await githubCaller(github, token)('GET', DEPLOYMENTS)
    expect(headers.get('x-github-request-id')).toMatch(/^[0-9A-F]{4}(:[0-9A-F]{6,8}){4}$/)
    expect(headers.get('x-github-media-type')).toBe('github.v3; format=json')
    expect(headers.get('x-github-api-version-selected')).toBe('2022-11-28')
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  }
})

test('A request without User-Agent is turned away', async () => {
  const github = await startedGitHub()
  const headers = { authorization: `Bearer ${github.addToken()}` }
  const refused = await send(github, 'GET', DEPLOYMENTS, { headers })
  expect(refused.status).toBe(403)
  expect(refused.body).toContain('make sure your request has a User-Agent header')
  expect((await send(github, 'GET', DEPLOYMENTS, { headers: { ...headers, 'user-agent': 'test' } })).status).toBe(200)
})
