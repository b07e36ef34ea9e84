/**
 * Evaluates `${{ a.b.c }}` in a text. Missing values are empty.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
 * @param {string | number | boolean} value
 * @param {Record<string, any>} contexts
 * @param {string} place what the text is for, in an error
 * @returns {string}
 * @throws {Error} on an expression that is more than a path, on an unknown context, and on a value that is not a text
 */
export function evaluate(value, contexts, place) {
  // The value of an expression is not evaluated again.
  return String(value).replace(/\$\{\{(.*?)\}\}/gs, (_, inner) => {
    const expression = inner.trim()
    /** @type {string[]} */
    const [root = '', ...rest] = expression.split('.')
    const found = rest.reduce((parent, name) => parent?.[name], contexts[root])
    const isPath = /^[a-z_][\w-]*(?:\.[a-z_][\w-]*)+$/i.test(expression) && Object.hasOwn(contexts, root)
    if (isPath && typeof found !== 'object') return String(found ?? '')
    throw new Error(`${place}: this emulator evaluates paths like steps.key.outputs.key-id only, not ${expression}`)
  })
}

/**
 * Returns the inputs in the order of the runner: those in `with`, then the defaults.
 * @param {import('./runner.mjs').Step} step
 * @param {Record<string, unknown>} contexts
 * @returns {Record<string, string>}
 */
export function evaluateInputs({ with: given = {}, definition }, contexts) {
  const defaults = Object.entries(definition.inputs ?? {}).map(([name, input]) => [name, input.default ?? ''])
  const values = { ...given, ...Object.fromEntries(defaults), ...given }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, evaluate(value, contexts, `with.${name}`)]),
  )
}
