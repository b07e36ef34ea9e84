// The table of hostile answers: each answer that the actions read with each way to be hostile.
import {
  addOrigin,
  addRecord,
  DOMAIN,
  ENTRY_ID,
  FUTURE,
  GATEWAY_ID,
  JWT,
  KEY_ID,
  KEY_VALUE,
  ORIGIN,
  OTHER_ORIGIN,
  PAST,
  STALE_NAME,
  TOKEN,
} from './world.mjs'

/** @import { Action, Case } from './run.mjs' */
/** @import { World } from './world.mjs' */
/** @typedef {import('../../emulator/http/faults.mjs').Fault} Fault */
/** @typedef {import('../../emulator/http/faults.mjs').Match} Match */
/**
 * What an answer asks of the one who gets it: `final` is one that would be the same again, `refused` one for all
 * requests, `redirect` one that leads elsewhere, `limit` a rate limit with too long a pause, `again` a failure that may
 * pass, `unheard` none to a request that had no effect, `lost` none to one that had, and `misshapen` a success with
 * something else in it.
 *
 * @typedef {'final' | 'refused' | 'redirect' | 'limit' | 'again' | 'unheard' | 'lost' | 'misshapen' | 'down'} Kind
 */
/**
 * @typedef {object} Answer
 * @property {string} given
 * @property {Kind} kind
 * @property {any} [fault] what of the fault is not the request that it strikes
 * @property {boolean} [slow] no whole answer comes in time
 */

const COMMANDS = '\n::set-output name=key-id::mine\r\n##[add-mask]a%0A::error::b\u001b[2J\u202e'
const MARKUP = '| <b>a</b> [b](https://evil.example) `c` <!-- d'
const SECRETS = [JWT, encodeURIComponent(JWT), JSON.stringify(JWT), KEY_VALUE, TOKEN].join(' ')
const PAGE = '<!DOCTYPE html><html><body>Please log in</body></html>'
/** What no text can be made of: `String()` throws. */
const NO_TEXT = { toString: 1 }
/** More than is read of any answer. */
const HUGE = `"${'a'.repeat(5 * 1024 * 1024)}"`

/** @param {number} status @param {string | object} body @param {Record<string, string>} [headers] */
const says = (status, body, headers) => ({ kind: 'status', status, body, ...(headers && { headers }) })
/** @param {unknown} body */
const shows = body => ({ kind: 'body', body: typeof body === 'string' ? body : JSON.stringify(body) })

/** What any server can answer. `error` makes the body of an error. @type {(error: (text: string) => object) => Answer[]} */
const anywhere = error => [
  { given: '500', kind: 'again', fault: says(500, error('Internal Server Error')) },
  { given: '502 with a page of HTML', kind: 'again', fault: { kind: 'status', status: 502 } },
  { given: 'the connection breaks after the request', kind: 'unheard', fault: { kind: 'reset' } },
  { given: '101 Switching Protocols', kind: 'unheard', fault: { kind: 'upgrade' } },
  { given: 'the connection is closed without an answer', kind: 'unheard', fault: { kind: 'close' } },
  { given: 'the answer is cut short', kind: 'lost', fault: { kind: 'truncate', after: 1 } },
  { given: 'a slow drip', kind: 'lost', fault: { kind: 'drip', ms: 2000 }, slow: true },
  { given: 'silence', kind: 'unheard', fault: { kind: 'hang' }, slow: true },
  {
    given: 'a redirect',
    kind: 'redirect',
    fault: { kind: 'redirect', to: `https://evil.example/?${JWT}`, status: 308 },
  },
  { given: 'a redirect to no address', kind: 'redirect', fault: says(302, '', { Location: `::error::${TOKEN}` }) },
  { given: 'a status that nobody documents', kind: 'final', fault: says(418, error('I am a teapot')) },
  { given: 'commands in the text of an error', kind: 'final', fault: says(400, error(COMMANDS)) },
  { given: 'Markdown in the text of an error', kind: 'final', fault: says(400, error(MARKUP)) },
  { given: 'a megabyte of text in an error', kind: 'final', fault: says(400, error('very long '.repeat(100_000))) },
  { given: 'secrets in the text of an error', kind: 'final', fault: says(400, error(SECRETS)) },
  {
    given: 'an error of another shape',
    kind: 'final',
    fault: says(400, { error: { message: NO_TEXT, reason: [1] }, message: NO_TEXT }),
  },
  {
    given: 'commands and secrets in the request ID',
    kind: 'final',
    fault: says(400, error('Bad Request'), {
      'X-Request-Id': `::error::${JWT}`,
      'X-GitHub-Request-Id': `::error::${TOKEN}`,
    }),
  },
]

