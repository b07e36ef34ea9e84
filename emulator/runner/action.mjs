import { readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * @typedef {object} Action
 * @property {Record<string, { default?: string | boolean }>} [inputs]
 * @property {{ main: string, post?: string }} runs
 */

/**
 * Reads the metadata file of a JavaScript action: maps with two spaces for each level, and scalars in one line. There is
 * no YAML package here because the demo runs with nothing installed. Ignores what it can't read, so a test compares the
 * two for each action.yml.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 * @param {string} directory the folder with action.yml
 * @returns {Action}
 */
export function readAction(directory) {
  const text = readFileSync(path.join(directory, 'action.yml'), 'utf8')
  /** The maps around a line, the outermost first. @type {any[]} */
  const maps = [{}]
  for (const [, indent = '', key = '', value] of text.matchAll(/^( *)([\w-]+):(?: (.*))?$/gm)) {
    const depth = indent.length / 2
    maps[depth + 1] = {}
    maps[depth][key] = value === undefined ? maps[depth + 1] : scalar(value)
  }
  return maps[0]
}

/** @param {string} text */
const scalar = text => (/^(?:true|false|".*")$/.test(text) ? JSON.parse(text) : text)

/** As a workflow of this repository would write it, if the action is below the current folder. @param {string} action */
export function shortPath(action) {
  const relative = path.relative('', action)
  if (relative.startsWith('..') || path.isAbsolute(relative)) return action
  return `./${relative.replaceAll('\\', '/')}`
}
