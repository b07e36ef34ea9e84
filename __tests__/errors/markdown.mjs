// Text in a table of GitHub's Markdown, shown as it is.

/** Text as code. A bar would end the cell in code too. @param {string} text */
export function code(text) {
  const ticks = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1)
  const room = text.startsWith('`') || text.endsWith('`') || text.trim() !== text ? ' ' : ''
  return `${ticks}${room}${text}${room}${ticks}`.replaceAll('|', '\\|')
}

/** Text in which nothing is Markdown, a tag or an address to be followed. @param {string} text */
export function plain(text) {
  return text.replace(/[\\`*<>[\]|~&]|(?<!\w)_|_(?!\w)/g, '\\$&').replaceAll('://', '\\://')
}

/** @param {string[]} columns @param {string[][]} rows cells in Markdown */
export function table(columns, rows) {
  return [columns, columns.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
