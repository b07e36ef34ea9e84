// Runs a case: the built action, as a runner starts it, against Pinata and GitHub on loopback.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startJob } from '../../emulator/runner/runner.mjs'
import { FIXED_IDS, openWorld } from './world.mjs'

/** @import { World, WorldOptions } from './world.mjs' */
/** @typedef {import('../../emulator/http/faults.mjs').Fault} Fault */
/** @typedef {Awaited<ReturnType<ReturnType<typeof startJob>['step']>>} StepResult */
/** @typedef {'get' | 'origin' | 'revoke'} Action */
/** @typedef {{ api: 'pinata' | 'github', fault: Fault } | 'pinata down' | 'github down'} Trouble */
/**
 * @typedef {object} Case
 * @property {string} section
 * @property {string} given what was given or answered, in Markdown
 * @property {Action} action
 * @property {Record<string, string>} with `{api}` in a value stands for the address of the emulated API, `{server}` for
 *   that of its server
 * @property {boolean} [atEndOfJob] what counts is the end of the job
 * @property {(world: World) => void} [between] changes what there is before the post step
 * @property {Record<string, string>} [later] what `with` is for the post step, where that differs
 * @property {Record<string, string>} [env] likewise
 * @property {string} [preload] code that runs first in the step's process, and in that of its post step
 * @property {(world: World) => void} [prepare] changes what there is
 * @property {WorldOptions} [world]
 * @property {Trouble[]} [troubles]
 * @property {{ path: string, times: number }} [slow] which requests get no whole answer in time, by method and path, and how
 *   many of them
 * @property {0 | 1} exit
 * @property {string} requests as {@link Result} has them
 * @property {string[]} [secrets] what must not be shown besides the secrets that there always are
 */
/**
 * @typedef {object} Result
 * @property {StepResult} step
 * @property {number | null} exit
 * @property {string[]} seen the annotations, `error: …` or `warning: …`, with fixed words for what differs from run to run
 * @property {string} requests by kind, Pinata's first: `GET gateway ×3, POST key`; `none` if there are none
 * @property {string[]} entryIds the IDs of origins that the gateway had at any time
 */

/** Stands for an input of a megabyte, which only impatient.cjs can put in. */
export const MEGABYTE = '<a megabyte>'

const folder = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(folder, '..', '..')
const ACTIONS = { get: root, origin: path.join(root, 'origin'), revoke: path.join(root, 'revoke') }
/** A step that takes longer hangs. */
const HANGS_MS = 60_000

/** By what a case is known. @param {Case} one */
export function nameOf({ section, action, given }) {
  return `${section} (${action}): ${given}`
}

/**
 * Runs all cases, a few at a time.
 *
 * @param {Case[]} cases
 * @param {number} [atOnce] more than there are processors, as a case with a slow answer waits most of its time
 * @returns {Promise<Result[]>} in their order
 */
export async function runCases(cases, atOnce = 5) {
  /** @type {Result[]} */
  const results = []
  // Those that mostly wait go first, so that the others have something to fill their pauses with.
  const queue = [...cases.entries()].sort(([, a], [, b]) => Number(b.slow !== undefined) - Number(a.slow !== undefined))
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await runCase(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

/** @param {Case} one @returns {Promise<Result>} */
async function runCase(one) {
  const world = await openWorld(one.world)
  const dir = mkdtempSync(path.join(tmpdir(), 'errors-'))
  try {
    one.prepare?.(world)
    for (const trouble of one.troubles ?? []) order(trouble, world)
    const job = startJob({ dir, context: { github: world.context } })
    const inputs = valuesOf(one.with, world)
    let step = await job.step({
      action: ACTIONS[one.action],
      with: inputs,
      env: envOf(one, world, dir),
      timeoutMs: HANGS_MS,
    })
    if (one.atEndOfJob) {
      one.between?.(world)
      // The runner evaluates them again.
      Object.assign(inputs, valuesOf(one.later ?? {}, world))
      step = (await job.end())[0] ?? step
    }
    return {
      step,
      exit: step.exitCode,
      seen: step.annotations.map(({ level, message }) => `${level}: ${withoutChance(message, world)}`),
      requests: requestsOf(world),
      entryIds: [...world.entryIds],
    }
  } finally {
    // Not rmSync(), which would keep the servers of all other cases waiting.
    await Promise.all([rm(dir, { recursive: true, force: true, maxRetries: 5 }), world.close()])
  }
}

/** @param {Trouble} trouble @param {World} world */
function order(trouble, world) {
  if (trouble === 'pinata down') world.pinata.refuse()
  else if (trouble === 'github down') world.github.refuse()
  else world[trouble.api].fault(trouble.fault)
}

/** @param {Record<string, string>} inputs @param {World} world */
function valuesOf(inputs, { pinata }) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      return [name, value.replaceAll('{api}', pinata.apiUrl).replaceAll('{server}', `http://127.0.0.1:${pinata.port}`)]
    }),
  )
}

/** @param {Case} one @param {World} world @param {string} dir for a file @returns {Record<string, string>} */
function envOf({ env = {}, preload, slow }, world, dir) {
  const files = [path.join(folder, 'impatient.cjs')]
  if (preload !== undefined) {
    files.push(path.join(dir, 'preload.cjs'))
    writeFileSync(path.join(dir, 'preload.cjs'), preload)
  }
  return {
    NODE_OPTIONS: files.map(file => `--require="${file.replaceAll('\\', '/')}"`).join(' '),
    MEGABYTE_MARK: MEGABYTE,
    ...(slow && { SLOW_REQUEST: slow.path, SLOW_TIMES: String(slow.times) }),
    ...valuesOf(env, world),
  }
}

/** Puts fixed words in the place of what differs from run to run and with Node's version. @param {string} text @param {World} world */
function withoutChance(text, { pinata, github }) {
  return text
    .replaceAll(`connect ECONNREFUSED 127.0.0.1:${pinata.port}`, 'connect ECONNREFUSED <address>')
    .replaceAll(`connect ECONNREFUSED 127.0.0.1:${github.port}`, 'connect ECONNREFUSED <address>')
    .replaceAll(pinata.apiUrl, 'https://api.pinata.cloud/v3')
    .replaceAll(`127.0.0.1:${pinata.port}`, 'api.pinata.cloud')
    .replaceAll(`127.0.0.1:${github.port}`, 'api.github.com')
    .replace(/request ID ([\da-f]{32}|[\dA-F]{4}(:[\dA-F]{6,8}){4})/g, 'request ID <request ID>')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, id => (FIXED_IDS.includes(id) ? id : '<new key ID>'))
    .replace('; if the root CA is installed locally, try running Node.js with --use-system-ca', '')
    .replace(/created at about [\dT:-]{16}Z/g, 'created at about <time>')
    .replace(/(Missing file at path: ).+?\.(?= |$)/g, '$1<file>.')
}

/** @param {World} world */
function requestsOf({ pinata, github }) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { method, path } of [...pinata.requests, ...github.requests]) {
    const kind = `${method} ${whatIsAt(method, path)}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`)).join(', ') || 'none'
}

/** @param {string} method @param {string} path */
function whatIsAt(method, path) {
  if (/\/statuses(\?|$)/.test(path)) return 'status'
  if (path.includes('/deployments')) return method === 'GET' ? 'deployments' : 'deployment'
  if (path.includes('/access_tokens')) return 'key'
  if (path.includes('/hosts')) return 'origin'
  return /\/gateways\/[^/]+$/.test(path) ? 'gateway' : path.includes('/gateways') ? 'gateways' : path
}
