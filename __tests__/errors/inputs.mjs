// The table of bad inputs: each input of each action with each way to be bad. Unless it says otherwise, the step fails
// before it sends a request. What several actions read by the same code is there in all its ways once, and in a few for
// the others.
import { code } from './markdown.mjs'
import { MEGABYTE } from './run.mjs'
import {
  DOMAIN,
  GATEWAY_ID,
  JWT,
  KEY_ID,
  KEY_VALUE,
  ORIGIN,
  OTHER_KEY_ID,
  STALE_NAME,
  TOKEN,
  UNKNOWN_ID,
} from './world.mjs'

/** @import { Action, Case } from './run.mjs' */
/** @typedef {{ exit: 0 | 1, requests: string }} Outcome */

/** What reads like the same in another script. @param {string} text */
const lookAlike = text =>
  text.replace(/[aceiop]/g, letter => ({ a: 'а', c: 'с', e: 'е', i: 'і', o: 'о', p: 'р' })[letter] ?? letter)

/**
 * The ways to be bad. `value` makes it of a good value; `given` says it on the page, where the value itself does not.
 *
 * @type {Record<string, { given?: string, value: (good: string) => string }>}
 */
const WAYS = {
  empty: { given: 'nothing, or an empty text', value: () => '' },
  'white space': { given: 'white space', value: () => ' \t ' },
  'two lines': { given: 'two lines', value: good => `${good}\n${good}` },
  'control characters': { given: 'control characters in it', value: good => `${good}\u0007\u001b[2J${good}` },
  'a megabyte': { given: 'a megabyte', value: () => MEGABYTE },
  dots: { value: () => '..' },
  'escaped dots': { value: () => '%2e%2e' },
  path: { value: () => '../../users' },
  'look-alikes': {
    given: 'letters of another script that look the same',
    value: good => (lookAlike(good) === good ? `${good}а` : lookAlike(good)),
  },
  'a turn of the text': { given: 'a character that turns the direction of the text', value: good => `${good}\u202e` },
  commands: {
    given: 'workflow commands',
    value: () => '::set-output name=key-id::mine ##[add-mask]mine %0A::warning::mine',
  },
  markup: { given: 'Markdown and HTML', value: () => '|<b>a</b>|`b`|[c](https://evil.example)' },
  jwt: { given: 'the JWT, in the wrong place', value: () => JWT },
}

/**
 * An input, with the others that it needs.
 *
 * @typedef {object} Input
 * @property {string} name
 * @property {string} good a value that is taken
 * @property {Record<string, string>} [others]
 * @property {Record<string, string>} [more] values that are bad for this input only, by what they are
 * @property {Record<string, Outcome>} [outcomes] by the way to be bad, where it is not {@link REFUSED}
 * @property {string[]} [without] ways that are none for this input
 * @property {string[]} [only] the ways that are enough, as another action reads the input by the same code
 * @property {boolean} [secret] its values are not shown, neither by the action nor on the page
 * @property {boolean} [atEndOfJob]
 */

/** @type {Outcome} */
const REFUSED = { exit: 1, requests: 'none' }
/** @type {Outcome} */
const MADE = { exit: 0, requests: 'GET gateway, POST key' }
/** @type {Outcome} */
const NAMED = { exit: 0, requests: 'GET gateway, POST key, GET deployments, POST deployment, POST status' }
/** @type {Outcome} */
const ALLOWED = { exit: 0, requests: 'GET gateway, POST origin' }
/** @type {Outcome} */
const REVOKED = { exit: 0, requests: 'GET gateway, DELETE key' }
/** @type {Outcome} */
const NONE_OF_THAT_NAME = { exit: 0, requests: 'GET gateway, GET deployments' }

/** What it takes to ask Pinata with a JWT that it does not accept. @type {Outcome} */
const NOT_ACCEPTED = { exit: 1, requests: 'GET gateway' }
/** What it takes to ask Pinata for a gateway that it does not have. @type {Record<Action, Outcome>} */
const NO_GATEWAY = {
  get: { exit: 1, requests: 'GET gateway, POST key' },
  origin: { exit: 1, requests: 'GET gateway' },
  revoke: { exit: 1, requests: 'GET gateway' },
}
/** @type {Outcome} */
const REFUSED_BY_GITHUB = { exit: 1, requests: 'GET deployments' }
/** @type {Outcome} */
const NOT_IN_THE_LIST = { exit: 1, requests: 'GET gateways ×3' }

