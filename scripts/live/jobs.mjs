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
/** @typedef {ReturnType<Jobs['start']>} Job */
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
/** The folders of the actions. One for origins gets its line here. */
const ACTIONS = { get: root, revoke: path.join(root, 'revoke') }

/** @param {JobsOptions} options */
export async function createJobs({ settings, signal, pace, onResult }) {
  const { jwt, gatewayId, apiUrl } = settings
  const access = { 'gateway-id': gatewayId, 'pinata-jwt': `\${{ secrets.PINATA_JWT }}`, 'api-url': apiUrl }
  const github = await startGitHub()
  const folder = mkdtempSync(path.join(tmpdir(), 'live-'))
  /** What ends each job that has not ended. @type {Set<() => Promise<StepResult[]>>} */
  const unfinished = new Set()
  let count = 0

  function start() {
    const context = { github: { api_url: github.apiUrl, token: github.addToken() }, secrets: { PINATA_JWT: jwt } }
    const job = startJob({ context, dir: path.join(folder, String(++count)) })
    signal.addEventListener('abort', () => job.cancel())
    async function end() {
      unfinished.delete(end)
      const results = await job.end()
      results.forEach(onResult)
      return results
    }
    unfinished.add(end)

    return {
      /**
       * @param {keyof typeof ACTIONS} action
       * @param {Record<string, string>} inputs besides those that say where and as whom
       */
      async step(action, inputs) {
        await pace(REQUESTS_OF_A_STEP)
        signal.throwIfAborted()
        const step = { action: ACTIONS[action], with: { ...access, ...inputs }, timeoutMs: STEP_TIMEOUT_MS }
        const result = await job.step(step)
        onResult(result)
        signal.throwIfAborted()
        return result
      },
      /** Runs the post steps. */
      async end() {
        await pace(REQUESTS_OF_A_STEP)
        signal.throwIfAborted()
        return await end()
      },
    }
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
