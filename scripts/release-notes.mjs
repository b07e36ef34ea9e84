// Prints a version's section of CHANGELOG.md, for its release notes: node scripts/release-notes.mjs 1.2.3. Exits with 1
// if the section is missing or empty, or if package.json has another version. The working directory has both files.
import { readFileSync } from 'node:fs'

const [release = ''] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const changelog = readFileSync('CHANGELOG.md', 'utf8').replaceAll('\r\n', '\n')
const sections = changelog.split(/^## /m).slice(1)
const section = sections.find(each => each.startsWith(`[${release}]`)) ?? ''
const [heading = '', ...lines] = section.split('\n')
const notes = lines.join('\n').trim()

if (!/^\d+\.\d+\.\d+$/.test(release)) fail(`${JSON.stringify(release)} is not a version such as 1.2.3.`)
if (version !== release) fail(`package.json has version ${version}, not ${release}.`)
if (section === '') fail(`CHANGELOG.md has no section [${release}].`)
if (!/^\[[\d.]+\] - \d{4}-\d\d-\d\d$/.test(heading)) fail(`The [${release}] heading in CHANGELOG.md has no date.`)
// A section with only headings counts as empty.
if (notes.replace(/^#.*$/gm, '').trim() === '') fail(`The section [${release}] of CHANGELOG.md is empty.`)
console.log(notes)

/** @param {string} message */
function fail(message) {
  console.error(message)
  process.exit(1)
}
