import { expect, test } from '@jest/globals'
import { githubContext } from '../../emulator/runner/environment.mjs'
import { DEPLOYMENTS, type GitHub, githubCaller, linksOf, startedGitHub } from '../support/github.ts'

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53'
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
const DOCS = 'https://docs.github.com/rest/deployments'

/** The tasks of the deployments that an answer lists. */
const tasksOf = ({ json }: { json: { task: string }[] }) => json.map(({ task }) => task)
const statesOf = (github: GitHub, id: number) => github.deployments.get(id)?.statuses.map(({ state }) => state)

test('The first repository and its commit are those of the runner', async () => {
  const github = await startedGitHub()
  const { repository, repository_id: id, sha } = githubContext({ workspace: 'w', temp: 't' })
  const { json } = await githubCaller(github)('POST', `/repos/${repository}/deployments`, { ref: sha })
  expect(json).toMatchObject({ ref: sha, sha })
  expect(github.repositories.get('octo-org/octo-site')).toMatchObject({ id: Number(id), fullName: repository })
})

test('A deployment is answered whole, kept, and makes its environment', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const payload = { schema: 1, keyId: 'a-key', deep: [{ er: null }] }
  const made = await call('POST', DEPLOYMENTS, {
    ref: 'main',
    task: 'a:task',
    environment: 'keys',
    description: 'A key',
    transient_environment: true,
    payload,
  })
  expect(made.status).toBe(201)
  const { id } = made.json
  const url = `${github.apiUrl}${DEPLOYMENTS}/${id}`
  expect(made.json).toEqual({
    url,
    id: expect.any(Number),
    node_id: expect.any(String),
    task: 'a:task',
    original_environment: 'keys',
    environment: 'keys',
    description: 'A key',
    created_at: TIME,
    updated_at: made.json.created_at,
    statuses_url: `${url}/statuses`,
    repository_url: `${github.apiUrl}/repos/octo-org/octo-site`,
    creator: expect.objectContaining({ login: 'github-actions[bot]', type: 'Bot' }),
    sha: SHA,
    ref: 'main',
    payload,
    transient_environment: true,
    production_environment: false,
    performed_via_github_app: null,
  })
  expect((await call('GET', `${DEPLOYMENTS}/${id}`)).json).toEqual(made.json)
  expect(github.deployments.get(id)).toMatchObject({ task: 'a:task', payload, statuses: [] })
  expect(github.repositories.get('octo-org/octo-site')?.environments).toEqual(new Set(['keys']))
})

test('What is left out of a deployment has its default, and a payload may be a text', async () => {
  const call = githubCaller(await startedGitHub())
  expect((await call('POST', DEPLOYMENTS, { ref: 'main' })).json).toMatchObject({
    task: 'deploy',
    environment: 'production',
    description: null,
    payload: {},
    transient_environment: false,
    production_environment: true,
  })
  const text = await call('POST', DEPLOYMENTS, { ref: 'main', environment: 'qa', payload: '{"a":1}' })
  expect(text.json).toMatchObject({ payload: '{"a":1}', production_environment: false })
})

test('A ref is a branch, a tag or a commit that the repository has', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const tagged = github.addCommit({ ref: 'v1' })
  const loose = github.addCommit()
  const made = []
  for (const ref of ['main', 'refs/heads/main', 'heads/main', 'v1', 'refs/tags/v1', loose]) {
    const { json } = await call('POST', DEPLOYMENTS, { ref })
    expect(json.ref).toBe(ref)
    made.push(json.sha)
  }
  expect(made).toEqual([SHA, SHA, SHA, tagged, tagged, loose])

  const elsewhere = github.addCommit({ repository: github.addRepository({ fullName: 'octo-org/other' }).fullName })
  for (const ref of ['gone', 'refs/pull/1/merge', elsewhere]) {
    expect(await call('POST', DEPLOYMENTS, { ref })).toMatchObject({
      status: 422,
      json: {
        message: `No ref found for: ${ref}`,
        documentation_url: `${DOCS}/deployments#create-a-deployment`,
        status: '422',
      },
    })
  }
  expect(github.deployments.size).toBe(6)
})

