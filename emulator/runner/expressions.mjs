/**
 * Evaluates each `${{ a.b.c }}` in text. Missing values become empty strings.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
 * @param {string | number | boolean} value
 * @param {Record<string, any>} contexts
 * @param {string} place where the text is used, for error messages
 * @throws {Error} if an expression is more than a path, its context is unknown, or its value is an object
 */
export function evaluate(value, contexts, place) {
  // Results that contain expressions are not evaluated again.
  return String(value).replace(/\$\{\{(.*?)\}\}/gs, (_, inner) => {
    const expression = inner.trim()
    /** @type {string[]} */
    const [root = '', ...rest] = expression.split('.')
    const found = rest.reduce((parent, name) => parent?.[name], contexts[root])
    const isPath = /^[a-z_][\w-]*(?:\.[a-z_][\w-]*)+$/i.test(expression) && Object.hasOwn(contexts, root)
    if (isPath && typeof found !== 'object') return String(found ?? '')
    throw new Error(`${place}: this emulator evaluates only paths such as steps.key.outputs.key-id, not ${expression}`)
  })
}

/**
 * Returns the inputs in the runner's order: those in `with`, then the defaults.
 * @param {import('./runner.mjs').Step} step
 * @param {Record<string, unknown>} contexts
 */
export function evaluateInputs({ with: given = {}, definition }, contexts) {
  const defaults = Object.entries(definition.inputs ?? {}).map(([name, input]) => [name, input.default ?? ''])
  const values = { ...given, ...Object.fromEntries(defaults), ...given }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, evaluate(value, contexts, `with.${name}`)]),
  )
}
