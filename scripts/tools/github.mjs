// Checks what GitHub's command-line client sends to set a secret. It is not on npm, so it must already be installed.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { createTempFolder, KEY, scriptOf } from './run.mjs'
import { startRecorder } from './servers.mjs'

/** The overhead of a libsodium sealed box. */
const SEAL_BYTES = 48

export async function checkGitHubSecret() {
  const folder = createTempFolder()
  const socket = path.join(folder, 'api.sock')
  const { x = '' } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  const publicKey = { json: { key_id: '1', key: Buffer.from(x, 'base64url').toString('base64') } }
  const recorder = await startRecorder(({ method }) => (method === 'GET' ? publicKey : { status: 201 }), socket)
  writeFileSync(path.join(folder, 'config.yml'), `http_unix_socket: ${socket}\n`)
  const env = { GH_CONFIG_DIR: folder, GH_TOKEN: 'a-token', GATEWAY_KEY: KEY }
  const sent = await recorder.requestsOf(scriptOf('github-secret.yml', 'Set the secret'), { cwd: folder, env })
  const secrets = '/repos/octo-org/octo-site/environments/production/secrets'
  assert.deepEqual(
    sent.map(({ method, path: urlPath }) => `${method} ${urlPath}`),
    [`GET ${secrets}/public-key`, `PUT ${secrets}/GATEWAY_KEY`],
  )
  const { encrypted_value: sealed } = JSON.parse(sent[1]?.body ?? '')
  // The secret is only the key, without the line break that printenv adds.
  assert.equal(Buffer.from(sealed, 'base64').length, KEY.length + SEAL_BYTES)
  assert(!JSON.stringify(sent).includes(KEY), 'the key was sent unencrypted')
}
