import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * @typedef {string | number | boolean} Scalar
 * @typedef {{ [key: string]: Scalar | YamlMap }} YamlMap
 * @typedef {object} Action
 * @property {Record<string, { default?: Scalar }>} [inputs]
 * @property {{ using: string, main: string, post?: string, 'post-if'?: string }} runs
 */

/**
 * Reads the part of YAML that action.yml files of JavaScript actions need: maps by indentation, scalars in one line, and
 * comments. There is no YAML package here because the demo runs with nothing installed. A test compares the two for each
 * action.yml.
 * @param {string} text
 * @returns {YamlMap}
 * @throws {Error} on a line that it does not understand
 */
export function parseYaml(text) {
  const lines = text.split(/\r?\n/).filter(line => !/^\s*(#.*)?$/.test(line))
  const indentOfNext = () => lines[0]?.search(/\S/) ?? 0

  /** @param {number} indent @returns {YamlMap} */
  function map(indent) {
    /** @type {YamlMap} */
    const result = {}
    while (lines.length > 0 && indentOfNext() === indent) {
      const line = String(lines.shift())
      const [, key, value] = /^\s*([A-Za-z][\w -]*):(?: +(.*))?$/.exec(line) ?? []
      const isParent = value === undefined && indentOfNext() > indent
      if (key === undefined || (value === undefined && !isParent)) throw new Error(`unknown YAML: ${line}`)
      result[key] = value === undefined ? map(indentOfNext()) : scalar(value, line)
    }
    return result
  }

  const result = map(0)
  if (lines.length > 0) throw new Error(`unknown YAML: ${lines[0]}`)
  return result
}

/** @param {string} text @param {string} line @returns {Scalar} */
function scalar(text, line) {
  const [, quoted] = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?:\s+#.*)?$/.exec(text) ?? []
  if (quoted?.startsWith('"')) return JSON.parse(quoted)
  if (quoted) return quoted.slice(1, -1).replaceAll("''", "'")
  const plain = text.replace(/\s+#.*$/, '')
  if (/^[[\]{},&*!|>%@`"'#-]|:(?:\s|$)/.test(plain)) throw new Error(`unknown YAML: ${line}`)
  if (plain === 'true' || plain === 'false') return plain === 'true'
  return /^\d+$/.test(plain) ? Number(plain) : plain
}

/**
 * Reads the metadata file of a JavaScript action.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 * @param {string} directory the folder with action.yml
 * @returns {Action}
 * @throws {Error} if there is none, or it is not an action that this runner can start
 */
export function readAction(directory) {
  const file = path.join(directory, 'action.yml')
  if (!existsSync(file)) throw new Error(`Can't find 'action.yml' under '${directory}'`)
  const action = /** @type {Action} */ (/** @type {unknown} */ (parseYaml(readFileSync(file, 'utf8'))))
  const { using, main, post: _post, 'post-if': _postIf, ...unknown } = action.runs
  if (!['node20', 'node24'].includes(using) || !main || Object.keys(unknown).length > 0) {
    throw new Error(`${file}: runs is not that of a JavaScript action without pre`)
  }
  return action
}

/** As a workflow of this repository would write it, if the action is below the current folder. @param {string} action */
export function shortPath(action) {
  const relative = path.relative('', action)
  if (relative.startsWith('..') || path.isAbsolute(relative)) return action
  return `./${relative.replaceAll('\\', '/')}`
}
