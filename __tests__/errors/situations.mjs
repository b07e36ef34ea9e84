// The table of situations: what the gateway, GitHub, the runner and the workflow can be like, beyond a bad input and a
// hostile answer.
import {
  addOrigin,
  addRecord,
  ENTRY_ID,
  FUTURE,
  GATEWAY_ID,
  JWT,
  KEY_ID,
  KEY_VALUE,
  ORIGIN,
  OTHER_ENTRY_ID,
  PAST,
  STALE_NAME,
  TOKEN,
} from './world.mjs'

/** @import { Action, Case, Trouble } from './run.mjs' */
/** @import { World } from './world.mjs' */
/** @typedef {Omit<Case, 'section' | 'with'> & { with?: Record<string, string> }} Situation */

/** @type {(section: string, situations: Situation[]) => Case[]} */
const rows = (section, situations) =>
  situations.map(one => ({
    section,
    ...one,
    with: { 'gateway-id': GATEWAY_ID, 'pinata-jwt': JWT, 'api-url': '{api}', ...one.with },
  }))

const DETAILS = { method: 'GET', path: /\/gateways\/[^/?]+$/ }
const CREATE_KEY = { method: 'POST', path: /\/access_tokens/ }
const REVOKE_KEY = { method: 'DELETE', path: /\/access_tokens/ }
const ADD_ORIGIN = { method: 'POST', path: /\/hosts/ }
const REMOVE_ORIGIN = { method: 'DELETE', path: /\/hosts/ }
const LIST = { method: 'GET', path: /\/deployments\?/ }
const RECORD = { method: 'POST', path: /\/deployments$/ }
const SET_STATUS = { method: 'POST', path: /\/statuses$/ }
const READ_STATUS = { method: 'GET', path: /\/statuses/ }
const REMOVE_RECORD = { method: 'DELETE', path: /\/deployments\// }

/**
 * Every request that matches gets this status, unless `more` says how many.
 *
 * @param {'pinata' | 'github'} api
 * @param {{ method: string, path: RegExp }} match
 * @param {number} status
 * @param {object} [more]
 * @returns {Exclude<Trouble, string>}
 */
const failing = (api, match, status, more) => ({
  api,
  fault: { kind: 'status', status, times: Number.POSITIVE_INFINITY, ...match, ...more },
})
/** In the post step, everything that matches gets this answer. @type {(api: 'pinata' | 'github', match: { method: string, path: RegExp }, status: number) => (world: World) => void} */
const failingLater = (api, match, status) => world => world[api].fault(failing(api, match, status).fault)

/** A request that takes effect, and whose answer gets lost. @param {{ method: string, path: RegExp }} match @param {number} times */
const lost = (match, times = 1) => failing('pinata', match, 500, { when: 'after', times })

/** @param {World} world */
const noControls = ({ gateway }) => {
  gateway.keys.length = 0
}
/** @param {World} world */
const oneKey = ({ gateway }) => {
  gateway.keys.length = 1
}
/** @param {World} world */
const onlyAnOrigin = world => {
  noControls(world)
  addOrigin(world)
}
const soon = () => new Date(Date.now() + 3_600_000).toISOString()
/** @param {World} world @param {Parameters<typeof addRecord>[1]} [record] */
const namedKey = (world, record) => addRecord(world, { keyId: KEY_ID, secret: KEY_VALUE, ...record })
/** @param {World} world @param {Parameters<typeof addRecord>[1]} [record] */
const namedOrigin = (world, record) => {
  addOrigin(world)
  addRecord(world, { origin: ORIGIN, secret: ENTRY_ID, ...record })
}
/** @param {World} world */
const originOfTwoNames = world => {
  namedOrigin(world)
  addRecord(world, { origin: ORIGIN, secret: ENTRY_ID, name: 'pr-8' })
}

/** @type {Action[]} */
const CREATING = ['get', 'origin']
const MADE = { get: 'GET gateway, POST key', origin: 'GET gateway, POST origin', revoke: '' }
const ONE = { get: {}, origin: { origin: ORIGIN }, revoke: { 'key-id': KEY_ID } }
const NAMED = 'GET gateway, POST key, GET deployments, POST deployment, POST status'

const controls = [
  ...rows('The first access control of a gateway', [
    { given: 'a key', action: 'get', prepare: noControls, exit: 0, requests: MADE.get },
    { given: 'an origin', action: 'origin', with: ONE.origin, prepare: noControls, exit: 0, requests: MADE.origin },
    {
      given: 'an origin, with `first-control: fail`',
      action: 'origin',
      with: { ...ONE.origin, 'first-control': 'fail' },
      prepare: noControls,
      exit: 1,
      requests: 'GET gateway',
    },
  ]),
  ...rows('The last access control of a gateway', [
    {
      given: 'a key',
      action: 'revoke',
      with: ONE.revoke,
      prepare: oneKey,
      exit: 0,
      requests: 'GET gateway, DELETE key',
    },
    {
      given: 'an origin',
      action: 'revoke',
      with: ONE.origin,
      prepare: onlyAnOrigin,
      exit: 0,
      requests: 'GET gateway, DELETE origin',
    },
    {
      given: 'an origin, with `last-key: fail`',
      action: 'revoke',
      with: { ...ONE.origin, 'last-key': 'fail' },
      prepare: onlyAnOrigin,
      exit: 1,
      requests: 'GET gateway',
    },
    {
      given: 'a key, in the post step',
      action: 'get',
      with: { revoke: 'after-job', 'first-key': 'allow' },
      prepare: noControls,
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST key, DELETE key',
    },
    {
      given: 'an origin, in the post step',
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job', 'first-control': 'allow' },
      prepare: noControls,
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST origin, DELETE origin',
    },
    {
      given: 'perhaps, in the post step: the gateway can no longer be read',
      action: 'get',
      with: { revoke: 'after-job', 'first-key': 'allow' },
      prepare: noControls,
      between: world => world.pinata.fault({ kind: 'status', status: 403, ...DETAILS }),
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST key, DELETE key',
    },
  ]),
]

const taking = [
  ...rows('A key that is taken', [
    {
      given: '`key-id` with `revoke: after-job`',
      action: 'get',
      with: { 'key-id': KEY_ID, revoke: 'after-job' },
      exit: 0,
      requests: 'GET gateway',
    },
    {
      given: 'the name was recorded by somebody else',
      action: 'get',
      with: { name: 'pr-7' },
      prepare: world => namedKey(world, { secret: 'mine' }),
      exit: 0,
      requests: NAMED,
    },
    {
      given: "the key of the name is gone, and its record can't be removed",
      action: 'get',
      with: { name: STALE_NAME },
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, POST key, GET deployments, POST status ×2, DELETE deployment, POST deployment',
    },
    {
      given: "the expiry is to be renewed, and Pinata's answers have no date",
      action: 'get',
      with: { name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedKey(world, { expiresAt: FUTURE }),
      world: { date: false },
      exit: 0,
      requests: 'GET gateway, GET deployments, GET status',
    },
    {
      given: "the renewal can't be recorded",
      action: 'get',
      with: { name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedKey(world, { expiresAt: soon() }),
      troubles: [failing('github', RECORD, 403)],
      exit: 1,
      requests: 'GET gateway, GET deployments, POST deployment',
    },
    {
      given: "it was renewed, and the record from before can't be removed",
      action: 'get',
      with: { name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedKey(world, { expiresAt: soon() }),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, GET deployments, POST deployment, POST status ×2, GET status, DELETE deployment',
    },
    {
      given: 'the record was set inactive',
      action: 'get',
      with: { name: 'pr-7' },
      prepare: world => namedKey(world, { state: 'inactive' }),
      exit: 0,
      requests: 'GET gateway, POST key, GET deployments, GET status, POST deployment, POST status',
    },
    {
      given: "the record was set inactive, and the renewal can't be taken back",
      action: 'get',
      with: { name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedKey(world, { expiresAt: soon(), state: 'inactive' }),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests:
        'GET gateway, POST key, GET deployments, POST deployment ×2, POST status ×3, GET status, DELETE deployment',
    },
  ]),
  ...rows('An origin that the gateway has', [
    {
      given: 'somebody added it',
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      prepare: world => addOrigin(world),
      exit: 0,
      requests: 'GET gateway, GET deployments',
    },
    {
      given: 'somebody added it, and recorded the name',
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      prepare: world => namedOrigin(world, { secret: 'mine' }),
      exit: 0,
      requests: 'GET gateway, GET deployments',
    },
    {
      given: "the expiry is to be renewed, and Pinata's answers have no date",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedOrigin(world, { expiresAt: FUTURE }),
      world: { date: false },
      exit: 0,
      requests: 'GET gateway, GET deployments, GET status',
    },
    {
      given: "another name stands for it, and this one can't be recorded",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-8' },
      prepare: world => namedOrigin(world),
      troubles: [failing('github', RECORD, 403)],
      exit: 1,
      requests: 'GET gateway, GET deployments, POST deployment',
    },
    {
      given: "it was renewed, and the record from before can't be removed",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedOrigin(world, { expiresAt: soon() }),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, GET deployments, POST deployment, POST status ×2, GET status, DELETE deployment',
    },
    {
      given: "the record was set inactive, and the renewal can't be taken back",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7', 'expires-in': '7d' },
      prepare: world => namedOrigin(world, { expiresAt: soon(), state: 'inactive' }),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests:
        'GET gateway, POST origin, GET deployments, POST deployment ×2, POST status ×3, GET status, DELETE deployment',
    },
    {
      given: "it is gone, and its record can't be removed",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      prepare: world => addRecord(world, { origin: ORIGIN, secret: ENTRY_ID }),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, POST origin, GET deployments, POST status ×2, DELETE deployment, POST deployment',
    },
    {
      given: 'it has expired, and Pinata answers the new one with the same ID',
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      prepare: world => namedOrigin(world, { expiresAt: PAST }),
      troubles: [
        {
          api: 'pinata',
          fault: { kind: 'body', body: json => ({ data: { ...json.data, id: ENTRY_ID } }), ...ADD_ORIGIN },
        },
      ],
      exit: 1,
      requests: 'GET gateway, POST origin, GET deployments',
    },
  ]),
]

const revoking = [
  ...rows('Revoking by name', [
    {
      given: 'an origin for which another name stands',
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: originOfTwoNames,
      exit: 0,
      requests: 'GET gateway, GET deployments ×2, POST status, GET status, DELETE deployment',
    },
    {
      given: "an origin for which another name stands, and the record can't be removed",
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: originOfTwoNames,
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, GET deployments ×2, POST status, GET status, DELETE deployment',
    },
    {
      given: "an origin, and its record can't be set inactive",
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: originOfTwoNames,
      troubles: [failing('github', SET_STATUS, 403)],
      exit: 1,
      requests: 'GET gateway, GET deployments, POST status',
    },
    {
      given: "an origin, and whether another name stands for it can't be read",
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: originOfTwoNames,
      troubles: [failing('github', READ_STATUS, 403)],
      exit: 1,
      requests: 'GET gateway, GET deployments ×2, POST status, GET status',
    },
    {
      given: "an origin that was removed, and its record can't be removed",
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: world => namedOrigin(world),
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, DELETE origin, GET deployments ×2, POST status, DELETE deployment',
    },
    {
      given: "a key that was revoked, and its two records can't be removed",
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: world => {
        namedKey(world)
        namedKey(world)
      },
      troubles: [failing('github', REMOVE_RECORD, 403)],
      exit: 0,
      requests: 'GET gateway, DELETE key, GET deployments, POST status, DELETE deployment',
    },
    {
      given: 'records that somebody else made',
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: world => {
        namedKey(world, { secret: 'mine' })
        namedOrigin(world, { secret: 'mine' })
      },
      exit: 0,
      requests: 'GET gateway, GET deployments',
    },
    {
      given: 'a key and an origin, and neither can be revoked',
      action: 'revoke',
      with: { name: 'pr-7' },
      prepare: world => {
        namedKey(world)
        namedOrigin(world)
      },
      troubles: [failing('pinata', REVOKE_KEY, 403), failing('pinata', REMOVE_ORIGIN, 403)],
      exit: 1,
      requests: 'GET gateway, DELETE origin, DELETE key, GET deployments ×2, POST status',
    },
  ]),
  ...rows('A sweep', [
    {
      given: '`expired`, with a token that may only read',
      action: 'revoke',
      with: { expired: 'true' },
      prepare: world => {
        namedKey(world, { expiresAt: PAST })
        world.github.tokens.set(TOKEN, { permission: 'read', repository: 'octo-org/octo-site', valid: true })
      },
      exit: 1,
      requests: 'GET gateway, GET deployments, POST status ×2',
    },
    {
      given: "`expired`, and Pinata's answers have no date",
      action: 'revoke',
      with: { expired: 'true' },
      world: { date: false },
      exit: 1,
      requests: 'GET gateway, GET deployments',
    },
    {
      given: "`older-than`, and Pinata's answers have no date",
      action: 'revoke',
      with: { 'older-than': '30d' },
      world: { date: false },
      exit: 1,
      requests: 'GET gateway',
    },
    {
      given: '`expired`, and the key is renewed meanwhile',
      action: 'revoke',
      with: { expired: 'true' },
      prepare: world => {
        world.github.deployments.clear()
        namedKey(world, { expiresAt: PAST })
        world.github.fault({
          kind: 'body',
          ...SET_STATUS,
          body: json => {
            namedKey(world, { expiresAt: FUTURE })
            return json
          },
        })
      },
      exit: 0,
      requests: 'GET gateway, GET deployments ×2, POST status, GET status',
    },
    {
      given: "`older-than`, and one of the keys can't be revoked",
      action: 'revoke',
      with: { 'older-than': '30d' },
      troubles: [{ api: 'pinata', fault: { kind: 'status', status: 400, method: 'DELETE', path: KEY_ID } }],
      exit: 1,
      requests: 'GET gateway ×2, DELETE key ×2',
    },
  ]),
]

/** @param {string} method and path of the request whose answer is the last thing that the step gets */
const killedAfter = method => `
  const http = require('node:http')
  const { request } = http
  const isMain = process.env['STATE_post-step'] === undefined
  http.request = (options, callback) => {
    const sent = request(options, callback)
    const isLast = isMain && ${method}.test(options.method + ' ' + options.path)
    return isLast ? sent.prependOnceListener('response', () => process.kill(process.pid, 'SIGKILL')) : sent
  }
`

/** @param {any} json of a gateway */
const withFourOrigins = json => {
  const createdAt = new Date().toISOString()
  const allowedHosts = [1, 2, 3, 4].map(n => ({ id: `entry-${n}`, value: ORIGIN, createdAt }))
  const { restriction_policies } = json.data.settings
  return { data: { ...json.data, settings: { restriction_policies: { ...restriction_policies, allowedHosts } } } }
}

const lostAnswers = [
  ...rows('The answer to the creation of a key', [
    {
      given: 'it got lost, and the next try succeeds',
      action: 'get',
      troubles: [lost(CREATE_KEY)],
      exit: 0,
      requests: 'GET gateway ×2, POST key ×2',
    },
    {
      given: 'it got lost, and the gateway could not be read before',
      action: 'get',
      troubles: [failing('pinata', DETAILS, 500, { times: 3 }), lost(CREATE_KEY)],
      exit: 0,
      requests: 'GET gateway ×4, POST key ×2',
    },
    {
      given: "it got lost, the gateway could not be read before, and Pinata's answers have no date",
      action: 'get',
      world: { date: false },
      troubles: [failing('pinata', DETAILS, 500, { times: 3 }), lost(CREATE_KEY)],
      exit: 0,
      requests: 'GET gateway ×4, POST key ×2',
    },
    {
      given: 'it got lost, and the gateway can no longer be read',
      action: 'get',
      troubles: [failing('pinata', DETAILS, 403, { skip: 1 }), lost(CREATE_KEY)],
      exit: 0,
      requests: 'GET gateway ×2, POST key ×2',
    },
    {
      given: 'the step was killed before it got it',
      action: 'get',
      preload: killedAfter('/^POST .*access_tokens/'),
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST key',
    },
    {
      given: 'the step was killed before it got it, and the post step has no `pinata-jwt`',
      action: 'get',
      preload: killedAfter('/^POST .*access_tokens/'),
      atEndOfJob: true,
      later: { 'pinata-jwt': '' },
      exit: 0,
      requests: MADE.get,
    },
  ]),
  ...rows('The answer to the addition of an origin', [
    {
      given: 'it got lost three times, and the gateway can no longer be read',
      action: 'origin',
      with: ONE.origin,
      troubles: [failing('pinata', DETAILS, 403, { skip: 1 }), lost(ADD_ORIGIN, 3)],
      exit: 1,
      requests: 'GET gateway ×5, POST origin ×3',
    },
    {
      given: 'it got lost three times, and four entries are new',
      action: 'origin',
      with: ONE.origin,
      troubles: [
        failing('pinata', ADD_ORIGIN, 500),
        { api: 'pinata', fault: { kind: 'body', ...DETAILS, skip: 4, body: withFourOrigins } },
      ],
      exit: 1,
      requests: 'GET gateway ×5, POST origin ×3',
    },
    {
      given: "it got lost, and whether there is a second entry can't be read",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      troubles: [failing('pinata', ADD_ORIGIN, 500, { times: 1 }), failing('pinata', DETAILS, 403, { skip: 2 })],
      exit: 0,
      requests: 'GET gateway ×3, POST origin ×2, GET deployments, POST deployment, POST status',
    },
    {
      given: "it got lost, a second entry appears later, and it can't be recorded",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7', revoke: 'on-failure' },
      troubles: [failing('pinata', ADD_ORIGIN, 500, { times: 1 })],
      between: world => {
        const createdAt = new Date().toISOString()
        world.gateway.allowedHosts.push({ id: OTHER_ENTRY_ID, value: ORIGIN, createdAt })
        failingLater('github', RECORD, 403)(world)
      },
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×3, POST origin ×2, GET deployments ×3, POST deployment ×2, POST status',
    },
    {
      given: 'the step was killed before it got it, and the gateway can no longer be read',
      action: 'origin',
      with: ONE.origin,
      preload: killedAfter('/^POST .*hosts/'),
      between: world => world.pinata.fault({ kind: 'status', status: 403, ...DETAILS }),
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST origin',
    },
    {
      given: 'the step was killed before it got it, and the post step has no `github-token`',
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      preload: killedAfter('/^POST .*hosts/'),
      atEndOfJob: true,
      later: { 'github-token': '' },
      exit: 0,
      requests: `${MADE.origin}, GET deployments`,
    },
  ]),
]

const failures = [
  ...rows('What a failed step created', [
    ...CREATING.flatMap(action => {
      const what = action === 'get' ? 'a key' : 'an origin'
      const word = action === 'get' ? 'key' : 'origin'
      const removal = action === 'get' ? REVOKE_KEY : REMOVE_ORIGIN
      // Another name may stand for an origin.
      const [lists, listsAfterwards] = action === 'get' ? ['', ' ×2'] : [' ×2', ' ×3']
      return [
        {
          given: `${what}, and the outputs can't be written`,
          action,
          with: ONE[action],
          preload: "process.env.GITHUB_OUTPUT += '-gone'",
          exit: /** @type {const} */ (1),
          requests: `${MADE[action]}, DELETE ${word}`,
        },
        {
          given: `${what} whose name can't be recorded, and which can't be ${action === 'get' ? 'revoked' : 'removed'}`,
          action,
          with: { ...ONE[action], name: 'pr-7' },
          troubles: [failing('github', RECORD, 403), failing('pinata', removal, 403)],
          exit: /** @type {const} */ (1),
          requests: `${MADE[action]}, DELETE ${word}, GET deployments${lists}, POST deployment`,
        },
        {
          given: `${what} whose name can't be recorded, and whether there is a record can't be read`,
          action,
          with: { ...ONE[action], name: 'pr-7' },
          troubles: [failing('github', RECORD, 403), failing('github', LIST, 403, { skip: 1 })],
          exit: /** @type {const} */ (1),
          requests: `${MADE[action]}, DELETE ${word}, GET deployments${listsAfterwards}, POST deployment`,
        },
      ]
    }),
    {
      given: "an origin that another name took meanwhile, and the outputs can't be written",
      action: 'origin',
      with: { ...ONE.origin, name: 'pr-7' },
      prepare: world => {
        world.github.fault({
          kind: 'body',
          ...RECORD,
          status: 201,
          body: json => {
            addRecord(world, { origin: ORIGIN, name: 'pr-8', secret: String(world.gateway.allowedHosts[0]?.id) })
            return json
          },
        })
      },
      preload: "process.env.GITHUB_OUTPUT += '-gone'",
      exit: 1,
      requests:
        'GET gateway, POST origin, GET deployments ×3, POST deployment, POST status ×2, GET status, DELETE deployment',
    },
  ]),
  ...rows('A removal that is not certain', [
    {
      given: "a key that can't be revoked, and whether it is gone can't be read",
      action: 'revoke',
      with: ONE.revoke,
      troubles: [failing('pinata', REVOKE_KEY, 400), failing('pinata', DETAILS, 403, { skip: 1 })],
      exit: 1,
      requests: 'GET gateway ×2, DELETE key',
    },
    {
      given: "an origin that can't be removed, and whether it is gone can't be read",
      action: 'revoke',
      with: ONE.origin,
      prepare: world => addOrigin(world),
      troubles: [failing('pinata', REMOVE_ORIGIN, 400), failing('pinata', DETAILS, 403, { skip: 1 })],
      exit: 1,
      requests: 'GET gateway ×2, DELETE origin',
    },
  ]),
]

const postSteps = [
  ...rows('A key, with `revoke: after-job`', [
    {
      given: 'the post step has no `pinata-jwt`',
      action: 'get',
      with: { revoke: 'after-job' },
      later: { 'pinata-jwt': '' },
      atEndOfJob: true,
      exit: 0,
      requests: MADE.get,
    },
    {
      given: 'the post step has no `github-token`',
      action: 'get',
      with: { revoke: 'after-job', name: 'pr-7' },
      later: { 'github-token': '' },
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway, POST key, DELETE key, GET deployments, POST deployment, POST status',
    },
    {
      given: "the records of the name can't be read",
      action: 'get',
      with: { revoke: 'after-job', name: 'pr-7' },
      between: failingLater('github', LIST, 403),
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway, POST key, DELETE key, GET deployments ×2, POST deployment, POST status',
    },
    {
      given: "the record of the name can't be removed",
      action: 'get',
      with: { revoke: 'after-job', name: 'pr-7' },
      between: failingLater('github', REMOVE_RECORD, 403),
      atEndOfJob: true,
      exit: 0,
      requests:
        'GET gateway, POST key, DELETE key, GET deployments ×2, POST deployment, POST status ×2, DELETE deployment',
    },
    {
      given: 'the key was revoked before',
      action: 'get',
      with: { revoke: 'after-job' },
      between: oneKey,
      atEndOfJob: true,
      exit: 0,
      requests: 'GET gateway ×2, POST key, DELETE key',
    },
  ]),
  ...rows('An origin, with `revoke: after-job`', [
    {
      given: 'the post step has no `pinata-jwt`',
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job' },
      later: { 'pinata-jwt': '' },
      atEndOfJob: true,
      exit: 0,
      requests: MADE.origin,
    },
    {
      given: 'the post step has no `github-token`',
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job', name: 'pr-7' },
      later: { 'github-token': '' },
      atEndOfJob: true,
      exit: 0,
      requests: `${MADE.origin}, GET deployments, POST deployment, POST status`,
    },
    {
      given: "whether another name stands for it can't be read",
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job', name: 'pr-7' },
      between: failingLater('github', LIST, 403),
      atEndOfJob: true,
      exit: 0,
      requests: `${MADE.origin}, GET deployments ×2, POST deployment, POST status`,
    },
    {
      given: "another name stands for it, and the record of this one can't be removed",
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job', name: 'pr-7' },
      between: world => {
        const secret = String(world.gateway.allowedHosts[0]?.id)
        addRecord(world, { origin: ORIGIN, name: 'pr-8', secret })
        failingLater('github', REMOVE_RECORD, 403)(world)
      },
      atEndOfJob: true,
      exit: 0,
      requests: `${MADE.origin}, GET deployments ×3, POST deployment, POST status ×2, GET status, DELETE deployment`,
    },
  ]),
]

/** The process gets SIGINT when the answer to this request comes. @param {string} request method and path */
const stoppedAfter = request => `
  const http = require('node:http')
  const { request } = http
  http.request = (options, callback) => {
    const sent = request(options, callback)
    const isLast = ${request}.test(options.method + ' ' + options.path)
    return isLast ? sent.prependOnceListener('response', () => process.emit('SIGINT')) : sent
  }
`
/** Requests of this kind get no answer, no error and no time limit. @param {string} request method and path */
const deafTo = request => `
  const { EventEmitter } = require('node:events')
  const http = require('node:http')
  const { request } = http
  http.request = (options, callback) => {
    if (!${request}.test(options.method + ' ' + options.path)) return request(options, callback)
    return Object.assign(new EventEmitter(), { setTimeout() {}, end() {} })
  }
  const { setTimeout } = globalThis
  globalThis.setTimeout = (...args) => setTimeout(...args).unref()
`

const runner = [
  ...rows('Files and variables', [
    {
      given: '`GITHUB_OUTPUT` is not set',
      action: 'get',
      preload: 'delete process.env.GITHUB_OUTPUT',
      exit: 1,
      requests: 'none',
    },
    ...CREATING.map(action => ({
      given: "the state can't be saved",
      action,
      with: ONE[action],
      preload: "process.env.GITHUB_STATE += '-gone'",
      exit: /** @type {const} */ (1),
      requests: 'GET gateway',
    })),
    {
      given: "the outputs can't be written",
      action: 'revoke',
      with: ONE.revoke,
      preload: "process.env.GITHUB_OUTPUT += '-gone'",
      exit: 1,
      requests: 'GET gateway, DELETE key',
    },
    {
      given: '`GITHUB_REPOSITORY` is not set, with `name`',
      action: 'get',
      with: { name: 'pr-7' },
      preload: 'delete process.env.GITHUB_REPOSITORY',
      exit: 1,
      requests: 'none',
    },
    {
      given: '`GITHUB_API_URL` is plain http, with `name`',
      action: 'get',
      with: { name: 'pr-7' },
      preload: "process.env.GITHUB_API_URL = 'http://github.example.com/api/v3'",
      exit: 1,
      requests: 'none',
    },
    {
      given: '`https_proxy` is no URL',
      action: 'get',
      with: { 'api-url': 'https://api.pinata.cloud/v3' },
      env: { https_proxy: 'http://' },
      exit: 1,
      requests: 'none',
    },
    {
      given: '`https_proxy` is a SOCKS proxy',
      action: 'get',
      with: { 'api-url': 'https://api.pinata.cloud/v3' },
      env: { https_proxy: 'socks5://proxy.example.com:1080' },
      exit: 1,
      requests: 'none',
    },
  ]),
  ...rows('The way to the servers', [
    {
      given: "Pinata's certificate is not trusted",
      action: 'get',
      world: { tls: 'pinata' },
      exit: 1,
      requests: 'none',
    },
    {
      given: "GitHub's certificate is not trusted",
      action: 'get',
      with: { name: 'pr-7' },
      world: { tls: 'github' },
      exit: 1,
      requests: 'none',
    },
    {
      given: 'the proxy refuses connections',
      action: 'get',
      with: { 'api-url': 'https://api.pinata.cloud/v3' },
      env: { https_proxy: 'http://127.0.0.1:1' },
      exit: 1,
      requests: 'none',
    },
    {
      given: 'the proxy closes the connection',
      action: 'get',
      with: { 'api-url': 'https://api.pinata.cloud/v3' },
      env: { https_proxy: '{server}' },
      exit: 1,
      requests: 'none',
    },
  ]),
  ...rows('The time of the step', [
    ...CREATING.map(action => ({
      given: 'it is used up by waiting for the rate limit',
      action,
      with: ONE[action],
      troubles: [failing('pinata', DETAILS, 429, { times: 1, retryAfter: 880 })],
      exit: /** @type {const} */ (1),
      requests: 'GET gateway ×2',
    })),
  ]),
  ...rows('The step is stopped', [
    ...CREATING.flatMap(action => {
      const [word, path] = action === 'get' ? ['key', 'access_tokens'] : ['origin', 'hosts']
      return [
        {
          given: 'while the gateway is read',
          action,
          with: ONE[action],
          preload: stoppedAfter('/^GET .*gateways/'),
          exit: /** @type {const} */ (1),
          requests: 'GET gateway',
        },
        {
          given: `when the ${word} is there`,
          action,
          with: ONE[action],
          preload: stoppedAfter(`/^POST .*${path}/`),
          exit: /** @type {const} */ (1),
          requests: `${MADE[action]}, DELETE ${word}`,
        },
      ]
    }),
    {
      given: 'while the records of names are read',
      action: 'get',
      with: { name: 'pr-7' },
      preload: stoppedAfter('/^GET .*deployments/'),
      exit: 1,
      requests: 'GET deployments',
    },
    {
      given: 'before the key is revoked',
      action: 'revoke',
      with: ONE.revoke,
      preload: stoppedAfter('/^GET .*gateways/'),
      exit: 1,
      requests: 'GET gateway',
    },
  ]),
  ...rows('A bug of this action', [
    {
      given: 'an error that nobody foresaw',
      action: 'get',
      preload: "require('node:crypto').createHash = () => { throw new TypeError('createHash is not a function') }",
      exit: 1,
      requests: 'GET gateway',
    },
    {
      given: 'an answer that is waited for without end',
      action: 'get',
      preload: deafTo('/^POST/'),
      exit: 1,
      requests: 'GET gateway',
    },
    {
      given: 'an answer that is waited for without end, in the post step',
      action: 'get',
      with: { revoke: 'after-job' },
      preload: deafTo('/^DELETE/'),
      atEndOfJob: true,
      exit: 0,
      requests: MADE.get,
    },
    {
      given: 'an answer that is waited for without end, in the post step',
      action: 'origin',
      with: { ...ONE.origin, revoke: 'after-job' },
      preload: deafTo('/^DELETE/'),
      atEndOfJob: true,
      exit: 0,
      requests: MADE.origin,
    },
  ]),
]

/** @type {Case[]} */
export const situationCases = [
  ...controls,
  ...taking,
  ...revoking,
  ...lostAnswers,
  ...failures,
  ...postSteps,
  ...runner,
]
