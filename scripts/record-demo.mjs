// Runs the demo of a pull request and writes what it printed as a picture: npm run demo:record. It is drawn here because
// tools that record need a terminal and record their own timing, and few draw for light and dark pages alike.
import { stripVTControlCharacters } from 'node:util'
import { tellPreview } from '../emulator/demo/preview.mjs'
import { runDemo } from '../emulator/demo/run.mjs'
import { COLUMN, escapeXml, MARGIN, withoutChance, writePicture } from './picture.mjs'

const ROW = 18
const EMPTY_ROW = 9
/** What the demo's colours are in the picture. @type {Record<string, string>} */
const CLASSES = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' }

/** @type {string[]} */
const rows = ['\x1b[2m$\x1b[0m npm run demo -- preview', '']
const so = await runDemo(tellPreview, { width: 100, colours: true, print: row => rows.push(row) })
if (!so) throw new Error(`The demo found something that is not so:\n${rows.join('\n')}`)
writePicture('demo.svg', draw(withoutChance(rows)))

/** @param {string[]} rows as a terminal would get them */
function draw(rows) {
  let y = MARGIN
  const texts = rows.map(row => {
    y += row === '' ? EMPTY_ROW : ROW
    return row === '' ? '' : `<text x="${MARGIN}" y="${y - 5}">${spans(row)}</text>\n`
  })
  const columns = Math.max(...rows.map(row => stripVTControlCharacters(row).length))
  return {
    title: 'What npm run demo -- preview prints',
    width: Math.ceil(columns * COLUMN) + 2 * MARGIN,
    height: y + MARGIN,
    body: texts.join(''),
  }
}

/** The text of a row, its colours as classes. @param {string} row */
function spans(row) {
  const [plain, ...parts] = escapeXml(row).split('\x1b[')
  const coloured = parts.map(part => {
    const [, code = '', text] = /^(\d+)m(.*)$/.exec(part) ?? []
    return code === '0' ? text : `<tspan class="${CLASSES[code]}">${text}</tspan>`
  })
  return plain + coloured.join('')
}
