import { expect, test } from '@jest/globals'
import { parseApiUrl, parseGateway } from '../../src/inputs/gateway.ts'
import { pinataAndGitHub, pinataWithGateway, readable, runKeyStep, runRevokeStep } from '../support/step.ts'

const HEX20 = 'ad176e0a9691e504ffe3'
const HEX64 = '1d6622f160865684bb55ce064d8ac88b731e0f4cd688f389a6c02a76c6085717'

test.each<[string, Record<string, string>, RegExp]>([
  [
    'no JWT',
    { 'pinata-jwt': '' },
    /^pinata-jwt is empty\. GitHub gives no secrets to workflows started from a fork or by Dependabot\./,
  ],
  ['only Bearer', { 'pinata-jwt': 'Bearer  ' }, /^pinata-jwt is empty/],
  ['an API key', { 'pinata-jwt': HEX20 }, /^pinata-jwt holds Pinata's API key or API secret\. Put the JWT there/],
  ['an API secret', { 'pinata-jwt': HEX64 }, /^pinata-jwt holds Pinata's API key or API secret/],
  ['API key and secret', { 'pinata-jwt': `${HEX20}:${HEX64}` }, /^pinata-jwt holds Pinata's API key or API secret/],
  [
    'API key and secret in two lines',
    { 'pinata-jwt': `${HEX20}\n${HEX64}` },
    /^pinata-jwt holds Pinata's API key or API secret/,
  ],
  ['a JWT with a break in it', { 'pinata-jwt': 'eyJabc\n.def.ghi' }, /^pinata-jwt is not a JWT: it has white space/],
  ['a JWT with a control character', { 'pinata-jwt': 'eyJ\u0000a.b.c' }, /^pinata-jwt is not a JWT/],
  [
    'a JWT of a megabyte',
    { 'pinata-jwt': 'e'.repeat(1_000_000) },
    /^pinata-jwt is not a JWT: it has 1000000 characters/,
  ],
  [
    'a JWT of two dots',
    { 'pinata-jwt': '..' },
    /^pinata-jwt is not a JWT: it has white space or other characters inside that no JWT has\./,
  ],
  [
    'a JWT in quotation marks',
    { 'pinata-jwt': `"${'e'.repeat(40)}"` },
    /^pinata-jwt is not a JWT: it has white space or/,
  ],
  ['no gateway', { 'gateway-id': '' }, /^gateway-id is empty/],
  ['a path', { 'gateway-id': '../users' }, /^gateway-id "\.\.\/users" is neither/],
  ['two dots', { 'gateway-id': '..' }, /^gateway-id "\.\." is neither/],
  ['escaped dots', { 'gateway-id': '%2e%2e' }, /^gateway-id "%2e%2e" is neither/],
  ['a slash', { 'gateway-id': 'a/b' }, /^gateway-id "a\/b" is neither/],
  [
    'a workflow command',
    { 'gateway-id': '::set-output name=a::b' },
    /^gateway-id ": :set-output name=a: :b" is neither/,
  ],
  [
    'letters that only look right',
    { 'gateway-id': 'аbc' },
    /^gateway-id "аbc" \(with the character U\+0430 in it\) is/,
  ],
  ['an IP address', { 'gateway-id': '127.0.0.1' }, /^gateway-id "127\.0\.0\.1" is neither/],
  ['a number that a URL takes for an IP address', { 'gateway-id': '0x7f.1' }, /^gateway-id .* is neither/],
  ['a user in the domain', { 'gateway-id': 'https://a@b.example' }, /^gateway-id .* is neither/],
  ['two lines', { 'gateway-id': 'a.example\nb.example' }, /^gateway-id .* is neither/],
  ['a megabyte', { 'gateway-id': 'a.'.repeat(500_000) }, /^gateway-id .{1,100} is neither/],
  ['a key ID that is a path', { 'key-id': '..' }, /^key-id "\.\." is not the ID of a gateway key/],
  ['a name with a space', { name: 'pr 7' }, /^name "pr 7" is not a name: a name is 1 to 64 letters/],
  ['a name of 65 letters', { name: 'a'.repeat(65) }, /^name .* is not a name/],
  ['a name in two lines', { name: 'a\nb' }, /^name "a b" \(with a line break in it\) is not a name/],
  ['a name with letters that only look right', { name: 'рr-7' }, /^name .* is not a name/],
  [
    'a name and a key ID',
    { name: 'a', 'key-id': 'b', 'github-token': 'c'.repeat(20) },
    /^key-id and name exclude each other/,
  ],
  ['expires-in without a name', { 'expires-in': '7d' }, /^expires-in needs name/],
  ['rotate without a name', { rotate: 'true' }, /^rotate needs name/],
  ['rotate is no boolean', { name: 'a', rotate: '1' }, /^rotate is "1"\. It must be false or true\.$/],
  [
    'an expiry that is too far',
    { name: 'a', 'expires-in': '366d' },
    /^expires-in is "366d"\. It must be a whole number with m \(minutes\), h \(hours\) or d \(days\), like 12h, 365 days at the most\.$/,
  ],
  ['an expiry that is too far, in minutes', { name: 'a', 'expires-in': '525601m' }, /^expires-in is "525601m"/],
  ['an expiry of nothing', { name: 'a', 'expires-in': '0m' }, /^expires-in is "0m"/],
  ['an expiry with a fraction', { name: 'a', 'expires-in': '1.5h' }, /^expires-in is "1\.5h"/],
  ['an expiry in weeks', { name: 'a', 'expires-in': '2w' }, /^expires-in is "2w"/],
  ['a negative expiry', { name: 'a', 'expires-in': '-1d' }, /^expires-in is "-1d"/],
  ['a name, but no token for GitHub', { name: 'a' }, /^github-token is empty, and names are recorded on GitHub/],
  ['another revoke', { revoke: 'always' }, /^revoke is "always"\. It must be never, on-failure or after-job\.$/],
  ['another first-key', { 'first-key': 'Warn' }, /^first-key is "Warn"\. It must be warn, fail or allow\.$/],
  ['plain http', { 'api-url': 'http://api.pinata.cloud/v3' }, /^api-url .* is plain http/],
  [
    'plain http to a name that only begins like loopback',
    { 'api-url': 'http://127.0.0.1.example.com/v3' },
    /plain http/,
  ],
  ['plain http to localhost.example', { 'api-url': 'http://localhost.example/v3' }, /plain http/],
  ['another protocol', { 'api-url': 'ftp://api.pinata.cloud' }, /^api-url .* is not an https address/],
  ['no URL', { 'api-url': 'api.pinata.cloud' }, /^api-url .* is not an https address/],
  ['a query', { 'api-url': 'https://api.pinata.cloud/v3?a=b' }, /^api-url must not hold/],
  ['an address in two lines', { 'api-url': 'https://a.example/v3\nhttps://b.example' }, /^api-url .* line break in it/],
  [
    'an address that only looks right',
    { 'api-url': 'https://арі.example/v3' },
    /^api-url .* \(with the character U\+0430/,
  ],
  ['dots in the path', { 'api-url': 'https://api.pinata.cloud/v3/%2e%2e' }, /^api-url must not hold .* dots/],
  [
    'another protocol and a megabyte',
    { 'api-url': `a://${'?#'.repeat(500_000)}` },
    /^api-url "a:\/\/" is not an https/,
  ],
  [
    'a flag with a character that does not show',
    { name: 'a', rotate: 'true\u200b' },
    /^rotate is "true" \(with .* U\+200B/,
  ],
  ['a fragment', { 'api-url': 'https://api.pinata.cloud/v3#a' }, /^api-url must not hold/],
])('get a key: %s', async (_name, bad, message) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, ...bad })
  expect(done.error).toMatch(message)
  expect(done.error).not.toMatch(/[\n\r]/)
  expect(done.error?.length).toBeLessThan(500)
  expect(pinata.requests).toEqual([])
  expect(done.outputs).toEqual({})
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'nothing selected',
    { 'key-id': ' , \n ,' },
    /^Nothing to revoke is given: exactly one of key-id, origin, name, expired/,
  ],
  ['two selectors', { 'key-id': 'a', name: 'b' }, /^key-id and name are given, but exactly one of/],
  [
    'all selectors',
    { 'key-id': 'a', name: 'b', expired: 'true', 'older-than': '1d' },
    /^key-id, name, expired, and older-than are given/,
  ],
  ['a name that is none', { name: 'a,b c' }, /^name "b c" is not a name/],
  ['an age without a unit', { 'older-than': '14' }, /^older-than is "14"\. It must be a whole number with m/],
  ['an age of nothing', { 'older-than': '0d' }, /^older-than is "0d"/],
  ['expired is no boolean', { expired: 'soon' }, /^expired is "soon"\. It must be false or true\.$/],
  ['a name, but no token', { name: 'a', 'github-token': '' }, /^github-token is empty, and names are/],
  ['expired, but no token', { expired: 'true', 'github-token': 'a b' }, /^github-token is not a token/],
  ['a path among keys', { 'key-id': 'a,../b' }, /^key-id "\.\.\/b" is not the ID/],
  ['keys separated by spaces', { 'key-id': 'a b' }, /^key-id "a b" is not the ID/],
  ['keep is no ID', { 'key-id': 'a', keep: '.' }, /^keep "\." is not the ID/],
  ['dry-run is no boolean', { 'key-id': 'a', 'dry-run': 'yes' }, /^dry-run is "yes"\. It must be false or true\.$/],
  ['another last-key', { 'key-id': 'a', 'last-key': 'no' }, /^last-key is "no"\. It must be warn, fail or allow\.$/],
  ['no JWT', { 'key-id': 'a', 'pinata-jwt': '' }, /^pinata-jwt is empty/],
])('revoke: %s', async (_name, bad, message) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  const done = await runRevokeStep({ ...inputs, ...bad })
  expect(done.error).toMatch(message)
  expect(pinata.requests).toEqual([])
})

