import { oneLine } from '../printable-text.ts'

/** The documented prefixes of GitHub API tokens. */
export const GITHUB_TOKEN = /^(gh[a-z]|github_pat)_\w{16}/

/** Values that workflows set by mistake. Each phrase completes "It is …". The first match counts. */
const MISTAKES: [RegExp, string][] = [
  [/^$/, 'empty, perhaps because a variable or an output was not set'],
  [/\*\*\*/, 'a masked value'],
  [/\$[\w{(]|\{\{/, 'an expression that was not evaluated'],
  // JavaScript and GitHub Actions expressions convert objects and arrays to these strings.
  [/^\[object |^(Object|Array)$/, 'an object or a list'],
  [/^([[{]|- )/, 'JSON or YAML'],
  [/^(https?:\/\/)?(null|undefined|NaN)(?=[./:]|$)/i, 'an unset value converted to text'],
  [/^(true|false)$/i, 'a boolean'],
  [/^["'`]|["'`]$/, 'in quotation marks'],
  [/[\r\n]/, 'longer than one line'],
  [GITHUB_TOKEN, 'a GitHub token'],
]

/** Text like a gateway key: 64 characters with a digit and letters in both cases. Few names match this pattern. */
export const KEY_LIKE = /(?=[\w+=~-]{0,63}\d)(?=[\w+=~-]{0,63}[a-z])(?=[\w+=~-]{0,63}[A-Z])[\w+=~-]{64}/

/** Patterns for values that must not be shown. Each must match in linear time, because values can be megabytes long. */
const MAY_BE_SECRET = [
  /eyJ[\w-]{6}|\b(gh[a-z]|github_pat)_\w{16}/,
  // Pinata's API secret.
  /[\dA-Fa-f]{64}/,
  KEY_LIKE,
  // User info or a query in a URL, with or without a scheme.
  /^([^:]*:[^@?#]*[@?#]|\/*[^/]+@)|[?#][^?#]*=/,
]

/** Returns the mistake in a value, worded to complete "It is …", or `undefined` if it has no mistake. */
export function mistakeIn(value: string): string | undefined {
  return MISTAKES.find(([pattern]) => pattern.test(value))?.[1]
}

/** Quotes a rejected value, cut to 80 characters, and describes a mistake or an unusual character in it, if any. */
export function shown(value: string): string {
  if (MAY_BE_SECRET.some(pattern => pattern.test(value))) return '(not shown, because it may contain a secret)'
  const code = /[^\x20-\x7e]/u.exec(value)?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  const note = mistakeIn(value) ?? (code && `with the character U+${code}`)
  return `"${oneLine(value, 80)}"${note ? ` (${note})` : ''}`
}
