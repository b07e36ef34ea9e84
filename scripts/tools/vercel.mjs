// Checks which variables a Vercel deployment and project get.
import assert from 'node:assert/strict'
import { createTempFolder, documentedCommand, KEY, scriptOf } from './run.mjs'
import { onlyOne, startRecorder } from './servers.mjs'

/** @import { RunOptions } from './run.mjs' */
/** @import { Recorded } from './servers.mjs' */

const GATEWAY_URL = 'https://fun-llama-300.mypinata.cloud'

/** Emulates as much of Vercel's API as the commands need. @param {Recorded} request */
function respond({ path: urlPath }) {
  if (urlPath.startsWith('/v2/user'))
    return { json: { user: { id: 'user_1', username: 'octocat', version: 'northstar' } } }
  if (urlPath.startsWith('/teams/')) return { json: { id: 'team_1', slug: 'octo-org' } }
  if (urlPath.includes('/custom-environments')) return { json: { environments: [] } }
  if (/\/projects\/prj_1\/env\b/.test(urlPath)) return { json: { envs: [], created: {} } }
  if (urlPath.includes('/projects/prj_1')) return { json: { id: 'prj_1', name: 'octo-site', accountId: 'team_1' } }
  if (urlPath.includes('/deployments')) {
    const url = 'octo-site.vercel.app'
    return { json: { id: 'dpl_1', url, readyState: 'READY', alias: [url], aliasAssigned: true, projectId: 'prj_1' } }
  }
}

export async function checkVercel() {
  const recorder = await startRecorder(respond)
  /** @type {RunOptions} */
  const options = {
    cwd: createTempFolder({ 'index.html': '<h1>Octo site</h1>' }),
    npx: { tool: 'vercel', bin: 'vercel', args: ['--api', recorder.url] },
    env: {
      ...{ VERCEL_ORG_ID: 'team_1', VERCEL_PROJECT_ID: 'prj_1', VERCEL_TOKEN: 'token' },
      ...{ VERCEL_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1', GATEWAY_URL, GATEWAY_KEY: KEY },
    },
  }
  for (const [script, expected] of /** @type {const} */ ([
    [scriptOf('vercel.yml', 'Deploy'), 'production'],
    [documentedCommand('deploy --yes'), undefined],
  ])) {
    const deployment = onlyOne(await recorder.requestsOf(script, options))
    assert.match(`${deployment.method} ${deployment.path}`, /^POST \/v13\/deployments\?/)
    assert.equal(deployment.headers.authorization, 'Bearer token')
    const { env, build, target, files } = JSON.parse(deployment.body)
    assert.deepEqual([env, build, target], [{ GATEWAY_URL, GATEWAY_KEY: KEY }, { env: {} }, expected])
    assert.equal(files.map((/** @type {{ file: string }} */ { file }) => file).join(), 'index.html')
  }
  const { body } = onlyOne(await recorder.requestsOf(documentedCommand('env add'), options))
  assert.deepEqual(JSON.parse(body), { type: 'sensitive', key: 'GATEWAY_KEY', value: KEY, target: ['production'] })
}