/** @type {(action: Action, only: string[]) => Pick<Input, 'only'>} */
const onlyFor = (action, only) => (action === 'get' ? {} : { only })

/** An input that need not be given. @param {Outcome} outcome */
const optional = outcome => ({ empty: outcome, 'white space': outcome })

/** The inputs that all actions have. @type {(action: Action) => Input[]} */
const inputsOfAll = action => [
  {
    name: 'gateway-id',
    good: GATEWAY_ID,
    ...onlyFor(action, [
      'empty',
      'commands',
      'jwt',
      'a domain without its dot',
      'an ID that the account does not have',
    ]),
    more: {
      'an IP address': '127.0.0.1',
      'a user in the domain': `https://me@${DOMAIN}.mypinata.cloud`,
      'a backslash': `${DOMAIN}.mypinata.cloud\\..`,
      'a domain in letters of another script that look the same': `${lookAlike(DOMAIN)}.mypinata.cloud`,
      'the value of a key': KEY_VALUE,
      'a domain that the account does not have': 'nobody.mypinata.cloud',
      'a domain without its dot': DOMAIN,
      'an ID that the account does not have': UNKNOWN_ID,
    },
    outcomes: {
      'a domain in letters of another script that look the same': NOT_IN_THE_LIST,
      'a domain that the account does not have': NOT_IN_THE_LIST,
      'a domain without its dot': NO_GATEWAY[action],
      'an ID that the account does not have': NO_GATEWAY[action],
    },
  },
  {
    name: 'pinata-jwt',
    good: JWT,
    secret: true,
    without: ['jwt'],
    ...onlyFor(action, ['empty', 'two lines', "Pinata's API secret", 'a JWT that Pinata does not know']),
    more: {
      'only `Bearer`': 'Bearer ',
      "Pinata's API key": 'ad176e0a9691e504ffe3',
      "Pinata's API secret": '1d6622f160865684bb55ce064d8ac88b731e0f4cd688f389a6c02a76c6085717',
      'the JWT in quotation marks': `"${JWT}"`,
      'some other secret': 'correct-horse-battery-staple',
      'the value of a key': KEY_VALUE,
      'a JWT that Pinata does not know': `${JWT.slice(0, -4)}AAAA`,
    },
    outcomes: {
      'the value of a key': NOT_ACCEPTED,
      'some other secret': NOT_ACCEPTED,
      'a JWT that Pinata does not know': NOT_ACCEPTED,
    },
  },
  {
    name: 'api-url',
    good: '{api}',
    // Nothing stands for Pinata itself, where no case goes.
    without: ['empty', 'white space', 'look-alikes'],
    ...onlyFor(action, ['commands', 'plain http', 'user and password', 'another scheme, and a password']),
    more: {
      'plain http': 'http://api.pinata.cloud/v3',
      'plain http to what only begins like localhost': 'http://localhost.example/v3',
      'no scheme': 'api.pinata.cloud/v3',
      'another scheme, and a password': 'ftp://me:hunter2@api.pinata.cloud/v3?token=hunter3',
      'user and password': 'https://me:hunter2@api.pinata.cloud/v3',
      'a query': 'https://api.pinata.cloud/v3?token=hunter2',
      'a fragment': 'https://api.pinata.cloud/v3#hunter2',
      'dots in the path': 'https://api.pinata.cloud/v3/..',
      'escaped dots in the path': 'https://api.pinata.cloud/%2e%2e/v3',
      'a host in letters of another script that look the same': `https://${lookAlike('api.pinata')}.cloud/v3`,
    },
  },
  {
    name: 'github-token',
    good: TOKEN,
    secret: true,
    ...onlyFor(action, ['empty', 'jwt', 'two lines', 'a token that GitHub does not know']),
    others: action === 'revoke' ? { 'key-id': '', expired: 'true' } : { name: 'pr-7' },
    more: { 'the value of a key': KEY_VALUE, 'a token that GitHub does not know': `ghs_${'u'.repeat(36)}` },
    outcomes: { 'the value of a key': REFUSED_BY_GITHUB, 'a token that GitHub does not know': REFUSED_BY_GITHUB },
  },
]

