import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ACTION } from '../support/job.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { gitEnv } from './git.ts'

type Job = { needs?: string; environment?: string; permissions: object; steps?: { run?: string }[] }

const read = (name: string): { permissions: object; jobs: Record<string, Job> } =>
  parse(readFileSync(path.join(ACTION, '.github/workflows', name), 'utf8'))
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
`
const folder = tempFolder('release')

/** Creates a clone without commits, and the remote that it pushes to. */
function makeClone({ version = '1.2.0', changelog = CHANGELOG } = {}) {
  const home = mkdtempSync(path.join(folder, 'home-'))
  const [origin, clone] = [path.join(home, 'origin.git'), path.join(home, 'clone')]
  const env = gitEnv(home)
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, env, encoding: 'utf8' }).trim()
  mkdirSync(clone)
  git('init', '--quiet', '--bare', origin)
  git('init', '--quiet', '--initial-branch=main')
  git('remote', 'add', 'origin', origin)
  writeFileSync(path.join(clone, 'package.json'), JSON.stringify({ version }))
  writeFileSync(path.join(clone, 'CHANGELOG.md'), changelog)
  const commit = () => {
    git('commit', '--quiet', '--allow-empty', '--message=A change')
    return git('rev-parse', 'HEAD')
  }
  /** Returns the remote's tags and their commits. */
  const tags = () => {
    const lines = git('ls-remote', '--tags', 'origin').split('\n').filter(Boolean)
    return Object.fromEntries(lines.map(line => line.replace('refs/tags/', '').split('\t').reverse()))
  }
  const start = (file: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    spawnSync(file, args, { cwd: clone, env: { ...env, ...more }, encoding: 'utf8' })
  cpSync(path.join(ACTION, 'scripts'), path.join(clone, 'scripts'), { recursive: true })
  const script = (name: string, version: string) => start(process.execPath, [`scripts/${name}`, version])

  /** Runs the scripts of a job in release.yml until one fails, with a shell script in place of gh. */
  const runJob = (name: string, more: NodeJS.ProcessEnv = {}, gh = 'printf "%s\\n" "$@" > "$RUNNER_TEMP/gh"') => {
    const bin = path.join(home, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(path.join(bin, 'gh'), `#!/bin/sh\n${gh}\n`, { mode: 0o755 })
    const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter)
    const given = { GITHUB_REF: 'refs/heads/main', GITHUB_REPOSITORY: 'octo-org/octo-site', VERSION: '1.2.0' }
    const runs = workflow.jobs[name]?.steps?.flatMap(({ run }) => run ?? []) ?? []
    return start('bash', ['-e', '-c', runs.join('\n')], { PATH, RUNNER_TEMP: home, ...given, ...more })
  }
  return { home, clone, git, commit, tags, script, runJob }
}

test.each([
  ['1.3.0', '1.3.0', 'CHANGELOG.md has no section [1.3.0].'],
  ['1.2.0', '1.1.0', 'package.json has version 1.2.0, not 1.1.0.'],
  ['1.1.0', '1.1.0', 'The [1.1.0] heading in CHANGELOG.md has no date.'],
  ['1.0.1', '1.0.1', 'The section [1.0.1] of CHANGELOG.md is empty.'],
  ['Unreleased', 'Unreleased', '"Unreleased" is not a version such as 1.2.3.'],
  ['1.2.0', 'v1.2.0', '"v1.2.0" is not a version such as 1.2.3.'],
])('prints no notes if package.json has version %s and %s is released', (version, released, message) => {
  const result = makeClone({ version }).script('release-notes.mjs', released)
  expect(result).toMatchObject({ status: 1, stdout: '', stderr: `${message}\n` })
})

test('never moves the tag of a version, and moves the tag of its major version only forward', () => {
  const { home, git, commit, tags, script } = makeClone()
  const first = commit()
  expect(script('release-tags.mjs', '1.9.0').stdout).toBe(`v1.9.0 and v1 point to commit ${first}.\n`)
  expect(script('release-tags.mjs', '1.9.0').status).toBe(0)
  const second = commit()
  script('release-tags.mjs', '1.10.0')
  git('tag', '--annotate', '--message=By hand', 'v2.1.0')
  git('push', '--quiet', 'origin', 'v2.1.0')
  git('tag', '--delete', 'v2.1.0')
  const before = tags()
  expect(before).toMatchObject({ 'v1.9.0': first, 'v1.10.0': second, v1: second })
  const third = commit()
  for (const [version, message] of [
    ['1.9.0', `v1.9.0 already points to commit ${first}, not ${third}.`],
    ['2.1.0', `v2.1.0 already points to commit ${second}, not ${third}.`],
    ['1.9.1', 'v1 points to v1.10.0, which is newer than 1.9.1.'],
    ['1.11.0-rc.1', '"1.11.0-rc.1" is not a version such as 1.2.3.'],
  ] as const) {
    expect(script('release-tags.mjs', version)).toMatchObject({ status: 1, stderr: `${message}\n` })
  }
  // If the remote rejects one of the tags, it receives neither.
  const hook = path.join(home, 'origin.git', 'hooks', 'update')
  writeFileSync(hook, '#!/bin/sh\n[ "$1" != refs/tags/v1 ]\n', { mode: 0o755 })
  expect(script('release-tags.mjs', '1.11.0').status).toBe(1)
  expect(tags()).toEqual(before)
})

