import { mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from '@jest/globals'
import { findLeaks } from '../../emulator/runner/runner.mjs'
import { type RunOptions, runWorkflow } from '../support/act.ts'
import { startInternet } from '../support/internet.ts'
import { DAY_MS } from '../support/records.ts'
import { pinataAndGitHub } from '../support/step.ts'
import { tempFolder } from '../support/temp-folder.ts'

export const home = tempFolder('workflows')

/** Starts GitHub, and Pinata at its real addresses. Returns a function that runs an example with both servers. */
export async function setup(keys = 1) {
  const { pinata, gateway, jwt, github, inputs, passTime, run: createKey } = await pinataAndGitHub(keys)
  const internet = await startInternet({ 'api.pinata.cloud': pinata.port, '*.mypinata.cloud': pinata.port })
  const values = new Set<string>()
  const sentKeys = () => pinata.reads.map(({ headers }) => String(headers['x-pinata-gateway-token']))
  const activeKeys = () => gateway.keys.slice(keys).map(({ value }) => value)

  /** Runs an example. No secret may be in its log, and no request may leave this machine. */
  async function run(file: string, options: RunOptions = {}) {
    const secrets = { PINATA_JWT: jwt, GITHUB_TOKEN: inputs['github-token'], ...options.secrets }
    const env = { ...internet.env, GITHUB_API_URL: github.apiUrl, ...options.env }
    const { results, log } = await runWorkflow(file, { ...options, secrets, env })
    const keys = [...pinata.gateways.values()].flatMap(each => each.keys)
    for (const value of [...sentKeys(), ...keys.map(({ value }) => value)]) values.add(value)
    expect(findLeaks(log, [...Object.values(secrets), ...values])).toEqual([])
    expect(internet.refused).toEqual([])
    return { results, log }
  }

  /** Creates a key with a name, as a run some days ago would have. Returns its ID. */
  async function createInPast(naming: Record<string, string>, daysAgo = 0): Promise<string> {
    const { outputs } = await createKey(naming)
    passTime(daysAgo * DAY_MS)
    return String(outputs['key-id'])
  }
  return { pinata, gateway, github, sentKeys, activeKeys, run, createInPast }
}

/** Returns a pull request event with the properties that the examples read. */
export function pullRequest(action: string, { login = 'octocat', repository = 'octo-org/octo-site' } = {}): RunOptions {
  const head = { ref: 'preview', repo: { full_name: repository } }
  const event = { action, number: 7, pull_request: { number: 7, user: { login }, head, base: { ref: 'main' } } }
  return { eventName: 'pull_request', event }
}

/** Creates a folder with these shell scripts, for `programs`. */
export function programs(scripts: Record<string, string>): string {
  const folder = mkdtempSync(path.join(home, 'programs-'))
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(path.join(folder, name), `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 })
  }
  return folder
}
