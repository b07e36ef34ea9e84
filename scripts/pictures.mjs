// Draws the pictures in docs/images: npm run demo:record. Recording tools would need a terminal and record real timing,
// and few support both light and dark pages. To draw only one picture, or into another file:
// node scripts/pictures.mjs demo [FILE]
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createOutput, runDemo } from '../emulator/demo/output.mjs'
import { showPreview } from '../emulator/demo/preview.mjs'
import { createStage, ROOT, succeeded } from '../emulator/demo/stage.mjs'

/** @type {Record<string, { title: string, draw: () => Promise<string[]> }>} `draw` returns rows with ANSI codes. */
const PICTURES = {
  demo: { title: 'Output of npm run demo -- preview', draw: demo },
  summary: { title: 'The job summary of a step that creates a key, and of its post step', draw: summary },
}
const STYLE = `
  svg { --back: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --dim: #59636e; --green: #1a7f37; --yellow: #9a6700; --red: #d1242f }
  @media (prefers-color-scheme: dark) {
    svg { --back: #151b23; --line: #3d444d; --text: #f0f6fc; --dim: #9198a1; --green: #3fb950; --yellow: #d29922; --red: #f85149 }
  }
  rect { fill: var(--back); stroke: var(--line) }
  text { fill: var(--text); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; white-space: pre }
  .bold { font-weight: 600 } .dim { fill: var(--dim) }
  .green { fill: var(--green) } .yellow { fill: var(--yellow) } .red { fill: var(--red) }
`
/** CSS classes for the demo's ANSI codes. @type {Record<string, string>} */
const CLASSES = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' }
const MARGIN = 20
const [ROW, EMPTY_ROW] = [18, 9]
/** The width of a character. */
const COLUMN = 7.83
/** The date that replaces the first date in each picture. Later dates keep their distance from it. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 8)

const [only, outputFile] = process.argv.slice(2)
for (const [name, { title, draw }] of Object.entries(PICTURES)) {
  const file = path.resolve(outputFile ?? path.join(ROOT, 'docs/images', `${name}.svg`))
  if (name === (only ?? name)) writeFileSync(file, pictureOf(title, normalize(await draw())))
}

/** Returns the rows of the pull request demo. */
async function demo() {
  const rows = ['\x1b[2m$\x1b[0m npm run demo -- preview', '']
  const passed = await runDemo(showPreview, { width: 100, colors: true, printRow: row => rows.push(row) })
  if (!passed) throw new Error(`A check of the demo failed:\n${rows.join('\n')}`)
  return rows
}

/** Returns the job summary that the action writes in examples/first-key.yml: headings, paragraphs, and tables. */
async function summary() {
  const stage = await createStage(createOutput({ width: 100, colors: false, printRow: () => {} }), 1)
  const job = stage.beginJob()
  const steps = [await job.step('.', { 'first-control': 'fail', revoke: 'after-job' }), ...(await job.end())]
  await stage.close()
  if (!steps.every(succeeded)) throw new Error('A step failed.')
  const rows = steps.flatMap(each => each.summary.replace(/\[([^\]]*)\]\([^)]*\)|`/g, '$1').split('\n'))
  const cellsOf = (/** @type {string} */ row) => row.split(/\s*\|\s*/).slice(1, -1)
  const tables = rows.map(cellsOf)
  const widths = [0, 1].map(column => Math.max(...tables.map(cells => cells[column]?.length ?? 0)))
  return rows.map((row, index) => {
    if (row.startsWith('| ---')) return `\x1b[2m${'─'.repeat((widths[0] ?? 0) + 3 + (widths[1] ?? 0))}\x1b[0m`
    const padded = cellsOf(row).map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
    const text = row.startsWith('|') ? padded.join('').trimEnd() : row.replace(/^#+ /, '')
    return row.startsWith('#') || rows[index + 1]?.startsWith('| ---') ? `\x1b[1m${text}\x1b[0m` : text
  })
}

/** @param {string} title @param {string[]} rows */
function pictureOf(title, rows) {
  let y = MARGIN
  const texts = rows.map(row => {
    y += row === '' ? EMPTY_ROW : ROW
    return row === '' ? '' : `<text x="${MARGIN}" y="${y - 5}">${toSpans(row)}</text>\n`
  })
  const columns = Math.max(...rows.map(row => stripVTControlCharacters(row).trimEnd().length))
  const [width, height] = [Math.ceil(columns * COLUMN) + 2 * MARGIN, y + MARGIN]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${title}</title>
<style>${STYLE}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${texts.join('')}</svg>
`
}

/** Returns the text of a row, with CSS classes for its colors. @param {string} row */
function toSpans(row) {
  const [plain, ...parts] = row.replaceAll('&', '&amp;').replaceAll('<', '&lt;').split('\x1b[')
  const colored = parts.map(part => {
    const [, code = '', text] = /^(\d+)m(.*)$/.exec(part) ?? []
    return code === '0' ? text : `<tspan class="${CLASSES[code]}">${text}</tspan>`
  })
  return plain + colored.join('')
}

/** Replaces IDs and times, which differ between runs, so that a test can compare pictures. @param {string[]} rows */
function normalize(rows) {
  /** @type {string[]} */
  const ids = []
  /** @type {number | undefined} */
  let first
  return rows.map(row =>
    row
      .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, id => {
        if (!ids.includes(id)) ids.push(id)
        return `${ids.indexOf(id) + 1}b7d3f60-2c4e-4a19-9d85-0e6f1a7c3b52`
      })
      // Replace dates and times separately, because a line break may separate them.
      .replace(/\b\d{4}-\d\d-\d\d\b/g, day => {
        first ??= Date.parse(day)
        return new Date(FIRST_DAY_MS + Date.parse(day) - first).toISOString().slice(0, 10)
      })
      .replace(/\b\d\d:\d\d:\d\d\b/g, '12:00:00')
      .replace(/in [\d.]+ seconds/, 'in 1.5 seconds'),
  )
}
