// Measures what a developer of this project must read and install, and compares it with the goals. `npm run size`
// checks what a runner downloads.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

/** Returns the text of the files that git tracks or would add. @param {string[]} patterns git pathspecs */
function read(...patterns) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...patterns]
  const files = execFileSync('git', args, { encoding: 'utf8' }).trim().split('\n')
  return files.map(file => readFileSync(file, 'utf8')).join('')
}

const linesIn = (/** @type {string} */ text) => text.split('\n').length - 1

/** @param {string} title @param {number} measured @param {number} goal */
function report(title, measured, goal) {
  const number = (/** @type {number} */ value) => value.toLocaleString('en', { maximumFractionDigits: 2 })
  console.log(`| ${title} | ${number(measured)} | ${number(goal)} | ${measured > goal ? 'MISSED' : 'met'} |`)
}

const src = read('src/*.ts')
const otherCode = ['__tests__', 'emulator', 'scripts'].map(folder => read(`${folder}/*.ts`, `${folder}/*js`)).join('')
const documents = read('README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/*.md')
const installedKb = Number.parseInt(execFileSync('du', ['-skL', 'node_modules'], { encoding: 'utf8' }), 10)

console.log('| measurement | result | goal | |\n| --- | ---: | ---: | --- |')
report('lines of `src`', linesIn(src), 4000)
report('lines of `__tests__`, `emulator`, and `scripts` per line of `src`', linesIn(otherCode) / linesIn(src), 4)
report('words in README, CONTRIBUTING, SECURITY, and `docs`', documents.split(/\s+/).length - 1, 24_000)
report('MB of `node_modules`', installedKb / 1024, 300)