test('Commit statuses stand in the way unless required_contexts says otherwise', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const ref = github.addCommit({ statuses: { build: 'failure', lint: 'success' } })
  const create = async (required_contexts?: string[]) => call('POST', DEPLOYMENTS, { ref, required_contexts })
  const conflict = await create()
  expect(conflict).toMatchObject({
    status: 409,
    json: {
      message: `Conflict: Commit status checks failed for ${ref}.`,
      errors: [
        {
          contexts: [
            { context: 'build', state: 'failure' },
            { context: 'lint', state: 'success' },
          ],
          resource: 'Deployment',
          field: 'required_contexts',
          code: 'invalid',
        },
      ],
    },
  })
  const statuses = []
  for (const required of [['build'], ['never-run'], ['lint'], []]) statuses.push((await create(required)).status)
  expect(statuses).toEqual([409, 409, 201, 201])
})

test('A merge conflict stands in the way unless nothing is to be merged', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  github.addCommit({ ref: 'topic', conflicts: true })
  expect(await call('POST', DEPLOYMENTS, { ref: 'topic' })).toMatchObject({
    status: 409,
    json: { message: 'Conflict merging main into topic' },
  })
  expect((await call('POST', DEPLOYMENTS, { ref: 'topic', auto_merge: false })).status).toBe(201)
})

test('Bodies that are none are refused', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const answers = []
  for (const body of ['{"ref":', '', '[]', {}, { ref: 1 }, { ref: 'main', payload: [] }, { ref: 'main', task: null }]) {
    const { status, json } = await call('POST', DEPLOYMENTS, body)
    answers.push([status, json.message])
  }
  expect(answers).toEqual([
    [400, 'Problems parsing JSON'],
    [400, 'Problems parsing JSON'],
    [400, 'Body should be a JSON object'],
    [422, 'Invalid request.\n\n"ref" wasn\'t supplied.'],
    [422, 'Invalid request.\n\nInvalid property /ref: `1` is not of type `string`.'],
    [422, 'Invalid request.\n\nInvalid property /payload: `[]` is not of type `object` or `string`.'],
    [422, 'Invalid request.\n\nInvalid property /task: `null` is not of type `string`.'],
  ])
  expect(github.deployments.size).toBe(0)
})

test('The list is the newest first, and only of its repository', async () => {
  const github = await startedGitHub()
  github.addRepository({ fullName: 'octo-org/other' })
  github.addDeployment({ task: 'one' })
  github.addDeployment({ task: 'elsewhere', repository: 'octo-org/other' })
  github.addDeployment({ task: 'two' })
  const call = githubCaller(github)
  expect(tasksOf(await call('GET', DEPLOYMENTS))).toEqual(['two', 'one'])
  expect(tasksOf(await call('GET', '/repos/OCTO-org/Other/deployments'))).toEqual(['elsewhere'])
})

test('Filters narrow the list, together too', async () => {
  const github = await startedGitHub()
  const sha = github.addCommit({ ref: 'topic' })
  github.addDeployment({ task: 'a', environment: 'keys' })
  github.addDeployment({ task: 'b', environment: 'keys', ref: 'topic' })
  github.addDeployment({ task: 'b', environment: 'qa', ref: sha })
  const call = githubCaller(github)
  const count = async (query: string) => (await call('GET', `${DEPLOYMENTS}?${query}`)).json.length
  expect(await count('environment=keys')).toBe(2)
  expect(await count('task=b')).toBe(2)
  expect(await count('task=B')).toBe(0)
  expect(await count(`sha=${sha}`)).toBe(2)
  expect(await count('ref=topic')).toBe(1)
  expect(await count('environment=keys&task=b')).toBe(1)
  expect(await count('environment=keys&task=none-such')).toBe(0)
})

test('Pages are 30 long unless asked otherwise, and 100 at most', async () => {
  const github = await startedGitHub()
  for (let count = 0; count < 101; count++) github.addDeployment()
  const call = githubCaller(github)
  const length = async (query: string) => (await call('GET', `${DEPLOYMENTS}?${query}`)).json.length
  expect(await length('')).toBe(30)
  expect(await length('page=4')).toBe(11)
  expect(await length('page=5')).toBe(0)
  expect(await length('per_page=1000')).toBe(100)
  expect(await length('per_page=0&page=0')).toBe(30)
})

