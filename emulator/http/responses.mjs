// Shared parts of the emulated APIs: the format of their responses, and their rate limits.

/** @typedef {{ status: number, headers: Record<string, string>, body: string | Uint8Array }} EmulatedResponse */
/** @typedef {{ requests: number, perMs: number }} Limit at most `requests` in each window of `perMs` milliseconds */

/**
 * Returns a JSON response. It ends with a line feed, which each `Content-Length` in Pinata's OpenAPI document includes.
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 */
export const jsonResponse = (status, body, headers) => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: `${JSON.stringify(body)}\n`,
})

/** Creates a counter of requests in fixed windows. @param {Limit} limit */
export function createWindow({ requests, perMs }) {
  let [start, used] = [Number.NEGATIVE_INFINITY, 0]
  return {
    /** Counts a request, and returns whether it exceeds the limit. */
    exceeds() {
      if (performance.now() >= start + perMs) [start, used] = [performance.now(), 0]
      return ++used > requests
    },
    /** Returns the `Retry-After` header. */
    retryAfter: () => ({ 'Retry-After': String(Math.max(1, Math.ceil((start + perMs - performance.now()) / 1000))) }),
  }
}
