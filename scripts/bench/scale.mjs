// Measures many jobs and many revocations at a rate limit, and sweeps of increasing numbers of keys.
// Sets the exit code if a target is missed. Takes about three minutes.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startGitHub } from '../../emulator/github/github.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import fastTime from '../fast-time.cjs'
import { runProcess } from './process.mjs'

/** @import { Limit } from '../../emulator/http/responses.mjs' */

/** @typedef {(args: string[], env: Record<string, string>) => Promise<number>} Run runs the action; returns milliseconds */
/** @typedef {{ keys: number, cpuMs: number, memory: number }} Usage `cpuMs` does not depend on other processes */

/** The speed of time in measurements that wait out rate limits. */
const SPEED = 10
/** The maximum ratio of a measured time to the shortest time that the rate limit allows. */
const MAX_TIME_RATIO = 1.15
const JOBS = { jobs: 200, limit: { requests: 60, perMs: 60_000 } }
const REVOCATION = { keys: 500, limit: { requests: 250, perMs: 60_000 } }
const KEY_COUNTS = [10, 1000, 10_000]
const SWEEPS = [
  { title: 'older-than, dry run', env: { 'INPUT_OLDER-THAN': '1d', 'INPUT_DRY-RUN': 'true' }, kept: 1, named: false },
  { title: 'older-than', env: { 'INPUT_OLDER-THAN': '1d' }, kept: 0, named: false },
  { title: 'expired', env: { INPUT_EXPIRED: 'true' }, kept: 0, named: true },
]
/** Ten times as many keys may need ten times as much CPU time and memory, times this tolerance. */
const MAX_GROWTH = 1.5
/** Requests per key: to revoke it, read its name's records (half a request), remove its record (two), and list keys. */
const MAX_REQUESTS = 1 + 0.5 + 2 + 0.02
const DAY_MS = 86_400_000
const REPOSITORY_ID = '1296269'

const fileOf = (/** @type {string} */ name) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const [MAIN, REVOKE] = [fileOf('dist/main.js'), fileOf('dist/revoke.js')]

/** Prints all measurements. @param {string} node the Node to run the action with @param {string} folder for files */
export async function benchScale(node, folder) {
  /** @type {Run} */
  const run = async (args, env) => {
    const { exitCode, stdout, ms } = await runProcess(node, args, env, folder)
    if (exitCode !== 0) console.log(`exit code ${exitCode}\n${stdout.slice(-1000)}`)
    return ms
  }
  console.log('| measurement | result | target | |\n| --- | --- | --- | --- |')
  // The sweeps run first, because `speedUp()` can't be undone.
  await sweeps(run, path.join(folder, 'usage'))
  fastTime.speedUp(SPEED)
  await manyJobs(run)
  await manyRevocations(run)
}

/**
 * Prints a row. Without a target, the row has no verdict.
 * @param {string} title
 * @param {string} measured
 * @param {string} [target]
 */
function report(title, measured, target = '', isMet = true) {
  if (!isMet) process.exitCode = 1
  console.log(`| ${title} | ${measured} | ${target} | ${target && (isMet ? 'ok' : 'MISSED')} |`)
}

/**
 * Starts the emulators, with keys that are two days old.
 * @param {{ keys?: number, limit?: Limit, named?: boolean }} setting `named`: two keys under each name, all expired
 */
async function startServers({ keys = 0, limit, named = false }) {
  const pinata = await startPinata({ limit })
  const github = await startGitHub()
  const gateway = pinata.addGateway({ keys, allowedHosts: ['example.com'] })
  for (const [index, key] of gateway.keys.entries()) {
    key.createdAt = new Date(Date.now() - 2 * DAY_MS).toISOString()
    if (named) github.addDeployment(record(gateway.id, key, `pr-${Math.floor(index / 2)}`))
  }
  const access = {
    'INPUT_GATEWAY-ID': gateway.id,
    'INPUT_PINATA-JWT': pinata.addJwt(),
    'INPUT_API-URL': pinata.apiUrl,
    'INPUT_GITHUB-TOKEN': github.addToken(),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: 'octo-org/octo-site',
    GITHUB_REPOSITORY_ID: REPOSITORY_ID,
    GITHUB_SHA: github.sha,
  }
  return { pinata, github, gateway, access, close: () => Promise.all([pinata.close(), github.close()]) }
}

/**
 * Returns the deployment that records an expired key under a name (src/names/record-format.ts).
 * @param {string} gatewayId
 * @param {{ id: string, value: string }} key
 * @param {string} name
 */
