import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// Prefixes of file names, by the files' names in the environment. These actions use no other files.
const PREFIXES = { step_summary: 'step_summary', state: 'save_state', output: 'set_output' }

/** @typedef {keyof typeof PREFIXES} FileName */

/** Creates the folders of a job. @param {string} [home] default: a temporary folder */
export function makeFolders(home = mkdtempSync(path.join(tmpdir(), 'runner-'))) {
  mkdirSync(home, { recursive: true })
  // The child's cwd contains no links (macOS) or short names (Windows), so GITHUB_WORKSPACE must not contain them.
  const dir = realpathSync.native(home)
  const temp = path.join(dir, '_temp')
  const commands = path.join(temp, '_runner_file_commands')
  const folders = { dir, temp, commands, workspace: path.join(dir, 'workspace') }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  return folders
}

/**
 * Creates the files that one stage of a step writes to, such as GITHUB_OUTPUT.
 * @param {string} folder
 * @returns {Record<FileName, string>} their paths
 */
export function makeStepFiles(folder) {
  const suffix = randomUUID()
  const files = Object.entries(PREFIXES).map(([name, prefix]) => [name, path.join(folder, `${prefix}_${suffix}`)])
  for (const [, file] of files) writeFileSync(String(file), '')
  return Object.fromEntries(files)
}

/**
 * Reads the files of a step after its process has ended. The step may have deleted them. An error in one file fails the
 * step, but the other files still count.
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {Record<FileName, string>} files
 * @param {Record<'state' | 'output', Record<string, string>>} values receives the values
 * @param {import('./report.mjs').Report} report receives errors and, with debug logging, the values
 * @returns {string} the summary, masked, as GitHub shows it
 */
export function readStepFiles(files, values, report) {
  const read = (/** @type {string} */ file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  for (const name of /** @type {const} */ (['state', 'output'])) {
    const label = name === 'state' ? 'Save intra-action state' : 'Set output'
    try {
      for (const [key, value] of readPairs(read(files[name]))) {
        values[name][key] = value
        report.debug(`${label} ${key} = ${value}`)
      }
    } catch (error) {
      const { message } = /** @type {Error} */ (error)
      report.fail(`Unable to process file command '${name}' successfully.`, message)
    }
  }
  const lines = read(files.step_summary).split(/\r\n|\r|\n/)
  const summary = lines.map(report.hide).join('\n')
  // The runner copies the summary line by line, so the last line also ends with a line break.
  return summary.replace(/[^\n]$/, '$&\n')
}

/**
 * Reads what a step wrote to GITHUB_OUTPUT or GITHUB_STATE: `name=value`, or `name<<DELIMITER`, lines, and `DELIMITER`.
 * Pairs before an invalid line still count, so this is a generator.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 * FileCommandManager.cs in https://github.com/actions/runner
 * @param {string} text
 * @returns {Generator<[name: string, value: string], void>}
 * @throws {Error} with the runner's message
 */
function* readPairs(text) {
  const lines = text.split(process.platform === 'win32' ? /\r?\n/ : '\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue
    const [, name = '', sign, rest = ''] = /^(.+?)(=|<<)(.*)$/s.exec(line) ?? []
    const end = lines.indexOf(rest)
    if (sign === undefined || (sign === '<<' && end < 0)) throw new Error(`Invalid format '${line}'`)
    const value = sign === '=' ? [rest] : lines.splice(0, end + 1).slice(0, -1)
    yield [name, value.join('\n')]
  }
}