/** The ways for an origin to be bad that are not in {@link WAYS}. */
const BAD_ORIGINS = {
  'plain http': 'http://pr-7.example.com',
  'no scheme': 'pr-7.example.com',
  'a user and a password': 'https://me:hunter2@pr-7.example.com',
  'a wildcard': 'https://*.example.com',
  'a host with a dot at its end': 'https://pr-7.example.com.',
  'no host': 'https://',
}

/** @type {Record<Action, Input[]>} */
const INPUTS = {
  get: [
    ...inputsOfAll('get'),
    {
      name: 'key-id',
      good: KEY_ID,
      more: { 'the value of a key': KEY_VALUE, 'an ID that the gateway does not have': UNKNOWN_ID, 'two IDs': 'a,b' },
      outcomes: { ...optional(MADE), 'an ID that the gateway does not have': { exit: 1, requests: 'GET gateway' } },
    },
    {
      name: 'name',
      good: 'pr-7',
      more: { 'a space in it': 'pr 7', 'more than 64 characters': 'a'.repeat(65) },
      outcomes: { ...optional(MADE), dots: NAMED, path: NAMED },
    },
    {
      name: 'expires-in',
      good: '7d',
      others: { name: 'pr-7' },
      more: { 'no unit': '7', weeks: '2w', 'a fraction': '1.5h', zero: '0m', negative: '-1d', 'too long': '366d' },
      outcomes: optional(NAMED),
    },
    {
      name: 'rotate',
      good: 'true',
      others: { name: 'pr-7' },
      more: { 'another word': 'yes' },
      outcomes: optional(NAMED),
    },
    {
      name: 'revoke',
      good: 'never',
      more: { 'another word': 'always', 'upper case': 'Never' },
      outcomes: optional(MADE),
    },
    {
      name: 'first-key',
      good: 'warn',
      more: { 'another word': 'error', 'upper case': 'Warn' },
      outcomes: optional(MADE),
    },
    {
      name: 'job-status',
      good: 'failure',
      others: { revoke: 'on-failure' },
      more: { 'upper case': 'Failure' },
      atEndOfJob: true,
      // It is read when the work of the job is done, so it never fails anything.
      outcomes: Object.fromEntries([...Object.keys(WAYS), 'upper case'].map(way => [way, MADE])),
    },
  ],
  origin: [
    ...inputsOfAll('origin'),
    {
      name: 'origin',
      good: ORIGIN,
      more: {
        ...BAD_ORIGINS,
        'two origins': `${ORIGIN}, https://pr-8.example.com`,
        'a host in letters of another script that look the same': `https://${lookAlike('pr-7.example')}.com`,
      },
      // It becomes Punycode, which is what a browser sends.
      outcomes: { 'a host in letters of another script that look the same': ALLOWED },
    },
    { name: 'name', good: 'pr-7', only: ['empty', 'commands'], outcomes: optional(ALLOWED) },
    {
      name: 'expires-in',
      good: '7d',
      others: { name: 'pr-7' },
      only: ['commands', 'too long'],
      more: { 'too long': '366d' },
    },
    {
      name: 'revoke',
      good: 'never',
      only: ['empty', 'another word'],
      more: { 'another word': 'always' },
      outcomes: optional(ALLOWED),
    },
    {
      name: 'first-control',
      good: 'warn',
      more: { 'another word': 'error', 'upper case': 'Warn' },
      outcomes: optional(ALLOWED),
    },
    {
      name: 'job-status',
      good: 'failure',
      others: { revoke: 'on-failure' },
      only: ['empty', 'commands', 'upper case'],
      more: { 'upper case': 'Failure' },
      atEndOfJob: true,
      outcomes: Object.fromEntries(['empty', 'commands', 'upper case'].map(way => [way, ALLOWED])),
    },
  ],
  revoke: [
    ...inputsOfAll('revoke'),
    {
      name: 'key-id',
      good: KEY_ID,
      more: {
        'the value of a key': KEY_VALUE,
        'commas only': ' , ,',
        'a path among IDs': `${KEY_ID},../b`,
        'IDs with a space between': 'a b',
        'an ID that the gateway does not have': UNKNOWN_ID,
      },
      outcomes: { 'two lines': REVOKED, 'an ID that the gateway does not have': REVOKED },
    },
    {
      name: 'origin',
      good: ORIGIN,
      others: { 'key-id': '' },
      only: ['empty', 'two lines', 'commands', 'jwt', ...Object.keys(BAD_ORIGINS), 'commas only'],
      more: { ...BAD_ORIGINS, 'commas only': ' , ,' },
      outcomes: { 'two lines': { exit: 0, requests: 'GET gateway' } },
    },
    {
      name: 'name',
      good: STALE_NAME,
      others: { 'key-id': '' },
      more: { 'a space in it': 'pr 7', 'more than 64 characters': 'a'.repeat(65) },
      outcomes: {
        'two lines': { exit: 0, requests: 'GET gateway, GET deployments, POST status, DELETE deployment' },
        dots: NONE_OF_THAT_NAME,
        path: NONE_OF_THAT_NAME,
      },
    },
    { name: 'expired', good: 'true', others: { 'key-id': '' }, more: { 'another word': 'yes' } },
    {
      name: 'older-than',
      good: '30d',
      others: { 'key-id': '' },
      more: { 'no unit': '14', weeks: '2w', 'a fraction': '1.5h', zero: '0d', negative: '-1d' },
    },
    {
      name: 'keep',
      good: OTHER_KEY_ID,
      more: { 'the value of a key': KEY_VALUE },
      outcomes: { ...optional(REVOKED), 'two lines': REVOKED },
    },
    { name: 'dry-run', good: 'true', more: { 'another word': 'yes' }, outcomes: optional(REVOKED) },
    {
      name: 'last-key',
      good: 'warn',
      more: { 'another word': 'error', 'upper case': 'Warn' },
      outcomes: optional(REVOKED),
    },
  ],
}