test('Link leads through the pages, with the filters and at the root of the API', async () => {
  const github = await startedGitHub({ prefix: '/api/v3' })
  for (let count = 0; count < 5; count++) github.addDeployment({ task: `pinata-gateway-key:${count % 5}` })
  github.addDeployment({ environment: 'else' })
  const call = githubCaller(github)
  const first = await call('GET', `${DEPLOYMENTS}?environment=production&per_page=2`)
  const at = (page: number) =>
    `http://127.0.0.1:${github.port}/api/v3/repositories/1296269/deployments?environment=production&per_page=2&page=${page}`
  expect(first.headers.get('link')).toBe(`<${at(2)}>; rel="next", <${at(3)}>; rel="last"`)
  const second = await call('GET', linksOf(first).next ?? '')
  expect(linksOf(second)).toEqual({ prev: at(1), next: at(3), last: at(3), first: at(1) })
  const third = await call('GET', linksOf(second).next ?? '')
  expect(linksOf(third)).toEqual({ prev: at(2), first: at(1) })
  const tasks = [first, second, third].flatMap(tasksOf)
  expect(tasks).toEqual([4, 3, 2, 1, 0].map(number => `pinata-gateway-key:${number}`))
  expect((await call('GET', `${DEPLOYMENTS}?environment=else`)).headers.has('link')).toBe(false)
})

test('A status is answered whole and changes the deployment', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const { id } = github.addDeployment({ environment: 'qa' })
  const path = `${DEPLOYMENTS}/${id}/statuses`
  const made = await call('POST', path, {
    state: 'success',
    environment: 'staging',
    environment_url: 'https://example.com',
    log_url: 'https://example.com/log',
    description: 'Done',
  })
  expect(made.status).toBe(201)
  const deploymentUrl = `${github.apiUrl}${DEPLOYMENTS}/${id}`
  expect(made.json).toEqual({
    url: `${deploymentUrl}/statuses/${made.json.id}`,
    id: expect.any(Number),
    node_id: expect.any(String),
    state: 'success',
    creator: expect.objectContaining({ login: 'github-actions[bot]' }),
    description: 'Done',
    environment: 'staging',
    target_url: 'https://example.com/log',
    created_at: TIME,
    updated_at: made.json.created_at,
    deployment_url: deploymentUrl,
    repository_url: `${github.apiUrl}/repos/octo-org/octo-site`,
    environment_url: 'https://example.com',
    log_url: 'https://example.com/log',
    performed_via_github_app: null,
  })
  expect(made.headers.get('location')).toBe(made.json.url)
  const { json: plain } = await call('POST', path, { state: 'pending' })
  expect(plain).toMatchObject({ environment: 'staging', description: '', log_url: '', environment_url: '' })
  const { json: old } = await call('POST', path, { state: 'pending', target_url: 'https://example.com/old' })
  expect(old).toMatchObject({ target_url: 'https://example.com/old', log_url: 'https://example.com/old' })
  expect((await call('GET', path)).json).toEqual([old, plain, made.json])
  const { json } = await call('GET', `${DEPLOYMENTS}/${id}`)
  expect(json).toMatchObject({ environment: 'staging', original_environment: 'qa' })
})

test('A status that says what none can say is refused', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const { id } = github.addDeployment()
  const path = `${DEPLOYMENTS}/${id}/statuses`
  const states = 'error, failure, inactive, in_progress, queued, pending, success'
  const documentation_url = `${DOCS}/statuses#create-a-deployment-status`
  expect((await call('POST', path, { state: 'done' })).json).toEqual({
    message: `Invalid request.\n\nInvalid property /state: \`done\` is not a possible value. Must be one of the following: ${states}.`,
    documentation_url,
    status: '422',
  })
  expect((await call('POST', path, {})).json.message).toBe('Invalid request.\n\n"state" wasn\'t supplied.')
  const state = 'success'
  const refused = await call('POST', path, { state, environment_url: 'example.com', description: 'x'.repeat(141) })
  expect(refused.json).toEqual({
    message: 'Validation Failed',
    errors: [
      {
        resource: 'DeploymentStatus',
        code: 'custom',
        field: 'description',
        message: 'description is too long (maximum is 140 characters)',
      },
      {
        resource: 'DeploymentStatus',
        code: 'custom',
        field: 'environment_url',
        message: 'environment_url must use http(s) scheme',
      },
    ],
    documentation_url,
    status: '422',
  })
  expect(statesOf(github, id)).toEqual([])
})

