import { randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'

// What a program needs to start, and what a machine may need to trust its proxy.
const FROM_PARENT = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'NODE_EXTRA_CA_CERTS'],
  ...['SystemRoot', 'SystemDrive', 'windir', 'ComSpec', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
]

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const SYSTEMS = { win32: 'Windows', darwin: 'macOS' }

/**
 * The `github` context of an ordinary push, with a token of its own.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
 * @param {{ workspace: string, temp: string }} folders
 * @param {Record<string, unknown>} [given] what is different
 * @returns {Record<string, unknown>}
 */
export function githubContext({ workspace, temp }, given) {
  /** @type {Record<string, unknown>} */
  const context = {
    // As for an action that is in the repository of its workflow.
    action_ref: '',
    action_repository: '',
    actor: 'octocat',
    actor_id: '583231',
    api_url: 'https://api.github.com',
    base_ref: '',
    event: {},
    event_name: 'push',
    event_path: path.join(temp, 'event.json'),
    graphql_url: 'https://api.github.com/graphql',
    head_ref: '',
    job: 'deploy',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_protected: false,
    ref_type: 'branch',
    repository: 'octo-org/octo-site',
    repository_id: '1296269',
    repository_owner: 'octo-org',
    repository_owner_id: '6811672',
    retention_days: '90',
    run_attempt: '1',
    run_id: '8475629301',
    run_number: '42',
    server_url: 'https://github.com',
    sha: 'ffac537e6cbbf934b08745a378932722df287a53',
    token: `ghs_${randomBytes(18).toString('hex')}`,
    triggering_actor: 'octocat',
    workflow: 'Deploy',
    workspace,
    ...given,
  }
  return {
    workflow_ref: `${context.repository}/.github/workflows/deploy.yml@${context.ref}`,
    workflow_sha: context.sha,
    ...context,
  }
}

/**
 * The `runner` context.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#runner-context
 * @param {{ temp: string, tools: string, workspace: string }} folders
 * @param {boolean} debug
 * @returns {Record<string, string>}
 */
export function runnerContext({ temp, tools, workspace }, debug) {
  return {
    os: SYSTEMS[process.platform] ?? 'Linux',
    arch: process.arch.toUpperCase(),
    name: 'emulator',
    environment: 'github-hosted',
    temp,
    tool_cache: tools,
    // Not GITHUB_WORKSPACE, but the folder that it is in.
    workspace: path.dirname(workspace),
    ...(debug ? { debug: '1' } : {}),
  }
}

/**
 * The variables of a job that no context has: an access to GitHub's own services, such as the cache, which leads nowhere
 * here, and what the runner finds processes by that a job left behind.
 * NodeScriptActionHandler.cs and JobExtension.cs in https://github.com/actions/runner
 */
export function runtimeVariables() {
  return {
    ACTIONS_RUNTIME_TOKEN: randomBytes(30).toString('hex'),
    ACTIONS_RUNTIME_URL: 'https://pipelines.actions.invalid/',
    RUNNER_TRACKING_ID: `github_${randomUUID()}`,
  }
}

/**
 * The environment of an action's process. Nothing of this process gets in that a program can start without. What the
 * runner sets comes last, so that no `env` of a workflow gets in its way.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 * NodeScriptActionHandler.cs, GitHubContext.cs and RunnerContext.cs in https://github.com/actions/runner
 * @param {object} parts
 * @param {Record<string, string>} parts.env of the workflow, the job and the step
 * @param {Record<string, string>} parts.state
 * @param {Map<string, string>} parts.inputs
 * @param {Record<string, unknown>} parts.github with the step's files
 * @param {Record<string, string>} parts.runner
 * @param {Record<string, string>} parts.runtime
 * @returns {Record<string, string>}
 */
export function childEnvironment({ env, state, inputs, github, runner, runtime }) {
  /** @type {Record<string, string>} */
  const result = { CI: 'true' }
  for (const name of FROM_PARENT) {
    const value = process.env[name]
    if (value !== undefined) result[name] = value
  }
  Object.assign(result, env)
  for (const [name, value] of Object.entries(state)) result[`STATE_${name}`] = value
  for (const [name, value] of inputs) result[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value
  for (const [name, value] of Object.entries(github)) {
    // An action gets the token as an input or not at all.
    if (name === 'token' || !['string', 'boolean'].includes(typeof value)) continue
    result[`GITHUB_${name.toUpperCase()}`] = String(value)
  }
  for (const [name, value] of Object.entries(runner)) result[`RUNNER_${name.toUpperCase()}`] = value
  return { ...result, ...runtime, GITHUB_ACTIONS: 'true' }
}
