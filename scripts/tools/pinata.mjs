// Checks how Pinata's SDK sends the key to a gateway, and how the recipe uploads and deletes a site with the SDK.
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { createTempFolder, install, KEY, read, run, scriptOf } from './run.mjs'
import { CID, startGatewayWithKey, startRecorder } from './servers.mjs'
import { TOOLS } from './versions.mjs'

/** @import { Recorded } from './servers.mjs' */

const NODE_OPTIONS = `--import ${new URL('redirect-fetch.mjs', import.meta.url)}`

/** Returns a folder with these files, which can import `pinata`. @param {Record<string, string>} files */
function withSdk(files) {
  const folder = createTempFolder(files)
  symlinkSync(path.join(install('pinata', TOOLS.pinata), 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

const READ = `
  import { PinataSDK } from 'pinata'
  const { GATEWAY_URL: pinataGateway, GATEWAY_KEY: pinataGatewayKey, CID } = process.env
  const outcome = async work => { try { return await work() } catch ({ message, details }) { return { message, details } } }
  const right = new PinataSDK({ pinataGateway, pinataGatewayKey })
  const wrong = new PinataSDK({ pinataGateway, pinataGatewayKey: 'revoked-key' })
  console.log(JSON.stringify({
    found: await outcome(() => right.gateways.public.get(CID)),
    refused: await outcome(() => wrong.gateways.public.get(CID)),
    converted: await outcome(() => right.gateways.public.convert('ipfs://' + CID)),
  }))
`

export async function checkSdkReads() {
  const { pinata, gateway, url } = await startGatewayWithKey()
  // redirect-fetch.mjs sends the requests to 127.0.0.1, which is a custom domain of the emulated gateway.
  const cwd = withSdk({ 'read.mjs': READ })
  const env = { NODE_OPTIONS, RECORDER_URL: url, GATEWAY_URL: 'https://ipfs.example.com', GATEWAY_KEY: KEY, CID }
  const { found, refused, converted } = JSON.parse(await run('node read.mjs', { cwd, env }))
  assert.match(found.data, /Octo site/)
  assert.equal(pinata.reads[0]?.path, `/ipfs/${CID}?pinataGatewayToken=${KEY}`)
  assert.equal(pinata.reads[0]?.headers['x-pinata-gateway-token'], undefined)
  assert.equal(pinata.reads[0]?.gateway, gateway.id)
  assert.match(refused.message, /ERR_ID:00024/)
  assert(!refused.message.includes('revoked-key'), 'the message contains the key')
  assert.match(refused.details.metadata.requestUrl, /\?pinataGatewayToken=revoked-key$/)
  assert.equal(converted, `https://ipfs.example.com/ipfs/${CID}`)
}

/** Emulates as much of an account's public files as site.mjs needs. */
function startFiles() {
  /** @type {{ id: string, name: string }[]} */
  const files = [
    { id: 'other', name: 'preview-pr-70' },
    { id: 'earlier', name: 'preview-pr-7' },
  ]
  /** @param {Recorded} request */
  const respond = ({ method, path: urlPath, body }) => {
    if (method === 'POST' && urlPath === '/pinning/pinFileToIPFS') {
      const name = /"name":"([^"]+)"/.exec(body)?.[1] ?? ''
      files.push({ id: 'uploaded', name })
      return { json: { ID: 'uploaded', IpfsHash: CID } }
    }
    if (method === 'GET' && urlPath.startsWith('/v3/files/public?')) {
      const wanted = new URL(urlPath, 'https://api.pinata.cloud').searchParams.get('name') ?? ''
      // Pinata's filter may match whole names or parts of names. Matching parts is the worse case.
      return { json: { data: { files: files.filter(({ name }) => name.includes(wanted)), next_page_token: null } } }
    }
    const id = /^\/v3\/files\/public\/(\w+)$/.exec(urlPath)?.[1]
    const index = files.findIndex(file => file.id === id)
    if (method !== 'DELETE' || index < 0) return undefined
    if (id !== 'stays') files.splice(index, 1)
    return { json: { data: null } }
  }
  return { files, respond }
}

export async function checkSite() {
  const { files, respond } = startFiles()
  const recorder = await startRecorder(respond)
  const site = { 'dist/index.html': '<h1>Octo site</h1>', 'dist/assets/site.css': 'body {}' }
  const cwd = withSdk({ ...site, 'site.mjs': read('examples/deploy/site.mjs') })
  const variables = { PINATA_JWT: 'a-jwt', NAME: 'preview-pr-7', GITHUB_OUTPUT: path.join(cwd, 'output') }
  const env = { NODE_OPTIONS, RECORDER_URL: recorder.url, ...variables }
  const deletion = scriptOf('site-preview.yml', 'Delete the uploads')
  await run(scriptOf('site-preview.yml', 'Upload the site'), { cwd, env })
  assert.equal(await run('cat output', { cwd, env }), `cid=${CID}\n`)
  const [upload] = recorder.requests
  assert.equal(upload?.headers.authorization, 'Bearer a-jwt')
  const names = [...(upload?.body ?? '').matchAll(/filename="([^"]+)"/g)].map(([, name]) => name)
  const expected = ['assets/site.css', 'index.html', 'preview-name.txt'].map(name => `preview-pr-7/${name}`)
  assert.deepEqual(names.sort(), expected)

  await run(deletion, { cwd, env })
  assert.equal(files.map(({ id }) => id).join(), 'other')
  files.push({ id: 'stays', name: 'preview-pr-7' })
  await assert.rejects(run(deletion, { cwd, env }), /Pinata still lists stays/)
}
