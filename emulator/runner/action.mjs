import { readFileSync } from 'node:fs'
import path from 'node:path'

/** @typedef {{ default?: string | boolean }} Input */
/** @typedef {{ inputs?: Record<string, Input>, runs: { main: string, post?: string } }} Action */

/**
 * Reads maps indented by two spaces and scalars on one line. Uses no YAML package, because the demo needs only Node.
 * @param {string} directory the folder that contains action.yml
 * @returns {Action}
 */
export function readAction(directory) {
  const text = readFileSync(path.join(directory, 'action.yml'), 'utf8')
  /** The maps around a line, outermost first. @type {any[]} */
  const maps = [{}]
  for (const [, indent = '', key = '', value] of text.matchAll(/^( *)([\w-]+):(?: (.*))?$/gm)) {
    const depth = indent.length / 2
    maps[depth + 1] = {}
    maps[depth][key] = value === undefined ? maps[depth + 1] : scalar(value)
  }
  return maps[0]
}

const scalar = (/** @type {string} */ text) => (/^(?:true|false|".*")$/.test(text) ? JSON.parse(text) : text)
