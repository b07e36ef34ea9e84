import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll } from '@jest/globals'
import { parse } from 'yaml'
import { githubContext } from '../../emulator/runner/environment.mjs'
import { ACTION, preload } from './job.ts'
import { tempFolder } from './temp-folder.ts'

export interface RunOptions {
  /** Default: `push`. act ignores the workflow's `types` and `branches`. */
  eventName?: string
  /** The event's payload, `github.event`. */
  event?: Record<string, unknown>
  /** The inputs of a manually started workflow. */
  inputs?: Record<string, string>
  /** `GITHUB_TOKEN` is the jobs' `github.token`. */
  secrets?: Record<string, string>
  /** The repository's variables, `${{ vars.… }}`. */
  vars?: Record<string, string>
  /** The machine's environment. It overrides act's variables, such as GITHUB_API_URL. */
  env?: Record<string, string>
  /** The content of the files that the workflow checks out, by name. All files are executable. */
  files?: Record<string, string>
  /** A folder of programs that comes first in PATH. */
  programs?: string
  /** When a step prints this line, the run is canceled, as with Ctrl+C. */
  cancelAt?: string
}

/** A line of `act --json`. */
interface Entry {
  jobID?: string
  jobResult?: 'success' | 'failure'
  /** Whether the step printed the line. */
  raw_output?: boolean
  msg: string
}

/** The repository variables that all examples read. */
const VARS = { GATEWAY_ID: 'fun-llama-300.mypinata.cloud' }
const github = githubContext({ workspace: '', temp: '' })
/** Variables that act reads from a git repository, or omits. It reads GITHUB_SHA from SHA_REF. */
const VARIABLES = {
  GITHUB_REPOSITORY: String(github.repository),
  GITHUB_REPOSITORY_ID: String(github.repository_id),
  SHA_REF: String(github.sha),
}
const TIMEOUT_MS = 25_000
// .ci/run, or the command in the error below, installs act in .cache/bin.
const SEARCH_PATH = [path.dirname(process.execPath), path.join(ACTION, '.cache', 'bin'), process.env.PATH]
const PATH = SEARCH_PATH.join(path.delimiter)

// act does not wait for a failing step's last output, so a failing action pauses 100 ms before it exits.
const TIME_TO_READ = preload(`
  process.on('exit', code => code && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100))
`)

const home = tempFolder('act')
// act copies this whole folder for each step, so the folder contains only the parts of this repository that steps use.
const ourActions = path.join(home, 'pinata-gateway-key-action')

// act itself checks out the workflow's repository. To check out this repository, it runs this replacement action.
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

/** Throws unless act has the version that `.ci/run` installs. These tests rely on that version's behavior. */
function assertAct() {
  const script = readFileSync(path.join(ACTION, '.ci', 'run'), 'utf8')
  const [module, version] = /github\.com\/nektos\/act@v([\d.]+)/.exec(script) ?? []
  const { stdout } = spawnSync('act', ['--version'], { env: { PATH, HOME: home }, encoding: 'utf8', cwd: home })
  if (stdout?.trim() !== `act version ${version}`) {
    throw new Error(
      `These tests need act ${version} (found: ${stdout?.trim() || 'none'}). To install it, run this in the repository's folder:\n\n` +
        `  GOBIN="$PWD/.cache/bin" go install ${module}\n`,
    )
  }
}

/**
 * Runs a workflow with act on this machine, without Docker. Removes each job's environment, because act 0.2.89 rejects
 * `deployment: false`, and a checkout's `ref`, with which act would not copy `files`. To emulate the servers at their
 * real addresses, use `startInternet`. Of this process's environment, the steps inherit only PATH.
 * @param file a file in examples/, or an absolute path
 * @returns `results`: of each job; `log`: everything that act prints, with its masks
 * @throws if act can't start the workflow or does not finish in time, but not if a job fails
 */
export async function runWorkflow(file: string, options: RunOptions = {}) {
  const { eventName = 'push', event = {}, inputs, secrets = {}, env = {}, files = {}, cancelAt } = options
  const vars = { ...VARS, ...options.vars }
  const programs = options.programs === undefined ? PATH : options.programs + path.delimiter + PATH
  const folder = mkdtempSync(path.join(home, 'run-'))
  const original = readFileSync(path.resolve(ACTION, 'examples', file), 'utf8')
  const text = original.replace(/^ +(environment|ref): .*\n/gm, '')
  const workflow = path.join(folder, path.basename(file))
  writeFileSync(workflow, text)
  const repository = path.join(folder, 'repository')
  mkdirSync(repository)
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(repository, name), text, { mode: 0o755 })
  const payload = path.join(folder, 'event.json')
  writeFileSync(payload, JSON.stringify({ ...event, inputs }))

  const variables = { ...VARIABLES, ...TIME_TO_READ, ...env }
  const allMasks = { GITHUB_TOKEN: String(github.token), ...secrets }
  const args = [
    ...[eventName, '--json', '--workflows', workflow, '--directory', repository, '--eventpath', payload],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--action-cache-path', path.join(folder, 'cache')],
    ...['--local-repository', `OWNER/pinata-gateway-key-action@v1=${ourActions}`],
    ...(text.match(/actions\/checkout@\w+/g) ?? []).flatMap(uses => ['--local-repository', `${uses}=${checkout}`]),
    // Parallel jobs would write to the same map, which crashes act.
    ...['--concurrent-jobs', '1', '--no-cache-server', '--actor', String(github.actor)],
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...Object.entries(allMasks).flatMap(([name, value]) => ['--secret', `${name}=${value}`]),
  ]
  const child = spawn('act', args, {
    cwd: folder,
    // The steps inherit all of this. The Docker host does not exist, so steps that need Docker fail on every machine.
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
    // Only once, because a second signal would end act itself.
    if (entry.raw_output && entry.msg.trim() === cancelAt && !cancelled) cancelled = child.kill('SIGINT')
  }
  const [exitCode, signal] = await ended
  const log = [...entries.map(({ msg }) => msg.trimEnd()), stderr].join('\n')
  if (signal) throw new Error(`act did not finish within ${TIMEOUT_MS / 1000} seconds:\n${log}`)
  // If every job is skipped, act succeeds and prints nothing.
  if (entries.length === 0 && exitCode !== 0) throw new Error(`act did not start ${file}:\n${log}`)
  const resultOf = (job: string) => entries.findLast(({ jobID, jobResult }) => jobID === job && jobResult)?.jobResult
  const results = Object.keys(parse(text).jobs).map(job => [job, resultOf(job) ?? 'skipped'])
  return { results: Object.fromEntries(results), log }
}
