// Shared by the pictures of docs/images: the frame in light and dark colours, and the removal of text that differs
// between runs, so that a test can compare them.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../emulator/demo/steps.mjs'

const STYLE = `
  svg { --back: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --dim: #59636e; --green: #1a7f37; --yellow: #9a6700; --red: #d1242f; --link: #0969da }
  @media (prefers-color-scheme: dark) {
    svg { --back: #151b23; --line: #3d444d; --text: #f0f6fc; --dim: #9198a1; --green: #3fb950; --yellow: #d29922; --red: #f85149; --link: #4493f8 }
  }
  rect { fill: var(--back); stroke: var(--line) } path { stroke: var(--line) }
  text { fill: var(--text); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; white-space: pre }
  .bold { font-weight: 600 } .dim { fill: var(--dim) } .link { fill: var(--link) }
  .green { fill: var(--green) } .yellow { fill: var(--yellow) } .red { fill: var(--red) }
`
export const MARGIN = 20
/** The width of a character. */
export const COLUMN = 7.83
/** The days of all pictures count from here. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 8)

/**
 * Writes an SVG, to the file that the command line names or to docs/images.
 *
 * @param {string} name of the file
 * @param {{ title: string, width: number, height: number, body: string }} picture
 */
export function writePicture(name, { title, width, height, body }) {
  const file = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/images', name))
  writeFileSync(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${title}</title>
<style>${STYLE}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${body}</svg>
`,
  )
}

/** Replaces IDs and times. @param {string[]} rows of one picture */
export function withoutChance(rows) {
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
      // Separate patterns, because a line break may be between them.
      .replace(/\b\d{4}-\d\d-\d\d\b/g, day => {
        first ??= Date.parse(day)
        return new Date(FIRST_DAY_MS + Date.parse(day) - first).toISOString().slice(0, 10)
      })
      .replace(/\b\d\d:\d\d:\d\d\b/g, '12:00:00')
      .replace(/in [\d.]+ seconds/, 'in 1.5 seconds'),
  )
}

/** @param {string} text */
export const escapeXml = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
