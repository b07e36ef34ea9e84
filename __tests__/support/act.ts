import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll } from '@jest/globals'
import { parse } from 'yaml'
import { githubContext } from '../../emulator/runner/environment.mjs'
import { ACTION, preload } from './job.ts'

/** The arguments of a run with act. */
export interface RunOptions {
  /** Default `push`. act does not look at `types` or `branches` of the workflow. */
  eventName?: string
  /** The event's payload, `github.event`. */
  event?: Record<string, unknown>
  /** The commit that the workflow runs for, GITHUB_SHA. Default: the one that an emulated GitHub has from the start. */
  sha?: string
  /** The inputs of a workflow that is started manually. */
  inputs?: Record<string, string>
  /** GITHUB_TOKEN is the token of the jobs, `github.token`. */
  secrets?: Record<string, string>
  /** `${{ vars.… }}`: the variables of the repository. */
  vars?: Record<string, string>
  /** The machine's environment. It overrides the variables of act, such as GITHUB_API_URL. */
  env?: Record<string, string>
  /** The files of the repository that the workflow checks out: texts by name, all executable. */
  files?: Record<string, string>
  /** A folder with programs of the machine that come first in PATH. */
  programs?: string
  /** The run is cancelled, as with Ctrl+C, when a step prints this line. */
  cancelAt?: string
}

export type WorkflowRun = Awaited<ReturnType<typeof runWorkflow>>

/** A line of `act --json`. */
interface Entry {
  jobID?: string
  jobResult?: 'success' | 'failure'
  step?: string
  stepID?: string[]
  stage?: 'Pre' | 'Main' | 'Post'
  stepResult?: 'success' | 'failure'
  /** Whether the step printed it. */
  raw_output?: boolean
  msg: string
}

/** The variables of the repository that all examples read. */
const VARS = { GATEWAY_ID: 'fun-llama-300.mypinata.cloud' }
const github = githubContext({ workspace: '', temp: '' })
const TIMEOUT_MS = 25_000
// The built files, which exist after .ci/run or after the command in the error below.
const SEARCH_PATH = [path.dirname(process.execPath), path.join(ACTION, '.cache', 'bin'), process.env.PATH]
const PATH = SEARCH_PATH.join(path.delimiter)

// act does not wait for the last output of a failing step, so a failing action gives it time to read that.
const TIME_TO_READ = preload(`
  process.on('exit', code => code && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100))
`)

const home = mkdtempSync(path.join(tmpdir(), 'act-'))
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
// act copies all of this folder for each step, so it has only what a runner needs of this repository.
const ourActions = path.join(home, 'pinata-gateway-key-action')

// act itself checks out the repository of the workflow, and runs this action for a checkout of this repository.
const checkout = path.join(home, 'checkout')
beforeAll(() => {
  assertAct()
  const actions = readdirSync(ACTION).filter(name => existsSync(path.join(ACTION, name, 'action.yml')))
  for (const name of ['action.yml', 'dist', ...actions]) {
    cpSync(path.join(ACTION, name), path.join(ourActions, name), { recursive: true })
  }
  mkdirSync(checkout)
  writeFileSync(path.join(checkout, 'action.yml'), 'name: Checkout\nruns: { using: node24, main: checkout.js }\n')
  const code = `require('node:fs').symlinkSync(${JSON.stringify(ACTION)}, process.env.INPUT_PATH, 'junction')`
  writeFileSync(path.join(checkout, 'checkout.js'), code)
})

/** Throws if there is no act of the version that `.ci/run` installs, which is the one whose behavior is known here. */
function assertAct() {
  const script = readFileSync(path.join(ACTION, '.ci', 'run'), 'utf8')
  const [module, version] = /github\.com\/nektos\/act@v([\d.]+)/.exec(script) ?? []
  let found = 'none'
  try {
    found = execFileSync('act', ['--version'], { env: { PATH, HOME: home }, encoding: 'utf8', cwd: home }).trim()
  } catch {}
  if (found !== `act version ${version}`) {
    throw new Error(
      `These tests need act ${version}, and there is ${found}. Install it with Go, in the folder of this repository:\n\n` +
        `  GOBIN="$PWD/.cache/bin" go install ${module}\n`,
    )
  }
}

/**
 * Runs a workflow with act, on this machine, without Docker. The file is run as it is, but for `deployment: false` of an
 * environment, which act 0.2.89 rejects, and `ref` of a checkout, with which act would not copy `files`. act takes our
 * actions from this checkout by itself (`--local-repository`) and copies `files` for `actions/checkout`; for the
 * addresses there is `startInternet`. The machine has nothing but PATH and what is in `env`.
 *
 * @param file of examples/, or an absolute path
 * @returns `log`: all that act's user sees, with act's masks; `steps` of a job: those that ran, in that order
 * @throws if act could not start the workflow, or was not done in time. A job that fails throws nothing.
 */
