// Runs JavaScript actions as https://github.com/actions/runner does, on a machine that has only Node. This emulator
// rejects unsupported features: containers, composite actions, and expressions that are more than a path.
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readAction } from './action.mjs'
import { createCommands } from './commands.mjs'
import { childEnvironment, githubContext } from './environment.mjs'
import { evaluate, evaluateInputs } from './expressions.mjs'
import { makeFolders, makeStepFiles, readStepFiles } from './files.mjs'
import { createMasker, filterJobOutputs, findLeaks } from './masks.mjs'
import { startProcess } from './process.mjs'
import { createReport, printHeader, warnAboutInputs } from './report.mjs'

export { findLeaks }

/**
 * @typedef {'success' | 'failure' | 'cancelled'} Status
 * @typedef {Status | 'skipped'} Outcome
 * @typedef {object} Context the contexts of expressions
 * @property {Record<string, unknown>} [github] all values except objects and the token are also `GITHUB_…` variables
 * @property {Record<string, string>} [secrets] masked from the start
 * @property {Record<string, unknown>} [needs]
 *
 * @typedef {object} JobOptions
 * @property {Context} [context]
 * @property {string} [dir] the folder for the job's files; default: a temporary one, removed when the job ends
 * @property {boolean} [debug] as if `ACTIONS_STEP_DEBUG` were true
 * @property {{ terminate: number, kill: number }} [cancelAfterMs] how long a step may run after SIGINT and SIGTERM
 *
 * @typedef {object} StepOptions
 * @property {string} action the folder that contains action.yml
 * @property {string} [id] required for expressions that read the outputs
 * @property {Record<string, string | number | boolean>} [with]
 * @property {Record<string, string>} [env]
 * @property {number} [timeoutMs] like `timeout-minutes`; also limits the post step
 * @property {(child: import('node:child_process').ChildProcess) => void} [onStart] also called for the post step
 *
 * @typedef {object} StepResult
 * @property {number | null} exitCode
 * @property {NodeJS.Signals | null} signal the signal that ended the process, if any
 * @property {Outcome} outcome
 * @property {string} log what GitHub shows for the step
 * @property {string} raw stdout as written
 * @property {string} stderr as written
 * @property {import('./report.mjs').Annotation[]} annotations masked, except for titles, as on the runner
 * @property {Record<string, string>} outputs
 * @property {Record<string, string>} state saved by the step so far
 * @property {string} summary as GitHub shows it
 * @property {string[]} masks the values that the step masked, and each of their lines, unless already masked
 *
 * @typedef {StepOptions & {
 *   definition: import('./action.mjs').Action, title: string, env: Record<string, string>, state: Record<string, string>
 * }} Step
 */

/** @type {StepResult} */
const SKIPPED = {
  ...{ exitCode: null, signal: null, outcome: 'skipped', log: '', raw: '', stderr: '', summary: '' },
  ...{ annotations: [], outputs: {}, state: {}, masks: [] },
}