// The workflow runs only on Linux.
const onLinux = process.platform === 'linux' ? test : test.skip

/** Returns a script that responds like GitHub's API to a request for all releases, on two pages. */
const apiOf = (release: object, older = 'v1.1.0') => `case "$*" in
  'api --paginate --slurp repos/octo-org/octo-site/releases?per_page=100')
    echo '[[${JSON.stringify({ tag_name: 'v1.2.0', draft: false, immutable: true, ...release })}],[{"tag_name":"${older}"}]]' ;;
  *) exit 1 ;;
esac`

onLinux('tags the version, drafts its release with the notes, and finishes the release once it is published', () => {
  const { home, commit, tags, runJob } = makeClone({ changelog: CHANGELOG.replaceAll('\n', '\r\n') })
  const first = commit()
  expect(runJob('version')).toMatchObject({ status: 0 })
  expect(tags()).toEqual({})
  expect(runJob('draft')).toMatchObject({ status: 0 })
  expect(tags()).toEqual({ 'v1.2.0': first })
  const notes = path.join(home, 'notes.md')
  const options = ['--draft', '--verify-tag', '--title', 'v1.2.0', '--notes-file', notes]
  const gh = path.join(home, 'gh')
  expect(readFileSync(gh, 'utf8').trim().split('\n')).toEqual(['release', 'create', 'v1.2.0', ...options])
  expect(readFileSync(notes, 'utf8')).toBe('### Added\n\n- A second thing.\n')

  for (const [api, line] of [
    [apiOf({ draft: true, immutable: false }), '::error::v1.2.0 is not published. '],
    [apiOf({ tag_name: 'v1.1.1' }), '::error::v1.2.0 is not published. '],
    [apiOf({ immutable: false }), '::error::v1.2.0 is not immutable. '],
    [apiOf({}, 'v1'), '::error::v1 has a release. '],
  ] as const) {
    expect(runJob('finish', {}, api)).toMatchObject({ status: 1, stdout: expect.stringContaining(line) })
  }
  expect(tags()).toEqual({ 'v1.2.0': first })
  expect(runJob('finish', {}, apiOf({}))).toMatchObject({ status: 0 })
  expect(tags()).toEqual({ 'v1.2.0': first, v1: first })

  rmSync(gh)
  commit()
  expect(runJob('draft')).toMatchObject({ status: 1 })
  expect([tags(), existsSync(gh)]).toEqual([{ 'v1.2.0': first, v1: first }, false])
})

onLinux.each([
  ['from another branch', { GITHUB_REF: 'refs/heads/other' }],
  ['for a version that is not in the changelog', { VERSION: '1.3.0' }],
  ['for a version that is a command', { VERSION: '1.2.0"; touch it; "' }],
])('stops at once if it is started %s', (_name, env) => {
  const { clone, runJob } = makeClone()
  expect(runJob('version', env)).toMatchObject({ status: 1 })
  expect(existsSync(path.join(clone, 'it'))).toBe(false)
})

test('runs the jobs in order, waits for two approvals, and gives each job only the permissions that it needs', () => {
  // GitHub does not start a workflow that gives a called workflow fewer permissions than the called jobs request.
  const ofCi = Object.assign({}, ...Object.values(read('ci.yml').jobs).map(job => job.permissions))
  expect(workflow.permissions).toEqual({})
  const jobs = Object.entries(workflow.jobs).map(([name, job]) => [name, job.needs, job.environment, job.permissions])
  expect(jobs).toEqual([
    ['version', undefined, undefined, { contents: 'read' }],
    ['ci', 'version', undefined, ofCi],
    ['attest', 'ci', 'release', { contents: 'read', 'id-token': 'write', attestations: 'write' }],
    ['draft', 'attest', undefined, { contents: 'write' }],
    ['finish', 'draft', 'release', { contents: 'write' }],
  ])
})
