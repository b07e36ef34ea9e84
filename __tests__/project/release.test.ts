import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ACTION } from '../support/job.ts'

interface Job {
  needs?: string | string[]
  environment?: string
  permissions: Record<string, string>
  steps?: { run?: string; env?: Record<string, string> }[]
}

interface Workflow {
  permissions: unknown
  jobs: Record<string, Job>
}

const read = (name: string): Workflow => parse(readFileSync(path.join(ACTION, '.github/workflows', name), 'utf8'))
const workflow = read('release.yml')
const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-02-01

### Added

- A second thing.

## [1.1.0]

- A thing without a date.

## [1.0.1] - 2026-01-02

### Fixed

## [1.0.0] - 2026-01-01

- The first thing.
`

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A clone with one commit and the remote that it pushes to. */
function makeClone({ version = '1.2.0', changelog = CHANGELOG } = {}) {
  const home = mkdtempSync(path.join(tmpdir(), 'release-'))
  folders.push(home)
  const [origin, clone] = [path.join(home, 'origin.git'), path.join(home, 'clone')]
  // Nobody's own settings, such as hooks or signed commits, and no repository but this one.
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')),
  )
  Object.assign(env, { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: path.join(home, 'none') })
  for (const who of ['AUTHOR', 'COMMITTER']) {
    env[`GIT_${who}_NAME`] = 'Somebody'
    env[`GIT_${who}_EMAIL`] = 'somebody@example.com'
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, env, encoding: 'utf8' }).trim()
  mkdirSync(clone)
  git('init', '--quiet', '--bare', origin)
  git('init', '--quiet', '--initial-branch=main')
  git('remote', 'add', 'origin', origin)
  writeFileSync(path.join(clone, 'package.json'), JSON.stringify({ version }))
  writeFileSync(path.join(clone, 'CHANGELOG.md'), changelog)
  const commit = () => {
    git('add', '.')
    git('commit', '--quiet', '--allow-empty', '--message=A change')
    return git('rev-parse', 'HEAD')
  }
  /** The tags of the remote and their commits. */
  const tags = () => {
    const remote = git('ls-remote', '--tags', 'origin')
    return Object.fromEntries(
      remote
        .split('\n')
        .filter(Boolean)
        .map(line => line.split('\t').reverse())
        .map(([tag = '', id]) => [tag.replace('refs/tags/', ''), id]),
    )
  }
  const start = (file: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    new Promise<{ exitCode: unknown; stdout: string; stderr: string }>(resolve =>
      execFile(file, args, { cwd: clone, env: { ...env, ...more } }, (error, stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr }),
      ),
    )
  const script = (name: string, ...args: string[]) =>
    start(process.execPath, [path.join(ACTION, 'scripts', name), ...args])
  return { home, clone, git, commit, tags, start, script }
}

test.each([
  ['1.2.0', CHANGELOG, '### Added\n\n- A second thing.\n'],
  ['1.0.0', CHANGELOG.replaceAll('\n', '\r\n'), '- The first thing.\n'],
])('the notes of %s are its section, without its heading', async (version, changelog, notes) => {
  const { exitCode, stdout } = await makeClone({ version, changelog }).script('release-notes.mjs', version)
  expect([exitCode, stdout]).toEqual([0, notes])
})

test.each([
  ['1.3.0', '1.3.0', 'CHANGELOG.md has no section [1.3.0].'],
  ['1.2.0', '1.1.0', 'package.json is of version 1.2.0, not 1.1.0.'],
  ['1.1.0', '1.1.0', 'The heading of [1.1.0] in CHANGELOG.md has no date.'],
  ['1.0.1', '1.0.1', 'The section [1.0.1] of CHANGELOG.md is empty.'],
  ['Unreleased', 'Unreleased', '"Unreleased" is not a version such as 1.2.3.'],
  ['1.2.0', 'v1.2.0', '"v1.2.0" is not a version such as 1.2.3.'],
  ['1.2.0', '', '"" is not a version such as 1.2.3.'],
])('there are no notes if package.json is of %s and %s is asked for', async (version, wanted, message) => {
  const { exitCode, stdout, stderr } = await makeClone({ version }).script('release-notes.mjs', wanted)
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: '', stderr: `${message}\n` })
})

test('never moves the tag of a version, and moves that of its major version only forward', async () => {
  const { git, commit, tags, script } = makeClone()
  const first = commit()
  expect((await script('release-tags.mjs', '1.9.0')).stdout).toBe(`v1.9.0 and v1 are commit ${first}.\n`)
  expect((await script('release-tags.mjs', '1.9.0')).exitCode).toBe(0)
  const second = commit()
  await script('release-tags.mjs', '1.10.0')
  const third = commit()
  await script('release-tags.mjs', '2.0.0')
  const released = { 'v1.9.0': first, 'v1.10.0': second, v1: second, 'v2.0.0': third, v2: third }
  expect(tags()).toEqual(released)

  git('tag', '--annotate', '--message=By hand', 'v2.1.0')
  git('push', '--quiet', 'origin', 'v2.1.0')
  git('tag', '--delete', 'v2.1.0')
  const before = tags()
  const fourth = commit()
  for (const [version, message] of [
    ['1.9.0', `v1.9.0 is commit ${first} already, not ${fourth}.`],
    ['2.1.0', `v2.1.0 is commit ${third} already, not ${fourth}.`],
    ['1.9.1', 'v1 is at v1.10.0, which is newer than 1.9.1.'],
  ] as const) {
    expect(await script('release-tags.mjs', version)).toMatchObject({ exitCode: 1, stderr: `${message}\n` })
  }
  expect(tags()).toEqual(before)
})

test('if the remote refuses one tag, it gets none', async () => {
  const { home, commit, tags, script } = makeClone()
  commit()
  const hook = path.join(home, 'origin.git', 'hooks', 'update')
  writeFileSync(hook, '#!/bin/sh\n[ "$1" != refs/tags/v1 ]\n')
  chmodSync(hook, 0o755)
  expect((await script('release-tags.mjs', '1.0.0')).exitCode).toBe(1)
  expect(tags()).toEqual({})
})

test('no version, no tag', async () => {
  const { commit, tags, script } = makeClone()
  commit()
  for (const version of ['', '1', 'v1.0.0', '1.0.0-rc.1', '--force'])
    expect(await script('release-tags.mjs', version)).toMatchObject({ exitCode: 1, stdout: '' })
  expect(tags()).toEqual({})
})

// The workflow runs on Linux only.
const onLinux = process.platform === 'linux' ? test : test.skip

/** Keeps what it is told. */
const GH = 'printf "%s\\n" "$@" > "$RUNNER_TEMP/gh"'

/** Runs the scripts of a job of release.yml as the runner does, with a script of the shell in the place of gh. */
async function runJob(name: string, clone: ReturnType<typeof makeClone>, env: Record<string, string>, gh = GH) {
  cpSync(path.join(ACTION, 'scripts'), path.join(clone.clone, 'scripts'), { recursive: true })
  const bin = path.join(clone.home, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(path.join(bin, 'gh'), `#!/bin/sh\n${gh}\n`)
  chmodSync(path.join(bin, 'gh'), 0o755)
  const paths = `${bin}${path.delimiter}${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`
  let stdout = ''
  for (const { run } of workflow.jobs[name]?.steps ?? []) {
    if (run === undefined) continue
    const result = await clone.start('bash', ['-e', '-c', run], { ...env, PATH: paths, RUNNER_TEMP: clone.home })
    stdout += result.stdout
    if (result.exitCode !== 0) return { ...result, stdout }
  }
  return { exitCode: 0, stdout }
}

