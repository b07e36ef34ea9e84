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

/** All texts of a step in its log. */
function logOf(done: Done): string[] {
  return [done.error ?? '', ...done.info, ...done.warnings, ...done.debug]
}

const HOSTILE = '\n::set-output name=key-id::mine\r\n##[add-mask]a\u001b[2J<script>|x|\u202e\u2028'

test.each([
  { error: HOSTILE },
  { error: { reason: HOSTILE, details: HOSTILE } },
  { error: { message: HOSTILE } },
  { message: HOSTILE },
])('prints the text of an error without commands, line breaks and direction marks: %j', async body => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 400, body, times: Number.POSITIVE_INFINITY })
  const done = await runKeyStep(inputs)
  expect(done.error).toContain('set-output')
  for (const line of logOf(done)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]|^\s*::|##\[/m)
  }
})

test('prints only the start of a long error', async () => {
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

test('prints the start of a request ID, without commands', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'status',
    status: 400,
    headers: { 'X-Request-Id': `::stop-commands::${'x'.repeat(300)}` },
    times: 2,
  })
  const done = await runKeyStep(inputs)
  expect(done.error).not.toMatch(/^\s*::|x{65}/m)
})

test.each([400, 401, 403, 404, 500])('prints no secret that an error contains: %d', async status => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const value = gateway.keys[0]?.value ?? ''
  const echo = `Bearer ${jwt} ${encodeURIComponent(jwt)} ${jwt.slice(0, 200)} ${value}`
  pinata.fault({
    kind: 'status',
    status,
    body: { error: { reason: echo, details: echo } },
    times: Number.POSITIVE_INFINITY,
  })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeDefined()
  expect(readable(done)).not.toContain(jwt.slice(0, 60))
  expect(readable(done)).not.toContain(value)
})

test.each<[string, unknown]>([
  ['text', 'text'],
  ['a number', 7],
  ['null', null],
  ['an array', []],
  [
    'wrong types everywhere',
    { id: 1, domain: { a: 1 }, settings: { restriction_policies: { accessTokens: 'many', allowedHosts: 3 } } },
  ],
  ['keys without an ID', { settings: { restriction_policies: { accessTokens: [null, 1, 'x', {}, { id: '../..' }] } } }],
])('creates a key although the gateway could not be parsed: %s', async (_name, data) => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'GET', body: { data } })
  const done = await runKeyStep(inputs)
  expect(done.error).toBeUndefined()
  expect(done.outputs['key-id']).toBe(gateway.keys[1]?.id)
})

test.each(['evil.example/', 'a b', '<b>', '-x', '', 'a|b', `${'x'.repeat(64)}`])(
  'sets no URL for an invalid domain: %j',
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
  'sets no time for an invalid one: %j',
  async createdAt => {
    const { pinata, inputs } = await pinataWithGateway(1)
    pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, createdAt } }) })
    const done = await runKeyStep(inputs)
    expect(done.error).toBeUndefined()
    expect(done.outputs['created-at']).toBe('')
    expect(done.summary).toContain('| unknown |')
  },
)

test('stops reading a response of more than 4 MiB', async () => {
  const { pinata, gateway, inputs } = await pinataWithGateway(1)
  pinata.fault({
    kind: 'body',
    method: 'GET',
    body: `"${'x'.repeat(20 * 1024 * 1024)}"`,
    times: Number.POSITIVE_INFINITY,
  })
  const done = await runKeyStep({ ...inputs, 'key-id': gateway.keys[0]?.id ?? '' })
  expect(done.error).toContain('exceeds 4 MiB')
})

test('deletes no gateway if an ID is a path', async () => {
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
  ['contains commands', 'ab::cd"ef&gh##[ij!klm/nop', (value: string) => value],
  ['is cut at the end of a long text', 'Secret!Part1!Secret!Part2!', (value: string) => `${'x '.repeat(75)}${value}`],
  ['has the escapes of another JSON library', 'ab<cd>&ef"g', (value: string) => value],
])('prints no secret that %s', async (_name, value, text) => {
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

/** `String()` throws on this. */
const NO_TEXT = { toString: 1 }

test.each([{ proof: NO_TEXT }, { expiresAt: NO_TEXT }])(
  'creates a key although a record of the name is malformed: %j',
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

test("prints GitHub's error without its message if that is not text", async () => {
  const { github, inputs, env } = await pinataAndGitHub()
  github.fault({ kind: 'status', status: 403, body: { message: NO_TEXT } })
  const done = await runKeyStep({ ...inputs, name: 'pr-7' }, { env })
  expect(done.error).toContain('HTTP 403')
})
