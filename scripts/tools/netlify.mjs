// Checks which variables a Netlify deploy and project get.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { createTempFolder, documentedCommand, KEY, scriptOf } from './run.mjs'
import { onlyOne, startRecorder } from './servers.mjs'

/** @import { RunOptions } from './run.mjs' */
/** @import { Recorded } from './servers.mjs' */

const GATEWAY_URL = 'https://fun-llama-300.mypinata.cloud'
const REDIRECT = fileURLToPath(new URL('redirect-fetch.mjs', import.meta.url))

const SITE = { id: 'site-1', account_slug: 'octo-org', url: 'https://a.test', build_settings: {}, use_envelope: true }

/** Emulates as much of Netlify's API as the commands need. @param {Recorded} request */
function respond({ path: urlPath }) {
  const [route = ''] = urlPath.split('?')
  if (route.endsWith('/sites/site-1')) return { json: SITE }
  if (route.endsWith('/accounts')) return { json: [{ id: 'team-1', slug: 'octo-org' }] }
  if (route.endsWith('/env') || route.includes('/integrations/')) return { json: [] }
  if (route.includes('/deploys')) {
    return { json: { id: 'deploy-1', site_id: 'site-1', state: 'ready', required: [], required_functions: [] } }
  }
}

/** A built site with one function. */
const BUILT_SITE = {
  'dist/index.html': '<h1>Octo site</h1>',
  'netlify/functions/read.mjs': 'export default () => new Response(String(process.env.GATEWAY_KEY !== undefined))\n',
}

export async function checkNetlify() {
  const recorder = await startRecorder(respond)
  /** @type {RunOptions} */
  const options = {
    cwd: createTempFolder(BUILT_SITE),
    npx: { tool: 'netlify-cli', bin: 'netlify' },
    env: {
      NETLIFY_API_URL: `${recorder.url}/api/v1`,
      ...{ NETLIFY_AUTH_TOKEN: 'a-token', NETLIFY_SITE_ID: 'site-1', GATEWAY_URL, GATEWAY_KEY: KEY, NUMBER: '7' },
      // The CLI connects to a proxy even for addresses that do not need one.
      ...{ HTTPS_PROXY: '', HTTP_PROXY: '' },
      // One of Netlify's addresses is not configurable.
      ...{ NODE_OPTIONS: `--import ${REDIRECT}`, RECORDER_URL: recorder.url },
    },
  }
  for (const [script, branch] of /** @type {const} */ ([
    [scriptOf('netlify.yml', 'Deploy'), undefined],
    [documentedCommand('--alias'), 'pr-7'],
  ])) {
    const sent = await recorder.requestsOf(script, options)
    const created = sent.find(({ method }) => method === 'POST')
    assert.equal(JSON.parse(created?.body ?? '').branch, branch)
    const deploy = onlyOne(sent)
    assert.equal(`${deploy.method} ${deploy.path}`, 'PUT /api/v1/sites/site-1/deploys/deploy-1')
    const { environment, functions } = JSON.parse(deploy.body)
    assert.deepEqual(environment, [
      { key: 'GATEWAY_URL', value: GATEWAY_URL, is_secret: false, scopes: ['functions'] },
      { key: 'GATEWAY_KEY', value: KEY, is_secret: true, scopes: ['functions'] },
    ])
    assert.deepEqual(Object.keys(functions), ['read'])
  }
  const { body } = onlyOne(await recorder.requestsOf(documentedCommand('env:set'), options))
  const values = [{ context: 'production', value: KEY }]
  assert.deepEqual(JSON.parse(body), [{ key: 'GATEWAY_KEY', is_secret: true, scopes: ['functions'], values }])
}
