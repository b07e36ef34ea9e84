import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { onTestEnd } from './network.ts'

export type Pinata = Awaited<ReturnType<typeof startPinata>>
export type HttpResponse = Awaited<ReturnType<typeof send>>

/** Starts a Pinata emulator, which closes when the test ends. */
export async function start(options?: Parameters<typeof startPinata>[0]): Promise<Pinata> {
  const pinata = await startPinata(options)
  onTestEnd(pinata.close)
  return pinata
}

type SendOptions = RequestOptions & { body?: string }

/** Returns the parsed JSON, or else the text. */
// biome-ignore lint/suspicious/noExplicitAny: the responses have no types
export function jsonOrText(body: string): any {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/**
 * Sends one request over a new connection, unless `agent` is set. Unlike `fetch`, keeps the path as it is, and can set
 * Host. Rejects if the response is incomplete.
 */
export async function send(
  server: Pick<Pinata, 'apiUrl' | 'port'>,
  method: string,
  path: string,
  { body: sent, ...options }: SendOptions = {},
) {
  const request = server.apiUrl.startsWith('https') ? httpsRequest : httpRequest
  const outgoing = request({ agent: false, ...options, method, path, host: '127.0.0.1', port: server.port })
  // Node omits this header for GET and DELETE. The server would then read the body as the next request.
  if (sent !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(sent))
  outgoing.end(sent)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  // From here on, `buffer` rejects if the connection breaks.
  outgoing.on('error', () => {})
  const body = String(await buffer(incoming))
  return { status: Number(incoming.statusCode), headers: incoming.headers, body, json: jsonOrText(body) }
}

/** Returns a function that calls the API with a JWT: `await call('GET', '/gateways')`. */
export function caller(pinata: Pinata, jwt: string = pinata.addJwt()) {
  return (method: string, path: string, options: SendOptions = {}) =>
    send(pinata, method, `/v3${path}`, { ...options, headers: { authorization: `Bearer ${jwt}`, ...options.headers } })
}
