/** Characters that a log must not get from a stranger: controls, line separators, zero-width and direction marks. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu

/**
 * A run this long of the characters that tokens are made of is no word of an error message. Pinata's IDs (36 characters)
 * and request IDs (32) are shorter; its keys (64) and JWTs are longer, so a server that echoes one prints none of it.
 */
const TOKEN_LIKE = /[\w.~+/=%-]{40,}/g

/**
 * Turns text from outside (a server's answer, an input that is refused) into something safe to print: one line, no
 * control characters, nothing that reads as a workflow command, nothing that looks like a token, not longer than `max`.
 */
export function printable(text: string, max = 200): string {
  // A hostile answer can be megabytes; what is cut here is never shown.
  const line = withoutCommands(text.slice(0, 10_000).replace(UNPRINTABLE, ' ').replace(TOKEN_LIKE, '…'))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > max ? `${line.slice(0, max - 1).trimEnd()}…` : line
}

/**
 * Breaks up what the runner takes for commands: `::command::` at the start of a line, and `##[command]` anywhere in it.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function withoutCommands(text: string): string {
  return text.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [')
}

/** A text from outside in quotation marks, for a value inside a sentence. */
export function quoted(text: string, max = 80): string {
  return `"${printable(text, max)}"`
}

/** "1 key", "2 keys". */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`
}
