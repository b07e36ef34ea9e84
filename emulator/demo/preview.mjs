// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
// The demo `preview`: the key and the web origin of a pull request, from its first push to the sweep.
import path from 'node:path'
import { startGitHub } from '../github/github.mjs'
import { startPinata } from '../pinata/pinata.mjs'
import { leaks, startJob } from '../runner/runner.mjs'
import { BOLD, DIM } from './output.mjs'
import { createReader, DOMAIN, PAGE } from './reader.mjs'
import { green, ROOT, STEP_TIMEOUT_MS, withoutInputs } from './steps.mjs'

/** @import { StepResult } from '../runner/runner.mjs' */
/** @import { Output } from './output.mjs' */
/** @typedef {Awaited<ReturnType<typeof prepare>>} Stage */

const DAY_MS = 86_400_000

/** @param {number} number of the pull request */
const originOf = number => `https://pr-${number}.example.com`

/** @param {Output} output */
export async function tellPreview(output) {
  const stage = await prepare(output)
  try {
    output.say('A preview gets a key and a web origin, until its pull request is closed or a sweep comes.', BOLD, '')
    output.say('The actions are those in dist/. Pinata, GitHub, its runner and the days are emulated.', DIM, '')
    await tellBefore(stage)
    const preview = await tellFirstPush(stage)
    await tellSecondPush(stage, preview)
    const key = preview.key.outputs['gateway-key']
    await tellClose(stage, key)
    await tellMissedClose(stage, key)
    await tellSweep(stage, key)
    const { jwt, liveKey, logs, steps } = stage
    const secrets = [jwt, liveKey, ...steps.map(({ outputs }) => outputs['gateway-key'] ?? '')].filter(Boolean)
    const readable = [...output.said, ...logs, ...steps.map(({ summary }) => summary)].join('\n')
    output.check(
      'neither the JWT nor a key is in any line above, log or summary',
      leaks(readable, secrets).length === 0,
    )
  } finally {
    await Promise.all([stage.pinata.close(), stage.github.close()])
  }
}

/** @param {Output} output */
async function prepare(output) {
  const pinata = await startPinata()
  const github = await startGitHub()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', keys: 1, pins: { [PAGE.cid]: PAGE.text } })
  const jwt = pinata.addJwt()
  const context = { secrets: { PINATA_JWT: jwt }, github: { api_url: github.apiUrl, token: github.addToken() } }
  const access = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
  /** Of all jobs so far. @type {string[]} */
  const logs = []
  /** Of all jobs so far, post steps too. @type {StepResult[]} */
  const steps = []

  /**
   * Runs a job.
   *
   * @param {Record<string, Record<string, string>>} given the inputs of each step, by the folder of its action
   */
  async function run(given) {
    const job = startJob({ context })
    const results = []
    /** What a story shows of them. @type {string[]} */
    const lines = []
    for (const [folder, inputs] of Object.entries(given)) {
      const action = path.join(ROOT, folder)
      const step = await job.step({ action, with: { ...access, ...inputs }, timeoutMs: STEP_TIMEOUT_MS })
      lines.push(...inShort(step, inputs))
      results.push(step)
    }
    const all = [...results, ...(await job.end())]
    logs.push(job.log)
    steps.push(...all)
    return { results, lines, allGreen: all.every(green) }
  }

  const liveKey = gateway.keys[0]?.value ?? ''
  const checkRead = createReader(pinata.port, output)
  return { output, pinata, github, gateway, jwt, liveKey, logs, steps, run, checkRead }
}

/**
 * The inputs that a step was given, and its log.
 *
 * @param {StepResult} step
 * @param {Record<string, string>} inputs
 */
function inShort(step, inputs) {
  const [title = '', ...lines] = withoutInputs(step)
  const given = Object.entries(inputs).map(([name, value]) => `${name}: ${value}`)
  return [title.replace('…', `(${given.join(', ')})`), ...lines]
}

/** @param {Stage} stage @param {number} number of the pull request */
async function push({ run }, number) {
  const named = { name: `pr-${number}`, 'expires-in': '7d' }
  const { results, ...rest } = await run({ '.': named, origin: { ...named, origin: originOf(number) } })
  const [key, origin] = /** @type {[StepResult, StepResult]} */ (results)
  return { key, origin, ...rest }
}

/** Of a key or an origin, from its creation. @param {StepResult} step */
const daysToLive = ({ outputs }) =>
  Math.round((Date.parse(outputs['expires-at'] ?? '') - Date.parse(outputs['created-at'] ?? '')) / DAY_MS)

