import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startJob } from '../../../emulator/runner/runner.mjs'
import { normalize } from '../report.mjs'
import { isServed } from '../service.mjs'
import { isRefused, timing, withKey } from './keys.mjs'

/** @import { StepResult } from '../../../emulator/runner/runner.mjs' */
/** @import { ScenarioContext } from '../service.mjs' */

export const title = 'The built action'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const STEP_TIMEOUT_MS = 180_000
/** The maximum number of requests that a process of the action sends to Pinata, unless it retries. */
const REQUESTS_OF_A_STEP = 4
/** Allows cutting off readers, because the maintainer has already agreed to this. */
const ALLOWED = { 'first-control': 'allow' }

/** Returns the outcome, outputs, and annotations of a step. @param {StepResult | undefined} step */
function reportOf(step) {
  if (!step) return 'no step'
  const outputs = Object.entries(step.outputs).filter(([, value]) => value !== '')
  const results = outputs.map(([name, value]) => (/^(true|false|\d+)$/.test(value) ? `${name}: ${value}` : name))
  const messages = step.annotations.map(({ level, message }) => `${level}: ${normalize(message)}`)
  return [step.outcome, ...results, ...messages].join(', ')
}

/**
 * Runs steps in a job, which a signal cancels. Post steps clean up after a stopped step. Returns the first post step.
 * @param {ScenarioContext} context
 * @param {(step: (action: string, inputs: Record<string, string>) => Promise<StepResult>) => Promise<void>} work
 */
async function runJob({ service, github }, work) {
  const { gatewayId, apiUrl, jwt } = service.settings
  const access = { 'gateway-id': gatewayId, 'pinata-jwt': `\${{ secrets.PINATA_JWT }}`, 'api-url': apiUrl }
  const context = { github: { api_url: github.apiUrl, token: github.addToken() }, secrets: { PINATA_JWT: jwt } }
  const job = startJob({ context })
  service.stop.addEventListener('abort', job.cancel)
  /** @type {StepResult[]} */
  const results = []
  /** @type {StepResult[]} */
  let posts = []
  try {
    await work(async (action, inputs) => {
      await service.waitForRateLimit(REQUESTS_OF_A_STEP)
      const all = { ...access, ...inputs }
      const result = await job.step({ action: path.join(ROOT, action), with: all, timeoutMs: STEP_TIMEOUT_MS })
      results.push(result)
      service.stop.throwIfAborted()
      return result
    })
  } finally {
    posts = await job.end()
    for (const { masks, log } of [...results, ...posts]) {
      for (const mask of masks) service.hide(mask)
      // A stopped step may have created a key without setting an output.
      for (const [, id = ''] of log.matchAll(/^Created key (\S+) /gm)) {
        service.added.set(id, { id, value: '', route: 'access_tokens' })
      }
    }
  }
  return posts[0]
}

/** @param {ScenarioContext} context */
export async function run(context) {
  const { service, note, domain } = context
  const named = { ...ALLOWED, name: 'live', 'expires-in': '30m' }
  let keyId = ''
  const post = await runJob(context, async step => {
    const created = await step('.', { ...ALLOWED, revoke: 'after-job' })
    keyId = created.outputs['key-id'] ?? ''
    const header = created.outputs['gateway-key'] ?? ''
    note('create a key', reportOf(created))
    note('the key reads', ...timing(await service.readUntil({ header }, isServed)))
    const reused = await step('.', { 'gateway-id': `${service.domain}.mypinata.cloud`, 'key-id': keyId })
    note('reuse the key by key-id, with the domain as gateway-id', reportOf(reused))
  })
  note('its post step', reportOf(post))
  await withKey(service, async () => {
    const [origin, another] = [`https://job.${domain}`, `https://named.${domain}`]
    service.origins.add(origin).add(another)
    const post = await runJob(context, async step => {
      note('allow an origin', reportOf(await step('origin', { ...ALLOWED, origin, revoke: 'after-job' })))
      note('its pages read', ...timing(await service.readUntil({ headers: { origin } }, isServed)))
    })
    note("the origin's post step", reportOf(post))
    note('its pages are refused', ...timing(await service.readUntil({ headers: { origin } }, isRefused)))
    await runJob(context, async step => {
      for (const [question, action, inputs] of /** @type {const} */ ([
        ['create a named key', '.', named],
        ['reuse a named key', '.', named],
        ['allow a named origin', 'origin', { ...named, origin: another }],
        ['reuse a named origin', 'origin', { ...named, origin: another }],
        ['revoke by name', 'revoke', { name: 'live' }],
        ['revoke a key that is gone', 'revoke', { 'key-id': keyId }],
        ['remove an origin that is gone', 'revoke', { origin }],
      ])) {
        note(question, reportOf(await step(action, inputs)))
      }
    })
  })
}
