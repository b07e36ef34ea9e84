import { ActionError } from '../errors.ts'
import { isName, type Name } from '../names/record.ts'
import { isId, type KeyId } from '../pinata/types.ts'
import { mistakeIn, parseList, shown } from './values.ts'

/** Shorter than the value of a key (64 characters). */
const KEY_ID = /^[\w.:~-]{1,63}$/
const KEY_VALUE = /^["'`]?[\w-]{64}["'`]?$/
/** The value of a key, not a long word, because names may have 64 characters, too. */
const SECRET_NAME = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{64}$/

/** @throws ActionError if the value cannot be the ID of a key */
export function parseKeyId(input: string, value: string): KeyId {
  if (isId<KeyId>(value) && KEY_ID.test(value) && mistakeIn(value) === undefined) return value
  const what = KEY_VALUE.test(value) ? 'contains the key itself, not its ID' : `${shown(value)} is not a key ID`
  throw new ActionError(`${input} ${what}. Set it to the output key-id of the step that created the key.`)
}

/** Returns IDs without duplicates. They compare without case. @throws ActionError if one cannot be the ID of a key */
export function parseKeyIds(input: string, value: string): KeyId[] {
  const ids = parseList(input, value).map(each => parseKeyId(input, each))
  return [...new Map(ids.map(id => [id.toLowerCase(), id])).values()]
}

/** @throws ActionError if the value is not a name, or looks like a secret, which GitHub would show */
export function parseName(value: string): Name {
  if (isName(value) && !SECRET_NAME.test(value) && mistakeIn(value) === undefined) return value
  const what = /^[\w./-]{65,}$/.test(value) ? 'is too long' : 'is not a name'
  throw new ActionError(
    `name ${shown(value)} ${what}. Use 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`,
  )
}

/** Returns a warning about a name that probably contains the result of an empty expression. */
export function nameWarning(name: Name): string | undefined {
  if (!/^[/-]|[./_-](null|NaN)?$|(^|[./_-])undefined([./_-]|$)/.test(name)) return undefined
  return `The name ${name} looks incomplete: an expression in it may be empty, such as github.event.number in a run that is not for a pull request. Check the input name.`
}
