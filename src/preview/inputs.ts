import { ActionError } from '../errors.ts'
import { type InputSource, readJwt } from '../inputs/credentials.ts'
import { parseOrigin } from '../inputs/origin.ts'
import { type CreateInputs, readKeyInputs, readOriginInputs, readRevokeInputs } from '../inputs/read.ts'
import { parseFlag, parseList } from '../inputs/values.ts'
import { decidePreview } from './decide.ts'

/** The inputs of `preview/action.yml`, converted to those of the actions that it combines. */
export type PreviewInputs = ReturnType<typeof readPreviewInputs>

const FORWARDED = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token', 'first-control', 'last-control', 'wait-for']

/** Reads the inputs. @throws ActionError on the first invalid one, or if the event does not show what to do */
export function readPreviewInputs(source: InputSource) {
  const { getInput, masks, env } = source
  // Read the JWT first, so that it is masked before a message about another input can contain it.
  readJwt(getInput, masks, env)
  const { name, isClosed } = decidePreview(getInput('name'), env)
  // The runner passes on inputs that action.yml does not define, so `rotate` or `dry-run` must not take effect here.
  const forwarded = Object.fromEntries(FORWARDED.map(input => [input, getInput(input)]))
  // An empty value comes from an unset variable. Without the default, the access would never expire.
  const common = { ...forwarded, name, 'expires-in': getInput('expires-in') || '14d', 'replaced-by': 'none' }
  const withOrigin = (origin: string) => {
    const inputs: Record<string, string> = { ...common, origin }
    return { ...source, getInput: (input: string) => inputs[input] ?? '' }
  }
  const closing = readRevokeInputs(withOrigin(''))
  const getting: CreateInputs[] = []
  // A run for a closed pull request deploys no preview, so nothing has set the origin.
  if (isClosed) return { name, isClosed, closing, getting }
  const origins = new Set(parseList('origin', getInput('origin')).map(parseOrigin))
  const hasKey = parseFlag('key', getInput('key') || String(origins.size === 0))
  if (hasKey) getting.push(readKeyInputs(withOrigin('')))
  for (const origin of origins) getting.push(readOriginInputs(withOrigin(origin)))
  if (getting.length > 0) return { name, isClosed, closing, getting }
  throw new ActionError('key is false and origin is empty. Set origin, or, to get a key, remove key: false.')
}