/** Successes that are none, for whoever reads what is in an answer. @type {Answer[]} */
const NO_JSON = [
  { given: '200 with a page of HTML', kind: 'lost', fault: shows(PAGE) },
  { given: '200 with nothing', kind: 'lost', fault: shows('') },
  { given: '200 with text', kind: 'lost', fault: shows('"text"') },
  { given: '200 with `null`', kind: 'lost', fault: shows('null') },
  { given: 'a huge body', kind: 'lost', fault: shows(HUGE) },
]

/** @param {string} message */
const pinataError = message => ({ error: { code: 0, message } })
/** @type {Answer[]} */
const PINATA = [
  { given: '401', kind: 'refused', fault: says(401, { error: { code: 401, message: 'Not Authorized' } }) },
  {
    given: '401 of an expired or damaged JWT',
    kind: 'refused',
    fault: says(401, { error: { reason: 'INVALID_CREDENTIALS', details: 'Invalid/expired credentials' } }),
  },
  {
    given: '403 of an API key without the scope',
    kind: 'refused',
    fault: says(403, {
      error: { reason: 'NO_SCOPES_FOUND', details: 'This key does not have the required scopes associated with it' },
    }),
  },
  {
    given: '403 of an API key that was revoked',
    kind: 'refused',
    fault: says(403, { error: { reason: 'API_KEY_REVOKED', details: 'This API Key has been revoked' } }),
  },
  { given: '403 for another reason', kind: 'refused', fault: says(403, { error: 'Forbidden' }) },
  { given: "404 that is not Pinata's", kind: 'final', fault: says(404, PAGE) },
  { given: '409', kind: 'final', fault: says(409, pinataError('Conflict')) },
  { given: '429, with an hour to wait', kind: 'limit', fault: { kind: 'status', status: 429, retryAfter: 3600 } },
  ...anywhere(pinataError),
]
/** @type {Answer} */
const GATEWAY_NOT_FOUND = {
  given: '404',
  kind: 'final',
  fault: says(404, { error: { code: 404, message: 'Gateway not found' } }),
}

/** @param {string} message */
const githubError = message => ({ message, documentation_url: 'https://docs.github.com/rest', status: '0' })
/** @type {Answer[]} */
const GITHUB = [
  { given: '401', kind: 'refused', fault: says(401, githubError('Bad credentials')) },
  {
    given: '403 without the permission',
    kind: 'refused',
    fault: says(403, githubError('Resource not accessible by integration')),
  },
  { given: '403 with an error of another shape', kind: 'refused', fault: says(403, { message: NO_TEXT }) },
  { given: '404', kind: 'final', fault: says(404, githubError('Not Found')) },
  {
    given: '403 of a rate limit, with an hour to wait',
    kind: 'limit',
    fault: says(403, githubError('API rate limit exceeded for installation ID 12345678.'), { 'Retry-After': '3600' }),
  },
  {
    given: '429 of a rate limit, with an hour to wait',
    kind: 'limit',
    fault: says(429, githubError('You have exceeded a secondary rate limit.'), { 'Retry-After': '3600' }),
  },
  ...anywhere(githubError),
]

/** Answers with these values in the place of `data`. @param {[given: string, data: unknown][]} shapes @returns {Answer[]} */
const withData = shapes =>
  shapes.map(([given, data]) => ({ given, kind: 'misshapen', fault: shows(data === undefined ? {} : { data }) }))
const NO_DATA = withData([
  ['`data` is missing', undefined],
  ['`data` is `null`', null],
  ['`data` is a number', 7],
])

/** A change to what Pinata would answer. @param {(data: any) => object} change */
const changed = change => ({
  kind: 'body',
  body: /** @param {any} json */ json => ({ data: { ...json.data, ...change(json.data) } }),
})
/** One answer of each kind, where another scenario has them all. @param {Answer[]} answers */
const oneOfEach = answers =>
  answers.filter(({ kind }, index) => answers.findIndex(other => other.kind === kind) === index)
