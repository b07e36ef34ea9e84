// Starts a Pinata emulator in the background of a job: node emulator/serve.mjs [--keys 1]
// docs/try-without-account.md explains the script. Without GITHUB_OUTPUT, it prints the outputs and, on stderr, how
// long the emulator runs.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPinata } from './pinata/pinata.mjs'

/** The emulator stops after this time, even on a self-hosted runner. No job that uses the emulator takes longer. */
const LIFETIME_MINUTES = 20

const { values } = parseArgs({ options: { keys: { type: 'string', default: '0' } } })
if (!/^\d+$/.test(values.keys)) throw new Error('Set --keys to a number.')

if (process.send) await serve(process.send.bind(process))
else await start()

/** @param {(outputs: Record<string, string>) => void} send */
async function serve(send) {
  const pinata = await startPinata()
  const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
  const { domain } = pinata.addGateway({
    domain: 'fun-llama-300',
    // The emulator recognizes a gateway by its host, which must therefore differ from the API's.
    customDomains: ['localhost'],
    keys: Number(values.keys),
    pins: { [cid]: 'Hello from IPFS\n' },
  })
  const gatewayUrl = `http://localhost:${pinata.port}`
  setTimeout(() => process.exit(), LIFETIME_MINUTES * 60_000)
  send({
    'api-url': pinata.apiUrl,
    'gateway-id': `${domain}.mypinata.cloud`,
    'pinata-jwt': pinata.addJwt(),
    'gateway-url': gatewayUrl,
    'content-url': `${gatewayUrl}/ipfs/${cid}`,
  })
}

async function start() {
  // Detach the emulator, without this process's streams, so that the step ends and the emulator keeps running.
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [outputs] = await once(child, 'message')
  child.disconnect()
  child.unref()

  const file = process.env.GITHUB_OUTPUT
  const message = `The Pinata emulator at ${outputs['api-url']} stops in ${LIFETIME_MINUTES} minutes (process ${child.pid}).`
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value}\n`)
  if (file) {
    // The JWT works only with the emulator, but is masked like a real one.
    console.log(`::add-mask::${outputs['pinata-jwt']}`)
    console.log(message)
    appendFileSync(file, lines.join(''))
  } else {
    process.stdout.write(lines.join(''))
    console.error(message)
  }
}
