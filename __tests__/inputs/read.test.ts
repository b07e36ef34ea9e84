import { describe, expect, test } from '@jest/globals'
import { nameWarning, parseName } from '../../src/inputs/name.ts'
import { readKeyInputs } from '../../src/inputs/read.ts'
import { JWT, KEY_VALUE, messageFrom, readInputs, UUID } from '../support/inputs.ts'
import { pinataAndGitHub, runKeyStep, runRevokeStep } from '../support/step.ts'

const TOKEN = { 'github-token': 'ghs_0123456789abcdef' }
const GITHUB_TOKEN = `ghs_${'aB3'.repeat(12)}`
const NAMED = { name: 'pr-7', ...TOKEN }
const GATEWAY = 'Set it to the ID or the domain of a dedicated gateway, such as fun-llama-300.mypinata.cloud.'
const API_URL = 'Remove it, or set it to an address such as https://api.pinata.cloud/v3.'
const NO_PARTS = `api-url contains a user name, a password, a query (?), a fragment (#) or a folder named . or .. in its path. ${API_URL}`
const KEY_ID = 'Set it to the output key-id of the step that created the key.'
const NAME = 'Use 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.'
const PERIOD = 'Set it to a whole number with m (minutes), h (hours) or d (days), such as 12h, at most 365d.'
const HIDDEN = '(not shown, because it may contain a secret)'

const neither = (shown: string) => `gateway-id ${shown} is neither a gateway's ID nor its domain. ${GATEWAY}`
const noAddress = (shown: string) => `api-url ${shown} is not an https address. ${API_URL}`
const noKeyId = (shown: string) => `key-id ${shown} is not a key ID. ${KEY_ID}`
const noName = (shown: string) => `name ${shown} is not a name. ${NAME}`
const tooLong = (shown: string) => `name ${shown} is too long. ${NAME}`
const noPeriod = (shown: string) => `expires-in is ${shown}. ${PERIOD}`

// biome-ignore format: a table
const GATEWAYS: [string, string][] = [
  ['', `gateway-id is empty. ${GATEWAY}`],
  ['***', neither('"***" (a masked value)')],
  ['undefined.mypinata.cloud', neither('"undefined.mypinata.cloud" (an empty value)')],
  ['Object', neither('"Object" (an object or a list)')],
  ['${{ vars.GATEWAY }}', neither('"${{ vars.GATEWAY }}" (an expression that was not evaluated)')],
  ['"abc"', neither('""abc"" (in quotation marks)')],
  ['../users', neither('"../users"')],
  ['%2e%2e', neither('"%2e%2e"')],
  ['a/b', neither('"a/b"')],
  ['аbc', neither('"аbc" (with the character U+0430)')],
  ['127.0.0.1', neither('"127.0.0.1"')],
  ['0x7f.1', neither('"0x7f.1"')],
  ['.mypinata.cloud', neither('".mypinata.cloud"')],
  ['mypinata.cloud', neither('"mypinata.cloud"')],
  ['https://app.pinata.cloud/gateway', neither('"https://app.pinata.cloud/gateway"')],
  ['a.example\nb.example', neither('"a.example b.example" (more than one line)')],
  ['😀'.repeat(41), neither(`"${'😀'.repeat(39)}…" (with the character U+1F600)`)],
  [`a.${'b'.repeat(60)}-.example`, neither(`"a.${'b'.repeat(60)}-.example"`)],
  [KEY_VALUE, neither(HIDDEN)],
  [JWT, neither(HIDDEN)],
  [GITHUB_TOKEN, neither(HIDDEN)],
  ['https://x/?pinataGatewayToken=a', neither(HIDDEN)],
  ['https://me:hunter2@a.example', `gateway-id contains an @, which may follow a password. ${GATEWAY}`],
  ['me@a.example', `gateway-id contains an @, which may follow a password. ${GATEWAY}`],
  ['gateway.pinata.cloud', `gateway-id is Pinata's public gateway, which has no access controls. ${GATEWAY}`],
]

