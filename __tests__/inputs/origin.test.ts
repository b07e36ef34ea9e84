import { describe, expect, test } from '@jest/globals'
import { readOriginInputs } from '../../src/inputs/read.ts'
import { messageFrom, readInputs } from '../support/inputs.ts'

const HIDDEN = '(not shown, because it may contain a secret)'
const ORIGIN = 'Set it to an https address, such as https://pr-7.example.com.'
const INCOMPLETE = 'looks incomplete: an expression in it may be empty'

// biome-ignore format: a table
const ORIGIN_ERRORS: [string, string][] = [
  ['', `is empty, or the output that it uses was not set. ${ORIGIN}`],
  ...([
    ['pr-7.example.com', '"pr-7.example.com" is not an https address'],
    ['ftp://a.example', '"ftp://a.example" is not an https address'],
    ['https://', '"https://" is not an https address'],
    ['*', '"*" is not an https address'],
    ['["https://a.example"]', '"["https://a.example"]" (JSON or YAML) is not an https address'],
    ['https://a.example, https://b.example', '"https://a.example, https://b.example" is not an https address'],
    ['https://a.example\nhttps://b.example', '"https://a.example https://b.example" (more than one line) is not an https address'],
    ['https://${{ a }}.example', '"https://${{ a }}.example" (an expression that was not evaluated) is not an https address'],
    ['https://user:p/hunter2@a.example', `${HIDDEN} is not an https address`],
    ['https://user:hunter2@a.example', `${HIDDEN} contains a user name or a password`],
    ['http://pr-7.example.com', '"http://pr-7.example.com" uses plain http, which is not allowed'],
    ['https://*.example.com', '"https://*.example.com" contains a wildcard, which is not allowed'],
    ['https://***.example.com', '"https://***.example.com" (a masked value) does not have a host name that browsers send'],
    ['https://undefined.example.com', `"https://undefined.example.com" (an empty value) ${INCOMPLETE}`],
    ['https://a.example.', '"https://a.example." does not have a host name that browsers send'],
    ['https://a..example', '"https://a..example" does not have a host name that browsers send'],
    ['https://.example.com', '"https://.example.com" does not have a host name that browsers send'],
    ['https://a;example', '"https://a;example" does not have a host name that browsers send'],
    ['https://$A.example', '"https://$A.example" (an expression that was not evaluated) does not have a host name that browsers send'],
    ['https://pr-.example.com', `"https://pr-.example.com" ${INCOMPLETE}`],
    ['https://pr-.', `"https://pr-." ${INCOMPLETE}`],
    ['https://preview-undefined--site.example.com', `"https://preview-undefined--site.example.com" ${INCOMPLETE}`],
    ['https://undefined-site.example.com', `"https://undefined-site.example.com" ${INCOMPLETE}`],
    ['https://-preview.example.com', `"https://-preview.example.com" ${INCOMPLETE}`],
    ['https://localhost:8080', '"https://localhost:8080" is on this machine, so readers cannot use it'],
    ['https://a.localhost', '"https://a.localhost" is on this machine, so readers cannot use it'],
    ['https://127.0.0.1', '"https://127.0.0.1" is on this machine, so readers cannot use it'],
    [`https://a.example/${'b/'.repeat(1000)}`, `"https://a.example/${'b/'.repeat(31).slice(0, 61)}…" is not an https address`],
  ] as const).map(([value, message]): [string, string] => [value, `${message}. ${ORIGIN}`]),
]

describe('allow an origin', () => {
  test.each(ORIGIN_ERRORS)('rejects origin %j', (origin, message) => {
    expect(messageFrom(() => readInputs(readOriginInputs, { origin }))).toBe(`origin ${message}`)
    expect(`origin ${message}`.length).toBeLessThanOrEqual(300)
  })

  test('rejects a name with revoke', () => {
    const inputs = { origin: 'https://a.example', name: 'pr-7', 'github-token': 'ghs_0123456789abcdef' }
    expect(messageFrom(() => readInputs(readOriginInputs, { ...inputs, revoke: 'after-job' }))).toBe(
      'name and revoke: after-job exclude each other, because other runs may use the origin. Remove revoke and use the revoke action with this name, or remove name.',
    )
  })

  test.each([
    ['https://pr-7.example.com/a/@b?c=d#e', 'https://pr-7.example.com'],
    ['HTTPS://PR-7.Example.COM:443', 'https://pr-7.example.com'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['https://feature_x.example.com:8443', 'https://feature_x.example.com:8443'],
    ['https://undefinedbehavior.example', 'https://undefinedbehavior.example'],
    ['https://[2001:DB8::1]:8443/', 'https://[2001:db8::1]:8443'],
  ])('reads %s as %s', (origin, value) => {
    expect(readInputs(readOriginInputs, { origin }).wanted).toEqual({ kind: 'origin', value })
  })
})