export async function runWorkflow(file: string, options: RunOptions = {}) {
  const { eventName = 'push', event = {}, sha, inputs, secrets = {}, env = {}, files = {}, cancelAt } = options
  const vars = { ...VARS, ...options.vars }
  const programs = options.programs === undefined ? PATH : options.programs + path.delimiter + PATH
  const folder = mkdtempSync(path.join(home, 'run-'))
  const original = readFileSync(path.resolve(ACTION, 'examples', file), 'utf8')
  const text = original.replace(/^ +(deployment: false|ref: ).*\n/gm, '')
  const workflow = path.join(folder, path.basename(file))
  writeFileSync(workflow, text)
  const repository = path.join(folder, 'repository')
  mkdirSync(repository)
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(repository, name), text, { mode: 0o755 })
  const payload = path.join(folder, 'event.json')
  writeFileSync(payload, JSON.stringify({ ...event, inputs }))

  const variables = { ...githubVariables(eventName, sha), ...TIME_TO_READ, ...env }
  const allMasks = { GITHUB_TOKEN: String(github.token), ...secrets }
  const args = [
    ...[eventName, '--json', '--workflows', workflow, '--directory', repository, '--eventpath', payload],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--action-cache-path', path.join(folder, 'cache')],
    ...['--local-repository', `OWNER/pinata-gateway-key-action@v1=${ourActions}`],
    ...(text.match(/actions\/checkout@\w+/g) ?? []).flatMap(uses => ['--local-repository', `${uses}=${checkout}`]),
    // Two jobs at once would write to the same map, which crashes act.
    ...['--concurrent-jobs', '1', '--no-cache-server', '--actor', String(github.actor)],
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...Object.entries(allMasks).flatMap(([name, value]) => ['--secret', `${name}=${value}`]),
  ]
  const child = spawn('act', args, {
    cwd: folder,
    // All of it gets into the steps. Docker is nowhere, so that a step which needs it fails on every machine.
    env: { PATH: programs, HOME: folder, DOCKER_HOST: 'unix:///nowhere', ACT_DISABLE_VERSION_CHECK: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const ended = once(child, 'close')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const entries: Entry[] = []
  let cancelled = false
  for await (const line of createInterface({ input: child.stdout })) {
    const entry: Entry = JSON.parse(line)
    entries.push(entry)
    // Once: the second signal would end act itself.
    if (entry.raw_output && entry.msg.trim() === cancelAt && !cancelled) cancelled = child.kill('SIGINT')
  }
  const [exitCode, signal] = await ended
  const log = `${messages(entries)}\n${stderr}`
  if (signal) throw new Error(`act was not done after ${TIMEOUT_MS / 1000} seconds:\n${log}`)
  // If every job is skipped, act succeeds and prints nothing.
  if (entries.length === 0 && exitCode !== 0) throw new Error(`act did not start ${file}:\n${log}`)
  return { jobs: jobsOf(entries, Object.keys(parse(text).jobs)), log }
}

// Variables that act reads from a git repository, or omits.
const VARIABLES = ['repository', 'repository_id', 'run_id']

/** A run's variables, for `--env`. A pull request's GITHUB_REF is in its event. */
function githubVariables(eventName: string, sha = String(github.sha)): Record<string, string> {
  const names = [...VARIABLES, ...(eventName.startsWith('pull_request') ? [] : ['ref'])]
  const variables = names.map(name => [`GITHUB_${name.toUpperCase()}`, String(github[name])])
  // The name under which act looks for GITHUB_SHA.
  return { ...Object.fromEntries(variables), SHA_REF: sha }
}

function jobsOf(entries: Entry[], names: string[]) {
  const jobs = names.map(job => {
    const own = entries.filter(({ jobID }) => jobID === job)
    const steps = own.flatMap(({ step: name, stage, stepID, stepResult: outcome }) => {
      // Only one line of a step has its outcome. One that is skipped has no such line.
      if (!name || !stage || !outcome) return []
      const lines = own.filter(line => line.stage === stage && String(line.stepID) === String(stepID))
      return [{ name, stage, outcome, log: messages(lines) }]
    })
    return [job, { result: own.findLast(({ jobResult }) => jobResult)?.jobResult ?? 'skipped', steps }] as const
  })
  return Object.fromEntries(jobs)
}

const messages = (entries: Entry[]) => entries.map(({ msg }) => msg.trimEnd()).join('\n')
