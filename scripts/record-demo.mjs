// Runs the demo of a pull request and writes what it printed as a picture: npm run demo:record. With a file as argument
// there, without to docs/images/demo.svg. IDs and the time that the demo took are replaced, so the picture is the same
// each time, and a test compares it. It is drawn here because tools that record need a terminal and record their own
// timing, and few draw for light and dark pages alike.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { tellPreview } from '../emulator/demo/preview.mjs'
import { runDemo } from '../emulator/demo/run.mjs'
import { ROOT } from '../emulator/demo/steps.mjs'

const FILE = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/images/demo.svg'))
const COLUMN = 7.83
const ROW = 18
const EMPTY_ROW = 9
const MARGIN = 20
/** What the demo's colours are in the picture. @type {Record<string, string>} */
const CLASSES = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' }
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

/** @type {string[]} */
const rows = ['\x1b[2m$\x1b[0m npm run demo -- preview', '']
const so = await runDemo(tellPreview, { width: 100, colours: true, print: row => rows.push(row) })
if (!so) throw new Error(`The demo found something that is not so:\n${rows.join('\n')}`)
writeFileSync(FILE, draw(withoutChance(rows)))

/** What is another in each run. @param {string[]} rows */
function withoutChance(rows) {
  /** @type {string[]} */
  const ids = []
  return rows.map(row =>
    row
      .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, id => {
        if (!ids.includes(id)) ids.push(id)
        return `${ids.indexOf(id) + 1}b7d3f60-2c4e-4a19-9d85-0e6f1a7c3b52`
      })
      .replace(/in [\d.]+ seconds/, 'in 1.5 seconds'),
  )
}

/** An SVG of these rows. @param {string[]} rows as a terminal would get them */
function draw(rows) {
  let y = MARGIN
  const texts = rows.map(row => {
    y += row === '' ? EMPTY_ROW : ROW
    return row === '' ? '' : `<text x="${MARGIN}" y="${y - 5}">${spans(row)}</text>\n`
  })
  const columns = Math.max(...rows.map(row => stripVTControlCharacters(row).length))
  const [width, height] = [Math.ceil(columns * COLUMN) + 2 * MARGIN, y + MARGIN]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>What npm run demo -- preview prints</title>
<style>${STYLE}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${texts.join('')}</svg>
`
}

/** The text of a row, its colours as classes. @param {string} row */
function spans(row) {
  const [plain, ...parts] = row.replaceAll('&', '&amp;').replaceAll('<', '&lt;').split('\x1b[')
  const coloured = parts.map(part => {
    const [, code = '', text] = /^(\d+)m(.*)$/.exec(part) ?? []
    return code === '0' ? text : `<tspan class="${CLASSES[code]}">${text}</tspan>`
  })
  return plain + coloured.join('')
}
