import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

const UNKNOWN = '0123456789012345678901234567890123456789'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A folder that git takes for GitHub, and a project beside it. Nobody's own settings of git apply. */
function setup() {
  const home = mkdtempSync(path.join(tmpdir(), 'pins-'))
  folders.push(home)
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')),
  )
  Object.assign(env, {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: path.join(home, 'none'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${pathToFileURL(path.join(home, 'github'))}/.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/',
  })
  for (const who of ['AUTHOR', 'COMMITTER'])
    Object.assign(env, { [`GIT_${who}_NAME`]: 'Somebody', [`GIT_${who}_EMAIL`]: 'somebody@example.com' })
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim()
  const made = (...names: string[]) => {
    const folder = path.join(home, ...names)
    mkdirSync(folder, { recursive: true })
    git(folder, 'init', '--quiet')
    return folder
  }
  const project = made('project')
  return {
    /** A repository on GitHub with one commit and its tags. @returns the commit */
    repository(name: string, ...tags: string[][]) {
      const folder = made('github', ...name.split('/'))
      git(folder, 'commit', '--quiet', '--allow-empty', '--message=A change')
      for (const tag of tags) git(folder, 'tag', ...tag)
      return git(folder, 'rev-parse', 'HEAD')
    },
    write(file: string, ...lines: string[]) {
      mkdirSync(path.dirname(path.join(project, file)), { recursive: true })
      writeFileSync(path.join(project, file), `${lines.join('\n')}\n`)
      git(project, 'add', '.')
    },
    read: (file: string) => readFileSync(path.join(project, file), 'utf8').trimEnd().split('\n'),
    run({ args = [] as string[], cwd = project } = {}) {
      const script = path.join(ACTION, 'scripts/pins.mjs')
      const result = spawnSync(process.execPath, [script, ...args], { cwd, env, encoding: 'utf8' })
      return { exitCode: result.status, problems: result.stderr.trim().split('\n').filter(Boolean) }
    },
  }
}

const CI = '.github/workflows/ci.yml'

test('this project has pinned all that it uses, in one version each', () => {
  // There is nothing in the place of GitHub, so this is the same with a network and without.
  const { exitCode, problems } = setup().run({ cwd: ACTION })
  expect(problems.filter(problem => !problem.includes('could not be read'))).toEqual([])
  expect(exitCode).toBe(2)
})

test('a pin is right that is the commit of its tag, annotated or not', () => {
  const { repository, write, run } = setup()
  const checkout = repository('actions/checkout', ['v7.0.1'])
  const codeql = repository('github/codeql-action', ['--annotate', '--message=A release', 'v4.1.0'])
  write(
    CI,
    `      - uses: actions/checkout@${checkout} # v7.0.1`,
    `        uses: github/codeql-action/init@${codeql} # v4.1.0`,
    '      - uses: ./revoke',
  )
  write('examples/deploy.yml', `      - uses: actions/checkout@${checkout} # v7.0.1`)
  write('docs/recipes.md', `- uses: actions/checkout@${checkout} # v7.0.1`, '- uses: OWNER/an-action@v1')
  expect(run()).toEqual({ exitCode: 0, problems: [] })
})

test.each([
  ['by its major version', '@v7', 'actions/checkout@v7 is not a full commit SHA'],
  ['by a short SHA', '@0123456 # v7.0.1', 'actions/checkout@0123456 is not a full commit SHA'],
  ['without its version', `@${UNKNOWN}`, `actions/checkout@${UNKNOWN} is not a full commit SHA with its version`],
  ['with its major version only', `@${UNKNOWN} # v7`, `@${UNKNOWN} is not a full commit SHA with its version`],
  ['as another commit than its tag', `@${UNKNOWN} # v7.0.1`, /^\S+: v7\.0\.1 of actions\/checkout is \S{40}, not 0123/],
  ['with a version that has no tag', `@${UNKNOWN} # v7.0.2`, 'actions/checkout has no tag v7.0.2.'],
])('an action is noticed that is pinned %s', (_what, pin, problem) => {
  const { repository, write, run } = setup()
  repository('actions/checkout', ['v7.0.1'])
  write(CI, 'steps:', `  - uses: actions/checkout${pin}`)
  expect(run()).toEqual({ exitCode: 1, problems: [expect.stringMatching(problem)] })
  expect(run().problems[0]).toMatch(/^\.github\/workflows\/ci\.yml:2: /)
})

test('two versions of one action are noticed', () => {
  const { repository, write, run } = setup()
  const commit = repository('actions/checkout', ['v7.0.1'], ['v7'], ['v7.0.0'])
  write(CI, `      - uses: actions/checkout@${commit} # v7.0.1`)
  write('README.md', `      - uses: actions/checkout@${commit} # v7.0.0`)
  const problem = `README.md:1: actions/checkout is pinned to another version than in ${CI}:1.`
  expect(run()).toEqual({ exitCode: 1, problems: [problem] })
})

test('where a repository cannot be read, that is said, and is no success', () => {
  const { write, run } = setup()
  write(CI, `      - uses: actions/checkout@${UNKNOWN} # v7.0.1`)
  const problem = `actions/checkout could not be read, so nobody knows whether ${UNKNOWN} is v7.0.1.`
  expect(run()).toEqual({ exitCode: 2, problems: [problem] })
})

test('examples and documents get the pins of the workflows, and nothing else changes in them', () => {
  const { repository, write, read, run } = setup()
  const commit = repository('actions/checkout', ['v7.0.1'])
  write(CI, `      - uses: actions/checkout@${commit} # v7.0.1`)
  write('examples/deploy.yml', '      - uses: actions/checkout@v5', '        uses: OWNER/an-action@v1')
  write('README.md', 'Write `uses: actions/checkout@v5`.', `- uses: actions/checkout@${UNKNOWN} # v6.0.0`)
  expect(run({ args: ['--write'] })).toEqual({ exitCode: 0, problems: [] })
  const pinned = `uses: actions/checkout@${commit} # v7.0.1`
  expect(read('examples/deploy.yml')).toEqual([`      - ${pinned}`, '        uses: OWNER/an-action@v1'])
  expect(read('README.md')).toEqual(['Write `uses: actions/checkout@v5`.', `- ${pinned}`])
})
