// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
// Runs the steps of examples/first-key.yml that use the action, with an emulated Pinata, and writes their job summary as a
// picture: npm run demo:record. It knows the Markdown that a summary contains: headings, paragraphs, tables, code, links.

import { DOMAIN } from '../emulator/demo/reader.mjs'
import { green, ROOT } from '../emulator/demo/steps.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import { startJob } from '../emulator/runner/runner.mjs'
import { COLUMN, escapeXml, MARGIN, withoutChance, writePicture } from './picture.mjs'

const ROW = 30
const PADDING = 12

writePicture('summary.svg', draw(withoutChance((await summary()).split('\n'))))

/** The job summary of a step and its post step. */
async function summary() {
  const pinata = await startPinata()
  try {
    pinata.addGateway({ domain: DOMAIN.split('.')[0] ?? '', keys: 1 })
    const job = startJob({ context: { secrets: { PINATA_JWT: pinata.addJwt() } } })
    const access = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
    const step = await job.step({ action: ROOT, with: { ...access, 'first-control': 'fail', revoke: 'after-job' } })
    const steps = [step, ...(await job.end())]
    if (!steps.every(green)) throw new Error(`A step failed:\n${job.log}`)
    return steps.map(each => each.summary).join('')
  } finally {
    await pinata.close()
  }
}

/** @param {string[]} lines of Markdown */
function draw(lines) {
  let [y, right] = [MARGIN, 0]
  let body = ''
  /** @type {string[][]} */
  let table = []

  /** @param {string} markdown @param {number} x @param {string} style */
  function write(markdown, x, style = '') {
    right = Math.max(right, x + plain(markdown).length * COLUMN)
    body += `<text x="${Math.round(x)}" y="${y - 10}"${style}>${spans(markdown)}</text>\n`
  }

  for (const line of [...lines, '']) {
    if (line.startsWith('|')) {
      table.push(cellsOf(line))
    } else {
      writeTable()
      if (line !== '') {
        y += ROW
        write(line.replace(/^#+ /, ''), MARGIN, line.startsWith('#') ? ' class="bold"' : '')
      }
    }
  }

  function writeTable() {
    const [head = [], , ...rows] = table
    table = []
    const widths = head.map((cell, n) => Math.max(...[cell, ...rows.map(row => row[n] ?? '')].map(widthOf)))
    const edge = MARGIN + widths.reduce((sum, width) => sum + width, 0)
    for (const [index, row] of (head.length === 0 ? [] : [head, ...rows]).entries()) {
      y += ROW
      let x = MARGIN
      for (const [n, cell] of row.entries()) {
        write(cell, x + PADDING, index === 0 ? ' class="bold"' : '')
        x += widths[n] ?? 0
      }
      body += `<path d="M${MARGIN} ${y + 0.5}H${Math.round(edge)}"/>\n`
      right = Math.max(right, edge)
    }
    y += head.length === 0 ? 0 : PADDING
  }

  const title = 'The job summary of a step that creates a key, and of its post step'
  return { title, width: Math.ceil(right) + MARGIN, height: y + MARGIN, body }
}

/** @param {string} row of a table */
function cellsOf(row) {
  return row
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
}

/** Returns the visible text of some Markdown. @param {string} markdown */
function plain(markdown) {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '')
}

/** The width of a cell. @param {string} cell */
function widthOf(cell) {
  return Math.ceil(plain(cell).length * COLUMN) + 2 * PADDING
}

/** @param {string} markdown */
function spans(markdown) {
  return escapeXml(markdown)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '<tspan class="link">$1</tspan>')
    .replace(/`([^`]*)`/g, '$1')
}