/** Inputs that are good by themselves, but not together. @type {[Action, string, Record<string, string>][]} */
const TOGETHER = [
  ['get', '`key-id` and `name`', { 'key-id': KEY_ID, name: 'pr-7' }],
  ['get', '`expires-in` without `name`', { 'expires-in': '7d' }],
  ['get', '`rotate` without `name`', { rotate: 'true' }],
  ['origin', '`expires-in` without `name`', { 'expires-in': '7d' }],
  ['revoke', 'none of `key-id`, `origin`, `name`, `expired`, `older-than`', { 'key-id': '' }],
  ['revoke', '`key-id` and `older-than`', { 'older-than': '30d' }],
  ['revoke', '`key-id` and `origin`', { origin: ORIGIN }],
  [
    'revoke',
    '`key-id`, `origin`, `name`, `expired`, `older-than`',
    { origin: ORIGIN, name: 'pr-7', expired: 'true', 'older-than': '30d' },
  ],
]

/** @type {Record<Action, Record<string, string>>} */
const OWN = { get: {}, origin: { origin: ORIGIN }, revoke: { 'key-id': KEY_ID } }

/** @param {Action} action */
const accessOf = action => ({ 'gateway-id': GATEWAY_ID, 'pinata-jwt': JWT, 'api-url': '{api}', ...OWN[action] })

/** @param {Action} action @param {Input} input @returns {Case[]} */
function casesOf(action, input) {
  const { name, good, others, more = {}, outcomes = {}, without = [], only, secret = false, atEndOfJob } = input
  const general = Object.entries(WAYS).map(([way, { given, value }]) => ({
    way,
    given: given ?? code(value(good)),
    value: value(good),
  }))
  const own = Object.entries(more).map(([way, value]) => ({
    way,
    given: secret || value.length > 60 ? way : `${way}, ${code(value)}`,
    value,
  }))
  return [...own, ...general]
    .filter(({ way }) => !without.includes(way) && (only?.includes(way) ?? true))
    .map(({ way, given, value }) => ({
      section: `${code(name)}${atEndOfJob ? ', in the post step' : ''}`,
      given,
      action,
      with: { ...accessOf(action), ...others, [name]: value },
      ...(outcomes[way] ?? REFUSED),
      ...(atEndOfJob && { atEndOfJob }),
      ...(secret && { secrets: [value] }),
    }))
}

/** @type {Case[]} */
export const inputCases = [
  ...Object.entries(INPUTS).flatMap(([action, inputs]) =>
    inputs.flatMap(input => casesOf(/** @type {Action} */ (action), input)),
  ),
  ...TOGETHER.map(([action, given, inputs]) => ({
    section: 'Inputs that do not go together',
    given,
    action,
    with: { ...accessOf(action), ...inputs },
    ...REFUSED,
  })),
]
