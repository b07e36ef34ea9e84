// What a demo prints, and the facts that it counts.

/** What ANSI calls the colours. */
export const [BOLD, RED, DIM] = [1, 31, 2]
const [GREEN, YELLOW] = [32, 33]

/**
 * @typedef {object} OutputOptions
 * @property {number} width in columns
 * @property {boolean} colours
 * @property {(row: string) => void} print one row, without a line feed
 */

/** @typedef {ReturnType<typeof createOutput>} Output */

/**
 * Prints the lines of a story, folded at spaces where they are too long, and remembers what was not so.
 *
 * @param {OutputOptions} options
 */
export function createOutput({ width, colours, print }) {
  /** @type {string[]} */
  const said = []
  /** @type {string[]} */
  const notSo = []
  let chapter = ''
  let facts = 0

  /**
   * Prints a line, folded where it is too long.
   *
   * @param {string} line
   * @param {number} [colour]
   * @param {string} [margin] what each row starts with
   */
  function say(line, colour, margin = '  ') {
    said.push(line)
    for (const row of fold(line, width - margin.length)) {
      print((margin + (colour === undefined || !colours ? row : `\x1b[${colour}m${row}\x1b[0m`)).trimEnd())
    }
  }

  return {
    /** Each line so far, not folded. */
    said,
    /** What was not so, with its chapter. */
    notSo,
    get facts() {
      return facts
    },
    get chapter() {
      return chapter
    },

    say,

    /** @param {string} title */
    begin(title) {
      chapter = title
      say('')
      say(title, BOLD, '')
    },

    /**
     * One fact of the story: tells it, and remembers if it is not so.
     *
     * @param {string} what
     * @param {boolean} so
     */
    check(what, so) {
      facts++
      if (!so) notSo.push(`${chapter}: ${what}`)
      say(`${so ? '✓' : '✗ FAILED:'} ${what}`, so ? GREEN : RED)
    },

    /** @param {string} log what GitHub would show */
    show(log) {
      for (const line of log.split('\n')) say(line, /^(?:Warning|Error): /.test(line) ? YELLOW : DIM, '  │ ')
    },
  }
}

/**
 * The rows of a line. Those after the first are indented by two columns more.
 *
 * @param {string} line
 * @param {number} width
 */
function fold(line, width) {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const rows = []
  let row = ''
  for (const word of line.trimStart().split(' ')) {
    if (row.trim() !== '' && indent.length + row.length + 1 + word.length > width) {
      rows.push(indent + row)
      row = '  '
    }
    row += row.trim() === '' ? word : ` ${word}`
  }
  return [...rows, indent + row]
}
