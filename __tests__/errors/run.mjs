// Runs a case: the built action, as a runner starts it, against Pinata and GitHub on loopback.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startJob } from '../../emulator/runner/runner.mjs'
import { FIXED_IDS, openWorld } from './world.mjs'

/** @import { World } from './world.mjs' */
/** @typedef {import('../../emulator/http/faults.mjs').Fault} Fault */
/** @typedef {Awaited<ReturnType<ReturnType<typeof startJob>['step']>>} StepResult */
/**
 * @typedef {object} Case
 * @property {string} chapter
 * @property {string} section
 * @property {string} given what was given or answered, in Markdown
 * @property {'get' | 'revoke'} action
 * @property {Record<string, string>} with `{api}` in a value stands for the address of the emulated API
 * @property {boolean} [atEndOfJob] what counts is the end of the job
 * @property {{ api: 'pinata' | 'github', fault: Fault } | 'pinata down' | 'github down'} [trouble]
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
 * @property {{ level: string, message: string }[]} seen the annotations, with fixed words for what differs from run to run
 * @property {string} requests by kind, Pinata's first: `GET gateway ×3, POST key`; `none` if there are none
 * @property {number} keys how many the gateway has in the end
 */

/** Stands for an input of a megabyte, which only impatient.cjs can put in. */
export const MEGABYTE = '<a megabyte>'

const folder = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(folder, '..', '..')
const ACTIONS = { get: root, revoke: path.join(root, 'revoke') }
const PRELOAD = `--require="${path.join(folder, 'impatient.cjs').replaceAll('\\', '/')}"`
/** A step that takes longer hangs. */
const HANGS_MS = 60_000

/**
 * Runs all cases, a few at a time.
 *
 * @param {Case[]} cases
 * @returns {Promise<Result[]>} in their order
 */
export async function runCases(cases) {
  /** @type {Result[]} */
  const results = []
  // Those that mostly wait go first, so that the others have something to fill their pauses with.
  const queue = [...cases.entries()].sort(([, a], [, b]) => Number(b.slow !== undefined) - Number(a.slow !== undefined))
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await runCase(next[1])
  }
  // More than there are processors, as a case with a slow answer waits most of its time.
  await Promise.all(Array.from({ length: 5 }, work))
  return results
}

/** @param {Case} one @returns {Promise<Result>} */
async function runCase(one) {
  const world = await openWorld()
  const dir = mkdtempSync(path.join(tmpdir(), 'errors-'))
  try {
    const { pinata, github } = world
    if (one.trouble === 'pinata down') pinata.refuse()
    else if (one.trouble === 'github down') github.refuse()
    else if (one.trouble) world[one.trouble.api].fault(one.trouble.fault)
    const job = startJob({ dir, context: { github: world.context } })
    const inputs = Object.entries(one.with).map(([name, value]) => [name, value.replaceAll('{api}', pinata.apiUrl)])
    let step = await job.step({
      action: ACTIONS[one.action],
      with: Object.fromEntries(inputs),
      env: {
        NODE_OPTIONS: PRELOAD,
        MEGABYTE_MARK: MEGABYTE,
        ...(one.slow && { SLOW_REQUEST: one.slow.path, SLOW_TIMES: String(one.slow.times) }),
      },
      timeoutMs: HANGS_MS,
    })
    if (one.atEndOfJob) step = (await job.end())[0] ?? step
    return {
      step,
      exit: step.exitCode,
      seen: step.annotations.map(({ level, message }) => ({ level, message: withoutChance(message, world) })),
      requests: requestsOf(world),
      keys: world.gateway.keys.length,
    }
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    await world.close()
  }
}

/** Puts fixed words in the place of what differs from run to run. @param {string} text @param {World} world */
function withoutChance(text, { pinata, github }) {
  return text
    .replaceAll(`connect ECONNREFUSED 127.0.0.1:${pinata.port}`, 'connect ECONNREFUSED <address>')
    .replaceAll(`connect ECONNREFUSED 127.0.0.1:${github.port}`, 'connect ECONNREFUSED <address>')
    .replaceAll(pinata.apiUrl, 'https://api.pinata.cloud/v3')
    .replaceAll(`127.0.0.1:${pinata.port}`, 'api.pinata.cloud')
    .replaceAll(`127.0.0.1:${github.port}`, 'api.github.com')
    .replace(/request ID ([\da-f]{32}|[\dA-F]{4}(:[\dA-F]{6,8}){4})/g, 'request ID <request ID>')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, id => (FIXED_IDS.includes(id) ? id : '<new key ID>'))
    .replace(/created at about [\dT:-]{16}Z/g, 'created at about <time>')
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
  if (path.endsWith('/statuses')) return 'status'
  if (path.includes('/deployments')) return method === 'GET' ? 'deployments' : 'deployment'
  if (path.includes('/access_tokens')) return 'key'
  return /\/gateways\/[^/]+$/.test(path) ? 'gateway' : path.includes('/gateways') ? 'gateways' : path
}
