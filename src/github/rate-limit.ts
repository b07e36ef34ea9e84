import { errorIn } from '../http/describe.ts'
import type { Reply } from '../http/reply.ts'
import { rateLimitReset } from '../http/retry-after.ts'

/** How long to wait after a secondary rate limit if GitHub gives no time, in milliseconds. */
const SECONDARY_LIMIT_MS = 60_000

/** `primary`: requests per hour. `secondary`: too many in a short time. `waitMs`: `undefined` if GitHub gives none. */
export type RateLimit = { kind: 'primary' | 'secondary'; waitMs: number | undefined }

/**
 * Returns the rate limit that a reply reports, or `undefined`. GitHub reports both kinds with either 403 or 429.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function rateLimitOf(reply: Reply): RateLimit | undefined {
  if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429)) return undefined
  const { status, headers, dateMs, retryAfterMs } = reply
  const { text = '' } = errorIn(reply)
  const isUsedUp = headers['x-ratelimit-remaining'] === '0'
  const isSecondary = /secondary rate limit|abuse detection/i.test(text)
  // The last request that the limit allows may fail for another reason, which the text shows.
  const isLimit = isSecondary || /rate limit/i.test(text) || (isUsedUp && text === '')
  if (status === 403 && retryAfterMs === undefined && !isLimit) return undefined
  const waitMs = retryAfterMs ?? rateLimitReset(headers, dateMs)
  return isSecondary ? { kind: 'secondary', waitMs: waitMs ?? SECONDARY_LIMIT_MS } : { kind: 'primary', waitMs }
}
