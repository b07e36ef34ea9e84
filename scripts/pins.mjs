// Checks how workflows, examples, and documents pin other actions (docs/development.md): node scripts/pins.mjs. Exits
// with 1 if it finds a problem, or 2 if it finds no problem but could not read a repository. With --write, it first
// copies the workflows' pins to examples and documents.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/** @typedef {{ location: string, repository: string, commit: string, version: string }} Pin */

const WORKFLOWS = '.github/workflows/'
const USES = /^(?<before>\s*(?:- )?uses: )(?<used>\S+)(?: +# *(?<comment>\S.*?))?\s*$/
const PIN = /^(?<action>(?<repository>[\w.-]+\/[\w.-]+)[\w./-]*)@(?<commit>[0-9a-f]{40})$/

/** @type {string[]} One sentence each. */
const problems = []
/** @type {string[]} Checks that could not be done, one sentence each. */
const unknown = []

/** @param {string[]} args */
const git = (...args) => {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' }
  return execFileSync('git', args, { env, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 })
}
const files = git('ls-files', '--', `${WORKFLOWS}*.yml`, 'examples/*.yml', '*.md').split('\n').filter(Boolean)

if (process.argv.includes('--write')) {
  const pins = files.filter(file => file.startsWith(WORKFLOWS)).flatMap(pinsOf)
  for (const file of files) if (!file.startsWith(WORKFLOWS)) write(file, pins)
  problems.length = 0
}
const pins = files.flatMap(pinsOf)
/** @type {Map<string, Pin>} The first pin of each repository. */
const first = new Map()
for (const pin of pins) {
  const { location, repository, commit, version } = first.get(pin.repository) ?? pin
  first.set(repository, { location, repository, commit, version })
  if (pin.commit !== commit || pin.version !== version)
    problems.push(`${pin.location}: ${repository} is pinned to a different version than in ${location}.`)
}
for (const pin of first.values()) compare(pin)

for (const line of [...problems, ...unknown]) console.error(line)
console.log(`Checked ${pins.length} uses of ${first.size} repositories.`)
process.exitCode = problems.length > 0 ? 1 : unknown.length > 0 ? 2 : 0

/** Returns the pins of a file. Actions of other repositories must be pinned. @param {string} file @returns {Pin[]} */
function pinsOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, index) => {
    const { used = '', comment = '' } = USES.exec(line)?.groups ?? {}
    if (used === '' || /^(\.\/|OWNER\/)/.test(used)) return []
    const location = `${file}:${index + 1}`
    const { repository = '', commit = '' } = PIN.exec(used)?.groups ?? {}
    if (commit !== '' && /^v\d+\.\d+\.\d+$/.test(comment)) return [{ location, repository, commit, version: comment }]
    problems.push(`${location}: ${used} is not a full commit SHA with its version in a comment, such as # v1.2.3.`)
    return []
  })
}

/** Updates the actions in a file to these pins. @param {string} file @param {Pin[]} pins */
function write(file, pins) {
  const lines = readFileSync(file, 'utf8').split('\n')
  const updated = lines.map(line => {
    const { before = '', used = '' } = USES.exec(line)?.groups ?? {}
    const [action = ''] = used.split('@')
    const pin = pins.find(({ repository }) => action === repository || action.startsWith(`${repository}/`))
    return pin ? `${before}${action}@${pin.commit} # ${pin.version}` : line
  })
  writeFileSync(file, updated.join('\n'))
}

/** Compares a pin with the tag of its version. @param {Pin} pin */
function compare({ location, repository, commit, version }) {
  const tag = `refs/tags/${version}`
  /** @type {string} */
  let output
  try {
    // An annotated tag is listed twice: as itself and, with `^{}`, as its commit.
    output = git('ls-remote', `https://github.com/${repository}`, tag, `${tag}^{}`)
  } catch {
    unknown.push(`Could not check whether ${commit} is ${version}: ${repository} could not be read.`)
    return
  }
  const [actual] = output.trim().split('\n').at(-1)?.split('\t') ?? []
  if (!actual) problems.push(`${location}: ${repository} has no tag ${version}.`)
  else if (actual !== commit)
    problems.push(`${location}: ${version} of ${repository} points to ${actual}, not ${commit}.`)
}
