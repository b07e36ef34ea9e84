import { expect, test } from '@jest/globals'
import { DEPLOYMENTS, githubCaller, linksOf, startedGitHub } from '../support/github.ts'
import { violations } from '../support/github-openapi.ts'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const KEY = {
  ref: SHA,
  environment: 'pinata-gateway-keys',
  task: 'pinata-gateway-key:preview',
  transient_environment: true,
  production_environment: false,
  required_contexts: [],
  auto_merge: false,
  description: 'Key preview',
  payload: { schema: 1, name: 'preview', keyId: 'a-key', expiresAt: null },
}

test('The life of a record is as described, request by request and answer by answer', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  github.addDeployment({ description: 'by hand', payload: 'text', creator: 'hubot', state: 'success' })
  const { json: record } = await call('POST', DEPLOYMENTS, KEY)
  const statuses = `${DEPLOYMENTS}/${record.id}/statuses`
  const status = { state: 'success', environment_url: 'https://fun-llama-300.mypinata.cloud', auto_inactive: false }
  const answers = [
    await call('GET', `${DEPLOYMENTS}?environment=pinata-gateway-keys&task=pinata-gateway-key%3Apreview&per_page=100`),
    await call('GET', `${DEPLOYMENTS}?per_page=1&page=2&ref=main&sha=${SHA}`),
    await call('GET', `${DEPLOYMENTS}/${record.id}`),
    await call('POST', statuses, status),
    await call('POST', statuses, { state: 'inactive', description: 'over', log_url: 'https://example.com/log' }),
    await call('GET', statuses),
    await call('DELETE', `${DEPLOYMENTS}/${record.id}`),
  ]
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 200, 201, 201, 200, 204])
  expect(github.requests).toHaveLength(8)
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test('So are refusals', async () => {
  const github = await startedGitHub({ limit: { requests: 8, perMs: 60_000 } })
  const call = githubCaller(github)
  const red = github.addCommit({ statuses: { build: 'failure' } })
  const active = github.addDeployment({ state: 'success' })
  github.addDeployment()
  const answers = [
    await call('POST', DEPLOYMENTS, { ref: 'gone' }),
    await call('POST', DEPLOYMENTS, { ref: red }),
    await call('POST', `${DEPLOYMENTS}/${active.id}/statuses`, { state: 'success', environment_url: 'ftp://host' }),
    await call('DELETE', `${DEPLOYMENTS}/${active.id}`),
    await call('GET', `${DEPLOYMENTS}/1`),
    await call('GET', '/repos/octo-org/no-such-site/deployments'),
    await githubCaller(github, github.addToken({ permission: 'read' }))('POST', DEPLOYMENTS, KEY),
    await githubCaller(github, null)('POST', DEPLOYMENTS, KEY),
    await githubCaller(github, 'ghs_unknown')('GET', DEPLOYMENTS),
    await call('GET', DEPLOYMENTS),
    await call('GET', DEPLOYMENTS),
  ]
  expect(answers.map(answer => answer.status)).toEqual([422, 409, 422, 422, 404, 404, 403, 401, 401, 200, 403])
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test('On GitHub Enterprise and by the addresses in Link it is the same', async () => {
  const github = await startedGitHub({ prefix: '/api/v3' })
  const call = githubCaller(github)
  github.addDeployment()
  github.addDeployment()
  const { next = '' } = linksOf(await call('GET', `${DEPLOYMENTS}?per_page=1`))
  expect((await call('GET', next)).json).toHaveLength(1)
  expect(violations(github)).toEqual({ byRequests: [], byAnswers: [] })
})

test('The check finds what is wrong in a request', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const { id } = github.addDeployment()
  await call('POST', DEPLOYMENTS, { ...KEY, ref: 1, payload: null })
  await call('POST', DEPLOYMENTS, { ref: 'main', required_context: [] })
  await call('POST', DEPLOYMENTS, '{')
  await call('POST', `${DEPLOYMENTS}/${id}/statuses`, { state: 'done' })
  await call('GET', `${DEPLOYMENTS}?env=pinata-gateway-keys&per_page=many`)
  await call('GET', `${DEPLOYMENTS}/newest`)
  await call('PATCH', `${DEPLOYMENTS}/${id}`, {})
  await call('DELETE', `${DEPLOYMENTS}/${id}`, {})
  expect(violations(github).byRequests).toEqual([
    `POST ${DEPLOYMENTS}: body/ref must be string {"type":"string"}`,
    expect.stringContaining('body/payload must be object'),
    expect.stringContaining('body/payload must be string'),
    expect.stringContaining('body/payload must match exactly one schema in oneOf'),
    `POST ${DEPLOYMENTS}: body must NOT have additional properties {"additionalProperty":"required_context"}`,
    `POST ${DEPLOYMENTS}: the body is no JSON`,
    expect.stringContaining('body/state must be equal to one of the allowed values'),
    expect.stringContaining('query must NOT have additional properties {"additionalProperty":"env"}'),
    expect.stringContaining('query/per_page must be integer'),
    expect.stringContaining('path/deployment_id must be integer'),
    `PATCH ${DEPLOYMENTS}/${id}: the description has no such operation`,
    `DELETE ${DEPLOYMENTS}/${id}: the description has no body here`,
  ])
})

test('The check finds what is wrong in an answer', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const { id } = github.addDeployment()
  const path = `${DEPLOYMENTS}/${id}`
  github.fault({ kind: 'body', body: ({ id, ...rest }) => ({ ...rest, url: 'here', creator: 'hubot' }) })
  await call('GET', path)
  github.fault({ kind: 'body', status: 202, body: {} })
  await call('GET', path)
  github.fault({ kind: 'status', status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html>' })
  await call('GET', path)
  github.fault({ kind: 'status', status: 422, body: { message: 'No', documentation_url: '', errors: [{}] } })
  await call('POST', DEPLOYMENTS, KEY)
  // These are none of the API's: its proxy's answer, and no answer at all.
  github.fault({ kind: 'status', status: 502 })
  await call('GET', path)
  github.fault({ kind: 'reset' })
  await expect(call('GET', path)).rejects.toThrow()
  expect(violations(github).byAnswers).toEqual([
    expect.stringContaining("must have required property 'id'"),
    expect.stringContaining('body/url must match format "uri"'),
    expect.stringContaining('body/creator must be object'),
    `GET ${path} 202: the description has no such status`,
    `GET ${path} 404: the body is no JSON`,
    expect.stringContaining("body/errors/0 must have required property 'code'"),
  ])
})