/** Starts a job, which has masks, files, a status, and post steps that run at its end. @param {JobOptions} [options] */
export function startJob(options = {}) {
  const { context = {}, debug = false, cancelAfterMs = { terminate: 7500, kill: 2500 } } = options
  const folders = makeFolders(options.dir)
  const github = githubContext(folders, context.github)
  /** @type {Record<string, string>} */
  const runner = { temp: folders.temp, ...(debug && { debug: '1' }) }
  const secrets = { GITHUB_TOKEN: String(github.token), ...context.secrets }
  // Encoded forms that an action forgot to mask stay visible, although GitHub may hide them.
  const masker = createMasker(true)
  for (const secret of Object.values(secrets)) masker.add(secret.trim())
  writeFileSync(String(github.event_path), JSON.stringify(github.event))

  /** @type {Status} */
  let status = 'success'
  let ended = false
  /** The first interruption of the job. @type {'cancellation' | 'shutdown' | undefined} */
  let interruption
  /** @type {string[]} */
  const jobLog = []
  /** @type {Step[]} */
  const posts = []
  /** @type {Record<string, { outputs: Record<string, string> }>} */
  const steps = {}
  /** @type {{ stage: 'main' | 'post', stop: () => void } | undefined} */
  let running

  /** Returns all contexts. On GitHub, some are available only in some places. */
  const contexts = () => ({ ...context, github, runner, secrets, steps, job: { status } })

  /**
   * Runs the script of a stage until it ends or is stopped.
   * @param {'main' | 'post'} stage
   * @param {Step} step
   * @param {{ env: NodeJS.ProcessEnv, onLine: (line: string) => void }} given
   */
  async function launch(stage, step, given) {
    const script = path.join(path.resolve(step.action), String(step.definition.runs[stage]))
    const { child, ending, interrupt } = startProcess({ ...given, script, cwd: folders.workspace, cancelAfterMs })
    let stopped = false
    const stop = () => {
      stopped ||= interrupt()
    }
    running = { stage, stop }
    const timer = step.timeoutMs && setTimeout(stop, step.timeoutMs)
    step.onStart?.(child)
    const result = await ending
    clearTimeout(timer)
    running = undefined
    return { ...result, stopped }
  }

  /** Runs one stage of a step. @param {'main' | 'post'} stage @param {Step} step @returns {Promise<StepResult>} */
  async function run(stage, step) {
    const inputs = evaluateInputs(step, contexts())
    const title = stage === 'post' ? `Post ${step.title}` : step.title
    const report = createReport(masker, debug)
    warnAboutInputs(step, report)
    if (stage === 'post') report.output('Post job cleanup.')
    else printHeader(title, inputs, step.env, report)

    const files = makeStepFiles(folders.commands)
    const env = childEnvironment(step, inputs, { github: { ...github, ...files }, runner })
    const { stopped, ...ending } = await launch(stage, step, { env, onLine: createCommands(report) })

    /** @type {Record<string, string>} */
    const outputs = {}
    const summary = readStepFiles(files, { state: step.state, output: outputs }, report)
    const cancelled = stopped && interruption !== undefined
    if (cancelled) report.issue('error', 'The operation was canceled.')
    else if (stopped) {
      report.fail(`The action '${title}' has timed out after ${Number(step.timeoutMs) / 60_000} minutes.`)
    }
    /** @type {Status} */
    const outcome = cancelled ? 'cancelled' : report.failed || ending.exitCode !== 0 ? 'failure' : 'success'
    if (outcome === 'failure' && status !== 'cancelled') status = 'failure'
    if (step.id && stage === 'main') steps[step.id] = { outputs }
    const { annotations, masks } = report
    const log = report.lines.join('\n')
    jobLog.push(log)
    return { ...ending, outcome, log, annotations, outputs, state: { ...step.state }, summary, masks }
  }

  return {
    get status() {
      return status
    },
    /** The log of the whole job, as GitHub shows it. */
    get log() {
      return jobLog.join('\n')
    },

    /**
     * Runs an action, unless the job has failed or was canceled.
     * @param {StepOptions} options
     * @returns {Promise<StepResult>} with the outcome `skipped` if it does not run
     * @throws {Error} if the emulator does not support an expression. A failed step does not throw.
     */
    async step(options) {
      if (ended) throw new Error('this job has ended')
      if (status !== 'success') return SKIPPED
      const definition = readAction(options.action)
      // This is how workflows refer to an action in the current folder.
      const title = `Run ./${path.relative('', options.action).replaceAll('\\', '/')}`
      const step = { env: {}, ...options, definition, title, state: {} }
      if (definition.runs.post) posts.push(step)
      return await run('main', step)
    },

    /**
     * Runs the post steps, the last one first. Then removes the job's files, unless the caller chose their folder.
     * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runspost
     * @param {{ status?: Status }} [ending] how the job ended; default: the result of its steps
     * @returns {Promise<StepResult[]>} in the order in which they ran
     */
    async end(ending = {}) {
      if (ended) throw new Error('this job has ended')
      ended = true
      status = ending.status ?? status
      const results = []
      for (const step of posts.reverse()) {
        if (interruption !== 'shutdown') results.push(await run('post', step))
      }
      if (!options.dir) rmSync(folders.dir, { recursive: true, force: true, maxRetries: 5 })
      return results
    },

    /**
     * Cancels the job as a user would. A post step continues, because its condition is always().
     * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
     * StepsRunner.cs and ProcessInvoker.cs in https://github.com/actions/runner
     */
    cancel() {
      if (interruption) return
      interruption = 'cancellation'
      status = 'cancelled'
      if (running?.stage === 'main') running.stop()
    },

    /**
     * Shuts down the runner, as happens when its system stops. The runner handles only the first interruption.
     * StepsRunner.cs, JobRunner.cs, and Worker.cs in https://github.com/actions/runner
     */
    shutdown() {
      if (interruption) return
      interruption = 'shutdown'
      status = 'failure'
      running?.stop()
    },

    /**
     * Returns the outputs that another job gets: those that are not empty and contain no masked value in any form.
     * JobExtension.cs in https://github.com/actions/runner
     * @param {Record<string, string>} outputs as under `jobs.<job_id>.outputs`, with expressions
     * @returns {{ outputs: Record<string, string>, skipped: string[], log: string }} `skipped`: the
     *   names of outputs with a masked value
     */
    jobOutputs(outputs) {
      const available = contexts()
      const values = Object.entries(outputs).map(([name, text]) => [name, evaluate(text, available, `outputs.${name}`)])
      const filtered = filterJobOutputs(Object.fromEntries(values), masker)
      jobLog.push(filtered.log)
      return filtered
    },
  }
}
