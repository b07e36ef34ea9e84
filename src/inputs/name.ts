import { ActionError } from '../errors.ts'
import { isName, type Name, type NamePattern } from '../names/record-format.ts'
import { KEY_LIKE, mistakeIn, shown } from './rejected-value.ts'

const CHARACTERS = 'letters (a-z and A-Z), digits, dots, underscores, slashes, and hyphens'

/** Returns a name. @throws ActionError if the value is invalid, or looks like a secret (GitHub shows names) */
export function parseName(value: string): Name {
  if (isName(value) && !KEY_LIKE.test(value) && mistakeIn(value) === undefined) return value
  const advice = isName(value) ? 'Use another name.' : `Use 1 to 64 of these characters: ${CHARACTERS}.`
  throw new ActionError(`name ${shown(value)} is invalid. ${advice}`)
}

/** Returns a pattern. @throws ActionError unless it is a name with one `*` in place of a pull request's full number */
export function parseNamePattern(value: string): NamePattern {
  if (/^([^*]*[^*\d])?\*([^*\d][^*]*)?$/.test(value) && isName(value.replace('*', '1'))) return value as NamePattern
  const advice = `Use ${CHARACTERS}, and one * (not next to a digit) for the pull request's number, as in pr-*.`
  throw new ActionError(`closed ${shown(value)} is not a valid name pattern. ${advice}`)
}

/** Returns a warning if the name seems to contain the result of an empty expression, or `undefined` otherwise. */
export function nameWarning(name: Name): string | undefined {
  if (!/^[/-]|[./_-](null|NaN)?$|(^|[./_-])undefined([./_-]|$)/.test(name)) return undefined
  return `The name ${name} looks incomplete: an expression in it may be empty (for example, \`github.event.number\` if the run is not for a pull request). Check the name input.`
}
