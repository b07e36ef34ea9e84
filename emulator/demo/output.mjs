// Runs a demo in the terminal, and reports whether its checks passed.

/** ANSI codes of styles and colors. */
export const [BOLD, DIM] = [1, 2]
const [RED, GREEN, YELLOW] = [31, 32, 33]

/** @typedef {ReturnType<typeof createOutput>} Output */
/** @typedef {{ width: number, colours: boolean, print: (row: string) => void }} OutputOptions `width`: in columns */

/**
 * @param {(output: Output) => Promise<void>} demo
 * @param {OutputOptions} options
 * @returns {Promise<boolean>} whether all checks passed
 */
export async function runDemo(demo, options) {
  const began = performance.now()
  const output = createOutput(options)
  const { say, failures } = output
  await demo(output).catch(error => failures.push(`${output.chapter()}: the demo could not continue: ${error}`))
  say('')
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (failures.length === 0) say(`All ${output.facts()} checks passed in ${seconds} seconds.`, BOLD, '')
  else say('These checks failed:', RED, '')
  for (const line of failures) say(line, RED)
  return failures.length === 0
}

/** @param {OutputOptions} options */
function createOutput({ width, colours, print }) {
  /** All lines so far, unwrapped. @type {string[]} */
  const said = []
  /** Failed checks, with their chapters. @type {string[]} */
  const failures = []
  let chapter = ''
  let facts = 0

  /**
   * Prints a line, wrapped at spaces if it is too long.
   * @param {string} line
   * @param {number} [colour]
   * @param {string} [margin] the prefix of each row
   */
  function say(line, colour, margin = '  ') {
    said.push(line)
    for (const row of fold(line, width - margin.length)) {
      print((margin + (colour === undefined || !colours ? row : `\x1b[${colour}m${row}\x1b[0m`)).trimEnd())
    }
  }

  return {
    said,
    failures,
    say,
    facts: () => facts,
    chapter: () => chapter,

    /** @param {string} title */
    begin(title) {
      chapter = title
      say('')
      say(title, BOLD, '')
    },

    /** Prints the result of a check, and records it if it failed. @param {string} what @param {boolean} so */
    check(what, so) {
      facts++
      if (!so) failures.push(`${chapter}: ${what}`)
      say(`${so ? '✓' : '✗ FAILED:'} ${what}`, so ? GREEN : RED)
    },

    /** @param {string[]} lines that GitHub would show */
    show(lines) {
      for (const line of lines) say(line, /^(?:Warning|Error): /.test(line) ? YELLOW : DIM, '  │ ')
    },
  }
}

/** Wraps a line into rows. Rows after the first are indented further. @param {string} line @param {number} width */
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
