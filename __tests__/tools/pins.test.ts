import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { gitEnv } from './git.ts'

const UNKNOWN = '0123456789012345678901234567890123456789'
const CI = '.github/workflows/ci.yml'

/** A folder. Git uses its subfolder `github` instead of GitHub. */
const home = tempFolder('pins')
const env = {
  ...gitEnv(home),
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: `url.${pathToFileURL(path.join(home, 'github'))}/.insteadOf`,
  GIT_CONFIG_VALUE_0: 'https://github.com/',
}
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim()

/** Creates a repository in that subfolder, with one commit and these tags. Returns the commit. */
function repository(name: string, ...tags: string[][]): string {
  const folder = path.join(home, 'github', name)
  git(home, 'init', '--quiet', folder)
  git(folder, 'commit', '--quiet', '--allow-empty', '--message=A change')
  for (const tag of tags) git(folder, 'tag', ...tag)
  return git(folder, 'rev-parse', 'HEAD')
}
const commit = repository('actions/checkout', ['v7.0.1'], ['v7'], ['v7.0.0'])
const codeql = repository('github/codeql-action', ['--annotate', '--message=A release', 'v4.1.0'])

/** Runs the script in a project with these files, each a list of lines. Returns the reported problems and the files. */
function run(files: Record<string, string[]>, ...args: string[]) {
  const cwd = mkdtempSync(path.join(home, 'project-'))
  git(cwd, 'init', '--quiet')
  for (const [file, lines] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true })
    writeFileSync(path.join(cwd, file), lines.join('\n'))
  }
  git(cwd, 'add', '.')
  const read = (file: string) => readFileSync(path.join(cwd, file), 'utf8').split('\n')
  const script = [path.join(ACTION, 'scripts/pins.mjs'), ...args]
  const { status, stderr } = spawnSync(process.execPath, script, { cwd, env, encoding: 'utf8' })
  const problems = stderr.trim().split('\n').filter(Boolean)
  return { status, problems, files: Object.fromEntries(Object.keys(files).map(file => [file, read(file)])) }
}

test('accepts the commit of a tag, annotated or not', () => {
  const pinned = `- uses: actions/checkout@${commit} # v7.0.1`
  const workflow = [pinned, `  uses: github/codeql-action/init@${codeql} # v4.1.0`, '- uses: ./revoke']
  const files = { [CI]: workflow, 'examples/deploy.yml': [pinned], 'README.md': [pinned, '- uses: OWNER/an-action@v1'] }
  expect(run(files)).toMatchObject({ status: 0, problems: [] })
})

const OTHER_VERSION = `actions/checkout is pinned to a different version than in ${CI}:1.`
const UNREADABLE = `Could not check whether ${UNKNOWN} is v7.0.1: actions/setup-go could not be read.`

test.each([
  ['checkout@v7', 1, 'actions/checkout@v7 is not a full commit SHA'],
  ['checkout@0123456 # v7.0.1', 1, 'actions/checkout@0123456 is not a full commit SHA'],
  [`checkout@${UNKNOWN} # v7`, 1, `actions/checkout@${UNKNOWN} is not a full commit SHA with its version in a comment`],
  [`checkout@${UNKNOWN} # v7.0.1`, 1, `v7.0.1 of actions/checkout points to ${commit}, not ${UNKNOWN}.`],
  [`checkout@${UNKNOWN} # v7.0.2`, 1, 'actions/checkout has no tag v7.0.2.'],
  [`checkout@${commit} # v7.0.0`, 1, OTHER_VERSION, `checkout@${commit} # v7.0.1`],
  [`setup-go@${UNKNOWN} # v7.0.1`, 2, UNREADABLE],
])('rejects %s with exit code %i', (pin, status, problem, ...before) => {
  const result = run({ [CI]: [...before, pin].map(each => `- uses: actions/${each}`) })
  const location = problem === UNREADABLE ? '' : `${CI}:${before.length + 1}: `
  expect(result).toMatchObject({ status, problems: [expect.stringContaining(location + problem)] })
})

test("copies the workflows' pins to examples and documents if --write is set, and changes nothing else", () => {
  const pinned = `- uses: actions/checkout@${commit} # v7.0.1`
  const other = ['Write `uses: actions/checkout@v5`.', '  uses: OWNER/an-action@v1']
  const files = {
    [CI]: [pinned],
    'examples/deploy.yml': ['- uses: actions/checkout@v5'],
    'README.md': [...other, `- uses: actions/checkout@${UNKNOWN} # v6.0.0`],
  }
  expect(run(files, '--write')).toEqual({
    status: 0,
    problems: [],
    files: { [CI]: [pinned], 'examples/deploy.yml': [pinned], 'README.md': [...other, pinned] },
  })
})
