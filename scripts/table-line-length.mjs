/**
 * A rule of markdownlint: no line of a table is longer than `line_length`, 200 unless the configuration says another
 * one. The rule `line-length` knows one length for text and tables, and a row of a table cannot be wrapped.
 * https://github.com/DavidAnson/markdownlint/blob/main/doc/CustomRules.md
 *
 * @type {import('markdownlint').Rule}
 */
export default {
  names: ['table-line-length'],
  description: 'Line length of tables',
  tags: ['table'],
  parser: 'micromark',
  function({ config, lines, parsers }, onError) {
    const limit = config.line_length ?? 200
    for (const { startLine, endLine } of tablesIn(parsers.micromark.tokens)) {
      for (let lineNumber = startLine; lineNumber <= endLine; lineNumber++) {
        const { length } = lines[lineNumber - 1] ?? ''
        if (length > limit) onError({ lineNumber, detail: `Expected: ${limit}; Actual: ${length}` })
      }
    }
  },
}

/** @param {import('markdownlint').MicromarkToken[]} tokens @returns {import('markdownlint').MicromarkToken[]} */
function tablesIn(tokens) {
  return tokens.flatMap(token => {
    // The type of a token names those of plain Markdown only, which has no tables.
    return /** @type {string} */ (token.type) === 'table' ? [token] : tablesIn(token.children)
  })
}
