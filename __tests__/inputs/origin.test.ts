import { expect, test } from '@jest/globals'
import { readOriginInputs } from '../../src/inputs/read.ts'
import { HIDDEN, messageFrom, type Rejection, readInputs, rejections } from '../support/inputs.ts'

const ORIGIN = 'Set it to an address such as https://pr-7.example.com.'
const INCOMPLETE = 'looks incomplete: an expression in it may be empty'

// biome-ignore format: a table
const ERRORS: Rejection[] = [
  ...([
    [{ origin: '' }, '"" (empty, perhaps because a variable or an output was not set) is not an HTTPS address'],
    ...rejections('origin', ['pr-7.example.com', 'ftp://a.example', 'https://', '*', 'https://a.example, https://b.example'], shown => `${shown} is not an HTTPS address`),
    [{ origin: 'https://a.example\nhttps://b.example' }, '"https://a.example https://b.example" (longer than one line) is not an HTTPS address'],
    [{ origin: `https://a.example/${'b/'.repeat(1000)}` }, `"https://a.example/${'b/'.repeat(31).slice(0, 61)}…" is not an HTTPS address`],
    [{ origin: 'https://user:p/hunter2@a.example' }, `${HIDDEN} is not an HTTPS address`],
    [{ origin: 'https://user:hunter2@a.example' }, `${HIDDEN} contains a username or a password`],
    [{ origin: 'http://pr-7.example.com' }, '"http://pr-7.example.com" uses plain HTTP, which is not allowed'],
    [{ origin: 'https://*.example.com' }, '"https://*.example.com" contains a wildcard, which is not allowed'],
    [{ origin: 'https://***.example.com' }, '"https://***.example.com" (a masked value) does not have a valid hostname'],
    [{ origin: 'https://null.example' }, '"https://null.example" (an unset value converted to text) does not have a valid hostname'],
    ...rejections('origin', ['https://a.example.', 'https://a..example', 'https://.example.com', 'https://a;example'], shown => `${shown} does not have a valid hostname`),
    [{ origin: 'https://undefined.example.com' }, `"https://undefined.example.com" (an unset value converted to text) ${INCOMPLETE}`],
    ...rejections('origin', ['https://pr-.example.com', 'https://pr-.', 'https://-preview.example.com', 'https://preview-undefined--site.example.com', 'https://undefined-site.example.com'], shown => `${shown} ${INCOMPLETE}`),
    ...rejections('origin', ['https://localhost:8080', 'https://a.localhost', 'https://127.0.0.1'], shown => `${shown} is a local address, which is not allowed`),
  ] satisfies Rejection[]).map(([inputs, problem]): Rejection => [inputs, `origin ${problem}. ${ORIGIN}`]),
  [{ origin: 'https://a.example', name: 'pr-7', revoke: 'after-job' }, "name and `revoke: after-job` can't be combined, because runs may share the name. Remove revoke and use the revoke action with this name, or remove name."],
]

test.each(ERRORS)('rejects %j', (inputs, message) => {
  expect(messageFrom(() => readInputs(readOriginInputs, inputs))).toBe(message)
  expect(message.length).toBeLessThanOrEqual(300)
})

test.each([
  ['https://pr-7.example.com/a/@b?c=d#e', 'https://pr-7.example.com'],
  ['HTTPS://PR-7.Example.COM:443', 'https://pr-7.example.com'],
  ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ['https://feature_x.example.com:8443', 'https://feature_x.example.com:8443'],
  ['https://undefinedbehavior.example', 'https://undefinedbehavior.example'],
  ['https://app-git-fix-undefined-error-team.vercel.app', 'https://app-git-fix-undefined-error-team.vercel.app'],
  ['https://[2001:DB8::1]:8443/', 'https://[2001:db8::1]:8443'],
])('reads %s as %s', (origin, value) => {
  expect(readInputs(readOriginInputs, { origin }).wanted).toEqual({ kind: 'origin', value })
})
