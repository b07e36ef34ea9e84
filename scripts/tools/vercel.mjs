// Vercel: which variables a deployment and a project get.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { documentedCommand, KEY, newFolder, run, scriptOf } from './run.mjs'
import { startRecorder } from './servers.mjs'

/** @import { Recorded } from './servers.mjs' */

const GATEWAY_URL = 'https://fun-llama-300.mypinata.cloud'

/** As much of Vercel's API as the two commands need. @param {Recorded} request */
function answer({ path: asked }) {
  if (asked.startsWith('/v2/user'))
    return { json: { user: { id: 'user_1', username: 'octocat', version: 'northstar' } } }
  if (asked.startsWith('/teams/')) return { json: { id: 'team_1', slug: 'octo-org' } }
  if (asked.includes('/custom-environments')) return { json: { environments: [] } }
  if (/\/projects\/prj_1\/env\b/.test(asked)) return { json: { envs: [], created: {} } }
  if (asked.includes('/projects/prj_1')) return { json: { id: 'prj_1', name: 'octo-site', accountId: 'team_1' } }
  if (asked.includes('/deployments')) {
    const url = 'octo-site.vercel.app'
    return { json: { id: 'dpl_1', url, readyState: 'READY', alias: [url], aliasAssigned: true, projectId: 'prj_1' } }
  }
}

export async function checkVercel() {
  const recorder = await startRecorder(answer)
  const cwd = newFolder()
  writeFileSync(path.join(cwd, 'index.html'), '<h1>Octo site</h1>')
  /** @type {import('./run.mjs').RunOptions} */
  const options = {
    cwd,
    npx: { tool: 'vercel', bin: 'vercel', args: ['--api', recorder.url] },
    env: {
      VERCEL_ORG_ID: 'team_1',
      VERCEL_PROJECT_ID: 'prj_1',
      VERCEL_TOKEN: 'token',
      VERCEL_TELEMETRY_DISABLED: '1',
      NO_UPDATE_NOTIFIER: '1',
      GATEWAY_URL,
      GATEWAY_KEY: KEY,
    },
  }
  const printed = []
  for (const [script, expected] of [
    [scriptOf('vercel.yml', 'Deploy'), 'production'],
    [documentedCommand('deploy --yes'), undefined],
  ]) {
    recorder.requests.length = 0
    printed.push(await run(String(script), options))
    const deployment = recorder.requests.find(({ method }) => method === 'POST')
    assert.match(deployment?.path ?? '', /^\/v13\/deployments\?/)
    assert.equal(deployment?.headers.authorization, 'Bearer token')
    const { env, build, target, files } = JSON.parse(deployment?.body ?? '')
    assert.deepEqual(
      { env, build, target },
      { env: { GATEWAY_URL, GATEWAY_KEY: KEY }, build: { env: {} }, target: expected },
    )
    assert.deepEqual(
      files.map((/** @type {{ file: string }} */ { file }) => file),
      ['index.html'],
    )
  }

  recorder.requests.length = 0
  printed.push(await run(documentedCommand('env add'), options))
  const variable = recorder.requests.find(({ method }) => method === 'POST')
  assert.deepEqual(JSON.parse(variable?.body ?? ''), {
    type: 'sensitive',
    key: 'GATEWAY_KEY',
    value: KEY,
    target: ['production'],
  })
  assert(!printed.join('\n').includes(KEY), 'the key was printed')
}
