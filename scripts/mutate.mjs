// Mutation testing: breaks src/ in small ways, one at a time, and lists the breaks that no test notices. Runs the
// tests of the same folder, then the others. Leaves out slow tests: the interleavings, and tests that start processes.
//
//   npm run mutate                                12 breaks in each folder
//   npm run mutate -- --breaks 100 names inputs
//
// A seed selects the breaks, so that versions can be compared. Stryker works here too, but its first run of the tests
// alone takes minutes, and with Stryker, node_modules would exceed its goal (scripts/weight.mjs).
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { parseSync } from '@swc/core'

/** @typedef {{ file: string, start: number, end: number, replacement: string, line: number, original: string }} Break */

/** Slower tests count as failed, because the break may have caused an endless loop. */
const TIMEOUT_MS = 600_000
/** Replacements for operators. @type {Record<string, string>} */
const REPLACEMENTS = Object.fromEntries(
  ['&& ||', '|| &&', '?? &&', '=== !==', '!== ===', '< >=', '<= <', '> <=', '>= >', '+ -', '- +', '* /', '/ *'].map(
    pair => pair.split(' '),
  ),
)

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { values, positionals } = parseArgs({
  options: {
    breaks: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
  },
  allowPositionals: true,
})
const modules = positionals.length > 0 ? positionals : readdirSync('src').filter(name => !name.endsWith('.ts'))
const processTests = execFileSync('git', ['grep', '-l', 'support/job', '--', '__tests__'], { encoding: 'utf8' })
const tooSlow = ['__tests__/(actions|interleavings)/', ...processTests.trim().split('\n')]

/** Returns all possible breaks of a file. @param {string} file @returns {Break[]} */
function breaksOf(file) {
  const code = readFileSync(file)
  // The parser counts bytes, starting where its previous call ended.
  const { start: base } = parseSync('').span
  const tree = parseSync(String(code), { syntax: 'typescript', target: 'es2023' })
  /** @type {Break[]} */
  const found = []
  const text = (/** @type {any} */ { span }) => String(code.subarray(span.start - base, span.end - base))
  const add = (/** @type {any} */ node, /** @type {string} */ replacement) => {
    const [start, end] = [node.span.start - base, node.span.end - base]
    const line = String(code.subarray(0, start)).split('\n').length
    found.push({ file, start, end, replacement, line, original: text(node) })
  }
  const visit = (/** @type {any} */ node) => {
    if (typeof node !== 'object' || node === null) return
    // Skip imports, re-exports, and types, but not expressions with a type, such as `x as T`.
    if (/^(Import|Export(All|Named)|Ts(?!As|Const|NonNull|Satisfies))/.test(node.type ?? '')) return
    if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') add(node.test, `!(${text(node.test)})`)
    if (node.type === 'BinaryExpression' && REPLACEMENTS[node.operator] !== undefined) {
      add(node, `(${text(node.left)}) ${REPLACEMENTS[node.operator]} (${text(node.right)})`)
    }
    if (node.type === 'NumericLiteral') add(node, `${2 * node.value + 1}`)
    if (node.type === 'BooleanLiteral') add(node, `${!node.value}`)
    if (node.type === 'StringLiteral' && node.value !== '') add(node, "''")
    if (node.type === 'ReturnStatement' && node.argument && text(node.argument) !== 'undefined') {
      add(node.argument, '(undefined as any)')
    }
    if (node.type === 'ExpressionStatement' || node.type === 'ThrowStatement') add(node, ';')
    for (const child of Object.values(node)) visit(child)
  }
  visit(tree)
  return found
}

/** @param {string} module @returns {Break[]} */
function selectBreaks(module) {
  const files = readdirSync(`src/${module}`).map(name => `src/${module}/${name}`)
  const rank = (/** @type {Break} */ { file, original, replacement, line }) => {
    const text = JSON.stringify([values.seed, file, original, replacement, line])
    return createHash('sha256').update(text).digest('hex')
  }
  const ranked = files.flatMap(breaksOf).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  return ranked.slice(0, Number(values.breaks))
}

/** Returns whether these tests pass. @param {string} folder @param {string} tests @param {string[]} ignored */
function testsPass(folder, tests, ignored) {
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--runInBand', '--bail']
  const selected = ['--passWithNoTests', '--selectProjects', 'action', '--testPathIgnorePatterns', ...ignored]
  const options = { cwd: folder, timeout: TIMEOUT_MS, maxBuffer: 100_000_000 }
  const ended = promisify(execFile)(process.execPath, [...jest, ...selected, '--testPathPatterns', tests], options)
  return ended.then(Boolean, () => false)
}

/** @param {string} folder a copy of the project @param {Break} applied */
async function isNoticed(folder, { file, start, end, replacement }) {
  const code = readFileSync(file)
  const broken = [code.subarray(0, start), replacement, code.subarray(end)].map(String).join('')
  writeFileSync(path.join(folder, file), broken)
  const folderTests = `__tests__/${moduleOf(file)}/`
  const passes =
    (!existsSync(folderTests) || (await testsPass(folder, folderTests, tooSlow))) &&
    (await testsPass(folder, '__tests__/', [...tooSlow, folderTests]))
  writeFileSync(path.join(folder, file), code)
  return !passes
}

const moduleOf = (/** @type {string} */ file) => path.basename(path.dirname(file))

const breaks = modules.flatMap(selectBreaks)
// The workers share this iterator.
const queue = breaks.values()
/** @type {Break[]} */
const noticed = []
const workers = Array.from({ length: Number(values.workers) }, async (_, index) => {
  const folder = path.resolve(`.cache/mutate-${index}`)
  rmSync(folder, { recursive: true, force: true })
  for (const name of readdirSync('.').filter(name => !['.cache', '.git', 'node_modules'].includes(name)))
    cpSync(name, path.join(folder, name), { recursive: true })
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'), 'junction')
  if (!(await testsPass(folder, '__tests__/', tooSlow))) throw new Error('The tests fail even without a break.')
  for (const each of queue) {
    const oneLine = (/** @type {string} */ text) => text.replace(/\s+/g, ' ').slice(0, 100)
    if (await isNoticed(folder, each)) noticed.push(each)
    else console.log(`${each.file}:${each.line}: ${oneLine(each.original)}  ->  ${oneLine(each.replacement)}`)
  }
  rmSync(folder, { recursive: true, force: true })
})
await Promise.all(workers)
console.log('\n| Module | Breaks | Noticed |\n| --- | ---: | ---: |')
for (const module of modules) {
  const [all, found] = [breaks, noticed].map(list => list.filter(({ file }) => moduleOf(file) === module).length)
  console.log(`| \`${module}\` | ${all} | ${found} |`)
}
