// Prints a version's section of CHANGELOG.md, for its release notes: node scripts/release-notes.mjs 1.2.3. Exits with 1
// if it is missing or empty, or if package.json has another version. Reads both files in the working directory.
import { readFileSync } from 'node:fs'

const [wanted = ''] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const changelog = readFileSync('CHANGELOG.md', 'utf8').replaceAll('\r\n', '\n')
const sections = changelog.split(/^## /m).slice(1)
const section = sections.find(each => each.startsWith(`[${wanted}]`)) ?? ''
const [heading = '', ...lines] = section.split('\n')
const notes = lines.join('\n').trim()

/** @returns {string | undefined} */
function problem() {
  if (!/^\d+\.\d+\.\d+$/.test(wanted)) return `${JSON.stringify(wanted)} is not a version such as 1.2.3.`
  if (version !== wanted) return `package.json is of version ${version}, not ${wanted}.`
  if (section === '') return `CHANGELOG.md has no section [${wanted}].`
  if (!/^\[[\d.]+\] - \d{4}-\d\d-\d\d$/.test(heading)) return `The heading of [${wanted}] in CHANGELOG.md has no date.`
  // A section with only headings counts as empty.
  if (notes.replace(/^#.*$/gm, '').trim() === '') return `The section [${wanted}] of CHANGELOG.md is empty.`
  return undefined
}

const found = problem()
if (found === undefined) {
  console.log(notes)
} else {
  console.error(found)
  process.exitCode = 1
}