/** @param {Stage} stage */
async function tellBefore({ output, liveKey, checkRead }) {
  output.begin(`1. Before: gateway ${DOMAIN} has one key, that of the live site`)
  await checkRead('the live site reads with its key', { header: liveKey }, 200)
  await checkRead(`a page of ${originOf(7)} is refused`, { origin: originOf(7) }, 401)
}

/** @param {Stage} stage */
async function tellFirstPush(stage) {
  const { output, checkRead } = stage
  output.begin('2. Day 0: pull request 7 is pushed')
  const { key, origin, lines, allGreen } = await push(stage, 7)
  output.show(lines.join('\n'))
  output.check(
    'key and origin are new, and expire in 7 days',
    allGreen && [key, origin].every(step => step.outputs.created === 'true' && daysToLive(step) === 7),
  )
  await checkRead("the preview's server reads with the key", { header: key.outputs['gateway-key'] }, 200)
  await checkRead(`a page of ${originOf(7)} reads without one`, { origin: originOf(7) }, 200)
  await checkRead(`a page of ${originOf(8)} is refused`, { origin: originOf(8) }, 401)
  return { key, origin }
}

/** Moves the clocks of both servers forward. @param {Stage} stage @param {number} ms */
function passTime({ pinata, github }, ms) {
  pinata.passTime(ms)
  github.passTime(ms)
}

/** @param {Stage} stage @param {{ key: StepResult }} first */
async function tellSecondPush(stage, first) {
  const { output } = stage
  output.begin('3. Day 5: it is pushed again')
  passTime(stage, 5 * DAY_MS)
  const { key, origin, lines, allGreen } = await push(stage, 7)
  output.show(lines.filter(line => !line.startsWith('▼')).join('\n'))
  output.check(
    'they are the same (created: false), so what was deployed before reads on',
    allGreen &&
      key.outputs['gateway-key'] === first.key.outputs['gateway-key'] &&
      [key, origin].every(({ outputs }) => outputs.created === 'false'),
  )
  output.check(
    'they are renewed: the 7 days count from this push, to day 12',
    [key, origin].every(step => daysToLive(step) === 12),
  )
}

/** @param {Stage} stage @param {string | undefined} key of pull request 7 */
async function tellClose(stage, key) {
  const { output, run, checkRead } = stage
  output.begin('4. The same day: pull request 8 is pushed, and closed')
  const pushed = await push(stage, 8)
  const header = pushed.key.outputs['gateway-key']
  await checkRead('while it is open, its server reads with a key of its own', { header }, 200)
  const { results, lines, allGreen } = await run({ revoke: { name: 'pr-8' } })
  output.show(lines.join('\n'))
  output.check(
    'the revoke action revokes the key and removes the origin, by name',
    pushed.allGreen &&
      allGreen &&
      results[0]?.outputs['revoked-key-ids'] === pushed.key.outputs['key-id'] &&
      results[0]?.outputs['removed-origins'] === originOf(8),
  )
  await checkRead('its server is refused', { header }, 401)
  await checkRead('its page is refused', { origin: originOf(8) }, 401)
  await checkRead("pull request 7's server still reads", { header: key }, 200)
}

/** @param {Stage} stage @param {string | undefined} key of pull request 7 */
async function tellMissedClose(stage, key) {
  const { output, run, checkRead } = stage
  output.begin('5. Day 8: pull request 7 was closed, but its clean-up never ran')
  passTime(stage, 3 * DAY_MS)
  const { results, lines, allGreen } = await run({ revoke: { expired: 'true' } })
  output.show(lines.join('\n'))
  output.check(
    "the week's sweep leaves both until they expire",
    allGreen && results[0]?.outputs['revoked-count'] === '0' && results[0].outputs['removed-origins'] === '',
  )
  await checkRead("so the preview's server still reads", { header: key }, 200)
}

/** @param {Stage} stage @param {string | undefined} key of pull request 7 */
async function tellSweep(stage, key) {
  const { output, github, gateway, liveKey, run, checkRead } = stage
  output.begin("6. Day 15: the next week's sweep")
  passTime(stage, 7 * DAY_MS)
  const { lines, allGreen } = await run({ revoke: { expired: 'true' } })
  output.show(lines.join('\n'))
  output.check(
    'only the key of the live site is left, and no record on GitHub',
    allGreen &&
      gateway.keys.map(({ value }) => value).join() === liveKey &&
      gateway.allowedHosts.length === 0 &&
      github.deployments.size === 0,
  )
  await checkRead("the preview's server is refused", { header: key }, 401)
  await checkRead('its page is refused', { origin: originOf(7) }, 401)
  await checkRead('the live site reads with its key', { header: liveKey }, 200)
}
