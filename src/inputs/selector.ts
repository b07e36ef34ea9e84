import { ActionError } from '../errors.ts'
import type { Name } from '../names/record.ts'
import type { KeyId, Origin } from '../pinata/types.ts'
import type { Masks } from '../runner/masks.ts'
import type { Secret } from '../secret.ts'
import { type GetInput, readGitHubToken } from './credentials.ts'
import { parseKeyId, parseKeyIds, parseName } from './ids.ts'
import { parseOrigin } from './origin.ts'
import { type GatewayInputs, GUARDS, type Guard, readAccess } from './read.ts'
import { parseChoice, parseDuration, parseFlag, parseList } from './values.ts'

/** Selects what to revoke. Lists are without duplicates, in the user's order. */
export type Selector =
  | { by: 'key-id'; keyIds: KeyId[] }
  | { by: 'origin'; origins: Origin[] }
  | { by: 'name'; names: Name[]; replacedBy: KeyId | undefined; token: Secret }
  | { by: 'expired'; token: Secret }
  /** `age`: as the user wrote it. */
  | { by: 'older-than'; ms: number; age: string }

/** The inputs of `revoke/action.yml`. */
export interface RevokeInputs extends GatewayInputs {
  selector: Selector
  keep: KeyId[]
  dryRun: boolean
  /** Whether to remove the gateway's last access control. */
  lastControl: Guard
}

/** @throws ActionError on the first invalid input, before any request */
export function readRevokeInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): RevokeInputs {
  const access = readAccess(getInput, masks, env)
  return {
    ...access,
    selector: readSelector(getInput, masks),
    keep: parseKeyIds('keep', getInput('keep')),
    dryRun: parseFlag('dry-run', getInput('dry-run')),
    lastControl: parseChoice('last-control', getInput('last-control'), GUARDS, 'warn'),
  }
}

function readSelector(getInput: GetInput, masks: Masks): Selector {
  const isExpired = parseFlag('expired', getInput('expired'))
  const lists = ['key-id', 'origin', 'name'].filter(input => parseList(input, getInput(input)).length > 0)
  const given = [...lists, ...(isExpired ? ['expired'] : []), ...(getInput('older-than') ? ['older-than'] : [])]
  const replacedBy = getInput('replaced-by')
  const advice = 'Set exactly one of key-id, origin, name, expired: true and older-than.'
  if (given.length === 0) {
    throw new ActionError(
      `No input selects what to revoke. ${advice} If you use the output of another step or job, check that it was set.`,
    )
  }
  if (given.length > 1) {
    throw new ActionError(`${new Intl.ListFormat('en').format(given)} exclude each other. ${advice}`)
  }
  if (replacedBy !== '' && given[0] !== 'name') {
    throw new ActionError('replaced-by needs name. Set name instead of the other selector, or remove replaced-by.')
  }
  return selectorOf(given[0] as Selector['by'], getInput, masks)
}

function selectorOf(by: Selector['by'], getInput: GetInput, masks: Masks): Selector {
  const value = getInput(by)
  if (by === 'key-id') return { by, keyIds: parseKeyIds(by, value) }
  if (by === 'origin') return { by, origins: [...new Set(parseList(by, value).map(parseOrigin))] }
  if (by === 'older-than') return { by, ms: parseDuration(by, value), age: value }
  const names = by === 'name' ? parseList(by, value).map(parseName) : []
  const id = getInput('replaced-by')
  const replacedBy = id === '' ? undefined : parseKeyId('replaced-by', id)
  const token = readGitHubToken(getInput, masks)
  return by === 'name' ? { by, names, replacedBy, token } : { by, token }
}
