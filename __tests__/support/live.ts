import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, jest } from '@jest/globals'
import type { Reply } from '../../emulator/http/send.mjs'
import type { ServerOptions } from '../../emulator/http/server.mjs'
import type { Gateway } from '../../emulator/pinata/api.mjs'
import { findLeaks } from '../../emulator/runner/runner.mjs'
import { send, start } from './emulator-client.ts'
import { listen } from './network.ts'

export const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const HTML_CID = 'bafybeihkoviema7g3gxyt6la7vd5ho32ictqbilu3wnlo3rs7ewhnp7lly'

const TIMEOUT_MS = 90_000
jest.setTimeout(TIMEOUT_MS)

/** Returns the response to a request instead of Pinata's `reply`. */
export type Handle = (request: IncomingMessage, reply: Reply) => Reply

/** Starts a Pinata emulator in place of the live service, with a gateway that has each kind of access control. */
export async function livePinata(gatewayOptions = {}, observe?: ServerOptions['observe']) {
  const pinata = await start({
    observe: (...event) => {
      noteSecrets()
      observe?.(...event)
    },
  })
  for (const domain of ['first', 'second', 'third']) pinata.addGateway({ domain })
  const gateway = pinata.addGateway({
    keys: 2,
    allowedHosts: ['https://before.example.com'],
    allowedIPAddresses: ['192.0.2.7'],
    pins: { [CID]: 'Text', [HTML_CID]: '<!doctype html><title>Page</title>' },
    ...gatewayOptions,
  })
  const jwt = pinata.addJwt()
  /** The JWT, and every key and origin ID that ever existed. */
  const secrets = new Set([jwt])
  const noteSecrets = () => {
    for (const { value } of gateway.keys) secrets.add(value)
    for (const { id } of gateway.allowedHosts) secrets.add(id)
  }
  return { pinata, gateway, jwt, secrets, before: controlsOf(gateway) }
}

type Live = Awaited<ReturnType<typeof livePinata>>

export const controlsOf = ({ keys, allowedHosts, allowedIPAddresses }: Gateway) =>
  structuredClone({ keys, allowedHosts, allowedIPAddresses })

/** Starts a server in front of Pinata that can change its responses. */
async function proxyTo({ pinata }: Live, handle: Handle): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const real = await send(pinata, method, url, { headers, body: await text(incoming) })
    const reply = handle(incoming, real)
    const length = { 'content-length': Buffer.byteLength(reply.text) }
    outgoing.writeHead(reply.status, { ...reply.headers, ...length }).end(reply.text)
  })
  return `http://127.0.0.1:${await listen(server)}`
}

/** Starts `npm run live` with Pinata at this address. `ended` resolves to the exit code and the output. */
export function startScript(
  { pinata, gateway, jwt }: Live,
  more: object = {},
  address = `http://127.0.0.1:${pinata.port}`,
) {
  const variables = {
    ...{ PINATA_JWT: jwt, GATEWAY_ID: gateway.id, CID, HTML_CID, YES_LOCK: '', WAIT_SECONDS: '' },
    ...{ PINATA_API_URL: `${address}/v3`, PINATA_GATEWAY_URL: address, REQUESTS_PER_MINUTE: '60000' },
  }
  const env = { ...process.env, ...variables, ...more }
  const child = spawn(process.execPath, ['scripts/live.mjs'], { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  return { child, ended: once(child, 'close').then(async ([code]) => [code, (await output).join('')] as const) }
}

export const UNLOCKED = { keys: 0, allowedHosts: [], allowedIPAddresses: [] }

/** Runs the script against a live service, whose responses a proxy may change, and returns the results. */
export async function runAgainst(live: Live, { handle, env }: { handle?: Handle; env?: object } = {}) {
  const address = handle && (await proxyTo(live, handle))
  const [exitCode, output] = await startScript(live, env, address).ended
  expect(findLeaks(output, [...live.secrets])).toEqual([])
  return { exitCode, output, after: controlsOf(live.gateway) }
}
