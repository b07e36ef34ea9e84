// Thousands of jobs with the built actions, each as a runner starts it, with faults, kills and cancellations at random
// moments. After each run every key and every origin must be accounted for, and no secret be readable anywhere. Exits with 1 if not.
//
//   npm run soak -- --seconds 600
//   npm run soak -- --seed 7 --run 123    one run again, with all that happened in it
//
// A run is a gateway, a repository, and one job or a few. All that happens in it is drawn from seed and number, but for
// which of two processes is faster. Time runs 30 times as fast as it should (fast-time.cjs), for the actions, the
// emulators and the runner alike.
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import { checkRun, OUTCOMES } from './soak/check.mjs'
import { planOf } from './soak/plan.mjs'
import { runPlan } from './soak/run.mjs'

/** @import { AddressInfo } from 'node:net' */
/** @import { RunResult } from './soak/run.mjs' */
/** @import { Plan } from './soak/plan.mjs' */

const SPEED = 30
createRequire(import.meta.url)('./fast-time.cjs').speedUp(SPEED)

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    run: { type: 'string' },
    /** How many random schedules of __tests__/interleavings to play afterwards. */
    schedules: { type: 'string', default: '100000' },
    // More than processors, as most of them wait.
    'at-once': { type: 'string', default: '6' },
    /** The folder with action.yml, those of the other actions, and dist/. */
    action: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
})
const seed = number('seed')
const first = values.run === undefined ? 0 : number('run')
const endless = values.runs === undefined && values.seconds !== undefined
const last = values.run !== undefined ? first : endless ? Number.POSITIVE_INFINITY : number('runs', 200) - 1
const until = values.seconds === undefined ? Number.POSITIVE_INFINITY : number('seconds') * 1000 * SPEED
const folder = (name = '') => path.resolve(values.action, name)
const actions = {
  get: folder(),
  origin: folder('origin'),
  preview: folder('preview'),
  revoke: folder('revoke'),
}

/** @param {keyof typeof values} name @param {number} [otherwise] */
function number(name, otherwise) {
  const value = Number(values[name] ?? otherwise)
  if (Number.isInteger(value) && value >= 0) return value
  console.error(`--${name} is ${values[name]}, not a number`)
  process.exit(1)
}

let strayed = 0
const elsewhere = createServer((_request, response) => {
  strayed++
  response.end()
}).listen(0, '127.0.0.1')
await new Promise(resolve => elsewhere.once('listening', resolve))
const setting = { actions, elsewhere: `http://127.0.0.1:${/** @type {AddressInfo} */ (elsewhere.address()).port}` }

console.log(`Seed ${seed}, ${process.version}`)
const began = performance.now()
/** @type {Map<string, number>} */
const faultCounts = new Map()
/** @type {Map<string, number>} */
const outcomes = new Map(OUTCOMES.map(outcome => [outcome, 0]))
const totals = { runs: 0, jobs: 0, processes: 0, requests: 0, broken: 0, leaks: 0 }

let next = first
await Promise.all(
  Array.from({ length: number('at-once') }, async () => {
    while (next <= last && performance.now() - began < until) await oneRun(next++)
  }),
)
elsewhere.close()
if (values.run === undefined && number('schedules') > 0) playSchedules()
if (strayed > 0) {
  totals.broken++
  console.log(`FAILED: a redirect was followed ${strayed} times (seed ${seed})`)
}
report()

/** Plays interleavings of the steps of src/ over emulated servers in memory. */
function playSchedules() {
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--coverage=false',
    '__tests__/interleavings',
    '-t',
    'random schedules',
  ]
  const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...jest], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, SCHEDULES: values.schedules, SEED: String(seed) },
    stdio: 'inherit',
  })
  if (status !== 0) totals.broken++
}

/** Executes a run, checks it and adds it to the counts. @param {number} run */
async function oneRun(run) {
  const plan = planOf(seed, run)
  const result = await runPlan(plan, setting).catch(error => {
    throw new Error(`The soak broke (--seed ${seed} --run ${run})`, { cause: error })
  })
  const checked = checkRun(result)
  totals.runs++
  totals.jobs += result.jobs.length
  totals.processes += result.jobs.flatMap(({ processes }) => processes).length
  totals.requests += result.requests.pinata.length + result.requests.github.length
  for (const [name, count] of result.faultCounts) faultCounts.set(name, (faultCounts.get(name) ?? 0) + count)
  for (const outcome of checked.outcomes.values()) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  totals.broken += checked.broken.length
  totals.leaks += checked.leaks.length
  const failures = [...checked.broken, ...checked.leaks]
  if (values.run !== undefined) printRun(plan, result, checked.outcomes)
  for (const [id, outcome] of checked.outcomes) {
    if (outcome.startsWith('not told of'))
      console.log(`No promise held for ${id}, ${outcome} (--seed ${seed} --run ${run})`)
  }
  for (const failure of failures) console.log(`FAILED: ${failure} (--seed ${seed} --run ${run})`)
}

/** Prints all that happened in a run. @param {Plan} plan @param {RunResult} result @param {Map<string, string>} outcomes */
function printRun(plan, { jobs, requests }, outcomes) {
  console.log(inspect(plan, { depth: 10, breakLength: 120 }))
  for (const [index, { processes }] of jobs.entries()) {
    console.log(`\n── job ${index}`)
    for (const { result, lost } of processes) {
      const { exitCode, signal, outcome, state } = result
      console.log(result.raw + result.stderr)
      console.log({ exitCode, signal, outcome, lost, state })
    }
  }
  console.log('\n── requests')
  for (const request of [...requests.pinata, ...requests.github].sort((a, b) => a.at - b.at)) {
    const { at, method, path, status, fault } = request
    console.log(new Date(at).toISOString(), method, path, status ?? 'no answer', fault ?? '')
  }
  console.log('\n── keys and origins')
  for (const [id, outcome] of outcomes) console.log(id, outcome)
}

function report() {
  const lost = outcomes.get('lost') ?? 0
  const seconds = ((performance.now() - began) / 1000 / SPEED).toFixed(0)
  console.log(
    `\n${totals.runs} runs with ${totals.jobs} jobs, ${totals.processes} processes, ${totals.requests} requests, in ${seconds} s`,
  )
  console.log('\nFaults and signals:')
  for (const [name, count] of [...faultCounts].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`${pad(count)} ${name}`)
  const made = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
  console.log(`\n${made} keys and origins created. What became of them:`)
  for (const [outcome, count] of outcomes) console.log(`${pad(count)} ${outcome}`)
  console.log(`\n${lost} lost, ${totals.leaks} leaks, ${totals.broken} broken promises (seed ${seed})`)
  if (totals.broken + totals.leaks > 0) process.exitCode = 1
}

/** @param {number} count */
function pad(count) {
  return String(count).padStart(6)
}
