// Prints the results of the live service and of the emulator, and compares them.
import { createMasker } from '../../emulator/runner/masks.mjs'

/** @import { Reply } from '../../emulator/http/send.mjs' */

/** @typedef {Map<string, { answer: string, detail: string }>} Answers by question; `detail`, such as a time, is not compared */
/** @typedef {(question: string, answer: string, detail?: string) => void} Note adds a result */

const UUID = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi
const TIME = /\b\d{4}-\d\d-\d\dT[\d:.]+Z/g

/**
 * Creates a printer that hides the secrets known so far, in any form. Text from a server can't move the cursor or start
 * a line, so it can't contain a `::` command.
 * @param {(line: string) => void} write
 */
export function createPrinter(write) {
  const masker = createMasker(false)
  return {
    // Shorter values are not secrets, and hiding them would hide half of the report.
    hide: (/** @type {string} */ secret) => void (secret.length >= 6 && masker.add(secret)),
    print: (/** @type {string[]} */ ...lines) => write(lines.map(line => printable(masker.mask(line))).join('\n')),
  }
}

const printable = (/** @type {string} */ text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')

/** Returns a server's text on one line, without the parts that differ each time. @param {string} text */
export function normalize(text) {
  const line = text.replace(/\s+/g, ' ').replace(UUID, '<id>').replace(TIME, '<time>').trim()
  return line.slice(0, 400) || 'no body'
}

/** Describes a response without secrets, such as an error: status, Content-Type, and body. @param {Reply} reply */
export const describe = ({ status, headers, text }, body = normalize(text)) =>
  `${status}, ${headers['content-type'] ?? 'no Content-Type'}, ${body}`

/** Describes a response that may contain secrets. For a success, shows only names and types. @param {Reply} reply */
export function outline(reply) {
  if (reply.status >= 400) return describe(reply)
  return describe(reply, reply.json === undefined ? `${reply.text.length} characters` : shape(reply.json))
}

/** Returns the names, types, IDs, and times in a JSON value. @param {any} value @returns {string} */
export function shape(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].join(' | ')}]`
  if (typeof value === 'string') return /^<\w+>$/.exec(normalize(value))?.[0] ?? 'string'
  if (typeof value !== 'object') return typeof value
  const fields = Object.keys(value).sort()
  return `{${fields.map(name => `${name}: ${shape(value[name])}`).join(', ')}}`
}

/** Returns the headers whose names match. @param {Reply} reply @param {RegExp} names */
export function matchingHeaders({ headers }, names) {
  const found = Object.entries(headers)
    .filter(([name]) => names.test(name))
    .sort()
  return found.map(([name, value]) => `${name}: ${value}`).join('; ') || 'none'
}

/**
 * Prints all results, and returns the questions whose results differ.
 * @param {Answers} live
 * @param {Answers} emulated
 * @param {(...lines: string[]) => void} print
 */
export function compare(live, emulated, print) {
  const differences = []
  for (const question of new Set([...live.keys(), ...emulated.keys()])) {
    const [real, copy] = [live.get(question), emulated.get(question)]
    const detail = real?.detail ? ` (${real.detail})` : ''
    if (real?.answer === copy?.answer) {
      print(`  same       ${question}: ${real?.answer}${detail}`)
      continue
    }
    differences.push(question)
    const answers = [`live:     ${real ? real.answer + detail : 'nothing'}`, `emulator: ${copy?.answer ?? 'nothing'}`]
    print(`  DIFFERENT  ${question}`, ...answers.map(answer => `               ${answer}`))
  }
  return differences
}
