// Thousands of jobs with the built actions, each as a runner starts it, with faults, kills and cancellations at random
// moments. After each run every key and every origin must be accounted for, and no secret be readable anywhere. Exits with 1 if not.
//
//   npm run soak -- --seconds 600
//   npm run soak -- --seed 7 --run 123    one run again, with all that happened in it
//
// A run is a gateway, a repository, and one job or a few. All that happens in it is drawn from seed and number, but for
// which of two processes is faster. Time runs 30 times as fast as it should (fast-time.cjs), for the actions, the
// emulators and the runner alike.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import { FATES, judge } from './soak/judge.mjs'
import { live } from './soak/live.mjs'
import { planOf } from './soak/plan.mjs'

/** @import { AddressInfo } from 'node:net' */
/** @import { Story } from './soak/live.mjs' */
/** @import { Plan } from './soak/plan.mjs' */

const SPEED = 30
createRequire(import.meta.url)('./fast-time.cjs').speedUp(SPEED)

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    run: { type: 'string' },
    // More than processors, as most of them wait.
    'at-once': { type: 'string', default: '6' },
    /** The folder with action.yml, origin/, revoke/ and dist/. */
    action: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
})
const seed = number('seed')
const first = values.run === undefined ? 0 : number('run')
const endless = values.runs === undefined && values.seconds !== undefined
const last = values.run !== undefined ? first : endless ? Number.POSITIVE_INFINITY : number('runs', 200) - 1
const until = values.seconds === undefined ? Number.POSITIVE_INFINITY : number('seconds') * 1000 * SPEED
const actions = {
  get: path.resolve(values.action),
  origin: path.resolve(values.action, 'origin'),
  revoke: path.resolve(values.action, 'revoke'),
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
const strikes = new Map()
/** @type {Map<string, number>} */
const fates = new Map(FATES.map(fate => [fate, 0]))
const totals = { runs: 0, jobs: 0, processes: 0, requests: 0, broken: 0, leaks: 0 }

let next = first
await Promise.all(
  Array.from({ length: number('at-once') }, async () => {
    while (next <= last && performance.now() - began < until) await oneRun(next++)
  }),
)
elsewhere.close()
if (strayed > 0) {
  totals.broken++
  console.log(`FAILED: a redirect was followed ${strayed} times (seed ${seed})`)
}
report()

/** Lives a run, judges it and adds it to the counts. @param {number} run */
async function oneRun(run) {
  const plan = planOf(seed, run)
  const story = await live(plan, setting).catch(error => {
    throw new Error(`The soak broke (--seed ${seed} --run ${run})`, { cause: error })
  })
  const verdict = judge(story)
  totals.runs++
  for (const { post } of [...story.jobs, ...(story.sweep ? [story.sweep] : [])]) {
    totals.jobs++
    totals.processes += post ? 2 : 1
  }
  totals.requests += story.requests.pinata.length + story.requests.github.length
  for (const [name, count] of story.strikes) strikes.set(name, (strikes.get(name) ?? 0) + count)
  for (const fate of verdict.fates.values()) fates.set(fate, (fates.get(fate) ?? 0) + 1)
  totals.broken += verdict.broken.length
  totals.leaks += verdict.leaks.length
  const failures = [...verdict.broken, ...verdict.leaks]
  if (values.run !== undefined) tell(plan, story, verdict.fates)
  for (const [id, fate] of verdict.fates) {
    if (fate.startsWith('not told of')) console.log(`No promise held for ${id}, ${fate} (--seed ${seed} --run ${run})`)
  }
  for (const failure of failures) console.log(`FAILED: ${failure} (--seed ${seed} --run ${run})`)
}

/** Tells all that happened in a run. @param {Plan} plan @param {Story} story @param {Map<string, string>} fates */
function tell(plan, { jobs, sweep, requests }, fates) {
  console.log(inspect(plan, { depth: 10, breakLength: 120 }))
  for (const [index, { main, post }] of [...jobs, ...(sweep ? [sweep] : [])].entries()) {
    console.log(`\n── job ${index}${index === jobs.length ? ', the sweep after the storm' : ''}`)
    for (const { result, lost } of [main, ...(post ? [post] : [])]) {
      console.log(result.raw + result.stderr)
      console.log({
        exitCode: result.exitCode,
        signal: result.signal,
        outcome: result.outcome,
        lost,
        state: result.state,
      })
    }
  }
  console.log('\n── requests')
  for (const request of [...requests.pinata, ...requests.github].sort((a, b) => a.at - b.at)) {
    const { at, method, path, status, fault } = request
    console.log(new Date(at).toISOString(), method, path, status ?? 'no answer', fault ?? '')
  }
  console.log('\n── keys and origins')
  for (const [id, fate] of fates) console.log(id, fate)
}

function report() {
  const lost = fates.get('lost') ?? 0
  const seconds = ((performance.now() - began) / 1000 / SPEED).toFixed(0)
  console.log(
    `\n${totals.runs} runs with ${totals.jobs} jobs, ${totals.processes} processes, ${totals.requests} requests, in ${seconds} s`,
  )
  console.log('\nFaults and signals:')
  for (const [name, count] of [...strikes].sort(([a], [b]) => a.localeCompare(b))) console.log(`${pad(count)} ${name}`)
  const made = [...fates.values()].reduce((sum, count) => sum + count, 0)
  console.log(`\n${made} keys and origins created. What became of them:`)
  for (const [fate, count] of fates) console.log(`${pad(count)} ${fate}`)
  console.log(`\n${lost} lost, ${totals.leaks} leaks, ${totals.broken} broken promises (seed ${seed})`)
  if (totals.broken + totals.leaks > 0) process.exitCode = 1
}

/** @param {number} count */
function pad(count) {
  return String(count).padStart(6)
}
