import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { afterEach } from '@jest/globals'
import { startPinata } from '../../emulator/pinata/pinata.mjs'

export type Pinata = Awaited<ReturnType<typeof startPinata>>
type Server = Pick<Pinata, 'apiUrl' | 'port'>
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** What JSON there is; a test says what it expects in it. */
  // biome-ignore lint/suspicious/noExplicitAny: the answers have no types of their own
  json: any
}

const running: Pinata[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(pinata => pinata.close()))
})

/** A Pinata that the end of the test closes. */
export async function start(options?: Parameters<typeof startPinata>[0]): Promise<Pinata> {
  const pinata = await startPinata(options)
  running.push(pinata)
  return pinata
}

type SendOptions = RequestOptions & { body?: string }

/**
 * One request over a connection of its own, unless `agent` says otherwise. Nothing about the path is tidied up first,
 * and Host can be set: `fetch` allows neither. Rejects if the answer doesn't arrive whole.
 */
export function send(
  server: Server,
  method: string,
  path: string,
  { body: sent, ...options }: SendOptions = {},
): Promise<Answer> {
  const request = server.apiUrl.startsWith('https') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { agent: false, ...options, method, path, host: '127.0.0.1', port: server.port },
      incoming => {
        let body = ''
        incoming.setEncoding('utf8').on('error', reject)
        incoming.on('data', chunk => {
          body += chunk
        })
        incoming.on('end', () => {
          const isJson = incoming.headers['content-type']?.startsWith('application/json') && method !== 'HEAD'
          const status = incoming.statusCode ?? 0
          const answer = { status, headers: incoming.headers, body, json: undefined }
          try {
            resolve(isJson ? { ...answer, json: JSON.parse(body) } : answer)
          } catch {
            resolve(answer)
          }
        })
      },
    )
    // Node sends none by itself with GET and DELETE, and the body would be taken for the next request.
    if (sent !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(sent))
    outgoing.on('error', reject).end(sent)
  })
}

/** A caller of the API with a JWT: `await call('GET', '/gateways')`. */
export function caller(pinata: Pinata, jwt: string = pinata.addJwt()) {
  return (method: string, path: string, options: SendOptions = {}): Promise<Answer> =>
    send(pinata, method, `/v3${path}`, { ...options, headers: { authorization: `Bearer ${jwt}`, ...options.headers } })
}
