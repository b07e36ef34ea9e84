// The demo `preview`: the key and the web origin of a pull request, from its first push to the sweep.
import { BOLD, DIM } from './output.mjs'
import { createStage, DOMAIN, linesOf, succeeded } from './stage.mjs'

/** @import { StepResult } from '../runner/runner.mjs' */
/** @import { Stage } from './stage.mjs' */

const DAY_MS = 86_400_000

/** @param {number} number the pull request's number */
const originOf = number => `https://pr-${number}.example.com`

/** @param {import('./output.mjs').Output} output */
export async function showPreview(output) {
  const stage = await createStage(output, 1)
  try {
    output.print('A preview has a key and a web origin until its pull request is closed or a sweep runs.', BOLD, '')
    output.print('The actions run from dist/. Pinata, GitHub, its runner, and the clock are emulated.', DIM, '')
    const key = await showPushes(stage)
    await showClose(stage, key)
    await showSweeps(stage, key)
    stage.checkSecrets()
  } finally {
    await stage.close()
  }
}

/**
 * Runs a job with one step.
 * @param {Stage} stage
 * @param {string} folder the folder of its action
 * @param {Record<string, string>} inputs
 * @param {object} [event] an event of a pull request
 */
async function run({ beginJob }, folder, inputs, event) {
  const job = beginJob(event && { event })
  const step = await job.step(folder, inputs)
  const given = Object.entries(inputs).map(([name, value]) => `${name}: ${value}`)
  const allSucceeded = [step, ...(await job.end())].every(succeeded)
  return { outputs: step.outputs, lines: linesOf(step, `(${given.join(', ')})`), allSucceeded }
}

/**
 * @param {Stage} stage
 * @param {number} number the pull request's number
 * @param {'opened' | 'synchronize' | 'closed'} action
 */
function onPullRequest(stage, number, action) {
  const event = { action, pull_request: { number, state: action === 'closed' ? 'closed' : 'open' } }
  return run(stage, 'preview', { origin: originOf(number), key: 'true', 'expires-in': '7d' }, event)
}

/** Returns the key of pull request 7. @param {Stage} stage */
async function showPushes(stage) {
  const { chapter, show, check, liveKey, checkRead } = stage
  chapter(`1. Before: gateway ${DOMAIN} has one key, the live site's`)
  await checkRead('the live site reads with its key', { header: liveKey }, 200)
  await checkRead(`a page of ${originOf(7)} is refused`, { origin: originOf(7) }, 401)

  chapter('2. Day 0: pull request 7 is opened')
  const first = await onPullRequest(stage, 7, 'opened')
  const key = first.outputs['gateway-key']
  show(first.lines)
  check(
    'the key and the origin are new, and expire in 7 days',
    first.allSucceeded && first.outputs.created === 'true' && expiresIn(stage, first.outputs) === 7,
  )
  await checkRead("the preview's server reads with the key", { header: key }, 200)
  await checkRead(`a page of ${originOf(7)} reads without one`, { origin: originOf(7) }, 200)
  await checkRead(`a page of ${originOf(8)} is refused`, { origin: originOf(8) }, 401)

  chapter('3. Day 5: a second push')
  stage.passTime(5 * DAY_MS)
  const { outputs, lines, allSucceeded } = await onPullRequest(stage, 7, 'synchronize')
  show(lines.filter(line => !line.startsWith('▼')))
  check(
    'they are the same (created: false), so earlier deployments keep working',
    allSucceeded && outputs['gateway-key'] === key && outputs.created === 'false',
  )
  check('they are renewed: the 7 days start again, and end on day 12', expiresIn(stage, outputs) === 12)
  return key
}

/** Returns the day of expiry, by the servers' clocks. @param {Stage} stage @param {StepResult['outputs']} outputs */
function expiresIn({ gateway }, outputs) {
  // The live site's key was created when the demo began.
  return Math.round((Date.parse(outputs['expires-at'] ?? '') - Date.parse(gateway.keys[0]?.createdAt ?? '')) / DAY_MS)
}

/** @param {Stage} stage @param {string | undefined} key the key of pull request 7 */
async function showClose(stage, key) {
  const { chapter, show, check, checkRead } = stage
  chapter('4. The same day: pull request 8 is opened and closed')
  const pushed = await onPullRequest(stage, 8, 'opened')
  const header = pushed.outputs['gateway-key']
  await checkRead('while it is open, its server reads with its own key', { header }, 200)
  const { outputs, lines, allSucceeded } = await onPullRequest(stage, 8, 'closed')
  show(lines)
  check(
    'the same step revokes the key and removes the origin',
    pushed.allSucceeded && allSucceeded && outputs.closed === 'true',
  )
  await checkRead('its server is refused', { header }, 401)
  await checkRead('its page is refused', { origin: originOf(8) }, 401)
  await checkRead("pull request 7's server still reads", { header: key }, 200)
}

/** @param {Stage} stage @param {string | undefined} key the key of pull request 7 */
async function showSweeps(stage, key) {
  const { chapter, show, check, github, gateway, liveKey, checkRead } = stage
  chapter('5. Day 8: pull request 7 was closed, but its cleanup never ran')
  stage.passTime(3 * DAY_MS)
  const early = await run(stage, 'revoke', { expired: 'true' })
  show(early.lines)
  check(
    'the sweep keeps both until they expire',
    early.allSucceeded && early.outputs['revoked-count'] === '0' && early.outputs['removed-origins'] === '',
  )
  await checkRead("so the preview's server still reads", { header: key }, 200)

  chapter('6. Day 15: the next sweep')
  stage.passTime(7 * DAY_MS)
  const late = await run(stage, 'revoke', { expired: 'true' })
  show(late.lines)
  check(
    "only the live site's key is left, and GitHub has no records",
    late.allSucceeded &&
      gateway.keys.map(({ value }) => value).join() === liveKey &&
      gateway.allowedHosts.length === 0 &&
      github.deployments.size === 0,
  )
  await checkRead("the preview's server is refused", { header: key }, 401)
  await checkRead('its page is refused', { origin: originOf(7) }, 401)
  await checkRead('the live site reads with its key', { header: liveKey }, 200)
}
