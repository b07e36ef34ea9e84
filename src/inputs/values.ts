import { ActionError } from '../errors.ts'
import { isId, type KeyId } from '../pinata/types.ts'
import { mistakeIn, shown } from './rejected-value.ts'

/** A key ID, which is shorter than a key's value (64 characters). Excludes expressions that lack `${{ }}`. */
const KEY_ID = /^(?!(steps|needs|jobs|matrix|github|env|vars|inputs|secrets)\.)(?=.*[^\W_])[\w.:~-]{1,63}$/i
const KEY_VALUE = /^["'`]?[\w-]{64}["'`]?$/

/** Returns a key ID. @param hint the end of the error message @throws ActionError if the value can't be a key ID */
export function parseKeyId(input: string, value: string, hint = ''): KeyId {
  if (isId<KeyId>(value) && KEY_ID.test(value) && mistakeIn(value) === undefined) return value
  const what = KEY_VALUE.test(value) ? 'contains the key itself, not its ID' : `${shown(value)} is not a key ID`
  throw new ActionError(`${input} ${what}. Set it to the key's ID, from the key-id output or the job summary.${hint}`)
}

/** Returns key IDs. Removes duplicates, ignoring case. @throws ActionError if a value can't be a key ID */
export function parseKeyIds(input: string, value: string): KeyId[] {
  const parts = parseList(input, value)
  if (parts.length === 0) return [parseKeyId(input, '', ' To keep no keys, set it to `none`.')]
  const ids = parts.map(each => parseKeyId(input, each, ' Separate several IDs with commas or line breaks.'))
  return [...new Map(ids.map(id => [id.toLowerCase(), id])).values()]
}

/** Returns the items in a list, without duplicates. @throws ActionError for JSON, YAML, or a possible password */
export function parseList(input: string, value: string): string[] {
  const mayHoldPassword = /^[^:]*:.*@/s.test(value) && /[,\r\n]/.test(value)
  if (mayHoldPassword || /^(\[(?!object )|- )/.test(value)) {
    throw new ActionError(`${input} ${shown(value)} is not a list. Separate values with commas or line breaks only.`)
  }
  return [...new Set(value.split(/[,\r\n]/).map(part => part.trim()))].filter(part => part !== '')
}

/** Parses a YAML boolean. An empty value counts as `false`. @throws ActionError for other values */
export function parseFlag(input: string, value: string): boolean {
  const word = value.replace(/^(True|TRUE|False|FALSE)$/, titled => titled.toLowerCase())
  return parseChoice(input, word, ['false', 'true']) === 'true'
}

/** Returns an allowed value, or the first one if `value` is empty. @throws ActionError for other values */
export function parseChoice<T extends string>(input: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(each => each === (value || allowed[0]))
  if (found !== undefined) return found
  const words = new Intl.ListFormat('en', { type: 'disjunction' }).format(allowed)
  throw new ActionError(`${input} is ${shown(value)}. Set it to ${words}.`)
}
