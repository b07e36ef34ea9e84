// Text in GitHub's Markdown, shown as it is.

/** Text as code. @param {string} text */
export function code(text) {
  const ticks = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1)
  const room = text.startsWith('`') || text.endsWith('`') || text.trim() !== text ? ' ' : ''
  return `${ticks}${room}${text}${room}${ticks}`
}

/** Text in which nothing is Markdown, a tag or an address to be followed. @param {string} text */
export function plain(text) {
  return text.replace(/[\\`*<>[\]|~&]|(?<!\w)_|_(?!\w)/g, '\\$&').replaceAll('://', '\\://')
}
