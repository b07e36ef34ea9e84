// Checks a published release on GitHub: node scripts/release-check.mjs 1.2.3. Exits with 1 if it is a draft or not
// immutable, or if the tag of a major version, which must stay movable, has a release. (docs/development.md, Settings)
// https://docs.github.com/en/code-security/concepts/supply-chain-security/immutable-releases
import { execFileSync } from 'node:child_process'

/** @param {string[]} args */
const api = (...args) => JSON.parse(execFileSync('gh', ['api', ...args], { encoding: 'utf8' }))

const tag = `v${process.argv[2]}`
const releases = `repos/${process.env.GITHUB_REPOSITORY}/releases`

/** @type {string[]} */
const problems = []
/** @type {{ tag_name: string, draft: boolean, immutable: boolean }[]} */
const all = api('--paginate', '--slurp', `${releases}?per_page=100`).flat()
const release = all.find(({ tag_name, draft }) => tag_name === tag && !draft)
if (release === undefined) problems.push(`${tag} is not published. Publish its draft, and run this job again.`)
else if (!release.immutable)
  problems.push(
    `${tag} is not immutable. Select "Enable release immutability" in the repository settings, delete the ` +
      `release but not its tag, and run the jobs "Draft" and "Finish" again.`,
  )
for (const { tag_name } of all)
  if (/^v\d+$/.test(tag_name))
    problems.push(`${tag_name} has a release. Delete it: if it becomes immutable, the tag can never move again.`)

for (const problem of problems) console.log(`::error::${problem}`)
if (problems.length === 0) console.log(`${tag} is immutable.`)
process.exitCode = Math.min(problems.length, 1)
