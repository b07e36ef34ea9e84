// Measures the action with many jobs and many revocations at a rate limit, and with sweeps of more and more keys.
// Sets the exit code if a target is missed. Takes about three minutes.
import { fork, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGitHub } from '../emulator/github/github.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'

const { speedUp, environment } = createRequire(import.meta.url)('./fast-time.cjs')

/** @typedef {{ keys: number, limit?: { requests: number, perMs: number }, named?: boolean }} Setting named: two keys a name, all expired */
/** @typedef {{ pinata: number, github: number, refused: number, ms: number, left: number }} Served ms: from the first request to the last response */
/** @typedef {{ keys: number, cpuMs: number, memory: number }} Measured CPU time does not depend on what else runs */
/** @typedef {{ what: string, measured: string, target: string, ok: boolean | undefined }} Row */

/** How many times as fast as it should time runs where rate limits are waited for. */
const SPEED = 10
/** A least time that the limit allows may be exceeded by this factor. */
const MAX_OVER_LEAST = 1.15
const JOBS = { jobs: 200, limit: { requests: 60, perMs: 60_000 } }
const REVOCATION = { keys: 500, limit: { requests: 250, perMs: 60_000 } }
const SIZES = [10, 1000, 10_000]
/** Ten times as many keys may take ten times as much, and so many times that for chance. */
const MAX_GROWTH = 1.5
/** Requests a key: to delete it, to read the records of its name (half of one), to remove its record (two), to list all. */
const MAX_REQUESTS = 1 + 0.5 + 2 + 0.02
const DAY_MS = 86_400_000

const root = fileURLToPath(new URL('..', import.meta.url))
const self = fileURLToPath(import.meta.url)

if (process.argv[1] === self) await serve()

/** The emulators in a process of their own, set up anew for each message that they get. */
async function serve() {
  /** @type {(() => Promise<unknown>) | undefined} */
  let stop
  /** @type {() => Served} */
  let served
  process.on('message', async (/** @type {Setting | 'served'} */ message) => {
    if (message === 'served') return process.send?.(served())
    await stop?.()
    let [first, last] = [0, 0]
    const observe = () => {
      first ||= performance.now()
      last = performance.now()
    }
    const { keys, limit, named = false } = message
    const pinata = await startPinata({ observe, ...(limit && { limit }) })
    const github = await startGitHub({ limit: { requests: 1e9, perMs: 3_600_000 } })
    const gateway = pinata.addGateway({ keys, allowedHosts: ['example.com'] })
    for (const [index, key] of gateway.keys.entries()) {
      key.createdAt = new Date(Date.now() - 2 * DAY_MS).toISOString()
      if (named) github.addDeployment(record(gateway.id, key, `pr-${Math.floor(index / 2)}`))
    }
    stop = () => Promise.all([pinata.close(), github.close()])
    served = () => ({
      pinata: pinata.requests.length,
      github: github.requests.length,
      refused: pinata.requests.filter(({ status }) => status === 429).length,
      ms: last - first,
      left: gateway.keys.length,
    })
    process.send?.({
      access: {
        'INPUT_GATEWAY-ID': gateway.id,
        'INPUT_PINATA-JWT': pinata.addJwt(),
        'INPUT_API-URL': pinata.apiUrl,
        'INPUT_GITHUB-TOKEN': github.addToken(),
        GITHUB_API_URL: github.apiUrl,
        GITHUB_REPOSITORY: 'octo-org/octo-site',
        GITHUB_REPOSITORY_ID: '1296269',
        GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
      },
      keyIds: gateway.keys.map(({ id }) => id),
    })
  })
  process.on('disconnect', () => process.exit())
}

/**
 * The deployment that records an expired key under a name (src/names/record.ts).
 *
 * @param {string} gatewayId
 * @param {{ id: string, value: string }} key
 * @param {string} name
 */
function record(gatewayId, { id: keyId, value }, name) {
  const expiresAt = new Date(Date.now() - DAY_MS).toISOString()
  const proof = createHmac('sha256', value)
    .update(JSON.stringify([1, 'key', name, gatewayId, keyId, expiresAt, '1296269']))
    .digest('base64url')
  return {
    environment: 'pinata-gateway-keys',
    task: `pinata-gateway-key:${name}`,
    payload: { schema: 1, kind: 'key', name, gatewayId, keyId, expiresAt, proof },
    state: 'success',
  }
}

