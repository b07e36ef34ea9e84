// Runs the built action and some questions against Pinata's live API and a live gateway, and compares each answer with
// the emulator's. GitHub is emulated. It leaves the gateway as it was, and prints no secret.
//
//   PINATA_JWT=… GATEWAY_ID=… CID=… npm run live
//
// Exits with 0 if all answers are the same, 2 if some are different, and 1 if something could not be asked or the gateway
// is not as it was. After a signal it removes what it added, and exits with 128 and the signal's number.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import { createPace } from './live/pace.mjs'
import { startReference } from './live/reference.mjs'
import { compare, createPrinter, form, headersLike, told } from './live/report.mjs'
import { restore } from './live/restore.mjs'
import { NOT_ASKED, SCENARIOS } from './live/scenarios/all.mjs'
import { hasControls, isServed, outcomeOf } from './live/scenarios/reads.mjs'
import { Service } from './live/service.mjs'
import { readSettings, USAGE } from './live/settings.mjs'

/** @import { Answers } from './live/report.mjs' */
/** @import { Scenario } from './live/scenarios/reads.mjs' */
/** @import { Controls, Stop } from './live/service.mjs' */
/** @import { Settings } from './live/settings.mjs' */

/** How long a request that may have added something is waited for after a signal. */
const LATE_MS = 3_000
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

const printer = createPrinter(console.log)
const { say, hide } = printer
/** @type {NodeJS.Signals | undefined} */
let stoppedBy
const stop = listenForSignals()
// The names that only this run uses, in a domain that is nobody's (RFC 2606).
const names = { domain: `live-${randomBytes(6).toString('hex')}.example.com`, unpinnedCid: randomCid() }

/** A CID of content that nobody has: version 1, raw, SHA-256, in base 16. */
function randomCid() {
  return `f01551220${randomBytes(32).toString('hex')}`
}

/** @returns {Stop} */
function listenForSignals() {
  const [now, late] = [new AbortController(), new AbortController()]
  for (const signal of SIGNALS) {
    // For good: a second one would leave the gateway with what was added.
    process.on(signal, () => {
      if (stoppedBy) return
      stoppedBy = signal
      say(`${signal}: it stops, and removes what it added.`)
      now.abort(new Error(`stopped by ${signal}`))
      setTimeout(() => late.abort(), LATE_MS).unref()
    })
  }
  // Whoever read the report has gone: what was added is removed all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return { now: now.signal, late: late.signal }
}

/**
 * @param {Scenario} scenario
 * @param {Service} service
 * @param {Controls} before
 * @returns {Promise<Answers>}
 * @throws if the run was stopped
 */
async function ask({ run }, service, before) {
  /** @type {Answers} */
  const answers = new Map()
  /** @type {(question: string, answer: string, detail?: string) => void} */
  const note = (question, answer, detail = '') => void answers.set(question, { answer, detail })
  try {
    await run({ service, note, before, ...names })
    note('asked to its end', 'yes')
  } catch (error) {
    stop.now.throwIfAborted()
    note('asked to its end', `no: ${/** @type {Error} */ (error).message}`)
  }
  return answers
}

/** @param {Answers | undefined} answers */
const isWhole = answers => answers?.get('asked to its end')?.answer === 'yes'

/**
 * What has to be known of the gateway before anything is added.
 *
 * @param {Service} service
 * @throws {Error} if this gateway can't be asked
 */
async function lookAt(service) {
  const { settings } = service
  const { reply, controls } = await service.details()
  if (!controls) {
    throw new Error(`Pinata does not show the gateway: ${form(reply)}. Check PINATA_JWT, its scope, and GATEWAY_ID.`)
  }
  if (service.domain === '') throw new Error('Pinata gives no domain for the gateway.')
  const list = await service.api('GET', '/gateways')
  const read = await service.read()
  const isOpen = !hasControls(controls)
  if (isOpen && !settings.mayLock) {
    throw new Error(
      'The gateway has no access control. While this runs, some minutes, it has one now and then, and then every reader without a key gets 401. If no reader matters, run it with --yes-lock or YES_LOCK=true.',
    )
  }
  if (isOpen && !isServed(read)) {
    throw new Error(`The gateway does not serve CID: ${outcomeOf(read)}. Is it pinned to this account, and no HTML?`)
  }
  if (!isOpen && isServed(read)) {
    throw new Error('The gateway has access controls and serves this machine without a key. Use another gateway.')
  }
  return { data: reply.json.data, before: controls, gateways: Number(list.json?.data?.count) || 1 }
}