onLinux('the workflow tags the version and drafts its release, with the notes', async () => {
  const clone = makeClone()
  const commit = clone.commit()
  expect(await runJob('version', clone, { GITHUB_REF: 'refs/heads/main', VERSION: '1.2.0' })).toMatchObject({
    exitCode: 0,
  })
  expect(clone.tags()).toEqual({})
  expect(await runJob('draft', clone, { VERSION: '1.2.0' })).toMatchObject({ exitCode: 0 })
  expect(clone.tags()).toEqual({ 'v1.2.0': commit })
  const told = readFileSync(path.join(clone.home, 'gh'), 'utf8').trim().split('\n')
  const notes = path.join(clone.home, 'notes.md')
  const options = ['--draft', '--verify-tag', '--title', 'v1.2.0', '--notes-file', notes]
  expect(told).toEqual(['release', 'create', 'v1.2.0', ...options])
  expect(readFileSync(notes, 'utf8')).toBe('### Added\n\n- A second thing.\n')
})

onLinux('the workflow drafts no release if the tag of the version is another commit', async () => {
  const clone = makeClone()
  const first = clone.commit()
  await runJob('draft', clone, { VERSION: '1.2.0' })
  rmSync(path.join(clone.home, 'gh'))
  clone.commit()
  expect(await runJob('draft', clone, { VERSION: '1.2.0' })).toMatchObject({ exitCode: 1 })
  expect(clone.tags()).toEqual({ 'v1.2.0': first })
  expect(existsSync(path.join(clone.home, 'gh'))).toBe(false)
})