// biome-ignore format: a table
const API_URLS: [string, string][] = [
  ['http://api.pinata.cloud/v3', `api-url "http://api.pinata.cloud/v3" uses plain http, so others on the network could read the JWT. ${API_URL}`],
  ['http://127.0.0.1.example.com/v3', `api-url "http://127.0.0.1.example.com/v3" uses plain http, so others on the network could read the JWT. ${API_URL}`],
  ['api.pinata.cloud', noAddress('"api.pinata.cloud"')],
  ['ftp://api.pinata.cloud', noAddress('"ftp://api.pinata.cloud"')],
  ['https:api.pinata.cloud', noAddress('"https:api.pinata.cloud"')],
  ['https://a.example:99999', noAddress('"https://a.example:99999"')],
  ['***', noAddress('"***" (a masked value)')],
  ['https://***/v3', noAddress('"https://***/v3" (a masked value)')],
  ['https://api.pinata.cloud/${API}', noAddress('"https://api.pinata.cloud/${API}" (an expression that was not evaluated)')],
  ['"https://api.pinata.cloud/v3"', noAddress('""https://api.pinata.cloud/v3"" (in quotation marks)')],
  ['https://a.example/v3\nhttps://b.example', noAddress('"https://a.example/v3 https://b.example" (more than one line)')],
  ['https://арі.example/v3', noAddress('"https://арі.example/v3" (with the character U+0430)')],
  [`https://a.example/${'b'.repeat(2000)}`, noAddress(HIDDEN)],
  ...['https://me:hunter2@a.example', 'ftp://me:hunter2@a.example', 'https://me@a.example', 'https://@a.example', 'https://a.example/v3?a=hunter2',
    'https://a.example?', 'https://a.example/v3#a', 'https://a.example/v3/..?x', 'https://a.example/v3/..#x', 'https://a.example/v3/../a',
    'https://a.example/%2e%2E', 'https://a.example/./a', 'https://a.example\\..\\a'].map((url): [string, string] => [url, NO_PARTS]),
]

// biome-ignore format: a table
const KEY_ERRORS: [Record<string, string>, string][] = [
  ...GATEWAYS.map(([value, message]): [Record<string, string>, string] => [{ 'gateway-id': value }, message]),
  ...API_URLS.map(([value, message]): [Record<string, string>, string] => [{ 'api-url': value }, message]),
  [{ 'key-id': `${UUID},${UUID}` }, noKeyId(`"${UUID},${UUID}"`)],
  [{ 'key-id': '..' }, noKeyId('".."')],
  [{ 'key-id': 'a/b' }, noKeyId('"a/b"')],
  [{ 'key-id': 'a%2fb' }, noKeyId('"a%2fb"')],
  [{ 'key-id': KEY_VALUE }, `key-id contains the key itself, not its ID. ${KEY_ID}`],
  [{ 'key-id': `"${KEY_VALUE}"` }, `key-id contains the key itself, not its ID. ${KEY_ID}`],
  [{ 'key-id': JWT }, noKeyId(HIDDEN)],
  [{ 'key-id': GITHUB_TOKEN }, noKeyId(HIDDEN)],
  [{ ...NAMED, 'key-id': UUID }, 'key-id and name exclude each other. Set only one of them.'],
  [{ ...NAMED, name: 'pr 7' }, noName('"pr 7"')],
  [{ ...NAMED, name: 'x'.repeat(65) }, tooLong(`"${'x'.repeat(65)}"`)],
  [{ ...NAMED, name: 'fix-7-'.repeat(20) }, tooLong(`"${'fix-7-'.repeat(20).slice(0, 79)}…"`)],
  [{ ...NAMED, name: `${KEY_VALUE}a` }, tooLong(HIDDEN)],
  [{ ...NAMED, name: '0a'.repeat(40) }, tooLong(HIDDEN)],
  [{ ...NAMED, name: GITHUB_TOKEN }, noName(HIDDEN)],
  [{ ...NAMED, name: KEY_VALUE }, noName(HIDDEN)],
  [{ ...NAMED, name: 'a\nb' }, noName('"a b" (more than one line)')],
  [{ ...NAMED, name: 'рr-7' }, noName('"рr-7" (with the character U+0440)')],
  [{ ...NAMED, name: 'pr\u200b7' }, noName('"pr 7" (with the character U+200B)')],
  [{ ...NAMED, name: '***' }, noName('"***" (a masked value)')],
  [{ ...NAMED, revoke: 'after-job' }, 'name and revoke: after-job exclude each other, because other runs may use the key. Remove revoke and use the revoke action with this name, or remove name.'],
  [{ 'expires-in': '7d' }, 'expires-in needs name. Set name, or remove expires-in.'],
  [{ rotate: 'true' }, 'rotate needs name. Set name, or remove rotate.'],
  ...['366d', '525601m', '0m', '1.5h', '2w', '-1d', '12', '12 h', '1234567m'].map((value): [Record<string, string>, string] => [{ ...NAMED, 'expires-in': value }, noPeriod(`"${value}"`)]),
  [{ ...NAMED, 'expires-in': '${{ vars.DAYS }}d' }, noPeriod('"${{ vars.DAYS }}d" (an expression that was not evaluated)')],
  [{ rotate: '1' }, 'rotate is "1". Set it to false or true.'],
  [{ rotate: 'tRUE' }, 'rotate is "tRUE" (a boolean). Set it to false or true.'],
  [{ rotate: 'true\u200b' }, 'rotate is "true" (with the character U+200B). Set it to false or true.'],
  [{ revoke: 'always' }, 'revoke is "always". Set it to never, on-failure or after-job.'],
  [{ 'first-control': 'Warn' }, 'first-control is "Warn". Set it to warn, fail or allow.'],
]

