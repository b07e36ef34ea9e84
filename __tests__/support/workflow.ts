import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ACTION, type Job, jobWith, REVOKE_ACTION, type StepResult } from './job.ts'
import { writeAction } from './throwaway-action.ts'

interface WorkflowStep {
  id?: string
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
  /** Called before the steps of each job, to put files into its workspace. */
  prepare?: (job: Job) => void
  /** Called after each step of a workflow. */
  afterStep?: (job: Job, step: WorkflowStep) => void
}

const OURS: Record<string, string> = {
  'OWNER/pinata-gateway-key-action@v1': ACTION,
  'OWNER/pinata-gateway-key-action/revoke@v1': REVOKE_ACTION,
}

/**
 * Runs a workflow of examples/, job after job. What differs from GitHub: `uses` of our actions is the checkout, they get
 * an api-url, and other people's actions are left out.
 */
export async function runExample(name: string, environment: Environment): Promise<Record<string, JobResult>> {
  const file = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
  const inputs = environment.inputs ?? {}
  const text = readFileSync(file, 'utf8').replace(
    /\$\{\{ inputs\.([\w-]+) \}\}/g,
    (_match, input) => inputs[input] ?? '',
  )
  const workflow: Workflow = parse(text)
  const results: Record<string, JobResult> = {}
  for (const [jobName, job] of Object.entries(workflow.jobs)) {
    const needs = [job.needs ?? []].flat()
    const always = job.if?.includes('always()') ?? false
    if (always || needs.every(need => results[need]?.status === 'success')) {
      results[jobName] = await runJob(
        job,
        Object.fromEntries(needs.map(need => [need, results[need]])),
        workflow,
        environment,
      )
    }
  }
  return results
}

async function runJob(
  definition: WorkflowJob,
  needs: Record<string, unknown>,
  workflow: Workflow,
  environment: Environment,
): Promise<JobResult> {
  const { jwt, apiUrl } = environment
  const job = jobWith(jwt, { env: { ...workflow.env, ...environment.env }, context: { needs } })
  environment.prepare?.(job)
  const steps: StepResult[] = []
  for (const step of definition.steps) {
    if (job.status !== 'success') break
    const ours = OURS[step.uses ?? '']
    const common = { ...(step.id ? { id: step.id } : {}), env: step.env ?? {} }
    if (ours) steps.push(await job.step({ ...common, action: ours, with: { ...step.with, 'api-url': apiUrl } }))
    else if (step.run) steps.push(await job.step({ ...common, action: shellAction(step.run) }))
    environment.afterStep?.(job, step)
  }
  const { outputs } = job.jobOutputs(definition.outputs ?? {})
  const { status } = job
  steps.push(...(await job.end()))
  return { status, outputs, log: job.log, steps }
}

/** A step with `run`, as an action: bash with the options that the runner gives it. */
function shellAction(script: string): string {
  const args = JSON.stringify(['-e', '-c', script])
  return writeAction({
    main: `const { spawnSync } = require('node:child_process')
      process.exitCode = spawnSync('bash', ${args}, { stdio: 'inherit' }).status ?? 1`,
  })
}

/** The names of all files in examples/ that the README shows or that a test has to run. */
export const EXAMPLES_DIRECTORY = path.join(ACTION, 'examples')
