import { expect, test } from '@jest/globals'
import { readRevokeInputs } from '../../src/inputs/read.ts'
import { HIDDEN, KEY_VALUE, messageFrom, type Rejection, readInputs, rejections, UUID } from '../support/inputs.ts'

const OTHER = '7c0f2d3e-0000-4000-8000-abcdefabcdef'
const CHOOSE_ONE = 'Set exactly one of key-id, origin, name, `expired: true`, closed, and older-than.'
const NO_SELECTOR = `No input selects what to revoke, or an input uses an output that was not set. ${CHOOSE_ONE}`
const KEY_ID = "Set it to the key's ID, from the key-id output or the job summary."
const KEY_IDS = `${KEY_ID} Separate several IDs with commas or line breaks.`
const LIST = 'Separate values with commas or line breaks only.'
const AGE = 'Set it to a whole number followed by m (minutes), h (hours), or d (days), such as 12h.'
const PATTERN =
  "is not a valid name pattern. Use letters (a-z and A-Z), digits, dots, underscores, slashes, and hyphens, and one * (not next to a digit) for the pull request's number, as in pr-*."
const NEEDS_NAME = 'replaced-by requires the name input. Set name, or remove replaced-by.'
const NO_TOKEN =
  "github-token is empty, perhaps because a variable or an output was not set. Remove it to use the job's own token, or set it to a token that can write deployments."

const invalidKeyId = (shown: string) => `key-id ${shown} is not a key ID. ${KEY_IDS}`

/** Values that workflows set by mistake. */
const MISTAKES = {
  'a masked value': ['***'],
  'in quotation marks': [`"${UUID}"`],
  'JSON or YAML': [`{"id":"${UUID}"}`, `{${UUID}}`],
  'an expression that was not evaluated': ['${{ needs.a.outputs.key-id }}', '$A', 'a{{b}}'],
  'an unset value converted to text': ['null', 'undefined'],
  'a boolean': ['true', 'False'],
  'an object or a list': ['[object Object]', 'Object', 'Array'],
}

// biome-ignore format: a table
const ERRORS: Rejection[] = [
  ...Object.entries(MISTAKES).flatMap(([mistake, values]) => rejections('key-id', values, shown => invalidKeyId(`${shown} (${mistake})`))),
  ...rejections('key-id', ['../b', '.', '-', 'steps.key.outputs.key-id', 'a b', 'a; b', 'a | b'], invalidKeyId),
  [{ 'key-id': 'a, b c' }, invalidKeyId('"b c"')],
  [{ 'key-id': '-\nb c' }, invalidKeyId('"-"')],
  [{ 'key-id': KEY_VALUE }, `key-id contains the key itself, not its ID. ${KEY_IDS}`],
  [{ 'key-id': UUID, keep: KEY_VALUE }, `keep contains the key itself, not its ID. ${KEY_IDS}`],
  [{ name: 'pr-7', 'replaced-by': KEY_VALUE }, `replaced-by contains the key itself, not its ID. ${KEY_ID}`],
  [{ 'key-id': `${UUID},***` }, invalidKeyId('"***" (a masked value)')],
  [{ 'key-id': `["${UUID}"]` }, `key-id "["${UUID}"]" (JSON or YAML) is not a list. ${LIST}`],
  [{ 'key-id': `- ${UUID}\n- ${OTHER}` }, `key-id "- ${UUID} - ${OTHER}" (JSON or YAML) is not a list. ${LIST}`],
  [{ 'key-id': `["${KEY_VALUE}"]` }, `key-id ${HIDDEN} is not a list. ${LIST}`],
  [{ 'key-id': UUID, keep: 'https://me:hunter2,hunter3@a.example' }, `keep ${HIDDEN} is not a list. ${LIST}`],
  [{ origin: 'https://a.example\nhttps://me:hunter2\nhunter3@a.example' }, `origin ${HIDDEN} is not a list. ${LIST}`],
  [{ origin: 'https://me:hunter2/hunter3,hunter4@a.example' }, `origin ${HIDDEN} is not a list. ${LIST}`],
  [{ origin: 'https://hunter2,hunter3@a.example' }, `origin ${HIDDEN} is not a list. ${LIST}`],
  [{ origin: 'me:hunter2,hunter3/hunter4@a.example' }, `origin ${HIDDEN} is not a list. ${LIST}`],
  [{ name: '["pr-7"]' }, `name "["pr-7"]" (JSON or YAML) is not a list. ${LIST}`],
  [{ origin: 'https://a.example,***' }, 'origin "***" (a masked value) is not an HTTPS address. Set it to an address such as https://pr-7.example.com.'],
  [{ name: 'a,b c' }, 'name "b c" is invalid. Use 1 to 64 of these characters: letters (a-z and A-Z), digits, dots, underscores, slashes, and hyphens.'],
  ...[{ name: 'pr-7' }, { expired: 'true' }, { closed: 'pr-*' }].map((given): Rejection => [{ ...given, 'github-token': '' }, NO_TOKEN]),
  // With pr-1*, the name pr-17 would mean pull request 7.
  ...rejections('closed', ['pr-7', 'pr-**', 'pr-*-*', 'pr-1*', 'pr-*2', 'pr *', 'pr-*,site-*', `${'x'.repeat(64)}*`], shown => `closed ${shown} ${PATTERN}`),
  [{ closed: 'pr-*', name: 'pr-7' }, `name and closed can't be combined. ${CHOOSE_ONE}`],
  ...rejections('older-than', ['14', '0d'], shown => `older-than is ${shown}. ${AGE}`),
  [{ expired: 'soon' }, 'expired is "soon". Set it to false or true.'],
  [{ 'key-id': UUID, 'dry-run': 'yes' }, 'dry-run is "yes". Set it to false or true.'],
  [{ 'key-id': UUID, 'last-control': 'no' }, 'last-control is "no". Set it to warn, fail, or allow.'],
  ...[{}, { 'key-id': ' , \n ,' }, { keep: UUID, 'replaced-by': UUID }].map((given): Rejection => [given, NO_SELECTOR]),
  [{ 'key-id': 'a', origin: 'b', name: 'c', expired: 'true', closed: 'd', 'older-than': '1d' }, `key-id, origin, name, expired, closed, and older-than can't be combined. ${CHOOSE_ONE}`],
  ...[{ 'key-id': UUID }, { expired: 'true' }, { closed: 'pr-*' }].map((given): Rejection => [{ ...given, 'replaced-by': OTHER }, NEEDS_NAME]),
  [{ name: 'pr-7', 'replaced-by': `${UUID},${OTHER}` }, `replaced-by "${UUID},${OTHER.slice(0, 42)}" is not a key ID. ${KEY_ID}`],
]