/** @param {string} node the program that runners start */
export async function benchScale(node) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-scale-'))
  /** @type {Row[]} */
  const rows = []
  try {
    // These run first, because the other two change the speed of time.
    rows.push(...(await sweeps(node, folder)))
    speedUp(SPEED)
    rows.push(...(await manyJobs(node, folder)), ...(await manyRevocations(node, folder)))
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  console.log('\n| what | measured | target | |')
  console.log('| --- | --- | --- | --- |')
  for (const { what, measured, target, ok } of rows) {
    if (ok === false) process.exitCode = 1
    console.log(`| ${what} | ${measured} | ${target} | ${ok === undefined ? '' : ok ? 'ok' : 'MISSED'} |`)
  }
}

/** @param {Record<string, string>} [env] */
function startServers(env = {}) {
  const servers = fork(self, [], { env: { ...process.env, ...env } })
  return {
    /** @param {Setting} setting @returns {Promise<{ access: Record<string, string>, keyIds: string[] }>} */
    async setUp(setting) {
      servers.send(setting)
      return (await once(servers, 'message'))[0]
    },
    /** @returns {Promise<Served>} */
    async served() {
      servers.send('served')
      return (await once(servers, 'message'))[0]
    },
    stop: () => servers.disconnect(),
  }
}

/**
 * One process of the action, to its end.
 *
 * @param {string} node
 * @param {string[]} args
 * @param {{ folder: string, env: Record<string, string> }} setting folder: of its own
 */
