// Starts the emulator in the background, for a workflow that tries the action itself: node emulator/serve.mjs
// The addresses, a gateway and a JWT for it become outputs of the step, or are printed where there is no GITHUB_OUTPUT.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startPinata } from './pinata/pinata.mjs'

/** A job that uses it is over long before; whatever becomes of the job, no process stays behind. */
const LIFETIME_MS = 20 * 60_000

if (process.send) await serve(process.send.bind(process))
else await start()

/** @param {(outputs: Record<string, string>) => void} tell */
async function serve(tell) {
  const pinata = await startPinata()
  const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
  const { domain } = pinata.addGateway({ domain: 'fun-llama-300', pins: { [cid]: 'Hello from IPFS\n' } })
  setTimeout(() => process.exit(), LIFETIME_MS)
  tell({
    'api-url': pinata.apiUrl,
    'gateway-id': `${domain}.mypinata.cloud`,
    'pinata-jwt': pinata.addJwt(),
    // The emulator knows its gateways by the Host header, so that is what a reader sends to this address.
    'content-url': `http://127.0.0.1:${pinata.port}/ipfs/${cid}`,
  })
}

async function start() {
  // Detached and without our streams: the step ends when this process does, the emulator lives on.
  const child = fork(fileURLToPath(import.meta.url), { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [outputs] = await once(child, 'message')
  child.disconnect()
  child.unref()

  const file = process.env.GITHUB_OUTPUT
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value}\n`)
  if (file) {
    // It opens nothing but the emulator, and is hidden all the same, as a workflow's JWT would be.
    console.log(`::add-mask::${outputs['pinata-jwt']}`)
    appendFileSync(file, lines.join(''))
  } else process.stdout.write(lines.join(''))
}