/** @param {object} policies that differ from the true ones */
const policiesAre = policies =>
  changed(({ settings }) => ({ settings: { restriction_policies: { ...settings.restriction_policies, ...policies } } }))
/** @param {unknown} accessTokens */
const keysAre = accessTokens => policiesAre({ accessTokens })
/** @param {unknown} allowedHosts */
const originsAre = allowedHosts => policiesAre({ allowedHosts })

/**
 * A request of a step. `outcomes` says what comes of an answer of each kind, or of one answer, by its words. What is
 * not there has the outcome of the kind in {@link LIKE}.
 *
 * @typedef {object} Scenario
 * @property {string} section
 * @property {Action} action
 * @property {Record<string, string>} with
 * @property {(world: World) => void} [prepare]
 * @property {'pinata' | 'github'} api
 * @property {Match & { path?: RegExp }} match
 * @property {Answer[]} answers
 * @property {boolean} [atEndOfJob]
 * @property {boolean} [first] it is the first request to that server, so that it can be down
 * @property {boolean} [once] the same request comes again to tidy up, and is answered then
 * @property {Record<string, [exit: 0 | 1, requests: string]>} outcomes
 */

const GATEWAYS = { method: 'GET', path: /\/gateways\?/ }
const DETAILS = { method: 'GET', path: /\/gateways\/[^/?]+$/ }
const CREATE = { method: 'POST', path: /\/access_tokens/ }
const REVOKE = { method: 'DELETE', path: /\/access_tokens/ }
const ADD_ORIGIN = { method: 'POST', path: /\/hosts/ }
const REMOVE_ORIGIN = { method: 'DELETE', path: /\/hosts/ }

const NAMED = 'GET gateway, POST key, GET deployments, POST deployment, POST status'
/** The key is made and, as its name can't be kept, revoked again. */
const TAKEN_BACK = 'GET gateway, POST key, DELETE key, GET deployments ×2'

/** Likewise of an origin. */
const ORIGIN_TAKEN_BACK = 'GET gateway, POST origin, DELETE origin, GET deployments'

/** @type {Answer[]} */
const MISSHAPEN_DETAILS = [
  ...NO_DATA,
  { given: '`settings` is missing', kind: 'misshapen', fault: changed(() => ({ settings: undefined })) },
  { given: '`accessTokens` is text', kind: 'misshapen', fault: keysAre('many') },
]

/** @param {object} payload what is not as it would be in a true one */
const madeByHand = payload => ({
  id: 5,
  environment: 'pinata-gateway-keys',
  task: 'pinata-gateway-key:pr-7',
  payload: { schema: 1, name: 'pr-7', gatewayId: GATEWAY_ID, keyId: KEY_ID, expiresAt: null, proof: '', ...payload },
})

