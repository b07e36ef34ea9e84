/** Stands in for katex, 5 MB of fonts. markdownlint imports it for formulas as HTML, which it does not make. */
exports.renderToString = () => {
  throw new Error('katex is not installed: Markdown is linted here, not rendered.')
}
