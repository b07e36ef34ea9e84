import { expect, test } from '@jest/globals'
import { nameWarning, parseName } from '../../src/inputs/name.ts'
import { readKeyInputs } from '../../src/inputs/read.ts'
import { HIDDEN, JWT, KEY_VALUE, messageFrom, type Rejection, readInputs, rejections, UUID } from '../support/inputs.ts'
import { pinataAndGitHub, runKeyStep, runRevokeStep } from '../support/step.ts'

const GITHUB_TOKEN = `ghs_${'aB3'.repeat(12)}`
const GATEWAY = 'Set it to the ID or the domain of a dedicated gateway, such as fun-llama-300.mypinata.cloud.'
const API_URL = 'Remove it, or use an address such as https://api.pinata.cloud/v3.'
const KEY_ID = "Set it to the key's ID, from the key-id output or the job summary."
const NAME = 'Use 1 to 64 of these characters: letters (a-z and A-Z), digits, dots, underscores, slashes, and hyphens.'
const PERIOD =
  'Set it to a whole number followed by m (minutes), h (hours), or d (days), such as 12h. The maximum is 365d.'

const invalidGateway = (shown: string) =>
  `gateway-id ${shown} is neither the ID nor the domain of a gateway. ${GATEWAY}`
const plainHttp = (shown: string) => `api-url ${shown} uses plain HTTP, which exposes the JWT. ${API_URL}`
const invalidAddress = (shown: string) =>
  `api-url ${shown} is not an HTTPS address with only a host and a path. ${API_URL}`
const invalidKeyId = (shown: string) => `key-id ${shown} is not a key ID. ${KEY_ID}`
const invalidName = (shown: string, advice = NAME) => `name ${shown} is invalid. ${advice}`
const OTHER = 'Use another name.'

// biome-ignore format: a table
const GATEWAYS: Rejection[] = [
  [{ 'gateway-id': '' }, invalidGateway('"" (empty, perhaps because a variable or an output was not set)')],
  ...rejections('gateway-id', ['undefined', 'undefined.mypinata.cloud'], shown => invalidGateway(`${shown} (an unset value converted to text)`)),
  ...rejections('gateway-id', ['../users', '%2e%2e', 'a/b', '127.0.0.1', '0x7f.1', '.mypinata.cloud', 'mypinata.cloud'], invalidGateway),
  ...rejections('gateway-id', ['https://app.pinata.cloud/gateway', `a.${'b'.repeat(60)}-.example`], invalidGateway),
  [{ 'gateway-id': 'a.example\nb.example' }, invalidGateway('"a.example b.example" (longer than one line)')],
  [{ 'gateway-id': '😀'.repeat(41) }, invalidGateway(`"${'😀'.repeat(39)}…" (with the character U+1F600)`)],
  ...rejections('gateway-id', [KEY_VALUE, JWT, 'eyJhbGciOi.eyJzdWIiOi.c2ln', 'https://eyJhbGciOi.a.b', GITHUB_TOKEN, 'https://x/?pinataGatewayToken=a'], () => invalidGateway(HIDDEN)),
  ...rejections('gateway-id', ['https://me:hunter2@a.example', 'me@a.example'], () => invalidGateway(HIDDEN)),
  [{ 'gateway-id': 'gateway.pinata.cloud' }, `gateway-id "gateway.pinata.cloud" is Pinata's public gateway. ${GATEWAY}`],
]

/** Addresses with parts that an API address must not have, and that may contain a password. */
const WITH_PARTS = [
  ...['https://me:hunter2@a.example', 'ftp://me:hunter2@a.example', 'https://me@a.example', 'https://@a.example'],
  ...['https://a.example/v3?a=hunter2', 'https://a.example?', 'https://a.example/v3#a', 'https://a.example/v3/..?x'],
  ...['https://a.example/v3/..#x', 'a.example/v3?key=hunter2', 'a.example/v3#key=hunter2', '//hunter2@a.example'],
]
/** Addresses that a URL parser would change. */
const WITH_DOTS = [
  ...['https://a.example/v3/../a', 'https://a.example/%2e%2E', 'https://a.example/./a', 'https://a.example/v3/..'],
  'https://a.example\\..\\a',
]

// biome-ignore format: a table
const API_URLS: Rejection[] = [
  ...rejections('api-url', ['http://api.pinata.cloud/v3', 'http://127.0.0.1.example.com/v3'], plainHttp),
  ...rejections('api-url', ['api.pinata.cloud', 'ftp://api.pinata.cloud', 'https:api.pinata.cloud', 'https://a.example:99999'], invalidAddress),
  [{ 'api-url': 'https://undefined/v3' }, invalidAddress('"https://undefined/v3" (an unset value converted to text)')],
  [{ 'api-url': 'https://арі.example/v3' }, invalidAddress('"https://арі.example/v3" (with the character U+0430)')],
  [{ 'api-url': `https://a.example/${'b'.repeat(2000)}` }, invalidAddress(HIDDEN)],
  ...rejections('api-url', WITH_PARTS, () => invalidAddress(HIDDEN)),
  ...rejections('api-url', WITH_DOTS, invalidAddress),
]

