import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'

/** @import { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http' */

/** @typedef {{ status: number, headers: IncomingHttpHeaders, text: string, json: any }} Reply `json`: if valid */

/**
 * Sends one request without following redirects, on a new connection unless `agent` is set. Does not use `fetch()`,
 * which can't set `Host`.
 * @param {string} url
 * @param {RequestOptions} options
 * @param {string} [body]
 * @returns {Promise<Reply>} rejects if the network fails or the response is incomplete
 */
export async function send(url, options, body) {
  const { request } = url.startsWith('https:') ? https : http
  const sent = request(url, { agent: false, ...options }).end(body)
  // The promises below reject on errors. Without this listener, an unhandled error would end the process.
  sent.on('error', () => {})
  /** @type {IncomingMessage} */
  const response = (await once(sent, 'response'))[0]
  const content = String(await buffer(response))
  const json = await new Response(content).json().catch(() => undefined)
  return { status: response.statusCode ?? 0, headers: response.headers, text: content, json }
}
