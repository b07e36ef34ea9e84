import { randomBytes } from 'node:crypto'
import path from 'node:path'

// What a program needs to start, and what a machine may need to trust its proxy.
const FROM_PARENT = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'NODE_EXTRA_CA_CERTS'],
  ...['SystemRoot', 'SystemDrive', 'windir', 'ComSpec', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
]

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const SYSTEMS = { win32: 'Windows', darwin: 'macOS' }

/**
 * The part of the `github` context of a push that an action or a recipe here may read, with a new token.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
 * @param {{ workspace: string, temp: string }} folders
 * @param {Record<string, unknown>} [given] what is different
 * @returns {Record<string, unknown>}
 */
export function githubContext({ workspace, temp }, given) {
  return {
    actor: 'octocat',
    api_url: 'https://api.github.com',
    event: {},
    event_name: 'push',
    event_path: path.join(temp, 'event.json'),
    job: 'deploy',
    ref: 'refs/heads/main',
    ref_name: 'main',
    repository: 'octo-org/octo-site',
    repository_id: '1296269',
    repository_owner: 'octo-org',
    run_attempt: '1',
    run_id: '8475629301',
    server_url: 'https://github.com',
    sha: 'ffac537e6cbbf934b08745a378932722df287a53',
    token: `ghs_${randomBytes(18).toString('hex')}`,
    workflow: 'Deploy',
    workspace,
    ...given,
  }
}

/**
 * The `runner` context.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#runner-context
 * @param {{ temp: string, tools: string }} folders
 * @param {boolean} debug
 * @returns {Record<string, string>}
 */
export function runnerContext({ temp, tools }, debug) {
  const os = SYSTEMS[process.platform] ?? 'Linux'
  return { os, arch: process.arch.toUpperCase(), temp, tool_cache: tools, ...(debug ? { debug: '1' } : {}) }
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
 * @returns {Record<string, string>}
 */
export function childEnvironment({ env, state, inputs, github, runner }) {
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
  return { ...result, GITHUB_ACTIONS: 'true' }
}