test('the secret is masked before it is refused', async () => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'pinata-jwt': HEX64, 'gateway-id': HEX64 })
  expect(done.masks).toContain(HEX64)
  expect(readable(done)).not.toContain(HEX64)
})

test('a JWT in the wrong input is not printed', async () => {
  const { jwt, inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'gateway-id': jwt })
  expect(done.error).toMatch(/^gateway-id/)
  expect(readable(done)).not.toContain(jwt.split('.')[1])
})

test('a password in api-url is not printed', async () => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': 'https://me:hunter2@api.pinata.cloud/v3' })
  expect(done.error).toMatch(/^api-url must not hold a user name, a password/)
  expect(readable(done)).not.toContain('hunter2')
})

test('a password in an address that is none is not printed', async () => {
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': 'ftp://me:hunter2@api.pinata.cloud/v3?token=hunter3' })
  expect(done.error).toMatch(/^api-url "ftp:\/\/\*\*\*@api\.pinata\.cloud\/v3" is not an https address/)
  expect(readable(done)).not.toMatch(/hunter[23]/)
})

test('the JWT is no token for GitHub', async () => {
  const { pinata, github, jwt, inputs, env } = await pinataAndGitHub()
  const done = await runKeyStep({ ...inputs, name: 'pr-7', 'github-token': jwt }, { env })
  expect(done.error).toMatch(/^github-token is the JWT of Pinata/)
  expect([...pinata.requests, ...github.requests]).toEqual([])
})

test.each([
  'https://api.pinata.cloud/v3',
  'http://127.0.0.1:8080/v3',
  'http://localhost/v3',
  'http://[::1]:1/v3',
  'http://127.1.2.3/v3',
])('takes %s', url => {
  expect(parseApiUrl(url)).toBe(url)
})

test('leaves off slashes at the end of api-url', () => {
  expect(parseApiUrl('https://api.pinata.cloud/v3//')).toBe('https://api.pinata.cloud/v3')
})

test('takes nothing for the default of each input', () => {
  expect(parseApiUrl('')).toBe('https://api.pinata.cloud/v3')
})

test('takes a domain in another script as the web does', () => {
  expect(parseGateway('bücher.example')).toEqual({ domain: 'xn--bcher-kva.example' })
})
