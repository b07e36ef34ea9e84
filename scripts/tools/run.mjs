// Runs the commands of the recipes exactly as docs/recipes-deploy.md and examples/deploy/ show them.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { TOOLS } from './versions.mjs'

/** @import { AddressInfo } from 'node:net' */

/** A fake gateway key: as long as a real one, and found nowhere else. */
export const KEY = 'k_not-a-real-gateway-key-but-as-long-as-one-0123456789abcdefghij'

const TIME_LIMIT_MS = 300_000
const START_LIMIT_MS = 120_000

/** A proxy address without a server, so that requests to the internet fail. */
const NO_INTERNET = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' }

const root = new URL('../../', import.meta.url)
const CACHE = fileURLToPath(new URL('.cache/tools', root))

/** Functions to call when the check ends. @type {(() => unknown)[]} */
const cleanups = []
process.once('exit', endCheck)

/** Registers a function to call when the check ends. @param {() => unknown} cleanup */
export const onCheckEnd = cleanup => void cleanups.unshift(cleanup)

export async function endCheck() {
  await Promise.all(cleanups.splice(0).map(cleanup => cleanup()))
}

/** Creates a folder with these files, and deletes it when the check ends. @param {Record<string, string>} [files] */
export function createTempFolder(files = {}, parent = tmpdir()) {
  const folder = mkdtempSync(path.join(parent, 'check-tools-'))
  onCheckEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return folder
}

/** Returns the text of a file of the project. @param {string} name */
export const read = name => readFileSync(new URL(name, root), 'utf8')

/** Returns the script of a step in examples/deploy/. @param {string} file @param {string} name @returns {string} */
export function scriptOf(file, name) {
  const { jobs } = parse(read(`examples/deploy/${file}`))
  const steps = Object.values(jobs).flatMap(job => job.steps)
  return steps.find(step => step.name === name).run
}

/** Returns the shell code block of docs/recipes-deploy.md that contains these words. @param {string} words */
export function documentedCommand(words) {
  const blocks = read('docs/recipes-deploy.md').matchAll(/```sh\n(.*?)\n```/gs)
  const commands = [...blocks].map(([, command = '']) => command)
  return String(commands.find(command => command.includes(words)))
}

/**
 * The program that `npx` starts. Its other arguments follow `args`.
 * @typedef {{ tool: keyof typeof TOOLS, bin: string, args?: string[] }} Npx
 */
/** @typedef {{ cwd: string, env: Record<string, string>, npx?: Npx }} RunOptions */

/**
 * Runs a script as a runner does, with only the given environment. Rejects if it fails.
 * @param {string} script
 * @param {RunOptions} options
 * @returns {Promise<string>} its output
 */
export async function run(script, options) {
  const limits = { timeout: TIME_LIMIT_MS, maxBuffer: 2 ** 30 }
  const bash = promisify(execFile)('bash', argsOf(script), { cwd: options.cwd, env: environmentOf(options), ...limits })
  const { stdout, stderr } = await bash.catch(error => {
    throw new Error(`${error.message}\n${error.stdout}`)
  })
  return stdout + stderr
}

/**
 * Starts a server script, which runs until the check ends, and waits until it prints `ready`.
 * @param {string} script
 * @param {RunOptions} options
 * @param {string} ready
 */
export async function start(script, options, ready) {
  const log = path.join(createTempFolder(), 'log')
  const file = openSync(log, 'w')
  const child = spawn('bash', argsOf(script), {
    ...{ cwd: options.cwd, env: environmentOf(options), stdio: ['ignore', file, file] },
    detached: true,
  })
  const hasExited = () => child.exitCode !== null || child.signalCode !== null
  onCheckEnd(() => {
    if (hasExited() || !child.pid) return
    // Kill the whole group, because the tools start other processes.
    process.kill(-child.pid, 'SIGKILL')
    return once(child, 'exit')
  })
  const startedAt = Date.now()
  while (!readFileSync(log, 'utf8').includes(ready)) {
    if (hasExited() || Date.now() - startedAt > START_LIMIT_MS) {
      throw new Error(`The script ended, or was not ready in time:\n${script}\n${readFileSync(log, 'utf8')}`)
    }
    await sleep(50)
  }
}

const argsOf = (/** @type {string} */ script) => ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script]

/** @param {RunOptions} options */
function environmentOf({ env, npx }) {
  const home = createTempFolder()
  const bin = createTempFolder()
  if (npx) writeNpx(bin, npx)
  const paths = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter)
  return { HOME: home, XDG_CONFIG_HOME: home, RUNNER_TEMP: home, CI: 'true', ...NO_INTERNET, ...env, PATH: paths }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {AddressInfo} */ (server.address())
  server.close()
  return port
}

/** Writes an `npx` that starts the checked version and rejects all others. @param {string} folder @param {Npx} npx */
function writeNpx(folder, { tool, bin, args = [] }) {
  const version = TOOLS[tool]
  const file = path.join(install(tool, version), 'node_modules', '.bin', bin)
  const command = [file, ...args].map(word => JSON.stringify(word)).join(' ')
  const script = `#!/usr/bin/env bash
if [[ "$1 $2" != "--yes ${tool}@${version}" ]]; then echo "npx $*: not the checked version" >&2; exit 1; fi
shift 2
exec node ${command} "$@"
`
  writeFileSync(path.join(folder, 'npx'), script, { mode: 0o755 })
}

/**
 * Installs a tool at an exact version into its own folder in .cache/tools/.
 * @param {string} name the package's name
 * @param {string} version
 * @param {string[]} others packages to install with the tool, as `name@version`
 * @returns the folder whose `node_modules` contains the tool
 */
export function install(name, version, ...others) {
  const folder = path.join(CACHE, `${name}@${version}`)
  if (existsSync(folder)) return folder
  console.log(`Installing ${name}@${version}`)
  // Rename the folder when it is complete, so that an interrupted installation is never used.
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(path.join(unfinished, 'package.json'), '{ "private": true }\n')
  // The packages' own scripts are not needed, and would download more.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['install', ...options, `${name}@${version}`, ...others], { cwd: unfinished, stdio: 'inherit' })
  renameSync(unfinished, folder)
  return folder
}
