import { ActionError } from '../errors.ts'
import type { Name } from '../names/record.ts'
import type { Access, GatewayRef, KeyId, Origin, Wanted } from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import type { Secret } from '../secret.ts'
import { type GetInput, readGitHubToken, readJwt } from './credentials.ts'
import { parseApiUrl, parseGateway } from './gateway.ts'
import { parseKeyId, parseName } from './ids.ts'
import { parseOrigin } from './origin.ts'
import { parseChoice, parseDuration, parseFlag } from './values.ts'

export type RevokeWhen = (typeof REVOKE_WHEN)[number]
export type Guard = (typeof GUARDS)[number]

const REVOKE_WHEN = ['never', 'on-failure', 'after-job'] as const
export const GUARDS = ['warn', 'fail', 'allow'] as const

/** The inputs that every action needs to use a gateway. */
export interface GatewayInputs extends Access {
  gateway: GatewayRef
}

/** How a key or an origin gets a name. */
export interface Naming {
  name: Name
  /** How long until a sweep may revoke it, in milliseconds; `undefined` for ever. */
  expiresInMs: number | undefined
  token: Secret
}

/** The inputs that create an access control. */
export interface CreateInputs extends GatewayInputs {
  wanted: Wanted
  naming: Naming | undefined
  revoke: RevokeWhen
  /** Whether to create the gateway's first access control. */
  firstControl: Guard
}

/** The inputs of `action.yml`. */
export interface KeyInputs extends CreateInputs {
  wanted: { kind: 'key' }
  /** The key to reuse instead of creating one. */
  keyId: KeyId | undefined
  /** Create a new key even if one of this name exists. */
  rotate: boolean
}

/** The inputs of `origin/action.yml`. */
export interface OriginInputs extends CreateInputs {
  wanted: { kind: 'origin'; value: Origin }
}

/** @throws ActionError on the first invalid input, before any request */
export function readKeyInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): KeyInputs {
  const access = readAccess(getInput, masks, env)
  const rotate = parseFlag('rotate', getInput('rotate'))
  const creation = readCreation(getInput, masks, 'key')
  const keyId = getInput('key-id')
  if (rotate && creation.naming === undefined) throw needsName('rotate')
  if (keyId !== '' && creation.naming !== undefined) {
    throw new ActionError('key-id and name exclude each other. Set only one of them.')
  }
  const reused = keyId === '' ? undefined : parseKeyId('key-id', keyId)
  return { ...access, ...creation, wanted: { kind: 'key' }, keyId: reused, rotate }
}

/** @throws ActionError on the first invalid input, before any request */
export function readOriginInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): OriginInputs {
  const access = readAccess(getInput, masks, env)
  const value = parseOrigin(getInput('origin'))
  return { ...access, ...readCreation(getInput, masks, 'origin'), wanted: { kind: 'origin', value } }
}

/** Reads what every action needs. @throws ActionError on the first invalid input */
export function readAccess(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): GatewayInputs {
  // The JWT first, so that it is masked before a message about another input can contain it.
  const jwt = readJwt(getInput, masks, env)
  return { gateway: parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

function readCreation(getInput: GetInput, masks: Masks, kind: Wanted['kind']) {
  const naming = readNaming(getInput, masks)
  const revoke = parseChoice('revoke', getInput('revoke'), REVOKE_WHEN, 'never')
  if (naming !== undefined && revoke !== 'never') {
    throw new ActionError(
      `name and revoke: ${revoke} exclude each other, because other runs may use the ${kind}. Remove revoke and use the revoke action with this name, or remove name.`,
    )
  }
  return { naming, revoke, firstControl: parseChoice('first-control', getInput('first-control'), GUARDS, 'warn') }
}

function readNaming(getInput: GetInput, masks: Masks): Naming | undefined {
  const [name, expiresIn] = [getInput('name'), getInput('expires-in')]
  if (name === '' && expiresIn !== '') throw needsName('expires-in')
  if (name === '') return undefined
  const expiresInMs = expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, 365)
  return { name: parseName(name), expiresInMs, token: readGitHubToken(getInput, masks) }
}

function needsName(input: string): ActionError {
  return new ActionError(`${input} needs name. Set name, or remove ${input}.`)
}