/** @param {Controls} controls */
function counted({ keys, origins, addresses }) {
  return `keys: ${keys.length}, host origins: ${origins.length}, IP addresses: ${addresses.length}`
}

/**
 * Asks the emulator. It goes first, so that what is wrong in the questions themselves is found before the live gateway is
 * changed.
 *
 * @param {Settings} given
 * @param {Awaited<ReturnType<typeof lookAt>>} state
 */
async function askEmulator(given, state) {
  const { pinata, settings } = await startReference(given, state)
  const service = await Service.start({ settings, stop, hide, pace: async () => {} })
  /** @type {Map<Scenario, Answers>} */
  const answers = new Map()
  try {
    const { controls } = await service.details()
    for (const scenario of SCENARIOS) {
      const given = await ask(scenario, service, /** @type {Controls} */ (controls))
      if (!isWhole(given)) throw new Error(`The emulator: ${scenario.title}: ${given.get('asked to its end')?.answer}`)
      answers.set(scenario, given)
    }
  } finally {
    await service.endJobs()
    await service.close()
    await pinata.close()
  }
  return answers
}

/**
 * Asks the live service, tells each answer beside the emulator's, and leaves the gateway as it was.
 *
 * @param {Service} service
 * @param {Controls} before
 * @param {Map<Scenario, Answers>} emulated
 */
async function askLive(service, before, emulated) {
  /** @type {string[]} */
  const differences = []
  let isComplete = true
  /** @type {string[]} */
  let problems = []
  try {
    for (const scenario of SCENARIOS) {
      const answers = await ask(scenario, service, before)
      const { lines, differences: found } = compare(scenario.title, answers, emulated.get(scenario) ?? new Map())
      for (const line of lines) say(line)
      differences.push(...found)
      if (!isWhole(answers)) isComplete = false
    }
  } finally {
    problems = await restore(service, before)
    say('')
    if (problems.length === 0) say(`The gateway is as it was (${counted(before)}).`)
    else for (const problem of ['The gateway is not as it was:', ...problems]) say(problem)
    if (problems.length > 0) process.exitCode = 1
  }
  return { differences, isFine: isComplete && problems.length === 0 }
}

/** @param {Settings} settings */
async function live(settings) {
  hide(settings.jwt)
  const pace = createPace(settings.perMinute, stop.now)
  const service = await Service.start({ settings, stop, hide, pace })
  try {
    const state = await lookAt(service)
    say(`Gateway ${settings.gatewayId}, with ${counted(state.before)}. Node ${process.version}.`)
    const emulated = await askEmulator(settings, state)
    const { differences, isFine } = await askLive(service, state.before, emulated)
    if (service.tooMany) {
      say(`A 429 came unasked: ${told(service.tooMany)}, ${headersLike(service.tooMany, /rate-?limit|retry-after/)}`)
    }
    for (const line of ['', 'Not asked:', ...NOT_ASKED.map(what => `  ${what}`), '']) say(line)
    say(`${differences.length} differences from the emulator${differences.length > 0 ? ':' : '.'}`)
    for (const difference of differences) say(`  ${difference}`)
    return isFine ? (differences.length === 0 ? 0 : 2) : 1
  } finally {
    await service.close()
  }
}

const read = readSettings(process.env, process.argv.slice(2))
if ('problems' in read) {
  for (const line of [...read.problems, '', ...USAGE.split('\n')]) console.error(line)
  process.exitCode = 1
} else {
  try {
    process.exitCode = await live(read.settings)
  } catch (error) {
    if (!stoppedBy) say(/** @type {Error} */ (error).message)
    process.exitCode ??= stoppedBy ? 128 + constants.signals[stoppedBy] : 1
  }
}
