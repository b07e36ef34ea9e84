import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * @typedef {string | number | boolean} Scalar
 * @typedef {{ [key: string]: Scalar | YamlMap }} YamlMap
 * @typedef {{ description?: string, required?: boolean, default?: Scalar, deprecationMessage?: string }} ActionInput
 * @typedef {object} Action
 * @property {string} name
 * @property {string} description
 * @property {Record<string, ActionInput>} [inputs]
 * @property {Record<string, { description?: string }>} [outputs]
 * @property {{ using: string, main: string, post?: string, 'post-if'?: string }} runs
 */

const KEY = /^([A-Za-z](?:[\w -]*[\w-])?):(?:\s+(.*))?$/
// What YAML would read as something other than text, or what other readers of YAML disagree about.
const AMBIGUOUS =
  /^(?:~|null|Null|NULL|True|TRUE|False|FALSE|[-+]?[.\d][\d._eE+-]*|0[xo][\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/**
 * Reads the part of YAML that action.yml files of JavaScript actions need: maps by indentation, plain and quoted
 * scalars, `>-` blocks and comments. There is no YAML package here because the demo runs with nothing installed.
 * @param {string} text
 * @returns {YamlMap}
 * @throws {Error} with the line, on anything else: sequences, anchors, `|` blocks, text over several lines, empty values.
 */
export function parseYaml(text) {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  let at = 0

  /** @param {string} why @returns {never} */
  function refuse(why, line = at) {
    throw new Error(`line ${line + 1}: ${why}`)
  }

  /** The next line that is neither blank nor a comment. */
  function peek() {
    for (; at < lines.length; at++) {
      const line = /** @type {string} */ (lines[at])
      const body = line.trim()
      if (body === '' || body.startsWith('#')) continue
      const indent = line.search(/\S/)
      if (line.slice(0, indent).includes('\t')) refuse('a tab in the indentation')
      return { indent, body }
    }
    return undefined
  }

  /** @param {number} indent @returns {YamlMap} */
  function map(indent) {
    /** @type {YamlMap} */
    const result = {}
    for (let line = peek(); line && line.indent >= indent; line = peek()) {
      if (line.indent > indent) refuse('indented more than the line it belongs to, or text over several lines')
      const [matched, key = '', value = ''] = KEY.exec(line.body) ?? []
      if (matched === undefined) refuse(`not "key: value": ${line.body}`)
      if (Object.hasOwn(result, key)) refuse(`${key} is there twice`)
      at++
      result[key] = valueFrom(value, indent)
    }
    return result
  }

  /** @param {string} text @param {number} indent @returns {Scalar | YamlMap} */
  function valueFrom(text, indent) {
    const line = at - 1
    if (text === '' || text.startsWith('#')) {
      const child = peek()
      if (!child || child.indent <= indent) refuse('no value', line)
      return map(child.indent)
    }
    if (/^>-(?:\s+#.*)?$/.test(text)) return folded(indent)
    const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?:\s+#.*)?$/.exec(text)?.[1]
    if (quoted?.startsWith("'")) return quoted.slice(1, -1).replaceAll("''", "'")
    if (quoted) {
      try {
        return /** @type {string} */ (JSON.parse(quoted))
      } catch {
        refuse(`an escape that is not JSON's as well: ${quoted}`, line)
      }
    }
    return plain(text.replace(/\s+#.*$/, ''), line)
  }

  /** @param {string} text @param {number} line @returns {Scalar} */
  function plain(text, line) {
    if (/^[[\]{},&*!|>%@`"'#]|^[-?:](?:\s|$)/.test(text)) refuse(`not a plain value: ${text}`, line)
    if (/:(?:\s|$)/.test(text)) refuse(`a colon in a value needs quotes: ${text}`, line)
    if (text === 'true' || text === 'false') return text === 'true'
    if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
    if (AMBIGUOUS.test(text)) refuse(`needs quotes: ${text}`, line)
    return text
  }

  /** @param {number} parent @returns {string} */
  function folded(parent) {
    const start = at - 1
    const indent = lines[at]?.search(/\S/) ?? -1
    if (indent <= parent) refuse('a block without text right under it', start)
    let result = ''
    let breaks = 0
    for (; at < lines.length; at++) {
      const line = /** @type {string} */ (lines[at])
      if (line.trim() === '' && line.length <= indent) {
        breaks++
        continue
      }
      if (line.search(/\S/) < indent && line.trim() !== '') break
      const content = line.slice(indent)
      if (/^\s/.test(content) || line.slice(0, indent).includes('\t')) refuse('a block with an indentation of its own')
      result += (result === '' ? '' : breaks > 0 ? '\n'.repeat(breaks) : ' ') + content
      breaks = 0
    }
    return result
  }

  const first = peek()
  if (first && first.indent > 0) refuse('the first line is indented')
  return map(0)
}

/**
 * Reads the metadata file of a JavaScript action.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 * @param {string} directory the folder with action.yml or action.yaml
 * @returns {Action}
 * @throws {Error} if there is none, {@link parseYaml} refuses it, or it is not an action that this runner can start.
 */
export function readAction(directory) {
  const file = ['action.yml', 'action.yaml'].map(name => path.join(directory, name)).find(existsSync)
  if (!file) throw new Error(`Can't find 'action.yml' or 'action.yaml' under '${directory}'`)
  try {
    const action = /** @type {Action} */ (/** @type {unknown} */ (parseYaml(readFileSync(file, 'utf8'))))
    const { using, main, ...others } = action.runs ?? {}
    if (using !== 'node20' && using !== 'node24') throw new Error(`runs.using is ${using}, not node20 or node24`)
    if (typeof main !== 'string') throw new Error('runs.main is missing')
    const unknown = Object.keys(others).filter(key => key !== 'post' && key !== 'post-if')
    if (unknown.length > 0) throw new Error(`runs.${unknown[0]} is not part of this runner`)
    return action
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error })
  }
}
