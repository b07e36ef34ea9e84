import { expect, test } from '@jest/globals'
import { ALWAYS, pinataWithGateway, readable, type StepOutcome } from '../support/step.ts'

const HOSTILE = '\n::set-output name=key-id::mine\r\n##[add-mask]a\u001b[2J<script>|x|\u202e\u2028'
const ERRORS = [HOSTILE, { reason: HOSTILE, details: HOSTILE }, { message: HOSTILE }]

const logOf = ({ error = '', info, warnings, debug }: StepOutcome) => [error, ...info, ...warnings, ...debug]

test.each(ERRORS)("prints an error's text without commands, line breaks, or direction marks: %j", async error => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 400, body: { error }, ...ALWAYS })
  const done = await run()
  expect(done.error).toContain('set-output')
  for (const line of logOf(done)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s*::|##\[/mu)
})

test('prints only the start of a long error and of its request ID, without commands', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const headers = { 'X-Request-Id': `::stop-commands::${'x'.repeat(300)}` }
  pinata.fault({ kind: 'status', status: 400, headers, body: { error: 'very long '.repeat(100_000) }, ...ALWAYS })
  const done = await run()
  expect(logOf(done).join().length).toBeLessThan(2000)
  expect(done.error).not.toMatch(/^\s*::|x{65}/m)
})

const WRONG_TYPES = { accessTokens: 'many', allowedHosts: 3 }

test("does not output a key's value as its ID", async () => {
  const { pinata, run } = await pinataWithGateway(1)
  const data = { id: 'x'.repeat(64), value: 'x'.repeat(64) }
  pinata.fault({ kind: 'body', method: 'POST', body: { data }, times: 2 })
  const done = await run()
  expect([done.outputs, readable(done).includes('xxxx')]).toEqual([{}, false])
})

test.each<[string, unknown]>([
  ['text', 'text'],
  ['null', null],
  ['wrong types everywhere', { id: 1, domain: { a: 1 }, settings: { restriction_policies: WRONG_TYPES } }],
  ['keys without an ID', { settings: { restriction_policies: { accessTokens: [null, 1, 'x', {}, { id: '../..' }] } } }],
])('creates a key even if the gateway cannot be parsed: %s', async (_name, data) => {
  const { pinata, run, keyIds } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'GET', body: { data } })
  const done = await run()
  expect([done.error, done.outputs['key-id']]).toEqual([undefined, keyIds()[0]])
})

test.each([
  ['domain', 'GET', 'gateway-url', ['evil.example/', 'a b', '<b>', '-x', '', 'a|b', 'x'.repeat(64)]],
  ['createdAt', 'POST', 'created-at', ['today', '0001-01-01T00:00:00Z', '2024-07-12T15:34:59Z\n::error::', 5, null]],
])('sets an empty output for an invalid %s', async (property, method, output, values) => {
  const { pinata, run } = await pinataWithGateway(1)
  for (const value of values) {
    pinata.fault({ kind: 'body', method, body: json => ({ data: { ...json.data, [property]: value } }) })
    const done = await run()
    expect({ value, ...done }).toMatchObject({ value, error: undefined, outputs: { [output]: '' } })
    if (property === 'createdAt') expect(done.summary).toContain('| unknown |')
  }
})

test.each([
  ['contains commands', 'ab::cd"ef&gh##[ij!klm/nop'],
  ['is cut off at the end of a long message', 'Secret!Part1!Secret!Part2!', 'x '.repeat(75)],
  ['is escaped by another JSON library', 'ab<cd>&ef"g'],
])('prints no secret that %s', async (_name, value, before = '') => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  const body = JSON.stringify({ error: before + value }).replace(/[<>&]/g, c => `\\u00${c.charCodeAt(0).toString(16)}`)
  const headers = { 'X-Request-Id': value.replace('/', '') }
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', body, headers })
  const done = await run({}, { broken: 'outputs' })
  expect(done.error).toMatch(/could not be revoked/)
  expect(done.error).toContain('***')
  for (const part of value.split(/[^\w]+/).filter(each => each.length > 4)) expect(done.error).not.toContain(part)
  expect(readable(done)).not.toContain(value)
})
