// Tells a story on the terminal, and says whether it was so.

/** What ANSI calls the colours. */
export const [BOLD, DIM] = [1, 2]
const [RED, GREEN, YELLOW] = [31, 32, 33]

/** @typedef {ReturnType<typeof createOutput>} Output */
/** @typedef {{ width: number, colours: boolean, print: (row: string) => void }} OutputOptions `width`: in columns */

/**
 * @param {(output: Output) => Promise<void>} tell
 * @param {OutputOptions} options
 * @returns {Promise<boolean>} whether every fact was so
 */
export async function runDemo(tell, options) {
  const began = performance.now()
  const output = createOutput(options)
  const { say, notSo } = output
  await tell(output).catch(error => notSo.push(`${output.chapter()}: the demo could not continue: ${error}`))
  say('')
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (notSo.length === 0) say(`All ${output.facts()} checks passed in ${seconds} seconds.`, BOLD, '')
  else say('These checks failed:', RED, '')
  for (const line of notSo) say(line, RED)
  return notSo.length === 0
}

/** @param {OutputOptions} options */
function createOutput({ width, colours, print }) {
  /** Each line so far, not folded. @type {string[]} */
  const said = []
  /** What was not so, with its chapter. @type {string[]} */
  const notSo = []
  let chapter = ''
  let facts = 0

  /**
   * Prints a line, folded at spaces where it is too long.
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
    said,
    notSo,
    say,
    facts: () => facts,
    chapter: () => chapter,

    /** @param {string} title */
    begin(title) {
      chapter = title
      say('')
      say(title, BOLD, '')
    },

    /** One fact of the story: tells it, and remembers if it is not so. @param {string} what @param {boolean} so */
    check(what, so) {
      facts++
      if (!so) notSo.push(`${chapter}: ${what}`)
      say(`${so ? '✓' : '✗ FAILED:'} ${what}`, so ? GREEN : RED)
    },

    /** @param {string[]} lines what GitHub would show */
    show(lines) {
      for (const line of lines) say(line, /^(?:Warning|Error): /.test(line) ? YELLOW : DIM, '  │ ')
    },
  }
}

/** The rows of a line. Those after the first are indented more. @param {string} line @param {number} width */
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
