// Runs thousands of jobs with the built actions, as a runner would, with faults, kills, and cancellations at random
// moments. Exits with 1 if a promise is broken. docs/development.md explains the promises and the options. A run's
// number and the seed determine everything except which of two processes is faster.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import { selfSigned } from '../emulator/http/certificate.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import fastTime from './fast-time.cjs'
import { checkRun } from './soak/check.mjs'
import { drawPlan } from './soak/plan.mjs'
import { runPlan } from './soak/run.mjs'

/** @import { RunResult } from './soak/run.mjs' */
/** @import { Plan } from './soak/plan.mjs' */

const SPEED = 30
fastTime.speedUp(SPEED)

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    run: { type: 'string' },
    // This can exceed the number of processors, because runs mostly wait.
    'at-once': { type: 'string', default: '6' },
    /** The folder with action.yml, the folders of the other actions, and dist/. */
    action: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
})
const seed = Number(values.seed)
const isOne = values.run !== undefined
const first = Number(values.run ?? 0)
const runs = isOne ? 1 : Number(values.runs ?? (values.seconds === undefined ? 200 : Number.POSITIVE_INFINITY))
const limitMs = Number(values.seconds ?? Number.POSITIVE_INFINITY) * 1000 * SPEED
const folder = mkdtempSync(path.join(tmpdir(), 'soak-tls-'))
const tls = selfSigned()
const caFile = path.join(folder, 'ca.pem')
writeFileSync(caFile, tls.cert)
/** The target of redirects, which must get no request. */
const redirectServer = await startPinata({ tls })
const setting = { action: path.resolve(values.action), redirectTarget: redirectServer.apiUrl, tls, caFile }

console.log(`Seed ${seed}, ${process.version}`)
const startedAt = performance.now()
/** @type {Record<string, number>} */
const faultCounts = {}
/** @type {Record<string, number>} */
const outcomes = { lost: 0 }
const totals = { runs: 0, jobs: 0, processes: 0, requests: 0, violations: 0 }

let next = first
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    while (next < first + runs && performance.now() - startedAt < limitMs) await executeRun(next++)
  }),
)
await redirectServer.close()
rmSync(folder, { recursive: true })
const followedRedirects = redirectServer.requests.length
if (followedRedirects > 0) {
  totals.violations++
  console.log(`FAILED: a redirect was followed ${followedRedirects} times (seed ${seed})`)
}
report()

/** Executes a run, checks it, and adds it to the counts. @param {number} run */
async function executeRun(run) {
  const plan = drawPlan(seed, run)
  const result = await runPlan(plan, setting).catch(cause => {
    throw new Error(`The soak itself failed (--seed ${seed} --run ${run})`, { cause })
  })
  const { violations, outcomes: found } = checkRun(result)
  totals.runs++
  totals.jobs += result.jobs.length
  totals.processes += result.jobs.flatMap(({ processes }) => processes).length
  totals.requests += result.requests.pinata.length + result.requests.github.length
  totals.violations += violations.length
  for (const name of result.disruptions) faultCounts[name] = (faultCounts[name] ?? 0) + 1
  for (const outcome of found.values()) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  if (isOne) printRun(plan, result, found)
  for (const violation of violations) console.log(`FAILED: ${violation} (--seed ${seed} --run ${run})`)
}

/** Prints everything that happened in a run. @param {Plan} plan @param {RunResult} result @param {Map<string, string>} outcomes */
function printRun(plan, { jobs, requests }, outcomes) {
  console.log(inspect(plan, { depth: 10, breakLength: 120 }))
  for (const { result, lost } of jobs.flatMap(({ processes }) => processes)) {
    const { raw, stderr, exitCode, signal, outcome, state } = result
    console.log(`\n── a process\n${raw}${stderr}`, { exitCode, signal, outcome, lost, state })
  }
  console.log('\n── requests')
  const all = [...requests.pinata, ...requests.github].sort((a, b) => a.at - b.at)
  for (const { at, method, path, status, fault } of all) {
    console.log(new Date(at).toISOString(), method, path, status ?? 'no response', fault ?? '')
  }
  console.log('\n── keys and origins', outcomes)
}

function report() {
  const { runs, jobs, processes, requests, violations } = totals
  const seconds = ((performance.now() - startedAt) / 1000 / SPEED).toFixed(0)
  console.log(`\n${runs} runs with ${jobs} jobs, ${processes} processes, ${requests} requests, in ${seconds} s`)
  printCounts('Faults and signals', Object.entries(faultCounts).sort())
  const createdCount = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  printCounts(`Outcomes of ${createdCount} created keys and origins`, Object.entries(outcomes).sort())
  console.log(`\n${outcomes.lost} lost, ${violations} broken promises (seed ${seed})`)
  if (violations > 0) process.exitCode = 1
}

/** @param {string} title @param {[name: string, count: number][]} counts */
function printCounts(title, counts) {
  console.log(`\n${title}:`)
  for (const [name, count] of counts) console.log(`${String(count).padStart(6)} ${name}`)
}
