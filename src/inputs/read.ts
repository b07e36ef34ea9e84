import { ActionError } from '../errors.ts'
import type { ControlKind, KeyId } from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import { type GetInput, readGitHubToken, readJwt } from './credentials.ts'
import {
  parseApiUrl,
  parseGateway,
  parseKeyId,
  parseKeyIds,
  parseName,
  parseNamePattern,
  parseOrigin,
} from './parse.ts'
import { parseChoice, parseDuration, parseFlag, parseList } from './values.ts'
import { parseWaitFor } from './wait-for.ts'

const REVOKE_WHEN = ['never', 'on-failure', 'after-job'] as const
const GUARDS = ['warn', 'fail', 'allow'] as const
const SELECTORS = ['key-id', 'origin', 'name', 'expired', 'closed', 'older-than'] as const
export type RevokeWhen = (typeof REVOKE_WHEN)[number]

/** The inputs of `action.yml`. */
export type KeyInputs = ReturnType<typeof readKeyInputs>
/** The inputs of `origin/action.yml`. */
export type OriginInputs = ReturnType<typeof readOriginInputs>
/** The inputs that create an access control. */
export type CreateInputs = KeyInputs | OriginInputs
/** The inputs of `revoke/action.yml`. */
export type RevokeInputs = ReturnType<typeof readRevokeInputs>

/** What to revoke. Lists are without duplicates, in the user's order. */
export type Selector = RevokeInputs['selector']

/** @throws ActionError on the first invalid input, before any request */
export function readKeyInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv) {
  const access = readAccess(getInput, masks, env)
  const rotate = parseFlag('rotate', getInput('rotate'))
  const creation = readCreation(getInput, masks, 'key')
  const keyId = getInput('key-id')
  if (rotate && creation.naming === undefined) throw needsName('rotate')
  if (keyId !== '' && creation.naming !== undefined) {
    throw new ActionError('key-id and name exclude each other. Set only one of them.')
  }
  const reused = keyId === '' ? undefined : parseKeyId('key-id', keyId)
  return { ...access, ...creation, wanted: { kind: 'key' as const }, keyId: reused, rotate }
}

/** @throws ActionError on the first invalid input, before any request */
export function readOriginInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv) {
  const access = readAccess(getInput, masks, env)
  const value = parseOrigin(getInput('origin'))
  return { ...access, ...readCreation(getInput, masks, 'origin'), wanted: { kind: 'origin' as const, value } }
}

/** Reads what every action needs. */
function readAccess(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv) {
  // The JWT first, so that it is masked before a message about another input can contain it.
  const jwt = readJwt(getInput, masks, env)
  return { gateway: parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

function readCreation(getInput: GetInput, masks: Masks, kind: ControlKind) {
  const naming = readNaming(getInput, masks)
  const revoke = parseChoice('revoke', getInput('revoke'), REVOKE_WHEN, 'never')
  if (naming !== undefined && revoke !== 'never') {
    throw new ActionError(
      `name and revoke: ${revoke} exclude each other, because other runs may use the ${kind}. Remove revoke and use the revoke action with this name, or remove name.`,
    )
  }
  const waitFor = getInput('wait-for')
  return {
    naming,
    revoke,
    firstControl: parseChoice('first-control', getInput('first-control'), GUARDS, 'warn'),
    waitFor: waitFor === '' ? undefined : parseWaitFor(waitFor),
  }
}

function readNaming(getInput: GetInput, masks: Masks) {
  const [name, expiresIn] = [getInput('name'), getInput('expires-in')]
  if (name === '' && expiresIn !== '') throw needsName('expires-in')
  if (name === '') return undefined
  const expiresInMs = expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, 365)
  return { name: parseName(name), expiresInMs, token: readGitHubToken(getInput, masks) }
}

function needsName(input: string): ActionError {
  return new ActionError(`${input} needs name. Set name, or remove ${input}.`)
}

/** @throws ActionError on the first invalid input, before any request */
export function readRevokeInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv) {
  return {
    ...readAccess(getInput, masks, env),
    selector: readSelector(getInput, masks, env),
    keep: parseKeyIds('keep', getInput('keep')),
    dryRun: parseFlag('dry-run', getInput('dry-run')),
    lastControl: parseChoice('last-control', getInput('last-control'), GUARDS, 'warn'),
  }
}

function readSelector(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv) {
  const replacedBy = readReplacedBy(getInput, env)
  const given = SELECTORS.filter(input => isGiven(input, getInput(input)))
  const [by] = given
  if (by === undefined || given.length > 1) {
    const all = new Intl.ListFormat('en').format(given)
    const none = 'No input selects what to revoke, or the output that it uses was not set'
    throw new ActionError(
      `${all ? `${all} exclude each other` : none}. Set exactly one of key-id, origin, name, expired: true, closed and older-than.`,
    )
  }
  if (replacedBy !== undefined && by !== 'name') {
    throw new ActionError('replaced-by needs name. Set name instead of the other selector, or remove replaced-by.')
  }
  const value = getInput(by)
  if (by === 'key-id') return { by, keyIds: parseKeyIds(by, value) }
  if (by === 'origin') return { by, origins: [...new Set(parseList(by, value).map(parseOrigin))] }
  if (by === 'older-than') return { by, ms: parseDuration(by, value), age: value }
  const token = readGitHubToken(getInput, masks)
  if (by === 'closed') return { by, pattern: parseNamePattern(value), token }
  return by === 'expired' ? { by, token } : { by, names: parseList(by, value).map(parseName), replacedBy, token }
}

function isGiven(selector: (typeof SELECTORS)[number], value: string): boolean {
  if (selector === 'expired') return parseFlag(selector, value)
  return selector === 'closed' || selector === 'older-than' ? value !== '' : parseList(selector, value).length > 0
}

/** An empty value comes from a variable or output that is not set. Without this check, it would select the key in use. */
function readReplacedBy(getInput: GetInput, env: NodeJS.ProcessEnv): KeyId | undefined {
  const value = getInput('replaced-by')
  if (value === '' && env['INPUT_REPLACED-BY'] !== undefined) {
    throw new ActionError(
      'replaced-by is empty, so its variable or output was not set. Set it to the key-id of the new key, or remove replaced-by.',
    )
  }
  return value === '' || value === 'none' ? undefined : parseKeyId('replaced-by', value)
}
