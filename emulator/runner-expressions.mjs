/**
 * Evaluates `${{ a.b.c }}` in a text. What is not there is empty, and upper and lower case are the same, as in GitHub's
 * expressions.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
 * @param {string | number | boolean} value
 * @param {Record<string, unknown>} contexts
 * @param {string} place what the text is for, in an error
 * @returns {string}
 * @throws {Error} on an expression that is more than a path, on a context that this place doesn't have, and on a value
 *   that is no text.
 */
export function evaluate(value, contexts, place) {
  /** @param {string} expression */
  function lookUp(expression) {
    if (!/^[a-z_][\w-]*(?:\.[a-z_][\w-]*)+$/i.test(expression)) {
      throw new Error(`${place}: this emulator evaluates paths like steps.key.outputs.key-id only, not ${expression}`)
    }
    const [root = '', ...rest] = expression.toLowerCase().split('.')
    if (!Object.hasOwn(contexts, root)) throw new Error(`${place}: Unrecognized named-value: '${root}'`)
    /** @type {unknown} */
    let found = contexts[root]
    for (const name of rest) {
      const entries = typeof found === 'object' && found !== null ? Object.entries(found) : []
      found = entries.find(([key]) => key.toLowerCase() === name)?.[1]
    }
    if (typeof found === 'object' && found !== null) throw new Error(`${place}: ${expression} is no text`)
    return String(found ?? '')
  }

  // Text and expressions by turns. What an expression gives is not looked at again.
  const parts = String(value).split(/\$\{\{([\s\S]*?)\}\}/)
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return lookUp(part.trim())
      if (part.includes('${{')) throw new Error(`${place}: an expression without an end`)
      return part
    })
    .join('')
}

/**
 * Evaluates the condition of a step.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 * @param {string} condition
 * @param {'success' | 'failure' | 'cancelled'} status of the job
 * @returns {boolean}
 * @throws {Error} if the condition is more than one status check function
 */
export function holds(condition, status) {
  switch (condition) {
    case 'always()':
      return true
    case 'success()':
      return status === 'success'
    case 'failure()':
      return status === 'failure'
    case 'cancelled()':
      return status === 'cancelled'
    case '!cancelled()':
      return status !== 'cancelled'
    default:
      throw new Error(`this emulator does not evaluate the condition ${condition}`)
  }
}
