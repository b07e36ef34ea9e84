// docs/errors.md, from what the action did in each case.
import { plain, table } from './markdown.mjs'

/** @import { Case, Result } from './run.mjs' */

const INTRODUCTION = `# Errors

<!-- Made by \`npm run docs\`. Do not edit. -->

What a user sees when something is wrong, word for word: each row is a run of the built action against the emulators of
Pinata and GitHub, and a test fails when the action says anything else. To find a message, search for its first words.

Every message is one line. A step that fails has one error; a warning fails nothing. An input that is bad by itself is
refused before any request. The last column tells how the step ends; "×5" is a request that was repeated, with pauses.

- \`…\` stands for text that is too long, or that looks like a token and could be a secret.
- \`***\` is a secret that was taken out.
- \`<request ID>\`, \`<new key ID>\`, \`<time>\` and \`<address>\` stand for what differs from run to run.
- \`fun-llama-300\` is the gateway, and \`octo-org/octo-site\` the repository. "a megabyte" is 1,000,000 letters, more than
  most systems would let a workflow give.
`

/**
 * The page.
 *
 * @param {Case[]} cases
 * @param {Result[]} results in the order of the cases
 */
export function pageOf(cases, results) {
  /** @type {Map<string, Map<string, Map<string, Set<string>>>>} chapter, section, row, actions */
  const chapters = new Map()
  for (const [index, { chapter, section, action, given }] of cases.entries()) {
    const sections = within(chapters, chapter, () => new Map())
    const rows = within(sections, section, () => new Map())
    const cells = JSON.stringify([given, ...cellsOf(results[index])])
    // Where both actions do the same, one row tells it.
    within(rows, cells, () => new Set()).add(action)
  }
  const parts = [INTRODUCTION]
  for (const [chapter, sections] of chapters) {
    parts.push(`## ${chapter}\n`)
    for (const [section, rows] of sections) {
      const mixed = new Set([...rows.values()].map(actions => [...actions].join())).size > 1
      const lines = [...rows].map(([cells, actions]) => {
        const [given, ...rest] = JSON.parse(cells)
        const only = mixed && actions.size === 1 ? ` (${actions.has('get') ? 'getting a key' : 'revoking keys'})` : ''
        return [given + only, ...rest]
      })
      const first = chapter === 'Inputs' ? 'Given' : 'Answer'
      parts.push(`### ${section}\n`, `${table([first, 'What the user sees', 'Requests', 'Exit code'], lines)}\n`)
    }
  }
  return parts.join('\n')
}

/** @param {Result | undefined} result */
function cellsOf(result) {
  if (result === undefined) throw new TypeError('a case without a result')
  const { seen, requests, exit } = result
  const words = seen.map(({ level, message }) => `**${level === 'error' ? 'Error' : 'Warning'}:** ${plain(message)}`)
  return [words.join('<br>') || 'nothing: the step succeeds', requests, String(exit)]
}

/**
 * @template V
 * @param {Map<string, V>} map
 * @param {string} key
 * @param {() => V} make
 * @returns {V}
 */
function within(map, key, make) {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}
