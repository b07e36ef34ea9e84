// Writes the part of GitHub's OpenAPI description that tests read: node scripts/github-openapi.mjs [FILE]. The
// description is published in a package of 385 MB, so npm downloads it only here, instead of installing it. The
// package stays in .cache/. To update: set its newest version and the integrity that `npm view` prints for it, run this,
// and commit the file.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { partOf } from '../__tests__/support/openapi-part.mjs'

const NAME = '@octokit/openapi'
const VERSION = '23.0.2'
const INTEGRITY = 'sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=='
const LICENSE = 'MIT License Copyright (c) 2020 Octokit contributors'
const PULL_REQUEST = '/repos/{owner}/{repo}/pulls/{pull_number}'
/** The properties that the action sets or reads, of many more. */
const READ = {
  deployment: ['id', 'sha', 'ref', 'task', 'payload', 'environment', 'description', 'created_at'],
  'deployment-status': ['state'],
  'pull-request': ['number', 'state', 'closed_at'],
}
const PATHS = ['/repos/{owner}/{repo}/deployments', PULL_REQUEST]

const root = fileURLToPath(new URL('..', import.meta.url))
const [output = path.join(root, '__tests__/support/github-openapi.json')] = process.argv.slice(2)

/** Returns the packed package, from .cache/ or npm. @throws if it does not match INTEGRITY */
function packed() {
  const folder = path.join(root, '.cache/github-openapi')
  const file = path.join(folder, `octokit-openapi-${VERSION}.tgz`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const args = ['pack', `${NAME}@${VERSION}`, '--silent', '--pack-destination', folder]
    // On Windows npm is a script, which only a shell starts.
    const shell = process.platform === 'win32'
    const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], shell })
    // As for .ci/run: nothing can be checked without the package.
    if (status !== 0) process.exit(2)
  }
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
  if (integrity !== INTEGRITY) throw new Error(`${file} has the integrity ${integrity}, not ${INTEGRITY}.`)
  return file
}

/** @param {string} archive @param {string} name */
function fileIn(archive, name) {
  const args = ['-xzOf', path.basename(archive), `package/${name}`]
  return execFileSync('tar', args, { cwd: path.dirname(archive), encoding: 'utf8', maxBuffer: 2 ** 26 })
}

const archive = packed()
if (!fileIn(archive, 'LICENSE').startsWith(LICENSE)) throw new Error(`The license of ${NAME} is another one.`)
// Removes the examples, which are half of it and unused.
const withoutExamples = (/** @type {string} */ key, /** @type {unknown} */ value) =>
  key === 'examples' ? undefined : value
const whole = JSON.parse(fileIn(archive, 'generated/api.github.com.json'), withoutExamples)
for (const [name, properties] of Object.entries(READ)) {
  const schema = whole.components.schemas[name]
  schema.required = properties
  schema.properties = Object.fromEntries(properties.map(property => [property, schema.properties[property]]))
}
for (const route of Object.keys(whole.paths)) if (route.startsWith(`${PULL_REQUEST}/`)) delete whole.paths[route]
whole.paths[PULL_REQUEST] = { get: whole.paths[PULL_REQUEST].get }
// The MIT license of the package requires its notice.
const part = { 'x-source': `${NAME}@${VERSION}`, 'x-license': LICENSE, ...partOf(whole, ...PATHS) }
writeFileSync(output, `${formatted(part, 3)}\n`)

/**
 * Returns JSON with a line for each operation and each schema. A line for each of their members would make 1,700.
 * @param {unknown} value
 * @param {number} depth how many levels of objects get lines of their own
 * @param {string} [margin]
 * @returns {string}
 */
function formatted(value, depth, margin = '') {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const inner = `${margin}  `
  const members = Object.entries(value).map(
    ([name, member]) => `\n${inner}${JSON.stringify(name)}: ${formatted(member, depth - 1, inner)}`,
  )
  return `{${members}\n${margin}}`
}