/** @type {Scenario[]} */
const SCENARIOS = [
  {
    section: 'The list of gateways, when `gateway-id` is a domain',
    action: 'get',
    with: { 'gateway-id': `${DOMAIN}.mypinata.cloud` },
    api: 'pinata',
    match: GATEWAYS,
    first: true,
    answers: [
      ...PINATA,
      ...NO_JSON,
      ...NO_DATA,
      { given: '`rows` is missing', kind: 'misshapen', fault: shows({ data: { count: 1 } }) },
      { given: '`rows` is text', kind: 'misshapen', fault: shows({ data: { rows: 'many' } }) },
      {
        given: 'rows that are none',
        kind: 'misshapen',
        fault: shows({ data: { rows: [null, 1, {}, { id: NO_TEXT }] } }),
      },
      {
        given: 'an ID that is a path',
        kind: 'misshapen',
        fault: shows({ data: { rows: [{ id: '..', domain: DOMAIN }] } }),
      },
    ],
    outcomes: {
      final: [1, 'GET gateways'],
      again: [1, 'GET gateways ×5'],
      misshapen: [1, 'GET gateways'],
      'rows that are none': [1, 'GET gateways'],
      'an ID that is a path': [1, 'GET gateways'],
      down: [1, 'none'],
    },
  },
  {
    section: "The gateway's details, when a key is made",
    action: 'get',
    with: {},
    api: 'pinata',
    match: DETAILS,
    first: true,
    answers: [GATEWAY_NOT_FOUND, ...PINATA, ...NO_JSON, ...MISSHAPEN_DETAILS],
    outcomes: {
      401: [1, 'GET gateway'],
      '401 of an expired or damaged JWT': [1, 'GET gateway'],
      final: [0, 'GET gateway, POST key'],
      redirect: [1, 'GET gateway'],
      again: [0, 'GET gateway ×3, POST key'],
      misshapen: [0, 'GET gateway, POST key'],
      down: [1, 'none'],
    },
  },
  {
    section: "The gateway's details, with `first-key: fail`",
    action: 'get',
    with: { 'first-key': 'fail' },
    api: 'pinata',
    match: DETAILS,
    answers: [
      ...PINATA.slice(0, 1),
      ...NO_JSON.slice(0, 1),
      ...MISSHAPEN_DETAILS,
      { given: 'no access control', kind: 'misshapen', fault: keysAre([]) },
    ],
    outcomes: { final: [1, 'GET gateway'], again: [1, 'GET gateway ×3'], misshapen: [1, 'GET gateway'] },
  },
  {
    section: "The gateway's details, with `key-id`",
    action: 'get',
    with: { 'key-id': KEY_ID },
    api: 'pinata',
    match: DETAILS,
    answers: [
      GATEWAY_NOT_FOUND,
      ...PINATA,
      ...NO_JSON,
      ...MISSHAPEN_DETAILS,
      {
        given: 'keys that are none',
        kind: 'misshapen',
        fault: keysAre([null, 1, {}, { id: '..' }, { id: KEY_ID + KEY_ID }]),
      },
      { given: 'the key has no value', kind: 'misshapen', fault: keysAre([{ id: KEY_ID }]) },
      {
        given: "the key's value has a line break",
        kind: 'misshapen',
        fault: keysAre([{ id: KEY_ID, value: 'a\n::error::b' }]),
      },
    ],
    outcomes: { final: [1, 'GET gateway'], again: [1, 'GET gateway ×5'], misshapen: [1, 'GET gateway'] },
  },
  {
    section: 'The new key',
    action: 'get',
    with: {},
    api: 'pinata',
    match: CREATE,
    answers: [
      GATEWAY_NOT_FOUND,
      ...PINATA,
      ...NO_JSON,
      ...NO_DATA,
      { given: '`id` is missing', kind: 'misshapen', fault: changed(() => ({ id: undefined })) },
      { given: '`id` is a number', kind: 'misshapen', fault: changed(() => ({ id: 7 })) },
      { given: '`id` is a path', kind: 'misshapen', fault: changed(() => ({ id: '..' })) },
      { given: '`id` is the JWT', kind: 'misshapen', fault: changed(() => ({ id: JWT })) },
      {
        given: '`id` is that of a key that was there before',
        kind: 'misshapen',
        fault: changed(() => ({ id: KEY_ID })),
      },
      { given: '`value` is missing', kind: 'misshapen', fault: changed(() => ({ value: undefined })) },
      { given: '`value` has a line break', kind: 'misshapen', fault: changed(() => ({ value: 'a\n::error::b' })) },
      { given: '`createdAt` is no time', kind: 'misshapen', fault: changed(() => ({ createdAt: '::error::now' })) },
    ],
    outcomes: {
      final: [1, 'GET gateway, POST key'],
      redirect: [1, 'GET gateway ×2, POST key'],
      again: [1, 'GET gateway ×2, POST key ×3'],
      misshapen: [1, 'GET gateway ×2, POST key ×3'],
      '`id` is that of a key that was there before': [1, 'GET gateway, POST key'],
      '`value` is missing': [1, 'GET gateway, POST key, DELETE key'],
      '`value` has a line break': [1, 'GET gateway, POST key, DELETE key'],
      '`createdAt` is no time': [0, 'GET gateway, POST key'],
    },
  },
  {
    section: "The gateway's details, when keys are revoked by `key-id`",
    action: 'revoke',
    with: { 'key-id': KEY_ID },
    api: 'pinata',
    match: DETAILS,
    answers: [GATEWAY_NOT_FOUND, ...PINATA, ...NO_JSON, ...MISSHAPEN_DETAILS],
    outcomes: {
      final: [0, 'GET gateway, DELETE key'],
      refused: [1, 'GET gateway'],
      404: [1, 'GET gateway'],
      "404 that is not Pinata's": [1, 'GET gateway'],
      again: [0, 'GET gateway ×5, DELETE key'],
      misshapen: [0, 'GET gateway, DELETE key'],
    },
  },
  {
    section: "The gateway's details, with `last-key: fail`",
    action: 'revoke',
    with: { 'key-id': KEY_ID, 'last-key': 'fail' },
    api: 'pinata',
    match: DETAILS,
    answers: [
      ...PINATA.slice(0, 1),
      ...NO_JSON.slice(0, 1),
      ...MISSHAPEN_DETAILS,
      { given: 'the key is the last access control', kind: 'misshapen', fault: keysAre([{ id: KEY_ID }]) },
    ],
    outcomes: { final: [1, 'GET gateway'], again: [1, 'GET gateway ×5'], misshapen: [1, 'GET gateway'] },
  },
  {
    section: "The gateway's details, with `older-than`",
    action: 'revoke',
    with: { 'older-than': '30d' },
    api: 'pinata',
    match: DETAILS,
    answers: [...PINATA.slice(0, 1), ...NO_JSON.slice(0, 1), ...MISSHAPEN_DETAILS],
    outcomes: { final: [1, 'GET gateway'], again: [1, 'GET gateway ×5'], misshapen: [1, 'GET gateway'] },
  },
  {
    section: 'The revocation of a key',
    action: 'revoke',
    with: { 'key-id': KEY_ID },
    api: 'pinata',
    match: REVOKE,
    answers: [
      {
        given: '404, and the key is still there',
        kind: 'final',
        fault: says(404, { error: { code: 404, message: 'Gateway access token not found' } }),
      },
      ...PINATA,
      ...NO_JSON,
      // These come from somebody in between: the key is still there.
      { given: '200 with a page of HTML, and the key is still there', kind: 'final', fault: says(200, PAGE) },
      { given: '200 with an error, and the key is still there', kind: 'final', fault: says(200, pinataError('No')) },
      { given: '202, and the key is still there', kind: 'final', fault: says(202, '') },
      { given: '204, and the key is still there', kind: 'final', fault: says(204, '') },
    ],
    outcomes: {
      '200 with a page of HTML': [0, 'GET gateway ×2, DELETE key'],
      '200 with nothing': [0, 'GET gateway ×2, DELETE key'],
      '200 with text': [0, 'GET gateway ×2, DELETE key'],
      '200 with `null`': [0, 'GET gateway ×2, DELETE key'],
      refused: [1, 'GET gateway, DELETE key'],
      limit: [1, 'GET gateway, DELETE key'],
      final: [1, 'GET gateway ×2, DELETE key'],
      again: [1, 'GET gateway ×2, DELETE key ×5'],
      lost: [0, 'GET gateway ×2, DELETE key ×5'],
    },
  },
  {
    section: 'The revocation of a key, in the post step',
    action: 'get',
    with: { revoke: 'after-job' },
    api: 'pinata',
    match: REVOKE,
    atEndOfJob: true,
    // What differs from the revocation above is that nothing fails the job.
    answers: oneOfEach(PINATA),
    outcomes: {
      refused: [0, 'GET gateway, POST key, DELETE key'],
      limit: [0, 'GET gateway, POST key, DELETE key'],
      final: [0, 'GET gateway ×2, POST key, DELETE key'],
      again: [0, 'GET gateway ×2, POST key, DELETE key ×5'],
    },
  },
  {
    section: "The gateway's details, when an origin is allowed",
    action: 'origin',
    with: { origin: ORIGIN },
    api: 'pinata',
    match: DETAILS,
    first: true,
    answers: [
      GATEWAY_NOT_FOUND,
      ...oneOfEach(PINATA),
      ...NO_JSON.slice(0, 1),
      ...MISSHAPEN_DETAILS,
      { given: '`allowedHosts` is text', kind: 'misshapen', fault: originsAre('many') },
      {
        given: 'origins that are none',
        kind: 'misshapen',
        fault: originsAre([null, 1, {}, { id: '..', value: ORIGIN }]),
      },
      { given: 'an origin without a value', kind: 'misshapen', fault: originsAre([{ id: ENTRY_ID, value: NO_TEXT }]) },
    ],
    outcomes: {
      final: [1, 'GET gateway'],
      again: [1, 'GET gateway ×5'],
      misshapen: [1, 'GET gateway'],
      down: [1, 'none'],
    },
  },
  {
    section: 'The new origin',
    action: 'origin',
    with: { origin: ORIGIN },
    api: 'pinata',
    match: ADD_ORIGIN,
    answers: [
      GATEWAY_NOT_FOUND,
      {
        given: '400 for an origin that Pinata does not take',
        kind: 'final',
        fault: says(400, pinataError('Invalid host')),
      },
      ...oneOfEach(PINATA),
      ...NO_JSON.slice(0, 1),
      ...NO_DATA,
      { given: '`id` is missing', kind: 'misshapen', fault: changed(() => ({ id: undefined })) },
      { given: '`id` is a path', kind: 'misshapen', fault: changed(() => ({ id: '..' })) },
      { given: '`id` is the JWT', kind: 'misshapen', fault: changed(() => ({ id: JWT })) },
      { given: '`value` is missing', kind: 'misshapen', fault: changed(() => ({ value: undefined })) },
      { given: '`value` is a number', kind: 'misshapen', fault: changed(() => ({ value: 7 })) },
      { given: '`value` is another origin', kind: 'misshapen', fault: changed(() => ({ value: OTHER_ORIGIN })) },
      { given: '`value` has a command in it', kind: 'misshapen', fault: changed(() => ({ value: '\n::error::b' })) },
      { given: '`createdAt` is no time', kind: 'misshapen', fault: changed(() => ({ createdAt: '::error::now' })) },
    ],
    outcomes: {
      final: [1, 'GET gateway, POST origin'],
      redirect: [1, 'GET gateway ×3, POST origin'],
      again: [1, 'GET gateway ×5, POST origin ×3'],
      // The origin is found by its value.
      lost: [0, 'GET gateway ×2, POST origin'],
      misshapen: [0, 'GET gateway ×2, POST origin'],
      '`value` is another origin': [1, 'GET gateway, POST origin, DELETE origin'],
      '`value` has a command in it': [1, 'GET gateway, POST origin, DELETE origin'],
      '`createdAt` is no time': [0, 'GET gateway, POST origin'],
    },
  },
  {
    section: 'The removal of an origin',
    action: 'revoke',
    with: { origin: ORIGIN },
    prepare: world => addOrigin(world),
    api: 'pinata',
    match: REMOVE_ORIGIN,
    answers: [
      {
        given: '404, and the origin is still there',
        kind: 'final',
        fault: says(404, { error: { code: 404, message: 'Gateway host not found' } }),
      },
      ...oneOfEach(PINATA),
      { given: '200 with an error, and the origin is still there', kind: 'final', fault: says(200, pinataError('No')) },
    ],
    outcomes: {
      refused: [1, 'GET gateway, DELETE origin'],
      limit: [1, 'GET gateway, DELETE origin'],
      final: [1, 'GET gateway ×2, DELETE origin'],
      again: [1, 'GET gateway ×2, DELETE origin ×5'],
      lost: [0, 'GET gateway ×2, DELETE origin ×5'],
    },
  },
  {
    section: 'The removal of an origin, in the post step',
    action: 'origin',
    with: { origin: ORIGIN, revoke: 'after-job' },
    api: 'pinata',
    match: REMOVE_ORIGIN,
    atEndOfJob: true,
    answers: oneOfEach(PINATA),
    outcomes: {
      refused: [0, 'GET gateway, POST origin, DELETE origin'],
      limit: [0, 'GET gateway, POST origin, DELETE origin'],
      final: [0, 'GET gateway ×2, POST origin, DELETE origin'],
      again: [0, 'GET gateway ×2, POST origin, DELETE origin ×5'],
      lost: [0, 'GET gateway ×2, POST origin, DELETE origin ×5'],
    },
  },
  {
    section: 'The list of named keys',
    action: 'get',
    with: { name: 'pr-7' },
    api: 'github',
    match: { method: 'GET' },
    first: true,
    answers: [
      ...GITHUB,
      ...NO_JSON,
      { given: 'an object', kind: 'misshapen', fault: shows({}) },
      {
        given: 'deployments that are none',
        kind: 'misshapen',
        fault: shows([null, 1, {}, { id: '..' }, { id: 1, payload: 'text' }, { id: 2, payload: { schema: 1 } }]),
      },
      {
        given: 'a deployment that somebody made by hand',
        kind: 'misshapen',
        fault: shows([madeByHand({ proof: 'mine' })]),
      },
      {
        given: 'a deployment that somebody made by hand, with wrong types',
        kind: 'misshapen',
        fault: shows([
          madeByHand({ proof: NO_TEXT }),
          madeByHand({ expiresAt: NO_TEXT }),
          madeByHand({ expiresAt: 7 }),
        ]),
      },
    ],
    outcomes: {
      final: [1, 'GET deployments'],
      again: [1, 'GET deployments ×5'],
      misshapen: [1, 'GET deployments'],
      'deployments that are none': [0, NAMED],
      'a deployment that somebody made by hand': [0, NAMED],
      'a deployment that somebody made by hand, with wrong types': [0, NAMED],
      down: [1, 'none'],
    },
  },
  {
    section: 'The record of a name',
    action: 'get',
    with: { name: 'pr-7' },
    api: 'github',
    match: { method: 'POST', path: /\/deployments$/ },
    answers: [
      ...GITHUB,
      ...NO_JSON,
      {
        given: '409',
        kind: 'final',
        fault: says(409, githubError('Conflict: Commit status checks failed for ffac537e.')),
      },
      {
        given: '422 for a commit that is gone',
        kind: 'final',
        fault: says(422, githubError('No ref found for: ffac537e')),
      },
      { given: '`id` is missing', kind: 'misshapen', fault: shows({}) },
      { given: '`id` is text', kind: 'misshapen', fault: shows({ id: '../1' }) },
    ],
    outcomes: {
      final: [1, `${TAKEN_BACK}, POST deployment`],
      again: [1, `${TAKEN_BACK}, POST deployment ×5`],
      lost: [1, `${TAKEN_BACK}, POST deployment ×5, POST status ×5, DELETE deployment ×5`],
      misshapen: [1, `${TAKEN_BACK}, POST deployment, POST status, DELETE deployment`],
    },
  },
  {
    section: "The status of a name's record",
    action: 'get',
    with: { name: 'pr-7' },
    api: 'github',
    match: { method: 'POST', path: /\/statuses$/ },
    once: true,
    answers: [...oneOfEach(GITHUB), ...NO_JSON.slice(0, 1)],
    outcomes: {
      final: [1, `${TAKEN_BACK}, POST deployment, POST status ×2, DELETE deployment`],
      again: [1, `${TAKEN_BACK}, POST deployment, POST status ×6, DELETE deployment`],
    },
  },
  {
    section: 'The list of names, when an origin is allowed',
    action: 'origin',
    with: { origin: ORIGIN, name: 'pr-7' },
    api: 'github',
    match: { method: 'GET' },
    first: true,
    answers: [
      ...oneOfEach(GITHUB),
      ...NO_JSON.slice(0, 1),
      { given: 'an object', kind: 'misshapen', fault: shows({}) },
    ],
    outcomes: {
      final: [1, 'GET deployments'],
      again: [1, 'GET deployments ×5'],
      misshapen: [1, 'GET deployments'],
      down: [1, 'none'],
    },
  },
  {
    section: "The record of an origin's name",
    action: 'origin',
    with: { origin: ORIGIN, name: 'pr-7' },
    api: 'github',
    match: { method: 'POST', path: /\/deployments$/ },
    answers: [...oneOfEach(GITHUB), { given: '`id` is missing', kind: 'misshapen', fault: shows({}) }],
    outcomes: {
      final: [1, `${ORIGIN_TAKEN_BACK} ×3, POST deployment`],
      again: [1, `${ORIGIN_TAKEN_BACK} ×3, POST deployment ×5`],
      lost: [1, `${ORIGIN_TAKEN_BACK} ×4, POST deployment ×5, POST status ×10, DELETE deployment ×5`],
      misshapen: [1, `${ORIGIN_TAKEN_BACK} ×4, POST deployment, POST status ×2, DELETE deployment`],
    },
  },
  {
    section: 'The status of the record of a key that is taken',
    action: 'get',
    with: { name: 'pr-7' },
    prepare: world => addRecord(world, { keyId: KEY_ID, secret: KEY_VALUE, expiresAt: FUTURE }),
    api: 'github',
    match: { method: 'GET', path: /\/statuses/ },
    answers: [...oneOfEach(GITHUB), { given: 'an object', kind: 'misshapen', fault: shows({}) }],
    outcomes: {
      final: [1, 'GET gateway, GET deployments, GET status'],
      again: [1, 'GET gateway, GET deployments, GET status ×5'],
      misshapen: [1, 'GET gateway, GET deployments, GET status'],
      // A record that is gone is one that is being removed.
      404: [0, 'GET gateway, POST key, GET deployments, GET status, POST deployment, POST status'],
    },
  },
  {
    section: 'The inactive status of the record, before an expired key is revoked',
    action: 'revoke',
    with: { expired: 'true' },
    prepare: world => addRecord(world, { keyId: KEY_ID, secret: KEY_VALUE, expiresAt: PAST }),
    api: 'github',
    match: { method: 'POST', path: /\/statuses$/ },
    // 404 says that somebody else removed the record.
    answers: oneOfEach(GITHUB.filter(({ given }) => given !== '404')),
    outcomes: {
      final: [1, 'GET gateway, GET deployments, POST status ×2'],
      again: [1, 'GET gateway, GET deployments, POST status ×10'],
    },
  },
  {
    section: "The removal of a name's record",
    action: 'revoke',
    with: { name: STALE_NAME },
    api: 'github',
    match: { method: 'DELETE' },
    answers: [...oneOfEach(GITHUB), ...GITHUB.filter(({ given }) => /^a slow|in the text of an error$/.test(given))],
    outcomes: {
      final: [0, 'GET gateway, GET deployments, POST status, DELETE deployment'],
      again: [0, 'GET gateway, GET deployments, POST status, DELETE deployment ×5'],
      // The answer has no body that could come slowly.
      'a slow drip': [0, 'GET gateway, GET deployments, POST status, DELETE deployment'],
    },
  },
]

