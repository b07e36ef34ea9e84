import type { Headers } from './reply.ts'

/** Converts an HTTP date (RFC 9110, section 5.6.7) to milliseconds since 1970; returns `undefined` for other text. */
export function httpDate(text = ''): number | undefined {
  const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)
  const date = isDate ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

/** Converts `Retry-After` (RFC 9110, section 10.2.3) to milliseconds. A date is relative to the server's, `dateMs`. */
export function retryAfter(header: string | undefined, dateMs: number | undefined): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = httpDate(text)
  return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs)
}

/** Returns how many milliseconds after `dateMs` a rate limit resets, per `X-RateLimit-Reset` (seconds since 1970). */
export function rateLimitReset(headers: Headers, dateMs: number | undefined): number | undefined {
  const { 'x-ratelimit-reset': reset = '', 'x-ratelimit-remaining': remaining } = headers
  // GitHub sends this header in every response. If requests remain, the limit has not been exceeded.
  const isReset = /^\d{1,12}$/.test(reset) && !(Number(remaining) > 0)
  return isReset && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined
}
