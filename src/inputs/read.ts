import { ActionError } from '../errors.ts'
import { parseContentPath } from './cid.ts'
import { type InputSource, parseApiUrl, readGitHubToken, readJwt } from './credentials.ts'
import { parseDuration } from './duration.ts'
import { parseGatewayRef } from './gateway.ts'
import { parseName, parseNamePattern } from './name.ts'
import { parseOrigin } from './origin.ts'
import { parseChoice, parseFlag, parseKeyId, parseKeyIds, parseList } from './values.ts'

export type KeyInputs = ReturnType<typeof readKeyInputs>
export type CreateInputs = KeyInputs | ReturnType<typeof readOriginInputs>
export type RevokeWhen = CreateInputs['revoke']
export type RevokeInputs = ReturnType<typeof readRevokeInputs>
export type Selector = RevokeInputs['selector']

/** The values of `first-control` and `last-control`. The first value is the default. */
const GUARDS = ['warn', 'fail', 'allow'] as const
const SELECTORS = ['key-id', 'origin', 'name', 'expired', 'closed', 'older-than'] as const

const needsName = (input: string) => new ActionError(`${input} requires the name input. Set name, or remove ${input}.`)

/** Reads the inputs of `action.yml`. @throws ActionError on the first invalid input */
export function readKeyInputs(source: InputSource) {
  const common = readCommonInputs(source)
  const rotate = parseFlag('rotate', source.getInput('rotate'))
  if (rotate && !common.naming) throw needsName('rotate')
  const given = source.getInput('key-id')
  if (given !== '' && common.naming) throw new ActionError("key-id and name can't be combined. Set only one of them.")
  const keyId = given === '' ? undefined : parseKeyId('key-id', given)
  return { ...common, wanted: { kind: 'key' } as const, keyId, rotate }
}

/** Reads the inputs of `origin/action.yml`. @throws ActionError on the first invalid input */
export function readOriginInputs(source: InputSource) {
  const common = readCommonInputs(source)
  return { ...common, wanted: { kind: 'origin', value: parseOrigin(source.getInput('origin')) } as const }
}

/** Reads the inputs that `action.yml` and `origin/action.yml` share. @throws ActionError on the first invalid input */
export function readCommonInputs(source: InputSource) {
  const { getInput } = source
  const common = { ...readAccess(source), naming: readNaming(source) }
  const revoke = parseChoice('revoke', getInput('revoke'), ['never', 'on-failure', 'after-job'])
  if (common.naming && revoke !== 'never') {
    const fix = 'Remove revoke and use the revoke action with this name, or remove name.'
    throw new ActionError(`name and \`revoke: ${revoke}\` can't be combined, because runs may share the name. ${fix}`)
  }
  const firstControl = parseChoice('first-control', getInput('first-control'), GUARDS)
  const waitFor = getInput('wait-for')
  return { ...common, revoke, firstControl, waitFor: waitFor === '' ? undefined : parseContentPath(waitFor) }
}

function readAccess({ getInput, masks, env }: InputSource) {
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  const jwt = readJwt(getInput, masks, env)
  return { gateway: parseGatewayRef(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) }
}

/** Returns the name to record and the GitHub token for recording it, or `undefined` if no name is set. */
function readNaming({ getInput, masks }: InputSource) {
  const [name, expiresIn] = [getInput('name'), getInput('expires-in')]
  if (name === '' && expiresIn !== '') throw needsName('expires-in')
  if (name === '') return undefined
  const expiresInMs = expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, 365)
  return { name: parseName(name), expiresInMs, token: readGitHubToken(getInput, masks) }
}

/** Reads the inputs of `revoke/action.yml`. @throws ActionError on the first invalid input */
export function readRevokeInputs(source: InputSource) {
  return {
    ...readAccess(source),
    selector: readSelector(source),
    keep: readUnlessNone('keep', parseKeyIds, source) ?? [],
    dryRun: parseFlag('dry-run', source.getInput('dry-run')),
    lastControl: parseChoice('last-control', source.getInput('last-control'), GUARDS),
  }
}

/** Parses an input whose default is `none`. Rejects an empty value, so an unset variable can't cause revocations. */
function readUnlessNone<T>(input: string, parse: (input: string, value: string) => T, { getInput, env }: InputSource) {
  const value = getInput(input) || (env[`INPUT_${input.toUpperCase()}`] ?? 'none')
  return value === 'none' ? undefined : parse(input, value)
}

/** Returns what to revoke. Lists are in the user's order, without duplicates. `age` is the duration as given. */
function readSelector(source: InputSource) {
  const { getInput, masks } = source
  const isGiven = (value: string) => /[^\s,]/.test(value)
  const given = SELECTORS.filter(by => (by === 'expired' ? parseFlag(by, getInput(by)) : isGiven(getInput(by))))
  const [by] = given
  if (by === undefined || given.length > 1) {
    const none = 'No input selects what to revoke, or an input uses an output that was not set.'
    const why = by ? `${new Intl.ListFormat('en').format(given)} can't be combined.` : none
    throw new ActionError(`${why} Set exactly one of key-id, origin, name, \`expired: true\`, closed, and older-than.`)
  }
  const replacedBy = readUnlessNone('replaced-by', parseKeyId, source)
  if (replacedBy && by !== 'name') throw needsName('replaced-by')
  const value = getInput(by)
  if (by === 'key-id') return { by, keyIds: parseKeyIds(by, value) }
  if (by === 'origin') return { by, origins: [...new Set(parseList(by, value).map(parseOrigin))] }
  if (by === 'older-than') return { by, ms: parseDuration(by, value), age: value }
  const token = readGitHubToken(getInput, masks)
  if (by === 'closed') return { by, pattern: parseNamePattern(value), token }
  if (by === 'expired') return { by, token }
  return { by, names: parseList(by, value).map(parseName), replacedBy, token }
}
