import { randomUUID } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// How the names of the files begin, by what they are called in the environment.
const PREFIXES = {
  path: 'add_path',
  env: 'set_env',
  step_summary: 'step_summary',
  state: 'save_state',
  output: 'set_output',
}
const SUMMARY_LIMIT_KB = 1024
const LINE_BREAK = /\r\n|\r|\n/

/** @typedef {keyof typeof PREFIXES} FileName */

const NAMES = /** @type {FileName[]} */ (Object.keys(PREFIXES))

/**
 * Makes the files that one stage of a step writes to: GITHUB_OUTPUT and the others.
 * @param {string} folder
 * @returns {Record<FileName, string>} their paths
 */
export function makeStepFiles(folder) {
  const suffix = randomUUID()
  const files = NAMES.map(name => /** @type {const} */ ([name, path.join(folder, `${PREFIXES[name]}_${suffix}`)]))
  for (const [, file] of files) writeFileSync(file, '')
  return /** @type {Record<FileName, string>} */ (Object.fromEntries(files))
}

/**
 * Reads what a step left in its files, when its process has ended. A file with an error in it fails the step; the
 * others still count. No action or recipe here writes variables or paths, so those fail it too.
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {Record<FileName, string>} files
 * @param {import('./report.mjs').Report} report gets outputs, state and errors
 * @param {(text: string) => string} mask
 * @returns {string} the summary, masked, as GitHub shows it
 */
export function takeStepFiles(files, report, mask) {
  let summary = ''
  /** @param {FileName} name @param {string} text */
  function take(name, text) {
    if (name === 'step_summary') {
      const kB = Buffer.byteLength(text) / 1024
      if (kB > SUMMARY_LIMIT_KB) return report.issue('error', tooLarge(kB))
      const lines = text.split(LINE_BREAK).map(mask).join('\n')
      // The runner copies it line by line, so that the last one ends with a line break as well.
      summary = lines.replace(/[^\n]$/, '$&\n')
    } else {
      for (const [key, value] of readPairs(text)) {
        if (name === 'output') report.setOutput(key, value)
        else if (name === 'state') report.saveState(key, value)
        else throw new Error('This emulator does not know this file.')
      }
    }
  }
  for (const name of NAMES) {
    const file = files[name]
    const stats = statSync(file, { throwIfNoEntry: false })
    // A step may delete its files. If one of these two is a folder, the runner ignores it.
    if (!stats || (stats.isDirectory() && ['path', 'step_summary'].includes(name))) continue
    try {
      if (stats.isDirectory()) throw new Error(`Access to the path '${file}' is denied.`)
      take(name, readFileSync(file, 'utf8'))
    } catch (error) {
      const { message } = /** @type {Error} */ (error)
      report.fail(`Unable to process file command '${name}' successfully.`, message)
    }
  }
  return summary
}

/** @param {number} kB of a summary */
const tooLarge = kB =>
  `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${SUMMARY_LIMIT_KB}k, got ${Math.floor(kB)}k. \
For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`

/**
 * Reads what a step wrote to GITHUB_OUTPUT or GITHUB_STATE: `name=value`, or `name<<DELIMITER`, lines and `DELIMITER`.
 * The pairs before an invalid one still count, so it is a generator.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {string} text
 * @returns {Generator<[name: string, value: string], void>}
 * @throws {Error} with the runner's message
 */
function* readPairs(text) {
  const lines = text.split(process.platform === 'win32' ? /(\r?\n)/ : /(\n)/)
  // Lines alternate with the line breaks after them.
  for (let at = 0; at < lines.length; at += 2) {
    const line = String(lines[at])
    if (line === '') continue
    const [, name = '', sign, rest = ''] = /^(.*?)(=|<<)(.*)$/s.exec(line) ?? []
    if (sign === undefined) throw new Error(`Invalid format '${line}'`)
    if (sign === '=') {
      yield [name, rest]
      continue
    }
    if (name === '' || rest === '') {
      throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
    }
    const start = at + 2
    const end = lines.findIndex((inner, index) => index >= start && index % 2 === 0 && inner === rest)
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${rest}'`)
    yield [name, lines.slice(start, Math.max(start, end - 1)).join('')]
    at = end
  }
}
