import { field, type Reply } from '../http/answers.ts'
import { rateLimitReset } from '../http/headers.ts'

/** How long to wait when GitHub says that a secondary rate limit is used up, but not for how long. In milliseconds. */
const SECONDARY_LIMIT_MS = 60_000

/**
 * How long to wait, in milliseconds, if a rate limit is used up: GitHub answers 403 as well as 429 then.
 *
 * @returns `undefined` if that is not what the reply says
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function rateLimitMs(reply: Reply): number | undefined {
  if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429)) return undefined
  if (reply.retryAfterMs !== undefined) return reply.retryAfterMs
  const resetMs = rateLimitReset(reply.headers, reply.dateMs)
  if (reply.headers['x-ratelimit-remaining'] === '0' && resetMs !== undefined) return resetMs
  const message = field(reply.json, 'message')
  return typeof message === 'string' && message.includes('secondary rate limit') ? SECONDARY_LIMIT_MS : undefined
}