test('Success makes earlier deployments of the environment inactive, but not transient or production ones', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  github.addRepository({ fullName: 'octo-org/other' })
  const shared = { environment: 'qa', state: 'success' }
  const earlier = github.addDeployment(shared)
  const spared = [
    github.addDeployment({ ...shared, transient: true }),
    github.addDeployment({ ...shared, production: true }),
    github.addDeployment({ ...shared, environment: 'staging' }),
    github.addDeployment({ ...shared, repository: 'octo-org/other' }),
  ]
  const failed = github.addDeployment({ ...shared, state: 'failure' })
  const { id } = github.addDeployment({ environment: 'qa' })
  const later = github.addDeployment(shared)
  const path = `${DEPLOYMENTS}/${id}/statuses`

  await call('POST', path, { state: 'in_progress' })
  await call('POST', path, { state: 'success', auto_inactive: false })
  expect(statesOf(github, earlier.id)).toEqual(['success'])
  await call('POST', path, { state: 'success' })
  expect(statesOf(github, earlier.id)).toEqual(['success', 'inactive'])
  for (const { statuses } of [...spared, later]) expect(statuses.map(({ state }) => state)).toEqual(['success'])
  expect(statesOf(github, failed.id)).toEqual(['failure'])
  expect(statesOf(github, id)).toEqual(['in_progress', 'success', 'success'])
})

test('Only inactive deployments are deleted, unless there is no other', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const [one, two] = [github.addDeployment({ state: 'success' }), github.addDeployment({ environment: 'else' })]
  for (const { id } of [one, two]) {
    expect(await call('DELETE', `${DEPLOYMENTS}/${id}`)).toMatchObject({
      status: 422,
      json: {
        message: 'We cannot delete an active deployment unless it is the only deployment in a given environment.',
        documentation_url: `${DOCS}/deployments#delete-a-deployment`,
        status: '422',
      },
    })
  }
  await call('POST', `${DEPLOYMENTS}/${one.id}/statuses`, { state: 'inactive' })
  const deleted = await call('DELETE', `${DEPLOYMENTS}/${one.id}`)
  expect([deleted.status, deleted.headers.has('content-length')]).toEqual([204, false])
  expect((await call('DELETE', `${DEPLOYMENTS}/${two.id}`)).status).toBe(204)
  expect(github.deployments.size).toBe(0)
  expect(github.repositories.get('octo-org/octo-site')?.environments).toEqual(new Set(['production', 'else']))
})

test('What is not there is not found', async () => {
  const github = await startedGitHub()
  const call = githubCaller(github)
  const { id } = github.addDeployment({ repository: github.addRepository({ fullName: 'octo-org/other' }).fullName })
  const calls = [
    ['GET', `${DEPLOYMENTS}/${id}`, 'deployments/deployments#get-a-deployment'],
    ['DELETE', `${DEPLOYMENTS}/1`, 'deployments/deployments#delete-a-deployment'],
    ['GET', `${DEPLOYMENTS}/1/statuses`, 'deployments/statuses#list-deployment-statuses'],
    ['POST', `${DEPLOYMENTS}/1/statuses`, 'deployments/statuses#create-a-deployment-status'],
    ['GET', '/repos/octo-org/gone/deployments', 'deployments/deployments#list-deployments'],
    ['GET', '/repositories/7/deployments', 'deployments/deployments#list-deployments'],
  ] as const
  for (const [method, path, page] of calls) {
    const { status, json } = await call(method, path, method === 'POST' ? { state: 'success' } : undefined)
    const documentation_url = `https://docs.github.com/rest/${page}`
    expect([status, json]).toEqual([404, { message: 'Not Found', documentation_url, status: '404' }])
  }
  for (const path of [`${DEPLOYMENTS}/x`, '/repos/octo-org/octo-site/issues', '/', '/api/v3']) {
    const json = { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' }
    expect(await call('GET', path)).toMatchObject({ status: 404, json })
  }
})

test('What a test asks for by mistake is an error', async () => {
  const github = await startedGitHub()
  // biome-ignore lint/suspicious/noExplicitAny: mistakes
  const any = github as any
  expect(() => any.addDeployment({ enviroment: 'qa' })).toThrow('addDeployment: unknown option enviroment')
  expect(() => any.addToken({ permission: 'admin' })).toThrow("addToken: permission can't be admin")
  expect(() => any.addCommit({ sha: 'abc' })).toThrow('addCommit: sha is 40 hexadecimal digits')
  expect(() => any.addRepository({ fullName: 'site' })).toThrow('addRepository: fullName is owner/name')
  expect(() => any.addRepository({ fullName: 'Octo-Org/Octo-Site' })).toThrow('Octo-Org/Octo-Site exists')
  expect(() => any.addDeployment({ ref: 'gone' })).toThrow('no ref gone')
  expect(() => any.addToken({ repository: 'octo-org/gone' })).toThrow('there is no repository octo-org/gone')
  await expect(startedGitHub({ prefix: 'api' })).rejects.toThrow('prefix')
  await expect(startedGitHub({ limits: 1 } as never)).rejects.toThrow('startGitHub: unknown option limits')
})
