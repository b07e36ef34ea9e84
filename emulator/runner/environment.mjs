import { randomBytes } from 'node:crypto'
import path from 'node:path'

// Variables that programs need to start, or to trust the machine's proxy.
const FROM_PARENT = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'NODE_EXTRA_CA_CERTS'],
  ...['SystemRoot', 'SystemDrive', 'windir', 'ComSpec', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
]

/**
 * Returns the part of a push's `github` context that these actions may read, with a new token.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
 * @param {{ workspace: string, temp: string }} folders
 * @param {Record<string, unknown>} [given] values that replace the defaults
 */
export function githubContext({ workspace, temp }, given = {}) {
  return {
    actor: 'octocat',
    api_url: 'https://api.github.com',
    event: {},
    event_name: 'push',
    event_path: path.join(temp, 'event.json'),
    repository: 'octo-org/octo-site',
    repository_id: '1296269',
    sha: 'ffac537e6cbbf934b08745a378932722df287a53',
    token: `ghs_${randomBytes(18).toString('hex')}`,
    workspace,
    ...given,
  }
}

/**
 * Returns the environment of an action's process. It inherits only the variables that a program needs to start. The
 * runner's variables come last, so that a workflow's `env` can't override them.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 * NodeScriptActionHandler.cs, GitHubContext.cs, and RunnerContext.cs in https://github.com/actions/runner
 * @param {import('./runner.mjs').Step} step
 * @param {Record<string, string>} inputs
 * @param {{ github: Record<string, unknown>, runner: Record<string, string> }} contexts `github`: with the step's files
 */
export function childEnvironment({ env, state }, inputs, { github, runner }) {
  // An action gets the token only as an input.
  const shown = Object.entries(github).filter(([name, value]) => name !== 'token' && typeof value !== 'object')
  const variables = [
    ...Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
    ...Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ...shown.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)]),
    ...Object.entries(runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]),
  ]
  return {
    CI: 'true',
    ...Object.fromEntries(FROM_PARENT.map(name => [name, process.env[name]])),
    ...env,
    ...Object.fromEntries(variables),
    GITHUB_ACTIONS: 'true',
  }
}
