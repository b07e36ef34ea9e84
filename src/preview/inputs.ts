import { ActionError } from '../errors.ts'
import { type InputSource, readJwt } from '../inputs/credentials.ts'
import { parseOrigin } from '../inputs/origin.ts'
import { type CreateInputs, readCommonInputs, readKeyInputs, readRevokeInputs } from '../inputs/read.ts'
import { parseFlag, parseList } from '../inputs/values.ts'
import { decidePreview } from './event.ts'

/** The inputs of `preview/action.yml`, converted to the inputs of the actions that it combines. */
export type PreviewInputs = ReturnType<typeof readPreviewInputs>

const FORWARDED = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token', 'first-control', 'last-control', 'wait-for']

/** Reads the inputs. @throws ActionError for the first invalid input, or if the event does not determine what to do */
export function readPreviewInputs(source: InputSource) {
  const { getInput, masks, env } = source
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  readJwt(getInput, masks, env)
  const { name, isClosed } = decidePreview(getInput('name'), env)
  // `expires-in` is empty if it comes from an unset variable. Without a default, access controls would never expire.
  const own: Record<string, string> = { name, 'expires-in': getInput('expires-in') || '14d', 'replaced-by': 'none' }
  // The runner also passes inputs that action.yml does not define, but `rotate` and `dry-run` must have no effect here.
  const forward = (input: string) => (FORWARDED.includes(input) ? getInput(input) : (own[input] ?? ''))
  const forwarded = { ...source, getInput: forward }
  const closing = readRevokeInputs(forwarded)
  // A run for a closed pull request deploys no preview, so nothing has set the origin.
  if (isClosed) return { name, isClosed, closing, getting: [] }
  const origins = new Set(parseList('origin', getInput('origin')).map(parseOrigin))
  const hasKey = parseFlag('key', getInput('key') || String(origins.size === 0))
  const getting: CreateInputs[] = hasKey ? [readKeyInputs(forwarded)] : []
  for (const value of origins) getting.push({ ...readCommonInputs(forwarded), wanted: { kind: 'origin', value } })
  if (getting.length > 0) return { name, isClosed, closing, getting }
  throw new ActionError('key is false and origin is empty. Set origin, or, to get a key, remove key: false.')
}
