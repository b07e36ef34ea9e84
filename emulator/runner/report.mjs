/**
 * @typedef {import('./commands.mjs').Level} Level
 * @typedef {{ level: Level, title: string, message: string }} Annotation
 * @typedef {ReturnType<typeof createReport>} Report
 */

const MESSAGE_LIMIT = 4096
const ANNOTATION_LIMIT = 10

/** @param {string} line as the runner stores it; the web log shows its tags in another way */
function asWebLog(line) {
  if (line.startsWith('##[endgroup]')) return undefined
  return line
    .replace(/^##\[(error|warning|notice)\]/, (_, level) => `${level[0].toUpperCase()}${level.slice(1)}: `)
    .replace(/^##\[group\]/, '▼ ')
}

/**
 * What one stage of a step tells the runner, and what GitHub shows of it.
 * ExecutionContext.cs in https://github.com/actions/runner
 * @param {object} job
 * @param {import('./masks.mjs').Masker} job.masker
 * @param {string[]} job.log gets the lines as well
 * @param {boolean} job.debug whether debug lines are shown
 * @param {Record<string, string>} state what the step saved so far; it gets more
 */
export function createReport({ masker, log, debug: debugging }, state) {
  /** @type {string[]} */
  const lines = []
  /** @type {Annotation[]} */
  const annotations = []
  /** @type {string[]} */
  const masks = []
  /** @type {Record<string, string>} */
  const outputs = {}
  let failed = false

  /** Masks at once: a line that came before its mask stays as it was. @param {string} text */
  function output(text) {
    const line = asWebLog(masker.mask(text))
    if (line === undefined) return
    lines.push(line)
    log.push(line)
  }

  /** @param {string} text */
  function debug(text) {
    if (debugging) for (const line of text.split(/\r?\n/)) output(`##[debug]${line}`)
  }

  /**
   * The runner masks the message of an annotation, but not its title, which the log does not show: a secret in a title
   * is a leak.
   * @param {Level} level
   * @param {string} message
   */
  function issue(level, message, title = '') {
    const shown = masker.mask(message).slice(0, MESSAGE_LIMIT)
    const room = annotations.filter(other => other.level === level).length < ANNOTATION_LIMIT
    if (room && shown.trim() !== '') annotations.push({ level, title, message: shown })
    if (shown !== '') output(`##[${level}]${shown}`)
  }

  return {
    lines,
    annotations,
    masks,
    outputs,
    output,
    debug,
    issue,
    get failed() {
      return failed
    },
    /** @param {string} value */
    mask(value) {
      masks.push(...masker.add(value))
    },
    /** @param {string} name @param {string} value */
    setOutput(name, value) {
      if (name === '') throw new Error("Value cannot be null. (Parameter 'name')")
      outputs[name] = value
      debug(`Set output ${name} = ${value}`)
    },
    /** @param {string} name @param {string} value */
    saveState(name, value) {
      state[name] = value
      debug(`Save intra-action state ${name} = ${value}`)
    },
    /** Fails the step, whatever its exit code. @param {string[]} messages */
    fail(...messages) {
      for (const message of messages) issue('error', message)
      failed = true
    },
  }
}

/**
 * Shows what the step gets, as the runner does (Handler.cs). It is the first place where a value without a mask shows.
 * @param {string} title
 * @param {Map<string, string>} inputs
 * @param {Record<string, string>} env
 * @param {Report} report
 */
export function printHeader(title, inputs, env, report) {
  const given = { with: [...inputs].filter(([, value]) => value !== ''), env: Object.entries(env) }
  report.output(`##[group]${title}`)
  for (const [name, entries] of Object.entries(given)) {
    if (entries.length > 0) report.output(`${name}:`)
    for (const [name, value] of entries) report.output(`  ${name}: ${value}`)
  }
  report.output('##[endgroup]')
}

/**
 * Warns as the runner does (ActionRunner.cs), but not of a missing required input: that is the action's business.
 * @param {import('./runner.mjs').Step} step
 * @param {Report} report
 */
export function warnOfInputs({ with: given = {}, definition }, report) {
  const declared = Object.keys(definition.inputs ?? {})
  const known = declared.map(name => name.toLowerCase())
  const unexpected = Object.keys(given).filter(name => !known.includes(name.toLowerCase()))
  if (unexpected.length === 0) return
  const valid = declared.join("', '")
  report.issue('warning', `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`)
}

/**
 * What another job gets of the outputs of this one.
 * @param {Record<string, string>} values
 * @param {import('./masks.mjs').Masker} masker
 */
export function passOn(values, masker) {
  /** @type {Record<string, string>} */
  const outputs = {}
  /** @type {string[]} */
  const skipped = []
  const lines = ['Evaluate and set job outputs']
  for (const [name, value] of Object.entries(values)) {
    if (value === '') continue
    if (masker.hides(value)) {
      skipped.push(name)
      lines.push(`Warning: Skip output '${name}' since it may contain secret.`)
    } else {
      outputs[name] = value
      lines.push(`Set output '${name}'`)
    }
  }
  return { outputs, skipped, lines }
}
