/**
 * The value of `a.b.c`. Upper and lower case are the same, as in GitHub's expressions.
 * @param {string} expression
 * @param {Record<string, unknown>} contexts
 * @param {string} place
 * @returns {unknown} undefined if it is not there
 */
function lookUp(expression, contexts, place) {
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
  return found
}

/**
 * Evaluates `${{ a.b.c }}` in a text. What is not there is empty.
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
  function textOf(expression) {
    const found = lookUp(expression, contexts, place)
    if (typeof found === 'object' && found !== null) throw new Error(`${place}: ${expression} is no text`)
    return String(found ?? '')
  }

  // Text and expressions by turns. What an expression gives is not looked at again.
  const parts = String(value).split(/\$\{\{([\s\S]*?)\}\}/)
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return textOf(part.trim())
      if (part.includes('${{')) throw new Error(`${place}: an expression without an end`)
      return part
    })
    .join('')
}

/** @typedef {'success' | 'failure' | 'cancelled'} Status */

/**
 * Evaluates a condition: a status check function or a path, or one of them with `!` in front.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 * @param {string} condition with `${{ }}` around it or without
 * @param {Status} status of the job
 * @param {Record<string, unknown>} contexts
 * @returns {boolean}
 * @throws {Error} on anything else, and on a context that a condition doesn't have
 */
export function holds(condition, status, contexts) {
  const { negated, expression, check } = parseCondition(condition)
  if (check) return (check === 'always' || check === status) !== negated
  // What is true in JavaScript is true in GitHub's expressions: any text but an empty one, 'false' among them.
  return Boolean(lookUp(expression, contexts, 'if')) !== negated
}

/**
 * Whether the condition of a stage of a step holds. Without a status check function, that of a step means
 * `success() && (…)`; that of a post step does not.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 * @param {'main' | 'post'} stage
 * @param {import('./runner.mjs').Step} step
 * @param {Status} status of the job
 * @param {Record<string, unknown>} contexts
 */
export function stageHolds(stage, { definition, if: given = 'success()' }, status, contexts) {
  const condition = stage === 'post' ? (definition.runs['post-if'] ?? 'always()') : given
  const asks = stage === 'post' || parseCondition(condition).check !== undefined
  return (asks || status === 'success') && holds(condition, status, contexts)
}

/** @param {string} condition */
function parseCondition(condition) {
  const inner = condition.replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1').trim()
  const expression = inner.replace(/^!\s*/, '')
  const [, check] = /^(always|success|failure|cancelled)\(\)$/i.exec(expression) ?? []
  return { negated: expression !== inner, expression, check: check?.toLowerCase() }
}

/**
 * The inputs in the order in which the runner shows them: what `with` gives, then the defaults.
 * @param {import('./runner.mjs').Step} step
 * @param {Record<string, unknown>} contexts
 * @returns {Map<string, string>}
 */
export function evaluateInputs({ with: given = {}, definition }, contexts) {
  const inputs = new Map(
    Object.entries(given).map(([name, value]) => [name, evaluate(value, contexts, `with.${name}`)]),
  )
  const names = new Set([...inputs.keys()].map(name => name.toLowerCase()))
  for (const [name, input] of Object.entries(definition.inputs ?? {})) {
    if (!names.has(name.toLowerCase())) inputs.set(name, evaluate(input.default ?? '', contexts, `inputs.${name}`))
  }
  return inputs
}