test.each(ERRORS)('rejects %j', (inputs, message) => {
  expect(messageFrom(() => readInputs(readRevokeInputs, inputs))).toBe(message)
  expect(message.length).toBeLessThanOrEqual(300)
})

// biome-ignore format: a table
const SELECTORS: [Record<string, string>, object][] = [
  [{ 'key-id': `${UUID},${OTHER}\r\n\n ${UUID.toUpperCase()}, ` }, { by: 'key-id', keyIds: [UUID.toUpperCase(), OTHER] }],
  [{ 'key-id': 'a.b:c~d-e_f' }, { by: 'key-id', keyIds: ['a.b:c~d-e_f'] }],
  [{ origin: 'https://a.example/x\nhttps://b.example,HTTPS://A.example' }, { by: 'origin', origins: ['https://a.example', 'https://b.example'] }],
  [{ name: 'pr-7, a/b\npr-7' }, { by: 'name', names: ['pr-7', 'a/b'], replacedBy: undefined }],
  [{ name: 'pr-7', 'replaced-by': UUID }, { by: 'name', names: ['pr-7'], replacedBy: UUID }],
  [{ expired: 'True' }, { by: 'expired' }],
  [{ closed: '*' }, { by: 'closed', pattern: '*' }],
  [{ closed: `${'x'.repeat(63)}*` }, { by: 'closed' }],
  [{ 'older-than': '12h' }, { by: 'older-than', ms: 43_200_000, age: '12h' }],
  [{ 'older-than': '0030d', expired: 'false' }, { by: 'older-than', ms: 30 * 86_400_000, age: '0030d' }],
]

test.each(SELECTORS)('selects by %j', (inputs, selector) => {
  expect(readInputs(readRevokeInputs, inputs).selector).toMatchObject(selector)
})

test('reads the keys to keep, without duplicates', () => {
  const given = { 'key-id': 'a', keep: `${UUID}\n${OTHER},${UUID}`, 'dry-run': 'TRUE', 'last-control': 'fail' }
  const { keep, dryRun, lastControl } = readInputs(readRevokeInputs, given)
  expect({ keep, dryRun, lastControl }).toEqual({ keep: [UUID, OTHER], dryRun: true, lastControl: 'fail' })
})

test.each([
  ['replaced-by', ''],
  ['keep', ' To keep no keys, set it to `none`.'],
])('rejects an empty %s, which the runner passes only if the workflow sets it', (input, hint) => {
  const read = (value: string, env: NodeJS.ProcessEnv) =>
    readInputs(readRevokeInputs, { name: 'pr-7', [input]: value }, env)
  const variable = `INPUT_${input.toUpperCase()}`
  expect(messageFrom(() => read('', { [variable]: '' }))).toBe(
    `${input} "" (empty, perhaps because a variable or an output was not set) is not a key ID. ${KEY_ID}${hint}`,
  )
  const none = { selector: { by: 'name', replacedBy: undefined }, keep: [] }
  expect(read('', {})).toMatchObject(none)
  // The default in revoke/action.yml.
  expect(read('none', { [variable]: 'none' })).toMatchObject(none)
})
