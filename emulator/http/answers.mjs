// Shared parts of the emulated APIs: the form of their responses, and their rate limits.
import { STATUS_CODES } from 'node:http'

/** @typedef {{ status: number, headers: Record<string, string>, body: string | Uint8Array }} Answer */
/** @typedef {{ requests: number, perMs: number }} Limit so many requests in each window of so many milliseconds */

/**
 * A JSON response, with the line feed that the Content-Lengths in Pinata's OpenAPI document count.
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 * @returns {Answer}
 */
export const jsonAnswer = (status, body, headers) => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: `${JSON.stringify(body)}\n`,
})

/**
 * Returns the response to a request that fails with this status. 502 to 504 are from the proxy in front of the API.
 * @param {number} status
 * @param {(message: string) => Answer} ofApi the API's own response
 */
export function failed(status, ofApi) {
  const message = STATUS_CODES[status] ?? 'Unknown'
  if (![502, 503, 504].includes(status)) return ofApi(message)
  const title = `${status} ${message}`
  const body = `<html>\n<head><title>${title}</title></head>\n<body><h1>${title}</h1></body>\n</html>\n`
  return { status, headers: { 'Content-Type': 'text/html' }, body }
}

/** Counts requests in fixed windows. @param {Limit} limit */
export function createWindow({ requests, perMs }) {
  let [start, used] = [Number.NEGATIVE_INFINITY, 0]
  return {
    /** Counts a request, and returns whether it exceeds the limit. */
    exceeds() {
      if (performance.now() >= start + perMs) [start, used] = [performance.now(), 0]
      return ++used > requests
    },
    /** How many requests are left in this window. */
    left: () => Math.max(0, requests - used),
    /** When this window ends, in milliseconds from now. */
    endsInMs: () => Math.max(0, start + perMs - performance.now()),
    /** The header `Retry-After`. */
    retryAfter: () => ({ 'Retry-After': String(Math.max(1, Math.ceil((start + perMs - performance.now()) / 1000))) }),
  }
}
