import type { Headers } from './reply.ts'

/** Returns an HTTP date (RFC 9110, section 5.6.7) in milliseconds since 1970; `undefined` if the text is not one. */
export function httpDate(text = ''): number | undefined {
  const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)
  const date = isDate ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

/** Returns `Retry-After` (RFC 9110, section 10.2.3) in milliseconds. A date is compared with the server's, `dateMs`. */
export function retryAfter(header: string | undefined, dateMs: number | undefined): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = httpDate(text)
  return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs)
}

/** Returns the milliseconds from `dateMs` until a rate limit resets, per `X-RateLimit-Reset` (seconds since 1970). */
export function rateLimitReset(headers: Headers, dateMs: number | undefined): number | undefined {
  const { 'x-ratelimit-reset': reset = '', 'x-ratelimit-remaining': remaining } = headers
  // GitHub sends this header in every response. While requests remain, the limit was not exceeded.
  const isReset = /^\d{1,12}$/.test(reset) && !(Number(remaining) > 0)
  return isReset && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined
}
