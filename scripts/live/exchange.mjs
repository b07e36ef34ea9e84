import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** @import { IncomingHttpHeaders } from 'node:http' */

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {IncomingHttpHeaders} headers
 * @property {string} text the first `mostBytes` of the body
 * @property {any} json the body, if it is JSON
 */
/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers `host` can be another than the URL's
 * @property {string | undefined} [body]
 * @property {AbortSignal} signal ends it
 * @property {number} mostBytes how much of the body to read
 */

/**
 * Sends one request on a connection of its own. Redirects are not followed. `fetch()` would not do, as it lets nobody
 * choose the Host.
 *
 * @param {Request} wanted
 * @returns {Promise<Reply>} rejects if the network fails
 */
export function exchange({ method, url, headers, body, signal, mostBytes }) {
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const options = { method, headers: { 'user-agent': 'pinata-gateway-key-action', ...headers }, agent: false, signal }
    const sent = send(url, options, answer => {
      /** @type {Buffer[]} */
      const pieces = []
      let bytes = 0
      const finish = () => {
        const text = Buffer.concat(pieces).subarray(0, mostBytes).toString()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: parse(text) })
      }
      answer.on('data', (/** @type {Buffer} */ piece) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes < mostBytes) return
        finish()
        answer.destroy()
      })
      answer.on('end', finish)
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
