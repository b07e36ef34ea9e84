/** A step's log, including its annotations. It removes secrets and workflow commands from what it prints. */
export interface Log {
  info(message: string): void
  warning(message: string): void
  debug(message: string): void
  /** The latest request, such as `GET /gateways`. Its response may not have arrived yet. */
  lastRequest: string
}

/** Control characters, line and paragraph separators, zero-width characters, direction marks, and lone surrogates. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu
/** Words longer than Pinata's IDs (36 characters). They may be keys (64 characters) or JWTs that a server echoes. */
const TOKEN_LIKE = /[\w.~+/=%-]{40,}/g
/** The maximum length of text to process. Longer text is cut, because a hostile response can be megabytes long. */
const MAX_READ = 10_000

/** Makes a server's text safe to print, as {@link oneLine} does, and removes anything that looks like a token. */
export function printable(text: string, max = 200): string {
  return oneLine(text.slice(0, MAX_READ).replace(TOKEN_LIKE, '…'), max)
}

/** Makes non-secret text safe to print: one line, at most `max` UTF-16 code units, and no workflow commands. */
export function oneLine(text: string, max = 200): string {
  const line = withoutCommands(text.slice(0, MAX_READ).replace(UNPRINTABLE, ' ')).replace(/\s+/g, ' ').trim()
  if (line.length <= max) return line
  // A cut between the halves of a surrogate pair would leave the first half, so remove that half.
  const start = line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')
  return `${start.trimEnd()}…`
}

/** Breaks up workflow commands: `##[command]`, and `::command::` at the start of a line, even after whitespace. */
export function withoutCommands(text: string): string {
  // The runner's parser uses .NET: see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
  // As in .NET, U+0085 is whitespace, and only CR and LF end a line. With the `m` flag, U+2028 would also end a line.
  return text.replace(/(?<![^\r\n])((?:[^\S\r\n]|\u0085)*:)(?=:[^\r\n]*?::)/g, '$1 ').replace(/##\[/g, '## [')
}

/** Returns a number followed by its noun, in the singular or plural, such as `1 key` or `2 keys`. */
export function count(number: number, singular: string): string {
  return `${number} ${singular}${number === 1 ? '' : 's'}`
}

export const MAX_LISTED = 15

/** Lists up to 15 strings as `a, b, c`, then how many more there are, and `hint`. Returns `none` for an empty list. */
export function listOf(strings: string[], hint = ''): string {
  const more = strings.length > MAX_LISTED ? `, and ${strings.length - MAX_LISTED} more${hint}` : ''
  return strings.length === 0 ? 'none' : strings.slice(0, MAX_LISTED).join(', ') + more
}

/** Formats a time, for example, as `2024-07-12 15:34:59 UTC`. @param time in ISO 8601, or in milliseconds since 1970 */
export function readableTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
