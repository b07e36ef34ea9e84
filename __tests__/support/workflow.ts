import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { evaluate } from '../../emulator/runner/expressions.mjs'
import { ACTION, type Job, jobWith, type StepResult } from './job.ts'
import { writeAction } from './throwaway-action.ts'

interface WorkflowStep {
  id?: string
  if?: string
  uses?: string
  run?: string
  with?: Record<string, string | boolean>
  env?: Record<string, string>
}

interface WorkflowJob {
  needs?: string | string[]
  if?: string
  outputs?: Record<string, string>
  steps: WorkflowStep[]
}

interface Workflow {
  env?: Record<string, string>
  jobs: Record<string, WorkflowJob>
}

export interface JobResult {
  status: string
  outputs: Record<string, string>
  log: string
  /** Main and post steps, in the order in which they ran. */
  steps: StepResult[]
}

export interface Environment {
  jwt: string
  apiUrl: string
  env?: Record<string, string>
  /** `${{ inputs.… }}` of a workflow that is started by hand. */
  inputs?: Record<string, string>
  /** `${{ vars.… }}`: the variables of the repository. */
  vars?: Record<string, string>
  /** What differs from an ordinary push in `${{ github.… }}`: the event, the API's address, the token. */
  github?: Record<string, unknown>
  /** Called before the steps of each job, to put files into its workspace. */
  prepare?: (job: Job) => void
  /** Called after each step of a workflow. */
  afterStep?: (job: Job, step: WorkflowStep) => void
}

/** The variables of the repository that all examples read. */
export const VARS: Record<string, string> = { GATEWAY_ID: 'fun-llama-300.mypinata.cloud' }

/** Returns the folder of one of our actions. */
function folderOf(uses = ''): string | undefined {
  const [found, folder = ''] = /^OWNER\/pinata-gateway-key-action(?:\/(\w+))?@v1$/.exec(uses) ?? []
  return found && path.join(ACTION, folder)
}

/**
 * Runs a workflow of examples/, job after job. What differs from GitHub: `uses` of our actions is the checkout, they get
 * an api-url unless the workflow sets one, and other people's actions are skipped.
 */
export async function runExample(name: string, given: Environment): Promise<Record<string, JobResult>> {
  const environment = { ...given, vars: { ...VARS, ...given.vars } }
  const file = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
  const workflow: Workflow = parse(readFileSync(file, 'utf8'))
  const results: Record<string, JobResult> = {}
  for (const [jobName, job] of Object.entries(workflow.jobs)) {
    const needs = Object.fromEntries([job.needs ?? []].flat().map(need => [need, results[need]]))
    const succeeded = Object.values(needs).every(need => need?.status === 'success')
    if (conditionHolds(job.if, succeeded, { needs, github: environment.github ?? {}, vars: environment.vars }))
      results[jobName] = await runJob(job, needs, workflow, environment)
  }
  return results
}

/**
 * Whether a job or a step with this condition runs: terms with && between them, which compare a path with a text or
 * another path, or are always(). A condition without always() includes success().
 */
function conditionHolds(condition: string | undefined, succeeded: boolean, contexts: Record<string, unknown>): boolean {
  const terms = (condition ?? '').replace(/^\$\{\{(.*)\}\}$/, '$1').split('&&')
  const always = terms.some(term => term.trim() === 'always()')
  if (!always && !succeeded) return false
  return terms
    .map(term => term.trim())
    .filter(term => term !== 'always()' && term !== '')
    .every(term => {
      const [, left = '', operator, text, right] = /^([\w.-]+) (==|!=) (?:'([^']*)'|([\w.-]+))$/.exec(term) ?? []
      if (operator === undefined) throw new Error(`unknown condition: ${term}`)
      const valueAt = (found: string) => evaluate(`\${{ ${found} }}`, contexts, 'if')
      return (valueAt(left) === (text ?? valueAt(right ?? ''))) === (operator === '==')
    })
}

async function runJob(
  definition: WorkflowJob,
  needs: Record<string, unknown>,
  workflow: Workflow,
  environment: Environment,
): Promise<JobResult> {
  const { jwt, apiUrl, github = {}, inputs = {}, vars = {} } = environment
  const context = { needs, github, inputs, vars }
  const job = jobWith(jwt, { env: { ...workflow.env, ...environment.env }, context })
  environment.prepare?.(job)
  const results: StepResult[] = []
  const steps: Record<string, StepResult> = {}
  for (const step of definition.steps) {
    // The emulated runner evaluates a condition that compares nothing.
    const compares = /[!=]=/.test(step.if ?? '')
    if (compares && !conditionHolds(step.if, job.status === 'success', { ...context, steps })) continue
    const ours = folderOf(step.uses)
    const action = ours ?? (step.run && shellAction(step.run))
    if (action) {
      const { id, if: condition, env = {} } = step
      const result = await job.step({
        ...(id !== undefined && { id }),
        ...(condition !== undefined && !compares && { if: condition }),
        env,
        action,
        ...(ours !== undefined && { with: { 'api-url': apiUrl, ...step.with } }),
      })
      if (result.outcome === 'skipped') continue
      results.push(result)
      if (id !== undefined) steps[id] = result
    }
    environment.afterStep?.(job, step)
  }
  const { outputs } = job.jobOutputs(definition.outputs ?? {})
  const { status } = job
  results.push(...(await job.end()))
  return { status, outputs, log: job.log, steps: results }
}

/** A step with `run`, as an action: bash with the options that the runner gives it. */
function shellAction(script: string): string {
  const args = JSON.stringify(['-e', '-c', script])
  return writeAction({
    main: `const { spawnSync } = require('node:child_process')
      process.exitCode = spawnSync('bash', ${args}, { stdio: 'inherit' }).status ?? 1`,
  })
}

export const EXAMPLES_DIRECTORY = path.join(ACTION, 'examples')

/** The names of all workflows in examples/ itself. Those in folders below are of docs/recipes-deploy.md. */
export const EXAMPLES = readdirSync(EXAMPLES_DIRECTORY).filter(name => name.endsWith('.yml'))