onLinux.each([
  ['from another branch', { GITHUB_REF: 'refs/heads/other', VERSION: '1.2.0' }],
  ['for a version that nothing is known of', { GITHUB_REF: 'refs/heads/main', VERSION: '1.3.0' }],
  ['for a version that is a command', { GITHUB_REF: 'refs/heads/main', VERSION: '1.2.0"; touch it; "' }],
])('the workflow stops at once when it is started %s', async (_what, env) => {
  const clone = makeClone()
  expect(await runJob('version', clone, env)).toMatchObject({ exitCode: 1 })
  expect(existsSync(path.join(clone.clone, 'it'))).toBe(false)
})

/** Responds like GitHub's API to a request for all releases, on two pages. */
const apiOf = (release: object, older = 'v1.1.0') => `case "$*" in
  'api --paginate --slurp repos/octo-org/octo-site/releases?per_page=100')
    echo '[[${JSON.stringify({ tag_name: 'v1.2.0', draft: false, immutable: true, ...release })}],[{"tag_name":"${older}"}]]' ;;
  *) exit 1 ;;
esac`

onLinux.each([
  ['an immutable release passes', apiOf({}), 0, 'v1.2.0 is immutable.'],
  ['a draft fails', apiOf({ draft: true, immutable: false }), 1, '::error::v1.2.0 is not published. '],
  ['a version without a release fails', apiOf({ tag_name: 'v1.1.1' }), 1, '::error::v1.2.0 is not published. '],
  ['a release that is not immutable fails', apiOf({ immutable: false }), 1, '::error::v1.2.0 is not immutable. '],
  ['a release of a tag that moves fails', apiOf({}, 'v1'), 1, '::error::v1 has a release. '],
])('after the publication, %s; only then the tag of the major version moves', async (_what, gh, exitCode, line) => {
  const clone = makeClone()
  const commit = clone.commit()
  const env = { VERSION: '1.2.0', GITHUB_REPOSITORY: 'octo-org/octo-site' }
  await runJob('draft', clone, env)
  expect(await runJob('finish', clone, env, gh)).toMatchObject({ exitCode, stdout: expect.stringContaining(line) })
  expect(clone.tags()).toEqual({ 'v1.2.0': commit, ...(exitCode === 0 && { v1: commit }) })
})

test('no job of the workflow may do more than it needs to', () => {
  expect(workflow.permissions).toEqual({})
  const permissions = Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions])
  expect(Object.fromEntries(permissions)).toEqual({
    version: { contents: 'read' },
    ci: { contents: 'read', deployments: 'write' },
    attest: { contents: 'read', 'id-token': 'write', attestations: 'write' },
    draft: { contents: 'write' },
    finish: { contents: 'write' },
  })
})

// GitHub starts no workflow that calls another one with less than this.
test('CI may do as part of the workflow what its jobs ask for', () => {
  const asked = Object.values(read('ci.yml').jobs).map(({ permissions }) => permissions)
  expect(workflow.jobs.ci?.permissions).toEqual(Object.assign({}, ...asked))
})

test('drafts nothing before it was tested, approved and attested, and ends the release with a second approval', () => {
  const { ci, attest, draft, finish } = workflow.jobs
  expect([ci?.needs, attest?.needs, draft?.needs, finish?.needs]).toEqual(['version', 'ci', 'attest', 'draft'])
  expect([attest?.environment, draft?.environment, finish?.environment]).toEqual(['release', undefined, 'release'])
})