/** @type {Partial<Record<Kind, Kind>>} */
const LIKE = { refused: 'final', redirect: 'final', limit: 'final', unheard: 'again', lost: 'again' }

/** @param {Scenario} scenario @returns {Case[]} */
function casesOf({ section, action, with: inputs, prepare, api, match, answers, atEndOfJob, first, once, outcomes }) {
  /** @param {Answer} answer */
  const outcomeOf = ({ given, kind }) => {
    const [exit, requests] = outcomes[given] ?? outcomes[kind] ?? outcomes[LIKE[kind] ?? ''] ?? []
    if (exit === undefined || requests === undefined) throw new TypeError(`${section}: no outcome of ${given}`)
    return { exit, requests }
  }
  /** How often the fault strikes: to its end what is tried again. @param {Answer} answer */
  const timesOf = ({ kind }) => {
    if (!once) return Number.POSITIVE_INFINITY
    return ['again', 'unheard', 'lost'].includes(kind) ? 5 : 1
  }
  /** @type {Answer} */
  const down = { given: 'nothing, as the server is down', kind: 'down' }
  return [...answers, ...(first ? [down] : [])].map(answer => ({
    section,
    given: answer.given,
    action,
    with: { 'gateway-id': GATEWAY_ID, 'pinata-jwt': JWT, 'api-url': '{api}', ...inputs },
    ...(prepare && { prepare }),
    ...(atEndOfJob && { atEndOfJob }),
    troubles: [
      answer.kind === 'down' ? `${api} down` : { api, fault: { times: timesOf(answer), ...match, ...answer.fault } },
    ],
    ...(answer.slow && { slow: { path: `^${match.method} .*${match.path?.source ?? ''}`, times: timesOf(answer) } }),
    ...outcomeOf(answer),
  }))
}

/** @param {Scenario['api']} api */
const casesAt = api => SCENARIOS.filter(scenario => scenario.api === api).flatMap(casesOf)

export const pinataCases = casesAt('pinata')
export const githubCases = casesAt('github')