async function run(node, args, { folder, env }) {
  mkdirSync(folder, { recursive: true })
  const files = ['OUTPUT', 'STATE', 'STEP_SUMMARY'].map(name => [`GITHUB_${name}`, path.join(folder, name)])
  for (const [, file] of files) writeFileSync(String(file), '')
  const { PATH = '', SystemRoot } = process.env
  const began = performance.now()
  const child = spawn(node, args, {
    env: { PATH, ...(SystemRoot === undefined ? {} : { SystemRoot }), ...Object.fromEntries(files), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let log = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    log += text
  })
  const [exitCode] = await once(child, 'close')
  const ms = performance.now() - began
  return { exitCode, log, ms, outputs: readFileSync(path.join(folder, 'OUTPUT'), 'utf8') }
}

/** @param {string} node @param {string} folder @returns {Promise<Row[]>} */
async function manyJobs(node, folder) {
  const { jobs, limit } = JOBS
  const servers = startServers(environment())
  const { access } = await servers.setUp({ keys: 0, limit })
  const env = { ...access, ...environment(), 'INPUT_FIRST-KEY': 'allow' }
  const main = path.join(root, 'dist/main.js')
  const ran = await Promise.all(
    Array.from({ length: jobs }, (_, job) => run(node, [main], { folder: path.join(folder, `job-${job}`), env })),
  )
  const served = await servers.served()
  servers.stop()
  const made = ran.filter(({ exitCode, outputs }) => exitCode === 0 && outputs.includes('gateway-key')).length
  tellFailures(ran)
  const least = leastMs(2 * jobs, limit)
  return [
    {
      what: `${jobs} jobs at once that create a key each, at ${limit.requests} requests a minute`,
      measured: `${made} keys, ${(served.pinata / jobs).toFixed(1)} requests a key, ${(served.refused / jobs).toFixed(1)} of them refused`,
      target: `${jobs} keys`,
      ok: made === jobs && served.left === jobs,
    },
    timeRow('its time, to the least that the limit allows', served.ms, least),
  ]
}

/** @param {string} node @param {string} folder @returns {Promise<Row[]>} */
async function manyRevocations(node, folder) {
  const { keys, limit } = REVOCATION
  const servers = startServers(environment())
  const { access, keyIds } = await servers.setUp({ keys, limit })
  const env = { ...access, ...environment(), 'INPUT_KEY-ID': keyIds.join() }
  const ran = await run(node, [path.join(root, 'dist/revoke.js')], { folder: path.join(folder, 'revoke'), env })
  const served = await servers.served()
  servers.stop()
  tellFailures([ran])
  return [
    {
      what: `one step that revokes ${keys} keys, at ${limit.requests} requests a minute`,
      measured: `${keys - served.left} revoked, ${(served.pinata / keys).toFixed(2)} requests a key`,
      target: `${keys} revoked`,
      ok: ran.exitCode === 0 && served.left === 0,
    },
    timeRow('its time, to the least that the limit allows', served.ms, leastMs(keys + 1, limit)),
  ]
}

/** What has to wait for windows to pass. @param {number} requests @param {{ requests: number, perMs: number }} limit */
function leastMs(requests, limit) {
  return Math.floor((requests - 1) / limit.requests) * limit.perMs
}

/** @param {string} what @param {number} ms @param {number} least @returns {Row} */
function timeRow(what, ms, least) {
  const ratio = ms / least
  return {
    what,
    measured: `${(ms / 1000).toFixed(0)} s to ${least / 1000} s: ${ratio.toFixed(2)}`,
    target: `${MAX_OVER_LEAST}`,
    ok: ratio <= MAX_OVER_LEAST,
  }
}

/** @param {{ exitCode: number, log: string }[]} ran */
function tellFailures(ran) {
  const failed = ran.filter(({ exitCode }) => exitCode !== 0)
  for (const { exitCode, log } of failed.slice(0, 3)) console.log(`exit code ${exitCode}\n${log.slice(-2000)}`)
}

/** @param {string} node @param {string} folder @returns {Promise<Row[]>} */
async function sweeps(node, folder) {
  const servers = startServers()
  const kinds = [
    { what: 'older-than, dry run', env: { 'INPUT_OLDER-THAN': '1d', 'INPUT_DRY-RUN': 'true' }, left: 1 },
    { what: 'older-than', env: { 'INPUT_OLDER-THAN': '1d' }, left: 0 },
    { what: 'expired', env: { INPUT_EXPIRED: 'true' }, left: 0, named: true },
  ]
  /** @type {Row[]} */
  const rows = []
  for (const { what, env, left, named = false } of kinds) {
    /** @type {Measured[]} */
    const measured = []
    for (const keys of SIZES) {
      const { access } = await servers.setUp({ keys, named })
      const usage = path.join(folder, 'usage')
      const args = ['--require', path.join(root, 'scripts/bench-usage.cjs'), path.join(root, 'dist/revoke.js')]
      const ran = await run(node, args, {
        folder: path.join(folder, 'sweep'),
        env: { ...access, ...env, BENCH_USAGE: usage },
      })
      const served = await servers.served()
      tellFailures([ran])
      if (ran.exitCode !== 0 || served.left !== left * keys) throw new Error(`${what}: ${served.left} keys are left`)
      const { cpuMs, memory } = JSON.parse(readFileSync(usage, 'utf8'))
      measured.push({ keys, cpuMs, memory })
      const requests = (served.pinata + served.github) / keys
      const isLimited = named && keys >= 1000
      rows.push({
        what: `${what}, ${keys} keys`,
        measured: `${(ran.ms / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of CPU, ${(memory / 1e6).toFixed(0)} MB, ${requests.toFixed(2)} requests a key`,
        target: isLimited ? `${MAX_REQUESTS} requests a key` : '',
        ok: isLimited ? requests <= MAX_REQUESTS : undefined,
      })
    }
    rows.push(...growth(what, measured))
  }
  servers.stop()
  return rows
}

/**
 * @param {string} what
 * @param {Measured[]} measured
 * @returns {Row[]}
 */
function growth(what, measured) {
  const [least, many, most] = /** @type {[Measured, Measured, Measured]} */ (measured)
  const max = (most.keys / many.keys) * MAX_GROWTH
  // Subtract what Node itself takes, which is most of a small sweep.
  return /** @type {const} */ (['cpuMs', 'memory']).map(name => {
    const grown = (most[name] - least[name]) / (many[name] - least[name])
    return {
      what: `${what}: ${name === 'cpuMs' ? 'CPU time' : 'memory'} beyond that for ${least.keys}, ${most.keys} keys to ${many.keys}`,
      measured: grown.toFixed(1),
      target: `${max}`,
      ok: grown <= max,
    }
  })
}
