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
  return {
    ...readAccess(getInput, masks, env),
    selector: readSelector(getInput, masks, env),
    keep: parseKeyIds('keep', getInput('keep')),
    dryRun: parseFlag('dry-run', getInput('dry-run')),
    lastControl: parseChoice('last-control', getInput('last-control'), GUARDS, 'warn'),
  }
}

function readSelector(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): Selector {
  const replacedBy = readReplacedBy(getInput, env)
  const isExpired = parseFlag('expired', getInput('expired'))
  const lists = ['key-id', 'origin', 'name'].filter(input => parseList(input, getInput(input)).length > 0)
  const given = [...lists, ...(isExpired ? ['expired'] : []), ...(getInput('older-than') ? ['older-than'] : [])]
  if (given.length !== 1) {
    const all = new Intl.ListFormat('en').format(given)
    const what = all
      ? `${all} exclude each other`
      : 'No input selects what to revoke, or the output that it uses was not set'
    throw new ActionError(`${what}. Set exactly one of key-id, origin, name, expired: true and older-than.`)
  }
  if (replacedBy !== undefined && given[0] !== 'name') {
    throw new ActionError('replaced-by needs name. Set name instead of the other selector, or remove replaced-by.')
  }
  const selector = selectorOf(given[0] as Selector['by'], getInput, masks)
  return selector.by === 'name' ? { ...selector, replacedBy } : selector
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

function selectorOf(by: Selector['by'], getInput: GetInput, masks: Masks): Selector {
  const value = getInput(by)
  if (by === 'key-id') return { by, keyIds: parseKeyIds(by, value) }
  if (by === 'origin') return { by, origins: [...new Set(parseList(by, value).map(parseOrigin))] }
  if (by === 'older-than') return { by, ms: parseDuration(by, value), age: value }
  const token = readGitHubToken(getInput, masks)
  if (by === 'expired') return { by, token }
  return { by, names: parseList(by, value).map(parseName), replacedBy: undefined, token }
}
