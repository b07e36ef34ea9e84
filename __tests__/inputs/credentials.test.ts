import { expect, test } from '@jest/globals'
import { readGitHubToken, readJwt } from '../../src/inputs/credentials.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../../src/inputs/read.ts'
import { Masks } from '../../src/runner/masks.ts'
import { eventEnv } from '../support/event.ts'
import { JWT, KEY_VALUE, messageFrom, readInputs } from '../support/inputs.ts'

const HEX20 = 'ad176e0a9691e504ffe3'
const HEX64 = '1d6622f160865684bb55ce064d8ac88b731e0f4cd688f389a6c02a76c6085717'
const GITHUB_TOKEN = `ghs_${'aB3'.repeat(12)}`

const EMPTY =
  "pinata-jwt is empty. Check that the secret exists and that the workflow uses its exact name. If it belongs to an environment, set the job's `environment` to that environment's name. In a reusable workflow, the caller must pass the secret."
const FORK =
  'pinata-jwt is empty: GitHub passes no secrets to runs for pull requests from forks. Skip the step in those runs with `if: github.event.pull_request.head.repo.full_name == github.repository`.'
const DEPENDABOT =
  "pinata-jwt is empty: GitHub passes only Dependabot secrets to runs that Dependabot started. Add the secret to the repository's Dependabot secrets, or skip the step with `if: github.actor != 'dependabot[bot]'`."

const rejection = (problem: string) =>
  `pinata-jwt is ${problem}. Set it to the JWT of a Pinata API key: one line that starts with eyJ, contains two dots, and has no quotation marks. If you no longer have the JWT, create a new API key.`
const API_KEY = rejection("Pinata's API key or API secret, not the JWT shown next to it")

const JWT_ERRORS: [string, string][] = [
  ['', EMPTY],
  ['Bearer  ', EMPTY],
  ...[HEX20, HEX64, `${HEX20}:${HEX64}`, `${HEX20}\n${HEX64}`].map((jwt): [string, string] => [jwt, API_KEY]),
  [GITHUB_TOKEN, rejection('a GitHub token')],
  ['null', rejection('an unset value converted to text')],
  [`"${JWT}"`, rejection('in quotation marks')],
  [JWT.replace('.', '.\n'), rejection('longer than one line')],
  ...[JWT.replace('.', ' '), 'eyJ\u0000a.b.c', '..', 'e'.repeat(8193)].map((jwt): [string, string] => [
    jwt,
    rejection('not a JWT'),
  ]),
]

test.each(JWT_ERRORS)('rejects the JWT %j', (jwt, message) => {
  expect(messageFrom(() => readInputs(readKeyInputs, { 'pinata-jwt': jwt }))).toBe(message)
  expect(message.length).toBeLessThanOrEqual(300)
})

test.each([readKeyInputs, readOriginInputs, readRevokeInputs])('masks the JWT before it reads other inputs', reader => {
  const calls: string[] = []
  const getInput = (name: string) => {
    calls.push(name)
    return name === 'pinata-jwt' ? JWT : '***'
  }
  const masks = new Masks(value => calls.push(value))
  expect(messageFrom(() => reader({ getInput, masks, env: {} }))).toMatch(/^gateway-id/)
  expect(calls.slice(0, 2)).toEqual(['pinata-jwt', JWT])
})

test.each([JWT, `Bearer ${JWT}`, `bearer\t${JWT}`, 'e'.repeat(8192)])('reads and masks the JWT in %j', given => {
  const masked: string[] = []
  const jwt = readJwt(() => given, new Masks(value => masked.push(value)), {}).reveal()
  expect(jwt).toBe(given.replace(/^bearer\s/i, ''))
  expect(masked).toEqual(expect.arrayContaining([given, jwt]))
})

const envOf = (repositoryId: number, actor = 'octocat') => ({
  ...eventEnv('pull_request', { pull_request: { head: { repo: { id: repositoryId } } } }),
  GITHUB_REPOSITORY_ID: '1',
  GITHUB_ACTOR: actor,
})

test.each([
  ['a run from a fork', envOf(2), FORK],
  ['a run from a fork, by Dependabot', envOf(2, 'dependabot[bot]'), FORK],
  ['a run by Dependabot', envOf(1, 'dependabot[bot]'), DEPENDABOT],
  ['a run for a branch', envOf(1), EMPTY],
])('explains an empty JWT in %s', (_name, env, message) => {
  expect(messageFrom(() => readInputs(readKeyInputs, { 'pinata-jwt': '' }, env))).toBe(message)
  expect(message.length).toBeLessThanOrEqual(300)
})

test('explains an empty JWT in the post step', () => {
  expect(messageFrom(() => readJwt(() => '', new Masks(() => {}), 'post step'))).toBe(
    'pinata-jwt is empty in the post step: the expression that sets it no longer has a value. Use the secret directly, not `env` or an output.',
  )
})

test.each([
  ['', 'empty, perhaps because a variable or an output was not set'],
  [JWT, 'the JWT for Pinata'],
  ['null', 'an unset value converted to text'],
  ['a b', 'not a token'],
  [`${GITHUB_TOKEN} extra`, 'not a token'],
  ['abc', 'not a token'],
  ['a'.repeat(8193), 'not a token'],
])('rejects the GitHub token %j', (token, problem) => {
  const inputs = { name: 'pr-7', 'pinata-jwt': `Bearer ${JWT}`, 'github-token': token }
  expect(messageFrom(() => readInputs(readKeyInputs, inputs))).toBe(
    `github-token is ${problem}. Remove it to use the job's own token, or set it to a token that can write deployments.`,
  )
})

test.each([GITHUB_TOKEN, KEY_VALUE])('reads and masks the GitHub token %s', token => {
  const masked: string[] = []
  const getInput = (name: string) => (name === 'github-token' ? token : JWT)
  const read = readGitHubToken(getInput, new Masks(value => masked.push(value)))
  expect([read.reveal(), ...masked]).toEqual([token, token])
})
