/**
 * @typedef {'error' | 'warning'} Level
 * @typedef {{ level: Level, title: string, message: string }} Annotation
 * @typedef {ReturnType<typeof createReport>} Report
 */

const MESSAGE_LIMIT = 4096
const ANNOTATION_LIMIT = 10

/**
 * Creates a report, which collects the output of one stage of a step as GitHub shows it.
 * ExecutionContext.cs in https://github.com/actions/runner
 * @param {import('./masks.mjs').Masker} masker
 * @param {boolean} isDebugging whether to show debug lines
 */
export function createReport(masker, isDebugging) {
  const report = {
    lines: /** @type {string[]} */ ([]),
    annotations: /** @type {Annotation[]} */ ([]),
    masks: /** @type {string[]} */ ([]),
    failed: false,
    hide: masker.mask,

    /** Adds a masked line to the log. Later masks do not change it. @param {string} text */
    output(text) {
      report.lines.push(masker.mask(text))
    },
    /** @param {string} text */
    debug(text) {
      if (isDebugging) for (const line of text.split(/\r?\n/)) report.output(`##[debug]${line}`)
    },
    /**
     * The runner masks an annotation's message, but not its title, which the log does not show. So a secret in a title
     * leaks.
     * @param {Level} level
     * @param {string} message
     */
    issue(level, message, title = '') {
      const shown = masker.mask(message).slice(0, MESSAGE_LIMIT)
      const room = report.annotations.filter(other => other.level === level).length < ANNOTATION_LIMIT
      if (room && shown.trim() !== '') report.annotations.push({ level, title, message: shown })
      if (shown !== '') report.output(`${level.replace(/^./, first => first.toUpperCase())}: ${shown}`)
    },
    /** @param {string} value */
    mask(value) {
      report.masks.push(...masker.add(value))
    },
    /** Fails the step, whatever its exit code. @param {string[]} messages */
    fail(...messages) {
      for (const message of messages) report.issue('error', message)
      report.failed = true
    },
  }
  return report
}

/**
 * Prints the inputs of a step, as the runner does (Handler.cs). Unmasked values appear here first.
 * @param {string} title
 * @param {Record<string, string>} inputs
 * @param {Record<string, string>} env
 * @param {Report} report
 */
export function printHeader(title, inputs, env, report) {
  const given = { with: Object.entries(inputs).filter(([, value]) => value !== ''), env: Object.entries(env) }
  report.output(`▼ ${title}`)
  for (const [part, entries] of Object.entries(given)) {
    if (entries.length > 0) report.output(`${part}:`)
    for (const [name, value] of entries) report.output(`  ${name}: ${value}`)
  }
}

/**
 * Warns about unexpected inputs, as the runner does (ActionRunner.cs), but not about missing ones, which actions check.
 * @param {import('./runner.mjs').Step} step
 * @param {Report} report
 */
export function warnAboutInputs({ with: given = {}, definition }, report) {
  const declared = Object.keys(definition.inputs ?? {})
  const unexpected = Object.keys(given).filter(name => !declared.includes(name))
  if (unexpected.length === 0) return
  const valid = declared.join("', '")
  report.issue('warning', `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`)
}
