import { errorIn } from '../http/errors.ts'
import type { Reply } from '../http/reply.ts'
import { httpDate, rateLimitReset } from '../http/retry.ts'

/** How long to wait, in milliseconds, after a secondary rate limit if GitHub does not specify a time. */
const SECONDARY_LIMIT_MS = 60_000

/**
 * Returns the rate limit that a 403 or a 429 reports, with the number of milliseconds to wait, if known.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function rateLimitOf(reply: Reply): { waitMs: number | undefined } | undefined {
  if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429)) return undefined
  const { status, headers, retryAfterMs } = reply
  const { text = '' } = errorIn(reply)
  const isSecondary = /secondary rate limit|abuse detection/i.test(text)
  // The last request that the limit allows may fail for a different reason, which the error text states.
  const isUsedUp = headers['x-ratelimit-remaining'] === '0' && text === ''
  const isLimit = isSecondary || isUsedUp || /rate limit/i.test(text)
  if (status === 403 && retryAfterMs === undefined && !isLimit) return undefined
  const resetMs = rateLimitReset(headers, httpDate(headers.date))
  return { waitMs: retryAfterMs ?? resetMs ?? (isSecondary ? SECONDARY_LIMIT_MS : undefined) }
}
