// Runs a demo in the terminal, and reports whether its checks passed.

/** ANSI codes of styles and colors. */
export const [BOLD, DIM] = [1, 2]
const [RED, GREEN, YELLOW] = [31, 32, 33]

/** @typedef {ReturnType<typeof createOutput>} Output */
/** @typedef {{ width: number, colors: boolean, printRow: (row: string) => void }} OutputOptions `width`: in columns */

/** @param {(output: Output) => Promise<void>} demo @param {OutputOptions} options @returns whether all checks passed */
export async function runDemo(demo, options) {
  const startedAt = performance.now()
  const output = createOutput(options)
  const { print, failures } = output
  await demo(output).catch(error => failures.push(`${output.chapter()}: the demo could not continue: ${error}`))
  print('')
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (failures.length === 0) print(`All ${output.checkCount()} checks passed in ${seconds} seconds.`, BOLD, '')
  else print('These checks failed:', RED, '')
  for (const line of failures) print(line, RED)
  return failures.length === 0
}

/** @param {OutputOptions} options */
export function createOutput({ width, colors, printRow }) {
  /** All lines so far, unwrapped. @type {string[]} */
  const printed = []
  /** Failed checks, with their chapters. @type {string[]} */
  const failures = []
  let chapter = ''
  let checkCount = 0

  /**
   * Prints a line, wrapped at spaces if it is too long.
   * @param {string} line
   * @param {number} [color]
   * @param {string} [margin] the prefix of each row
   */
  function print(line, color, margin = '  ') {
    printed.push(line)
    for (const row of fold(line, width - margin.length)) {
      printRow((margin + (color === undefined || !colors ? row : `\x1b[${color}m${row}\x1b[0m`)).trimEnd())
    }
  }

  return {
    printed,
    failures,
    print,
    checkCount: () => checkCount,
    chapter: () => chapter,

    /** @param {string} title */
    beginChapter(title) {
      chapter = title
      print('')
      print(title, BOLD, '')
    },

    /** Prints the result of a check, and records failed checks. @param {string} claim @param {boolean} passed */
    check(claim, passed) {
      checkCount++
      if (!passed) failures.push(`${chapter}: ${claim}`)
      print(`${passed ? '✓' : '✗ FAILED:'} ${claim}`, passed ? GREEN : RED)
    },

    /** @param {string[]} lines the lines that GitHub would show */
    show(lines) {
      for (const line of lines) print(line, /^(?:Warning|Error): /.test(line) ? YELLOW : DIM, '  │ ')
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
