import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readGitHubToken, readJwt } from '../../src/inputs/credentials.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../../src/inputs/read.ts'
import { Masks } from '../../src/runner/masks.ts'
import { JWT, KEY_VALUE, messageFrom, readInputs } from '../support/inputs.ts'

const HEX20 = 'ad176e0a9691e504ffe3'
const HEX64 = '1d6622f160865684bb55ce064d8ac88b731e0f4cd688f389a6c02a76c6085717'
const GITHUB_TOKEN = `ghs_${'aB3'.repeat(12)}`

const EMPTY =
  'pinata-jwt is empty. Check that the secret exists and its name in the workflow. If it belongs to an environment, the job needs environment: with its name. In a reusable workflow, the caller must pass the secret.'
const FORK =
  'pinata-jwt is empty: GitHub passes no secrets to runs for pull requests from forks. Skip the step there, with if: github.event.pull_request.head.repo.full_name == github.repository.'
const DEPENDABOT =
  "pinata-jwt is empty: GitHub only passes Dependabot secrets to runs that Dependabot started. Add the secret to the repository's Dependabot secrets, or skip the step with if: github.actor != 'dependabot[bot]'."

const isNot = (what: string) =>
  `pinata-jwt is ${what}. Copy the JWT again from Pinata: one line, without quotation marks, three parts separated by dots, starting with eyJ.`
const API_KEY = isNot("Pinata's API key or API secret, not the JWT next to them")

// biome-ignore format: a table
const JWT_ERRORS: [string, string][] = [
  ['', EMPTY],
  ['Bearer  ', EMPTY],
  [HEX20, API_KEY],
  [HEX64, API_KEY],
  [`${HEX20}:${HEX64}`, API_KEY],
  [`${HEX20}\n${HEX64}`, API_KEY],
  [GITHUB_TOKEN, isNot('a token for GitHub')],
  ['***', isNot('a masked value')],
  ['null', isNot('an empty value')],
  ['false', isNot('a boolean')],
  ['${{ secrets.PINATA_JWT }}', isNot('an expression that was not evaluated')],
  [`{"JWT":"${JWT}"}`, isNot('JSON or YAML')],
  [`"${JWT}"`, isNot('in quotation marks')],
  [JWT.replace('.', '.\n'), isNot('more than one line')],
  [JWT.replace('.', ' '), isNot('not a JWT')],
  ['eyJ\u0000a.b.c', isNot('not a JWT')],
  ['..', isNot('not a JWT')],
  ['e'.repeat(8193), isNot('not a JWT')],
]

const READERS = { readKeyInputs, readOriginInputs, readRevokeInputs }

describe.each(Object.entries(READERS))('pinata-jwt: %s', (_name, reader) => {
  test.each(JWT_ERRORS)('rejects %j', (jwt, message) => {
    expect(messageFrom(() => readInputs<unknown>(reader, { 'pinata-jwt': jwt }))).toBe(message)
    expect(message.length).toBeLessThanOrEqual(300)
  })

  test('masks it before it reads another input', () => {
    const asked: string[] = []
    const getInput = (name: string) => {
      asked.push(name)
      return name === 'pinata-jwt' ? JWT : '***'
    }
    const masks = new Masks(value => asked.push(value))
    expect(messageFrom(() => reader(getInput, masks, {}))).toMatch(/^gateway-id/)
    expect(asked.slice(0, 2)).toEqual(['pinata-jwt', JWT])
  })
})

test.each([JWT, `Bearer ${JWT}`, `bearer\t${JWT}`, 'e'.repeat(8192)])('reads the JWT in %j', given => {
  const jwt = readJwt(() => given, new Masks(() => {}), {})
  expect(jwt.reveal()).toBe(given.replace(/^bearer\s/i, ''))
})

describe('an empty pinata-jwt', () => {
  const event = (content: unknown) => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'event-')), 'event.json')
    writeFileSync(file, JSON.stringify(content))
    return { GITHUB_EVENT_PATH: file, GITHUB_REPOSITORY_ID: '1', GITHUB_EVENT_NAME: 'pull_request' }
  }
  const fork = event({ pull_request: { head: { repo: { id: 2 } } } })
  const branch = event({ pull_request: { head: { repo: { id: 1 } } } })

  test.each([
    ['a fork', fork, FORK],
    ['a fork that was deleted', event({ pull_request: { head: { repo: null } } }), FORK],
    ['a fork, by Dependabot', { ...fork, GITHUB_ACTOR: 'dependabot[bot]' }, FORK],
    ['Dependabot', { ...branch, GITHUB_ACTOR: 'dependabot[bot]' }, DEPENDABOT],
    ['a branch', { ...branch, GITHUB_ACTOR: 'octocat' }, EMPTY],
    ['a fork with pull_request_target', { ...fork, GITHUB_EVENT_NAME: 'pull_request_target' }, EMPTY],
    ['a push', event({}), EMPTY],
  ])('explains a run for %s', (_name, env, message) => {
    expect(messageFrom(() => readInputs(readKeyInputs, { 'pinata-jwt': '' }, env))).toBe(message)
    expect(message.length).toBeLessThanOrEqual(300)
  })

  test('explains the post step', () => {
    expect(messageFrom(() => readJwt(() => '', new Masks(() => {}), 'post step'))).toBe(
      "pinata-jwt is empty in the post step: the job no longer has access to the secret's environment.",
    )
  })
})

describe('github-token', () => {
  const read = (token: string) => {
    const masks: string[] = []
    const getInput = (name: string) => (name === 'github-token' ? token : `Bearer ${JWT}`)
    return { masks, read: () => readGitHubToken(getInput, new Masks(value => masks.push(value))) }
  }

  test.each([
    ['', 'empty'],
    [JWT, 'the JWT for Pinata'],
    ['***', 'a masked value'],
    ['null', 'an empty value'],
    ['true', 'a boolean'],
    ['${{ github.token }}', 'an expression that was not evaluated'],
    [`"${GITHUB_TOKEN}"`, 'in quotation marks'],
    ['a b', 'not a token'],
    ['abc', 'not a token'],
    ['a'.repeat(8193), 'not a token'],
  ])('rejects %j', (token, what) => {
    expect(messageFrom(read(token).read)).toBe(
      `github-token is ${what}, but names are recorded on GitHub. Remove it to use the job's own token, or set it to a token that may write deployments.`,
    )
  })

  test('is masked and read', () => {
    const { masks, read: readToken } = read(GITHUB_TOKEN)
    expect(readToken().reveal()).toBe(GITHUB_TOKEN)
    expect(masks).toEqual([GITHUB_TOKEN])
    expect(messageFrom(read(KEY_VALUE).read)).toBeUndefined()
  })
})
