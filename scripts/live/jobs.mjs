// Jobs on the emulated runner, with the built action and an emulated GitHub.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGitHub } from '../../emulator/github/github.mjs'
import { startJob } from '../../emulator/runner/runner.mjs'

/** @import { Pace } from './pace.mjs' */
/** @import { Settings } from './settings.mjs' */
/** @import { StepResult } from '../../emulator/runner/runner.mjs' */

/** @typedef {Awaited<ReturnType<typeof createJobs>>} Jobs */
/** @typedef {ReturnType<typeof stepsOf>} Job */
/**
 * @typedef {object} JobsOptions
 * @property {Settings} settings
 * @property {AbortSignal} signal cancels a job that runs, and lets no step start
 * @property {Pace} pace
 * @property {(result: StepResult) => void} onResult told of each step that ran
 */

const STEP_TIMEOUT_MS = 180_000
/** How many requests to Pinata a process of the action makes, at the most, unless it has to retry. */
const REQUESTS_OF_A_STEP = 4

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The folders of the actions. */
const ACTIONS = { get: root, origin: path.join(root, 'origin'), revoke: path.join(root, 'revoke') }

/** @param {JobsOptions} options */
export async function createJobs(options) {
  const { settings, signal, onResult } = options
  const github = await startGitHub()
  const folder = mkdtempSync(path.join(tmpdir(), 'live-'))
  /** What ends each job that has not ended. @type {Set<() => Promise<StepResult[]>>} */
  const unfinished = new Set()
  let count = 0

  function start() {
    const context = {
      github: { api_url: github.apiUrl, token: github.addToken() },
      secrets: { PINATA_JWT: settings.jwt },
    }
    const job = startJob({ context, dir: path.join(folder, String(++count)) })
    const cancel = () => job.cancel()
    signal.addEventListener('abort', cancel)
    async function endNow() {
      unfinished.delete(endNow)
      const results = await job.end()
      signal.removeEventListener('abort', cancel)
      results.forEach(onResult)
      return results
    }
    unfinished.add(endNow)

    return stepsOf(job, endNow, options)
  }

  return {
    start,
    /** Lets each job that was left run its post steps, which revoke what a step did not hand over. */
    async endAll() {
      await Promise.allSettled([...unfinished].map(end => end()))
    },
    async close() {
      await github.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/**
 * What a scenario does with a job.
 *
 * @param {ReturnType<typeof startJob>} job
 * @param {() => Promise<StepResult[]>} endNow
 * @param {JobsOptions} options
 */
function stepsOf(job, endNow, { settings, signal, pace, onResult }) {
  const { gatewayId, apiUrl } = settings
  const access = { 'gateway-id': gatewayId, 'pinata-jwt': `\${{ secrets.PINATA_JWT }}`, 'api-url': apiUrl }
  /** Waits until a step may start. */
  async function turn() {
    await pace(REQUESTS_OF_A_STEP)
    signal.throwIfAborted()
  }
  return {
    /**
     * @param {keyof typeof ACTIONS} action
     * @param {Record<string, string>} inputs besides those that say where and as whom
     */
    async step(action, inputs) {
      await turn()
      const all = { ...access, ...inputs }
      const result = await job.step({ action: ACTIONS[action], with: all, timeoutMs: STEP_TIMEOUT_MS })
      onResult(result)
      signal.throwIfAborted()
      return result
    },
    /** Runs the post steps. */
    async end() {
      await turn()
      return await endNow()
    },
  }
}
