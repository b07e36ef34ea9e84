// Writes the part of GitHub's OpenAPI description that tests read: node scripts/github-openapi.mjs [FILE]
// To update, set VERSION to the newest version and INTEGRITY to the value that `npm view` prints for it, run this
// script, and commit the file.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { extractPaths } from '../__tests__/support/openapi-part.mjs'

const NAME = '@octokit/openapi'
const VERSION = '23.0.2'
const INTEGRITY = 'sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=='
const LICENSE = 'MIT License Copyright (c) 2020 Octokit contributors'
const PULL_REQUEST = '/repos/{owner}/{repo}/pulls/{pull_number}'
/** The properties to keep: those that the action sets or reads. */
const KEPT_PROPERTIES = {
  deployment: ['id', 'sha', 'ref', 'task', 'payload', 'environment', 'description', 'created_at'],
  'deployment-status': ['state'],
  'pull-request': ['number', 'state', 'closed_at'],
}
const PATHS = ['/repos/{owner}/{repo}/deployments', PULL_REQUEST]

const root = fileURLToPath(new URL('..', import.meta.url))
const [output = path.join(root, '__tests__/support/github-openapi.json')] = process.argv.slice(2)

/** Returns the path of the package's archive, from .cache/ or npm. @throws if it does not match INTEGRITY */
function packageArchive() {
  const folder = path.join(root, '.cache/github-openapi')
  const file = path.join(folder, `octokit-openapi-${VERSION}.tgz`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const args = ['pack', `${NAME}@${VERSION}`, '--silent', '--pack-destination', folder]
    // On Windows, npm is a script, which only a shell can start.
    const shell = process.platform === 'win32'
    const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], shell })
    // For .ci/run, exit code 2 means that nothing could be checked.
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

const archive = packageArchive()
if (!fileIn(archive, 'LICENSE').startsWith(LICENSE)) throw new Error(`The license of ${NAME} has changed.`)
// Drop the examples, which are unused and make up half of the description.
const withoutExamples = (/** @type {string} */ key, /** @type {unknown} */ value) =>
  key === 'examples' ? undefined : value
const document = JSON.parse(fileIn(archive, 'generated/api.github.com.json'), withoutExamples)
for (const [name, properties] of Object.entries(KEPT_PROPERTIES)) {
  const schema = document.components.schemas[name]
  schema.required = properties
  schema.properties = Object.fromEntries(properties.map(property => [property, schema.properties[property]]))
}
for (const route of Object.keys(document.paths)) if (route.startsWith(`${PULL_REQUEST}/`)) delete document.paths[route]
document.paths[PULL_REQUEST] = { get: document.paths[PULL_REQUEST].get }
// The package's MIT license requires this notice.
const part = { 'x-source': `${NAME}@${VERSION}`, 'x-license': LICENSE, ...extractPaths(document, ...PATHS) }
writeFileSync(output, `${formatted(part, 3)}\n`)

/**
 * Returns JSON with one line for each operation and schema. A line for each of their members would make 1,700 lines.
 * @param {unknown} value
 * @param {number} depth how many levels of objects get separate lines
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
