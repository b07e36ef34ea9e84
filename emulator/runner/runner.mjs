// Starts JavaScript actions like https://github.com/actions/runner, on a machine that has only Node. It rejects
// unsupported features: containers, composite actions, expressions that are more than a path.
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readAction, shortPath } from './action.mjs'
import { createCommands } from './commands.mjs'
import { childEnvironment, githubContext } from './environment.mjs'
import { evaluate, evaluateInputs } from './expressions.mjs'
import { makeFolders, makeStepFiles, takeStepFiles } from './files.mjs'
import { createMasker, leaks } from './masks.mjs'
import { startProcess } from './process.mjs'
import { createReport, passOn, printHeader, warnOfInputs } from './report.mjs'

export { leaks }

/**
 * @typedef {'success' | 'failure' | 'cancelled'} Status
 * @typedef {Status | 'skipped'} Outcome
 * @typedef {object} Context what expressions see
 * @property {Record<string, unknown>} [github] the texts in it but the token are the `GITHUB_…` variables as well
 * @property {Record<string, string>} [secrets] masked from the start
 * @property {Record<string, unknown>} [needs]
 * @property {Record<string, unknown>} [vars]
 * @property {Record<string, unknown>} [inputs] of a workflow that was started by hand
 *
 * @typedef {object} JobOptions
 * @property {Context} [context]
 * @property {string} [dir] where the job keeps its files; default: a temporary folder, removed when the job has ended
 * @property {boolean} [debug] as if `ACTIONS_STEP_DEBUG` were true
 * @property {{ terminate?: number, kill?: number }} [cancelAfterMs] how long a step has after SIGINT, and after SIGTERM
 *
 * @typedef {object} StepOptions
 * @property {string} action the folder with action.yml
 * @property {string} [id] without one, no expression finds the outputs
 * @property {Record<string, string | number | boolean>} [with]
 * @property {Record<string, string>} [env]
 * @property {number} [timeoutMs] as `timeout-minutes`, for the post step as well
 * @property {(child: import('node:child_process').ChildProcess) => void} [onStart] called for the post step as well
 *
 * @typedef {object} StepResult
 * @property {number | null} exitCode
 * @property {NodeJS.Signals | null} signal what ended the process, if a signal did
 * @property {Outcome} outcome
 * @property {string} log what GitHub shows for the step
 * @property {string} raw stdout as written
 * @property {string} stderr as written
 * @property {import('./report.mjs').Annotation[]} annotations messages masked, titles not: the runner does so
 * @property {Record<string, string>} outputs
 * @property {Record<string, string>} state what the step saved so far
 * @property {string} summary as GitHub shows it
 * @property {string[]} masks what the step asked to hide, and each line of it, if it was not hidden before
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

/** Starts one job: its masks, its files, its status, and the post steps of its end. @param {JobOptions} [options] */
export function startJob(options = {}) {
  const { context = {}, debug = false } = options
  const cancelAfterMs = { terminate: 7500, kill: 2500, ...options.cancelAfterMs }
  const folders = makeFolders(options.dir)
  const github = githubContext(folders, context.github)
  /** @type {Record<string, string>} */
  const runner = { temp: folders.temp, ...(debug && { debug: '1' }) }
  const secrets = { GITHUB_TOKEN: String(github.token), ...context.secrets }
  // Forms that an action forgot to mask stay visible, although GitHub may hide them.
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

  /** Returns all contexts. On GitHub, some exist in some places only. */
  const contexts = () => ({ ...context, github, runner, secrets, steps, job: { status } })

  /**
   * Runs the script of a stage, until it ends by itself or is stopped.
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
    warnOfInputs(step, report)
    if (stage === 'post') report.output('Post job cleanup.')
    else printHeader(title, inputs, step.env, report)

    const files = makeStepFiles(folders.commands)
    const env = childEnvironment(step, inputs, { github: { ...github, ...files }, runner })
    const { stopped, ...ending } = await launch(stage, step, { env, onLine: createCommands(report) })

    /** @type {Record<string, string>} */
    const outputs = {}
    const summary = takeStepFiles(files, { state: step.state, output: outputs }, report)
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
    /** The whole job's log as GitHub shows it. */
    get log() {
      return jobLog.join('\n')
    },

    /**
     * Runs an action, unless the job has failed or was cancelled.
     * @param {StepOptions} options
     * @returns {Promise<StepResult>} with the outcome `skipped` if it does not run
     * @throws {Error} if the emulator does not support an expression. A failed step throws nothing.
     */
    async step(options) {
      if (ended) throw new Error('this job has ended')
      if (status !== 'success') return SKIPPED
      const definition = readAction(options.action)
      const step = { env: {}, ...options, definition, title: `Run ${shortPath(options.action)}`, state: {} }
      if (definition.runs.post) posts.push(step)
      return await run('main', step)
    },

    /**
     * Ends the job: runs the post steps, last one first, with what their main steps saved and with inputs that are
     * evaluated again, then removes the job's files, unless the caller gave the folder.
     * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runspost
     * @param {{ status?: Status }} [how] how the job ended, if its steps do not decide that
     * @returns {Promise<StepResult[]>} in the order in which they ran
     */
    async end(how = {}) {
      if (ended) throw new Error('this job has ended')
      ended = true
      status = how.status ?? status
      const results = []
      for (const step of posts.reverse()) {
        if (interruption !== 'shutdown') results.push(await run('post', step))
      }
      if (!options.dir) rmSync(folders.dir, { recursive: true, force: true, maxRetries: 5 })
      return results
    },

    /**
     * Cancels the job as its user does: the running step gets SIGINT, SIGTERM 7.5 seconds later, SIGKILL 2.5 seconds
     * after that. A post step continues, because its condition is always(). On Windows, where Node has no way to send
     * Ctrl+C, the first signal is the end of the process.
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
     * Shuts the runner down, as when its service or its system is stopped: the running step or post step gets the signals
     * of a cancellation, and nothing else starts. After a cancellation it does nothing, because the runner listens for the
     * first interruption only.
     * StepsRunner.cs, JobRunner.cs, and Worker.cs in https://github.com/actions/runner
     */
    shutdown() {
      if (interruption) return
      interruption = 'shutdown'
      status = 'failure'
      running?.stop()
    },

    /**
     * Returns what another job gets from this one: outputs that are not empty and contain no masked value in any form.
     * JobExtension.cs in https://github.com/actions/runner
     * @param {Record<string, string>} outputs as under `jobs.<job_id>.outputs`, expressions and all
     * @returns {{ outputs: Record<string, string>, skipped: string[], log: string }} skipped: because of a mask
     */
    jobOutputs(outputs) {
      const seen = contexts()
      const values = Object.entries(outputs).map(([name, text]) => [name, evaluate(text, seen, `outputs.${name}`)])
      const passed = passOn(Object.fromEntries(values), masker)
      jobLog.push(passed.log)
      return passed
    },
  }
}
