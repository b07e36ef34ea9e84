import { expect, test } from '@jest/globals'
import { ALWAYS, pinataWithGateway, readable } from '../support/step.ts'

const HOSTILE = '\n::set-output name=key-id::mine\r\n##[add-mask]a\u001b[2J<script>|x|\u202e\u2028'
const ERRORS = [HOSTILE, { reason: HOSTILE, details: HOSTILE }, { message: HOSTILE }]

test.each(ERRORS)("prints an error's text without commands, line breaks, or direction marks: %j", async error => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'status', status: 400, body: { error }, ...ALWAYS })
  const done = await run()
  expect(done.error).toContain('set-output')
  const lines = [done.error, ...done.info, ...done.warnings, ...done.debug]
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s*::|##\[/mu)
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
  ['contains commands', 'secret::part1"part2&part3##[part4!part5'],
  ['is cut off at the end of a long message', 'Secret!Part1!Secret!Part2!', 'x '.repeat(75)],
  ['is escaped by another JSON library', 'secret<part1>&part2"part3'],
])('prints no secret that %s', async (_name, value, before = '') => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value } }) })
  const body = JSON.stringify({ error: before + value }).replace(/[<>&]/g, c => `\\u00${c.charCodeAt(0).toString(16)}`)
  const headers = { 'X-Request-Id': value }
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', body, headers })
  const done = await run({}, { broken: 'outputs' })
  expect(done.error).toMatch(/may have left the new key/)
  expect(done.error).toContain('***')
  for (const part of value.split(/[^\w]+/).filter(each => each.length > 4)) expect(done.error).not.toContain(part)
  expect(readable(done)).not.toContain(value)
})

test('shows an ID from Pinata without breaking the table in the job summary', async () => {
  const { pinata, run } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, id: 'a|b`c' } }) })
  expect((await run()).summary).toContain("| `a\\|b'c` |")
})