// biome-ignore format: a table
const ACCEPTED: [Record<string, string>, object][] = [
  [{}, { gateway: { id: 'abc' }, apiUrl: 'https://api.pinata.cloud/v3', keyId: undefined, rotate: false, naming: undefined }],
  [{}, { revoke: 'never', firstControl: 'warn' }],
  [{ revoke: 'after-job', 'first-control': 'fail' }, { revoke: 'after-job', firstControl: 'fail' }],
  [{ 'gateway-id': 'fun-llama-300.mypinata.cloud' }, { gateway: { domain: 'fun-llama-300.mypinata.cloud' } }],
  [{ 'gateway-id': 'https://Fun-llama-300.mypinata.cloud./ipfs/a?b=c' }, { gateway: { domain: 'fun-llama-300.mypinata.cloud' } }],
  [{ 'gateway-id': 'bücher.example:443' }, { gateway: { domain: 'xn--bcher-kva.example' } }],
  [{ 'key-id': UUID.toUpperCase() }, { keyId: UUID.toUpperCase() }],
  [{ ...NAMED, rotate: 'TRUE', 'expires-in': '365d' }, { rotate: true, naming: { name: 'pr-7', expiresInMs: 365 * 86_400_000 } }],
  [{ ...NAMED, name: 'a'.repeat(64), rotate: 'False', 'expires-in': '030m' }, { rotate: false, naming: { name: 'a'.repeat(64), expiresInMs: 1_800_000 } }],
  [{ 'api-url': 'https://api.pinata.cloud/v3/ipfs//' }, { apiUrl: 'https://api.pinata.cloud/v3/ipfs' }],
  ...['http://127.0.0.1:8080/v3', 'http://localhost/v3', 'http://[::1]:1/v3', 'https://[2001:db8::1]', 'https://a.example/~b/c.d']
    .map((url): [Record<string, string>, object] => [{ 'api-url': url }, { apiUrl: url }]),
]

describe('get a key', () => {
  test.each(KEY_ERRORS)('rejects %j', (inputs, message) => {
    expect(messageFrom(() => readInputs(readKeyInputs, inputs))).toBe(message)
    expect([...message].length).toBeLessThanOrEqual(300)
  })

  test.each(ACCEPTED)('accepts %j', (inputs, expected) => {
    expect(readInputs(readKeyInputs, inputs)).toMatchObject(expected)
  })
})

describe('a name that looks incomplete', () => {
  test.each(['pr-', 'preview/', '-preview', 'pr-undefined', 'pr-undefined-7', 'pr-null'])('warns of %s', name => {
    expect(nameWarning(parseName(name))).toBe(
      `The name ${name} looks incomplete: an expression in it may be empty, such as github.event.number in a run that is not for a pull request. Check the input name.`,
    )
  })

  test.each(['null-7', 'undefined7', 'pr-7', '_main', 'pr-nullable'])('does not warn of %s', name => {
    expect(nameWarning(parseName(name))).toBeUndefined()
  })

  test('warns once in each step', async () => {
    const { inputs, env } = await pinataAndGitHub()
    for (const runStep of [runKeyStep, runRevokeStep]) {
      const { error, warnings } = await runStep({ ...inputs, name: 'pr-' }, { env })
      expect(error).toBeUndefined()
      expect(warnings).toEqual([expect.stringContaining('The name pr- looks incomplete')])
    }
  })
})
