import { ActionError } from '../errors.ts'
import { type GetInput, readJwt } from '../inputs/credentials.ts'
import type { CreateInputs, RevokeInputs } from '../inputs/read.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../inputs/read.ts'
import { parseFlag, parseList } from '../inputs/values.ts'
import type { Masks } from '../runner/masks.ts'
import { decidePreview } from './decide.ts'

/** The inputs of `preview/action.yml`, converted to those of the actions that it combines. */
export type PreviewInputs = { closing: RevokeInputs } | { getting: [CreateInputs, ...CreateInputs[]] }

const FORWARDED = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token', 'first-control', 'last-control', 'wait-for']

/** @throws ActionError on the first invalid input, or if the event does not show what to do */
export function readPreviewInputs(getInput: GetInput, masks: Masks, env: NodeJS.ProcessEnv): PreviewInputs {
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  readJwt(getInput, masks, env)
  const { name, isClosed } = decidePreview(getInput('name'), env)
  // The runner passes on inputs that action.yml does not define, so `rotate` or `dry-run` must not take effect here.
  const withInputs = (inputs: Record<string, string>) => (input: string) =>
    inputs[input] ?? (FORWARDED.includes(input) ? getInput(input) : '')
  // An empty value comes from an unset variable. Without the default, the access would never expire.
  const expiry = { 'expires-in': getInput('expires-in') || '14d' }
  const closing = readRevokeInputs(withInputs({ name, 'replaced-by': 'none' }), masks, env)
  // A run for a closed pull request deploys no preview, so nothing has set the origin.
  if (isClosed) return { closing }

  const urls = parseList('origin', getInput('origin'))
  const hasKey = parseFlag('key', getInput('key') || String(urls.length === 0))
  const key = hasKey ? [readKeyInputs(withInputs({ name, ...expiry }), masks, env)] : []
  const origins = urls.map(origin => readOriginInputs(withInputs({ name, origin, ...expiry }), masks, env))
  // Two URLs may have the same origin.
  const distinct = new Map(origins.map(each => [each.wanted.value, each])).values()
  const [first, ...others] = [...key, ...distinct]
  if (first !== undefined) return { getting: [first, ...others] }
  throw new ActionError('key is false and origin is empty. Set origin, or, to get a key, remove key: false.')
}