function record(gatewayId, { id: keyId, value }, name) {
  const expiresAt = new Date(Date.now() - DAY_MS).toISOString()
  const proof = createHmac('sha256', value)
    .update(JSON.stringify([1, 'key', name, gatewayId, keyId, expiresAt, REPOSITORY_ID]))
    .digest('base64url')
  return {
    environment: 'pinata-gateway-keys',
    task: `pinata-gateway-key:${name}`,
    payload: { schema: 1, kind: 'key', name, gatewayId, keyId, expiresAt, proof },
    state: 'success',
  }
}

/** @param {Run} run */
async function manyJobs(run) {
  const { jobs, limit } = JOBS
  const { pinata, gateway, access, close } = await startServers({ limit })
  const env = { ...access, ...fastTime.environment(), 'INPUT_FIRST-CONTROL': 'allow' }
  const running = []
  for (let job = 0; job < jobs; job++) {
    running.push(run([MAIN], env))
    // Let the servers respond, which they can't while this process starts another.
    await setImmediate()
  }
  await Promise.all(running)
  const title = `${jobs} jobs at once that each create a key`
  reportAtLimit(title, pinata.requests, limit, { keys: jobs, done: gateway.keys.length, needed: 2 * jobs })
  await close()
}

/** @param {Run} run */
async function manyRevocations(run) {
  const { keys, limit } = REVOCATION
  const { pinata, gateway, access, close } = await startServers({ keys, limit })
  const keyIds = gateway.keys.map(({ id }) => id).join()
  await run([REVOKE], { ...access, ...fastTime.environment(), 'INPUT_KEY-ID': keyIds })
  const title = `one step that revokes ${keys} keys`
  reportAtLimit(title, pinata.requests, limit, { keys, done: keys - gateway.keys.length, needed: keys + 1 })
  await close()
}

/**
 * @param {string} title
 * @param {{ at: number }[]} requests the requests that Pinata received
 * @param {Limit} limit
 * @param {{ keys: number, done: number, needed: number }} counts `needed`: the number of requests without a rate limit
 */
function reportAtLimit(title, requests, { requests: perWindow, perMs }, { keys, done, needed }) {
  const row = `${done} keys, ${(requests.length / keys).toFixed(2)} requests per key`
  report(`${title}, at ${perWindow} requests a minute`, row, `${keys} keys`, done === keys)
  const ms = Number(requests.at(-1)?.at) - Number(requests[0]?.at)
  const least = Math.floor((needed - 1) / perWindow) * perMs
  const ratio = ms / least
  const measured = `${(ms / 1000).toFixed(0)} s / ${least / 1000} s = ${ratio.toFixed(2)}`
  report('its time, compared to the minimum at this limit', measured, `${MAX_TIME_RATIO}`, ratio <= MAX_TIME_RATIO)
}

/** @param {Run} run @param {string} usage the file to which bench/usage.cjs writes */
async function sweeps(run, usage) {
  for (const { title, env, kept, named } of SWEEPS) {
    /** @type {Usage[]} */
    const measured = []
    for (const keys of KEY_COUNTS) {
      const { pinata, github, gateway, access, close } = await startServers({ keys, named })
      const args = ['--require', fileOf('scripts/bench/usage.cjs'), REVOKE]
      const ms = await run(args, { ...access, ...env, BENCH_USAGE: usage })
      if (gateway.keys.length !== kept * keys) throw new Error(`${title}: ${gateway.keys.length} keys are left`)
      const { cpuMs, memory } = JSON.parse(readFileSync(usage, 'utf8'))
      measured.push({ keys, cpuMs, memory })
      const requests = (pinata.requests.length + github.requests.length) / keys
      const seconds = `${(ms / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of CPU`
      const row = `${seconds}, ${(memory / 1e6).toFixed(0)} MB, ${requests.toFixed(2)} requests per key`
      const target = named && keys >= 1000 ? `${MAX_REQUESTS} requests per key` : ''
      report(`${title}, ${keys} keys`, row, target, target === '' || requests <= MAX_REQUESTS)
      await close()
    }
    reportGrowth(title, measured)
  }
}

/** @param {string} title @param {Usage[]} measured */
function reportGrowth(title, measured) {
  const [least, many, most] = /** @type {[Usage, Usage, Usage]} */ (measured)
  const max = (most.keys / many.keys) * MAX_GROWTH
  for (const [name, metric] of /** @type {const} */ ([
    ['cpuMs', 'CPU time'],
    ['memory', 'memory'],
  ])) {
    // Subtract what Node itself needs, which is most of what a small sweep needs.
    const grown = (most[name] - least[name]) / (many[name] - least[name])
    const row = `${title}: growth of ${metric} from ${many.keys} to ${most.keys} keys, minus the base for ${least.keys}`
    report(row, grown.toFixed(1), `${max}`, grown <= max)
  }
}
