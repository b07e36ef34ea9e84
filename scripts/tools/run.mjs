// Runs the commands of the recipes as they stand in docs/recipes-deploy.md and examples/deploy/.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { install, nodeFolder } from './install.mjs'
import { TOOLS } from './versions.mjs'

/** @import { AddressInfo } from 'node:net' */

/** As long as a gateway key, and found nowhere else. */
export const KEY = 'k_not-a-real-gateway-key-but-as-long-as-one-0123456789abcdefghij'

const TIME_LIMIT_MS = 300_000
const START_LIMIT_MS = 120_000

/** A proxy that nobody listens at: a request to the world outside ends there. */
const NO_INTERNET = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' }

const root = new URL('../../', import.meta.url)

/** @type {string[]} */
const folders = []
/** Ends what still runs. @type {Set<() => void>} */
const running = new Set()
process.once('SIGINT', () => process.exit(130))
process.once('exit', () => {
  for (const end of running) end()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder that goes when this process ends. */
export function newFolder(parent = tmpdir()) {
  const folder = mkdtempSync(path.join(parent, 'check-tools-'))
  folders.push(folder)
  return folder
}

/**
 * The script of a step of a workflow in examples/deploy/.
 *
 * @param {string} file
 * @param {string} name of the step
 * @returns {string}
 */
export function scriptOf(file, name) {
  const workflow = parse(readFileSync(new URL(`examples/deploy/${file}`, root), 'utf8'))
  for (const { steps } of Object.values(workflow.jobs)) {
    for (const step of steps) if (step.name === name && step.run) return step.run
  }
  throw new Error(`${file} has no step "${name}" with a script`)
}

/**
 * A command that the document shows by itself.
 *
 * @param {string} words that it has
 */
export function documentedCommand(words) {
  const text = readFileSync(new URL('docs/recipes-deploy.md', root), 'utf8')
  for (const [, command = ''] of text.matchAll(/```sh\n(.*?)\n```/gs)) if (command.includes(words)) return command
  throw new Error(`The document shows no command with "${words}"`)
}

/** @typedef {{ tool: keyof typeof TOOLS, bin: string, args?: string[] }} Npx what `npx` starts; `args` come first */
/** @typedef {{ cwd: string, env: Record<string, string>, npx?: Npx }} RunOptions */

/**
 * Runs a script as a runner does, with nothing in its environment but what is given. Rejects if it fails.
 *
 * @param {string} script
 * @param {RunOptions} options
 * @returns {Promise<string>} what it printed
 */
export async function run(script, options) {
  const { child, output, end } = spawnBash(script, options)
  const timer = setTimeout(end, TIME_LIMIT_MS)
  try {
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`Exit code ${code} of:\n${script}\n${output()}`)
    return output()
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Starts a script that serves something, until it prints `ready`.
 *
 * @param {string} script
 * @param {RunOptions} options
 * @param {string} ready
 * @returns {Promise<() => Promise<unknown>>} ends it
 */
export async function start(script, options, ready) {
  const { child, output, end } = spawnBash(script, options)
  const started = new Promise((resolve, reject) => {
    child.stdout.on('data', () => output().includes(ready) && resolve(undefined))
    child.once('close', reject)
  })
  const timer = setTimeout(end, START_LIMIT_MS)
  try {
    await started
    return async () => {
      const closed = once(child, 'close')
      end()
      await closed
    }
  } catch {
    throw new Error(`It ended, or was not ready in time:\n${script}\n${output()}`)
  } finally {
    clearTimeout(timer)
  }
}

/** @param {string} script @param {RunOptions} options */
function spawnBash(script, { cwd, env, npx }) {
  const bin = newFolder()
  if (npx) writeNpx(bin, npx)
  const home = newFolder()
  const paths = [bin, nodeFolder(), process.env.PATH].join(path.delimiter)
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env: { HOME: home, XDG_CONFIG_HOME: home, RUNNER_TEMP: home, CI: 'true', ...NO_INTERNET, ...env, PATH: paths },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
  }
  // The whole group, as the tools start processes of their own.
  const end = () => {
    if (running.delete(end) && child.pid) process.kill(-child.pid, 'SIGKILL')
  }
  running.add(end)
  child.once('exit', () => running.delete(end))
  return { child, output: () => text, end }
}

/** A port that is free. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {AddressInfo} */ (server.address())
  server.close()
  return port
}

/**
 * An `npx` that takes the one version that is checked, and starts it where it is installed.
 *
 * @param {string} folder
 * @param {Npx} npx
 */
function writeNpx(folder, { tool, bin, args = [] }) {
  const version = TOOLS[tool]
  const file = path.join(install(tool, version), 'node_modules', '.bin', bin)
  const lines = [
    '#!/usr/bin/env bash',
    `if [[ "$1 $2" != "--yes ${tool}@${version}" ]]; then echo "npx $*: not the version that is checked" >&2; exit 1; fi`,
    'shift 2',
    `exec node ${[file, ...args].map(word => JSON.stringify(word)).join(' ')} "$@"`,
  ]
  writeFileSync(path.join(folder, 'npx'), `${lines.join('\n')}\n`)
  chmodSync(path.join(folder, 'npx'), 0o755)
}
