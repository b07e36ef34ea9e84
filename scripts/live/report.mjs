// What was asked, what the live service and the emulator answered, and where they differ.
import { createMasker } from '../../emulator/runner/masks.mjs'

/** @import { Reply } from './exchange.mjs' */

/** @typedef {{ answer: string, detail: string }} Answer `detail` is told and not compared, such as a time */
/** @typedef {Map<string, Answer>} Answers by question */
/** @typedef {(question: string, answer: string, detail?: string) => void} Note takes down an answer */

const MOST_TEXT = 400
const MOST_SHAPE = 2000
const UUID = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi
const TIME = /\b\d{4}-\d\d-\d\dT[\d:.]+Z/g

/**
 * Prints lines without the secrets that are known so far, in whatever form they have.
 *
 * @param {(line: string) => void} print
 */
export function createPrinter(print) {
  const masker = createMasker(false)
  return {
    /** @param {string} secret */
    hide(secret) {
      // Something shorter would hide half of the report, and is no secret.
      if (secret.length >= 6) masker.add(secret)
    },
    /** @param {string} line */
    say: line => print(printable(masker.mask(line))),
  }
}

/** Text from a server can neither move the cursor nor start a workflow command. @param {string} text */
const printable = text => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').replace(/^(\s*)::/, '$1: :')

/**
 * A text from a server in one line, without what is different each time.
 *
 * @param {string} text
 */
export function plain(text) {
  const line = text.replace(/\s+/g, ' ').replace(UUID, '<id>').replace(TIME, '<time>').trim()
  return line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT)}…` : line
}

/**
 * Status, Content-Type and body of an answer that holds no secret, such as an error.
 *
 * @param {Reply} reply
 */
export function told({ status, headers, text }) {
  return [String(status), headers['content-type'] ?? 'no Content-Type', plain(text) || 'no body'].join(', ')
}

/**
 * Status, Content-Type and form of an answer whose values are secret or differ from account to account.
 *
 * @param {Reply} reply
 */
export function form(reply) {
  const { status, headers, text, json } = reply
  if (status >= 400) return told(reply)
  // What is cut short or in another form may hold secrets that nobody could tell.
  const body = json === undefined ? `${text.length} characters that are not JSON` : shape(json).slice(0, MOST_SHAPE)
  return `${status}, ${headers['content-type'] ?? 'no Content-Type'}, ${body}`
}

/** Names and types of a JSON value. @param {any} value @returns {string} */
function shape(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].join(' | ')}]`
  if (typeof value !== 'object') return typeof value
  const fields = Object.keys(value).sort()
  return `{${fields.map(name => `${name}: ${shape(value[name])}`).join(', ')}}`
}

/**
 * The headers of an answer whose names match, with their values.
 *
 * @param {Reply} reply
 * @param {RegExp} names
 */
export function headersLike({ headers }, names) {
  const found = Object.entries(headers).filter(([name]) => names.test(name))
  return (
    found
      .map(([name, value]) => `${name}: ${value}`)
      .sort()
      .join('; ') || 'none'
  )
}

/** What browsers go by. @param {Reply} reply */
export const corsOf = reply => headersLike(reply, /^(?:access-control-.*|vary)$/)

/**
 * The lines about one subject, and the differences in it.
 *
 * @param {string} title
 * @param {Answers} live
 * @param {Answers} emulated
 * @returns {{ lines: string[], differences: string[] }}
 */
export function compare(title, live, emulated) {
  const lines = ['', title]
  const differences = []
  for (const question of new Set([...live.keys(), ...emulated.keys()])) {
    const [real, copy] = [live.get(question), emulated.get(question)]
    const detail = real?.detail ? ` (${real.detail})` : ''
    if (real?.answer === copy?.answer) {
      lines.push(`  same       ${question}: ${real?.answer}${detail}`)
      continue
    }
    differences.push(`${title}: ${question}`)
    lines.push(`  DIFFERENT  ${question}`)
    lines.push(`               live:     ${real ? real.answer + detail : 'not asked'}`)
    lines.push(`               emulator: ${copy ? copy.answer : 'not asked'}`)
  }
  return { lines, differences }
}
