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
    output.say('A preview gets a key and a web origin, until its pull request is closed or a sweep runs.', BOLD, '')
    output.say('The actions are those in dist/. Pinata, GitHub, its runner and the days are emulated.', DIM, '')
    await tellBefore(stage)
    const key = await tellFirstPush(stage)
    await tellSecondPush(stage, key)
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
   * Runs a job with one step.
   *
   * @param {string} folder of its action
   * @param {Record<string, string>} inputs
   * @param {object} [event] of a pull request
   */
  async function run(folder, inputs, event) {
    const started = event && { event_name: 'pull_request', event }
    const job = startJob({ context: { ...context, github: { ...context.github, ...started } } })
    const action = path.join(ROOT, folder)
    const step = await job.step({ action, with: { ...access, ...inputs }, timeoutMs: STEP_TIMEOUT_MS })
    const all = [step, ...(await job.end())]
    logs.push(job.log)
    steps.push(...all)
    return { outputs: step.outputs, lines: inShort(step, inputs), allGreen: all.every(green) }
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

/** @param {Stage} stage @param {number} number of the pull request @param {'opened' | 'synchronize' | 'closed'} action */
function onPullRequest({ run }, number, action) {
  const event = { action, pull_request: { number, state: action === 'closed' ? 'closed' : 'open' } }
  return run('preview', { origin: originOf(number), key: 'true', 'expires-in': '7d' }, event)
}

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
  const { outputs, lines, allGreen } = await onPullRequest(stage, 7, 'opened')
  output.show(lines.join('\n'))
  output.check(
    'key and origin are new, and expire in 7 days',
    allGreen && outputs.created === 'true' && expiresIn(stage, outputs) === 7,
  )
  await checkRead("the preview's server reads with the key", { header: outputs['gateway-key'] }, 200)
  await checkRead(`a page of ${originOf(7)} reads without one`, { origin: originOf(7) }, 200)
  await checkRead(`a page of ${originOf(8)} is refused`, { origin: originOf(8) }, 401)
  return outputs['gateway-key']
}

/** In days, by the servers' clocks. @param {Stage} stage @param {StepResult['outputs']} outputs */
function expiresIn({ gateway }, outputs) {
  // The live site's key was created when the demo began.
  return Math.round((Date.parse(outputs['expires-at'] ?? '') - Date.parse(gateway.keys[0]?.createdAt ?? '')) / DAY_MS)
}

/** Moves the clocks of both servers forward. @param {Stage} stage @param {number} ms */
function passTime({ pinata, github }, ms) {
  pinata.passTime(ms)
  github.passTime(ms)
}

/** @param {Stage} stage @param {string | undefined} key of the first push */
async function tellSecondPush(stage, key) {
  const { output } = stage
  output.begin('3. Day 5: it is pushed again')
  passTime(stage, 5 * DAY_MS)
  const { outputs, lines, allGreen } = await onPullRequest(stage, 7, 'synchronize')
  output.show(lines.filter(line => !line.startsWith('▼')).join('\n'))
  output.check(
    'they are the same (created: false), so what was deployed before keeps working',
    allGreen && outputs['gateway-key'] === key && outputs.created === 'false',
  )
  output.check('they are renewed: the 7 days count from this push, to day 12', expiresIn(stage, outputs) === 12)
}

/** @param {Stage} stage @param {string | undefined} key of pull request 7 */
async function tellClose(stage, key) {
  const { output, checkRead } = stage
  output.begin('4. The same day: pull request 8 is pushed, and closed')
  const pushed = await onPullRequest(stage, 8, 'opened')
  const header = pushed.outputs['gateway-key']
  await checkRead('while it is open, its server reads with a key of its own', { header }, 200)
  const { outputs, lines, allGreen } = await onPullRequest(stage, 8, 'closed')
  output.show(lines.join('\n'))
  output.check(
    'the same step revokes the key and removes the origin',
    pushed.allGreen && allGreen && outputs.closed === 'true',
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
  const { outputs, lines, allGreen } = await run('revoke', { expired: 'true' })
  output.show(lines.join('\n'))
  output.check(
    "the week's sweep leaves both until they expire",
    allGreen && outputs['revoked-count'] === '0' && outputs['removed-origins'] === '',
  )
  await checkRead("so the preview's server still reads", { header: key }, 200)
}

/** @param {Stage} stage @param {string | undefined} key of pull request 7 */
async function tellSweep(stage, key) {
  const { output, github, gateway, liveKey, run, checkRead } = stage
  output.begin("6. Day 15: the next week's sweep")
  passTime(stage, 7 * DAY_MS)
  const { lines, allGreen } = await run('revoke', { expired: 'true' })
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
