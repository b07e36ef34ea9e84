// Tags the checked-out commit as vX.Y.Z on the remote origin and moves vX to it, in one atomic push:
// node scripts/release-tags.mjs 1.2.3. Exits with 1 and pushes nothing if vX.Y.Z already points to another commit, or
// if vX points to a newer version, which its users must keep. You can run it again for the same commit.
import { execFileSync } from 'node:child_process'

/** @param {string[]} args */
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim()

const [version = ''] = process.argv.slice(2)
const [, major] = /^(\d+)\.\d+\.\d+$/.exec(version) ?? []
if (major === undefined) fail(`${JSON.stringify(version)} is not a version such as 1.2.3.`)

const commit = git('rev-parse', 'HEAD')
/** @type {Map<string, string>} The commit of each tag. */
const tags = new Map()
for (const line of git('ls-remote', '--tags', 'origin').split('\n')) {
  // An annotated tag is listed twice: as itself and, with `^{}`, as its commit.
  const [, id = '', tag = ''] = /^(\S+)\trefs\/tags\/(.+?)(?:\^\{\})?$/.exec(line) ?? []
  tags.set(tag, id)
}

const known = tags.get(`v${version}`)
if (known !== undefined && known !== commit) fail(`v${version} already points to commit ${known}, not ${commit}.`)
const releases = [...tags.keys()].filter(tag => /^v\d+\.\d+\.\d+$/.test(tag) && tag.startsWith(`v${major}.`))
const newer = releases.find(tag => tag.localeCompare(`v${version}`, 'en', { numeric: true }) > 0)
if (newer !== undefined) fail(`v${major} points to ${newer}, which is newer than ${version}.`)

const release = known === undefined ? [`${commit}:refs/tags/v${version}`] : []
git('push', '--atomic', 'origin', ...release, `+${commit}:refs/tags/v${major}`)
console.log(`v${version} and v${major} point to commit ${commit}.`)

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
