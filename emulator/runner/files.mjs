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
 * Takes over what a step left in its files, when its process has ended. A file with an error in it fails the step; the
 * others count all the same.
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {Record<FileName, string>} files
 * @param {import('./report.mjs').Report} report gets outputs, state and errors
 * @param {(text: string) => string} mask
 * @returns {{ path: string[], env: Record<string, string>, summary: string }} summary: masked, as GitHub shows it
 */
export function takeStepFiles(files, report, mask) {
  /** @type {{ path: string[], env: Record<string, string>, summary: string }} */
  const taken = { path: [], env: {}, summary: '' }
  /** @type {Record<FileName, (text: string) => void>} */
  const takers = {
    path(text) {
      taken.path = text.split(LINE_BREAK).filter(line => line !== '')
    },
    env(text) {
      for (const [name, value] of readPairs(text)) {
        if (name.toUpperCase() === 'NODE_OPTIONS') {
          report.issue('error', `Can't store ${name} output parameter using '$GITHUB_ENV' command.`)
        } else {
          taken.env[name] = value
          report.debug(`${name}='${value}'`)
        }
      }
    },
    step_summary(text) {
      const kB = Buffer.byteLength(text) / 1024
      if (kB > SUMMARY_LIMIT_KB) report.issue('error', tooLarge(kB))
      // The runner copies it line by line, so that the last one ends with a line break as well.
      else
        taken.summary = text
          .split(LINE_BREAK)
          .map(mask)
          .join('\n')
          .replace(/[^\n]$/, '$&\n')
    },
    state(text) {
      for (const [name, value] of readPairs(text)) report.saveState(name, value)
    },
    output(text) {
      for (const [name, value] of readPairs(text)) report.setOutput(name, value)
    },
  }
  for (const name of NAMES) {
    const file = files[name]
    const stats = statSync(file, { throwIfNoEntry: false })
    // A step may delete its files. In the place of these two, the runner takes no notice of a folder.
    if (!stats || (stats.isDirectory() && ['path', 'step_summary'].includes(name))) continue
    try {
      if (stats.isDirectory()) throw new Error(`Access to the path '${file}' is denied.`)
      takers[name](readFileSync(file, 'utf8'))
    } catch (error) {
      const { message } = /** @type {Error} */ (error)
      report.fail(`Unable to process file command '${name}' successfully.`, message)
    }
  }
  return taken
}

/** @param {number} kB of a summary */
const tooLarge = kB =>
  `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${SUMMARY_LIMIT_KB}k, got ${Math.floor(kB)}k. \
For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`

/**
 * Reads what a step wrote to GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV: `name=value`, or `name<<DELIMITER`, lines and
 * `DELIMITER`. Pairs in front of a wrong one still count, so it is a generator.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {string} text
 * @returns {Generator<[name: string, value: string], void>}
 * @throws {Error} with the runner's message
 */
export function* readPairs(text) {
  const lineBreak = process.platform === 'win32' ? /\r?\n/g : /\n/g
  let at = text.startsWith('\uFEFF') ? 1 : 0

  /** @returns {{ line: string, end: number, complete: boolean } | undefined} */
  function next() {
    if (at >= text.length) return undefined
    const start = at
    lineBreak.lastIndex = at
    const found = lineBreak.exec(text)
    const end = found?.index ?? text.length
    at = found ? lineBreak.lastIndex : text.length
    return { line: text.slice(start, end), end, complete: found !== null }
  }

  for (let read = next(); read; read = next()) {
    const { line } = read
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield [line.slice(0, equals), line.slice(equals + 1)]
      continue
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (name === '' || delimiter === '') {
      throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
    }
    const start = at
    let end = at
    for (let inner = next(); inner?.line !== delimiter; inner = next()) {
      if (!inner) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
      if (!inner.complete) throw new Error('Invalid value. EOF marker missing new line.')
      end = inner.end
    }
    yield [name, text.slice(start, end)]
  }
}
