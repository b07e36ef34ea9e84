/** A step's log, including its annotations. It removes secrets and workflow commands from what it prints. */
export interface Log {
  info(message: string): void
  warning(message: string): void
  debug(message: string): void
  /** The latest request, for example `GET /gateways`, which may still be waiting for its response. */
  lastRequest: string
}

/** Control characters, line separators, zero-width and direction marks, and lone surrogates. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu
/** Text longer than Pinata's IDs (36 characters), such as keys (64 characters) and JWTs, which a server may echo. */
const TOKEN_LIKE = /[\w.~+/=%-]{40,}/g
/** Longer text is truncated before it is processed, because a hostile response can be megabytes long. */
const MAX_READ = 10_000

/** Makes text from a server safe to print: like {@link oneLine}, but also removes what looks like a token. */
export function printable(text: string, max = 200): string {
  return oneLine(text.slice(0, MAX_READ).replace(TOKEN_LIKE, '…'), max)
}

/** Makes non-secret text safe to print: one line of at most `max` UTF-16 code units, without workflow commands. */
export function oneLine(text: string, max = 200): string {
  const line = withoutCommands(text.slice(0, MAX_READ).replace(UNPRINTABLE, ' ')).replace(/\s+/g, ' ').trim()
  if (line.length <= max) return line
  // A cut between the halves of a surrogate pair would leave the first half, so remove that half.
  const start = line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')
  return `${start.trimEnd()}…`
}

/** Breaks up workflow commands: `::command::` at the start of a line, even after whitespace, and `##[command]`. */
export function withoutCommands(text: string): string {
  // The runner parses commands in https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
  // As in .NET, U+0085 is also whitespace, and only CR and LF end a line (with the m flag, U+2028 would, too).
  return text.replace(/(?<![^\r\n])((?:[^\S\r\n]|\u0085)*:)(?=:[^\r\n]*?::)/g, '$1 ').replace(/##\[/g, '## [')
}

/** Returns "1 key" or "2 keys". */
export function count(number: number, singular: string): string {
  return `${number} ${singular}${number === 1 ? '' : 's'}`
}

export const MAX_LISTED = 15

/** Lists up to 15 strings as `a, b, c`, followed by how many remain and a `hint`. Returns `none` for an empty list. */
export function listOf(strings: string[], hint = ''): string {
  const more = strings.length > MAX_LISTED ? `, and ${strings.length - MAX_LISTED} more${hint}` : ''
  return strings.length === 0 ? 'none' : strings.slice(0, MAX_LISTED).join(', ') + more
}

/** Returns a time as `2024-07-12 15:34:59 UTC`. @param time in Pinata's format, or in milliseconds since 1970 */
export function readableTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
