import { expect, test } from '@jest/globals'
import {
  type Done,
  pinataAndGitHub,
  pinataWithGateway,
  RECORDS,
  readable,
  runKeyStep,
  runRevokeStep,
} from '../support/step.ts'

/** Every text of a step that ends up in its log. */
function logOf(done: Done): string[] {
  return [done.error ?? '', ...done.info, ...done.warnings, ...done.debug]
}

const HOSTILE = '\n::set-output name=key-id::mine\r\n##[add-mask]a\u001b[2J<script>|x|\u202e\u2028'

test.each([
  { error: HOSTILE },
  { error: { reason: HOSTILE, details: HOSTILE } },
  { error: { message: HOSTILE } },
  { message: HOSTILE },
])('the text of an error cannot start a command, break a line or turn the text: %j', async body => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 400, body, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  expect(done.error).toContain('set-output')
  for (const line of logOf(done)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]|::|##\[/)
  }
})

test('the text of an error cannot fill the log', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'status',
    status: 400,
    body: { error: 'very long '.repeat(100_000) },
    times: Number.POSITIVE_INFINITY,
  })
  const done = await runKeyStep(inputs)
  expect(logOf(done).join().length).toBeLessThan(2000)
})

test('a request ID is data too', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'status',
    status: 400,
    headers: { 'X-Request-Id': `::stop-commands::${'x'.repeat(300)}` },
    times: 2,
  })
  const done = await runKeyStep(inputs)
  expect(done.error).not.toMatch(/::|x{65}/)
})

test.each([400, 401, 403, 404, 500])('a secret that is echoed in an error (%d) is not printed', async status => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const value = gateway.keys[0]?.value ?? ''
  const words = `Bearer ${jwt} ${encodeURIComponent(jwt)} ${jwt.slice(0, 200)} ${value}`
  pinata.fault({
    kind: 'status',
    status,
    body: { error: { reason: words, details: words } },
    times: Number.POSITIVE_INFINITY,
  })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeDefined()
  expect(readable(done)).not.toContain(jwt.slice(0, 60))
  expect(readable(done)).not.toContain(value)
})

test.each<[string, unknown]>([
  ['no object', 'text'],
  ['a number', 7],
  ['null', null],
  ['an array', []],
  [
    'wrong types everywhere',
    { id: 1, domain: { a: 1 }, settings: { restriction_policies: { accessTokens: 'many', allowedHosts: 3 } } },
  ],
  [
    'keys that are no keys',
    { settings: { restriction_policies: { accessTokens: [null, 1, 'x', {}, { id: '../..' }] } } },
  ],
])('details of another shape are no reason to fail: %s', async (_name, data) => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'GET', body: { data } })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.outputs['key-id']).toBe(gateway.keys[1]?.id)
})

test.each(['evil.example/', 'a b', '<b>', '-x', '', 'a|b', `${'x'.repeat(64)}`])(
  'a domain that is none gives no URL: %j',
  async domain => {
    const { pinata, inputs } = await pinataWithGateway(1)
    pinata.fault({
      kind: 'body',
      method: 'GET',
      body: json => ({ data: { ...json.data, domain } }),
    })
    const done = await runKeyStep(inputs)
    expect(done.error).toBeUndefined()
    expect(done.outputs['gateway-url']).toBe('')
  },
)

test.each(['yesterday', '2024-07-12T15:34:59Z\n::error::', 5, null])(
  'a time that is none is left out: %j',
  async createdAt => {
    const { pinata, inputs } = await pinataWithGateway(1)
    pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, createdAt } }) })
    const done = await runKeyStep(inputs)
    expect(done.error).toBeUndefined()
    expect(done.outputs['created-at']).toBe('')
    expect(done.summary).toContain('| unknown |')
  },
)

test('an answer larger than any true one is not read to its end', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: `"${'x'.repeat(20 * 1024 * 1024)}"`,
    times: Number.POSITIVE_INFINITY,
  })
  const done = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  expect(done.error).toMatch(/an answer of more than 4 MiB/)
})

test('an ID from Pinata that is a path deletes no gateway', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    method: 'POST',
    body: json => ({ data: { ...json.data, id: '..' } }),
    times: Number.POSITIVE_INFINITY,
  })
  await runKeyStep({ ...inputs, revoke: 'after-job' })
  await runRevokeStep({ ...inputs, 'key-id': '..' })
  expect(pinata.gateways.has(gateway.id)).toBe(true)
  expect(pinata.requests.filter(request => request.method === 'DELETE')).toEqual([])
})

test.each([
  ['is broken up when it is made harmless', 'ab::cd"ef&gh##[ij!klm/nop', (value: string) => value],
  ['is cut where the text is too long', 'Secret!Part1!Secret!Part2!', (value: string) => `${'x '.repeat(75)}${value}`],
  ['is written by another JSON library', 'ab<cd>&ef"g', (value: string) => value],
])('a secret that a server echoes is not in the error, even if it %s', async (_name, value, text) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  const message = JSON.stringify({ error: text(value) }).replace(/[<>&]/g, c => `\\u00${c.charCodeAt(0).toString(16)}`)
  const headers = { 'X-Request-Id': value.replace('/', '') }
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', body: message, headers })
  const done = await runKeyStep(inputs, { broken: 'outputs' })
  expect(done.error).toMatch(/could not be revoked/)
  expect(done.error).toContain('***')
  for (const part of value.split(/[^\w]+/).filter(each => each.length > 4)) expect(done.error).not.toContain(part)
  expect(readable(done)).not.toContain(value)
})

/** `String()` throws on it. */
const NO_TEXT = { toString: 1 }

test.each([{ proof: NO_TEXT }, { expiresAt: NO_TEXT }])(
  'a deployment made by hand does not stop the runs of its name: %j',
  async wrong => {
    const { github, gateway, inputs, env } = await pinataAndGitHub()
    const payload = { schema: 1, name: 'pr-7', gatewayId: gateway.id, keyId: gateway.keys[0]?.id, expiresAt: null }
    github.addDeployment({
      environment: RECORDS.environment,
      task: `${RECORDS.task}pr-7`,
      payload: { ...payload, ...wrong },
    })
    const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
    expect(done.error).toBeUndefined()
    expect(done.outputs.created).toBe('true')
  },
)

test('an error of GitHub whose text is none is told all the same', async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'status', status: 403, body: { message: NO_TEXT } })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toMatch(/^github-token may not list the records of names in octo-org\/octo-site/)
})