// biome-ignore format: a table
const NAMES: Rejection[] = [
  ...rejections('name', ['pr 7', 'x'.repeat(65), '@octo/app'], invalidName),
  [{ name: 'fix-7-'.repeat(20) }, invalidName(`"${'fix-7-'.repeat(20).slice(0, 79)}…"`)],
  ...rejections('name', [`${KEY_VALUE}a`, '0a'.repeat(40)], () => invalidName(HIDDEN)),
  ...rejections('name', [GITHUB_TOKEN, KEY_VALUE], () => invalidName(HIDDEN, OTHER)),
  [{ name: 'null' }, invalidName('"null" (an unset value converted to text)', OTHER)],
  [{ name: 'pr\u200b7' }, invalidName('"pr 7" (with the character U+200B)')],
  [{ name: 'pr-7', 'key-id': UUID }, "key-id and name can't be combined. Set only one of them."],
  [{ name: 'pr-7', revoke: 'after-job' }, "name and `revoke: after-job` can't be combined, because runs may share the name. Remove revoke and use the revoke action with this name, or remove name."],
  [{ 'expires-in': '7d' }, 'expires-in requires the name input. Set name, or remove expires-in.'],
  [{ rotate: 'true' }, 'rotate requires the name input. Set name, or remove rotate.'],
]

// biome-ignore format: a table
const ERRORS: Rejection[] = [
  ...GATEWAYS,
  ...API_URLS,
  ...NAMES,
  ...rejections('expires-in', ['366d', '525601m', '0m', '1.5h', '2w', '-1d', '12', '12 h', '1234567m'], shown => `expires-in is ${shown}. ${PERIOD}`).map(([given, message]): Rejection => [{ ...given, name: 'pr-7' }, message]),
  ...rejections('key-id', [`${UUID},${UUID}`, '..', 'a/b', 'a%2fb'], invalidKeyId),
  ...rejections('key-id', [KEY_VALUE, `"${KEY_VALUE}"`], () => `key-id contains the key itself, not its ID. ${KEY_ID}`),
  ...rejections('key-id', [JWT, GITHUB_TOKEN], () => invalidKeyId(HIDDEN)),
  [{ rotate: '1' }, 'rotate is "1". Set it to false or true.'],
  [{ rotate: 'tRUE' }, 'rotate is "tRUE" (a boolean). Set it to false or true.'],
  [{ revoke: 'always' }, 'revoke is "always". Set it to never, on-failure, or after-job.'],
  [{ 'first-control': 'Warn' }, 'first-control is "Warn". Set it to warn, fail, or allow.'],
]

// biome-ignore format: a table
const ACCEPTED: [Record<string, string>, object][] = [
  [{}, { gateway: { id: 'abc' }, apiUrl: 'https://api.pinata.cloud/v3', keyId: undefined, rotate: false, naming: undefined, revoke: 'never', firstControl: 'warn' }],
  [{ revoke: 'after-job', 'first-control': 'fail' }, { revoke: 'after-job', firstControl: 'fail' }],
  [{ 'gateway-id': 'https://Fun-llama-300.mypinata.cloud./ipfs/a?b=c' }, { gateway: { domain: 'fun-llama-300.mypinata.cloud' } }],
  [{ 'gateway-id': 'bücher.example:443' }, { gateway: { domain: 'xn--bcher-kva.example' } }],
  [{ 'gateway-id': UUID.toUpperCase() }, { gateway: { id: UUID } }],
  [{ 'key-id': UUID.toUpperCase() }, { keyId: UUID.toUpperCase() }],
  [{ name: 'pr-7', rotate: 'TRUE', 'expires-in': '365d' }, { rotate: true, naming: { name: 'pr-7', expiresInMs: 365 * 86_400_000 } }],
  [{ name: 'a1'.repeat(32), rotate: 'False', 'expires-in': '030m' }, { rotate: false, naming: { name: 'a1'.repeat(32), expiresInMs: 1_800_000 } }],
  [{ 'api-url': 'https://api.pinata.cloud/v3/ipfs//' }, { apiUrl: 'https://api.pinata.cloud/v3/ipfs' }],
  ...['http://127.0.0.1:8080/v3', 'http://localhost/v3', 'http://[::1]:1/v3', 'https://[2001:db8::1]', 'https://a.example/~b/c.d']
    .map((url): [Record<string, string>, object] => [{ 'api-url': url }, { apiUrl: url }]),
]

test.each(ERRORS)('rejects %j', (inputs, message) => {
  expect(messageFrom(() => readInputs(readKeyInputs, inputs))).toBe(message)
  expect([...message].length).toBeLessThanOrEqual(300)
})

test.each(ACCEPTED)('accepts %j', (inputs, expected) => {
  expect(readInputs(readKeyInputs, inputs)).toMatchObject(expected)
})

test.each(['pr-', 'preview/', '-preview', 'pr-undefined', 'pr-undefined-7', 'pr-null'])('warns about %s', name => {
  expect(nameWarning(parseName(name))).toBe(
    `The name ${name} looks incomplete: an expression in it may be empty (for example, \`github.event.number\` if the run is not for a pull request). Check the name input.`,
  )
})

test.each(['null-7', 'undefined7', 'pr-7', '_main', 'pr-nullable'])('does not warn about %s', name => {
  expect(nameWarning(parseName(name))).toBeUndefined()
})

test('warns about an incomplete name once per step', async () => {
  const { inputs, env } = await pinataAndGitHub()
  for (const runStep of [runKeyStep, runRevokeStep]) {
    const { error, warnings } = await runStep({ ...inputs, name: 'pr-' }, { env })
    expect(error).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('The name pr- looks incomplete')])
  }
})
