// Tests the built action and some requests against Pinata's live API and a live gateway, and compares each result with
// the emulator's. The script restores the gateway and prints no secret. docs/development.md explains the variables and
// the exit codes. After a signal, it removes what it added, and exits with 128 plus the signal's number.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import { startGitHub } from '../emulator/github/github.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import { compare, createPrinter, outline } from './live/report.mjs'
import { restore } from './live/restore.mjs'
import * as actions from './live/scenarios/actions.mjs'
import * as api from './live/scenarios/api.mjs'
import * as keys from './live/scenarios/keys.mjs'
import * as origins from './live/scenarios/origins.mjs'
import { hasControls, Service } from './live/service.mjs'
import { readSettings } from './live/settings.mjs'

/** @import { Answers, Note } from './live/report.mjs' */
/** @import { Controls } from './live/service.mjs' */
/** @import { Settings } from './live/settings.mjs' */

/** The scenarios, which ask the questions. To add one, add its file and list it here. */
const SCENARIOS = [api, keys, origins, actions]
const FAILURE = 'an error'

const { print, hide } = createPrinter(console.log)
/** @type {NodeJS.Signals | undefined} */
let stoppedBy
const stopping = new AbortController()
const stop = stopping.signal
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  // Don't use `once`, because a second signal would end the process before it removes what it added.
  process.on(signal, () => {
    stoppedBy ??= signal
    print(`${signal}: removing what was added.`)
    stopping.abort(new Error(`stopped by ${signal}`))
  })
}
// Ignore errors, so that the run removes what it added even if nothing reads the report.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const github = await startGitHub()
// A domain that only this run uses (RFC 2606).
const domain = `live-${randomBytes(6).toString('hex')}.example.com`

/**
 * Asks all questions of a scenario. Throws if the run was stopped.
 * @param {typeof SCENARIOS[number]} scenario
 * @param {Service} service
 * @param {Controls} before
 */
async function ask({ run }, service, before) {
  /** @type {Answers} */
  const answers = new Map()
  /** @type {Note} */
  const note = (question, answer, detail = '') => void answers.set(question, { answer, detail })
  await run({ service, note, before, domain, github }).catch(error => note(FAILURE, error.message))
  stop.throwIfAborted()
  return answers
}

/**
 * Asks an emulator in the same state as the live gateway. Call this first, so that an error in a question shows before
 * the live gateway is changed.
 * @param {Settings} settings
 * @param {Controls} before
 * @param {any} data the gateway's data
 * @param {number} gateways how many the account has
 */
async function askEmulator(settings, before, data, gateways) {
  const pinata = await startPinata()
  pinata.addGateway({
    id: settings.gatewayId,
    domain: data.domain,
    customDomains: Object.keys(data.custom_domains ?? []).map(index => `custom-${index}.example.com`),
    keys: before.keys.length,
    allowedHosts: before.origins.map((_, index) => `https://before-${index}.example.com`),
    // No machine has this address, so it lets no reader in.
    allowedIPAddresses: before.addresses.map(() => '192.0.2.1'),
    pins: { [settings.cid]: 'Some text', [settings.htmlCid || 'none']: '<!doctype html><title>A page</title>' },
  })
  for (let count = 1; count < gateways; count++) pinata.addGateway()
  const gatewayUrl = `http://127.0.0.1:${pinata.port}`
  const emulated = { ...settings, apiUrl: pinata.apiUrl, gatewayUrl, jwt: pinata.addJwt(), perMinute: 60_000 }
  const service = new Service(emulated, stop, hide)
  try {
    const { controls = before } = await service.readGateway()
    const all = []
    for (const scenario of SCENARIOS) {
      const answers = await ask(scenario, service, controls)
      const failure = answers.get(FAILURE)
      if (failure) throw new Error(`The emulator: ${scenario.title}: ${failure.answer}`)
      all.push(answers)
    }
    return all
  } finally {
    await pinata.close()
  }
}

/** Asks both services, and sets the exit code. @param {Settings} settings */
async function live(settings) {
  hide(settings.jwt)
  const service = new Service(settings, stop, hide)
  const { reply, controls: before } = await service.readGateway()
  if (!before || service.domain === '') {
    throw new Error(`Could not read the gateway: ${outline(reply)}. Check PINATA_JWT, its scope, and GATEWAY_ID.`)
  }
  if (!hasControls(before) && !settings.mayLock) {
    const effect = 'During this run, which takes a few minutes, every reader without a key gets 401 some of the time.'
    const fix = 'To allow this, use --yes-lock or YES_LOCK=true.'
    throw new Error(`The gateway has no access controls. ${effect} ${fix}`)
  }
  const { keys, origins, addresses } = before
  const counts = `keys: ${keys.length}, origins: ${origins.length}, IP addresses: ${addresses.length}`
  print(`Gateway ${settings.gatewayId}, with ${counts}. Node ${process.version}.`)
  const list = await service.api('GET', '/gateways')
  const emulated = await askEmulator(settings, before, reply.json.data, Number(list.json?.data?.count) || 1)
  /** @type {string[]} */
  const differences = []
  try {
    for (const [index, scenario] of SCENARIOS.entries()) {
      const answers = await ask(scenario, service, before)
      print('', scenario.title)
      const differing = compare(answers, emulated[index] ?? new Map(), print)
      differences.push(...differing.map(question => `${scenario.title}: ${question}`))
      if (answers.has(FAILURE)) process.exitCode = 1
    }
  } finally {
    const problems = await restore(service, before)
    if (problems.length === 0) print(`The gateway was restored (${counts}).`)
    else {
      print('The gateway was not restored:', ...problems)
      process.exitCode = 1
    }
  }
  print('', `${differences.length} differences from the emulator:`, ...differences)
  process.exitCode ??= differences.length === 0 ? 0 : 2
}

const read = readSettings(process.env, process.argv.slice(2))
try {
  if ('problems' in read) throw new Error([...read.problems, 'See docs/development.md.'].join('\n'))
  await live(read.settings)
} catch (error) {
  if (!stoppedBy) print(.../** @type {Error} */ (error).message.split('\n'))
  process.exitCode ??= stoppedBy ? 128 + constants.signals[stoppedBy] : 1
}
await github.close()
