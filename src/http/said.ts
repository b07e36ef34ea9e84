import { printable, quoted } from '../text.ts'
import { type Answer, field } from './answers.ts'

/** What an answer that is no success says, in brief: `HTTP 404, "Gateway not found", request ID …`. */
export function whatWasSaid(answer: Answer): string {
  const { reason, text } = saidIn(answer)
  const words = [reason, text]
    .filter(word => word !== undefined && word !== '')
    .map(word => quoted(word as string, 160))
  const wait =
    answer.retryAfterMs === undefined ? [] : [`try again after ${Math.ceil(answer.retryAfterMs / 1000)} seconds`]
  const request = answer.requestId === undefined ? [] : [`request ID ${printable(answer.requestId, 64)}`]
  return [`HTTP ${answer.status}`, ...words, ...wait, ...request].join(', ')
}

/**
 * The error of an answer's body: Pinata's `{error: {reason, details}}`, `{error: {code, message}}` or `{error: "…"}`,
 * GitHub's `{message}`, or nothing.
 */
export function saidIn({ json }: Answer): { reason?: string; text?: string } {
  const error = field(json, 'error')
  if (typeof error === 'string') return { text: error }
  const reason = field(error, 'reason')
  const text = field(error, 'details') ?? field(error, 'message') ?? field(json, 'message')
  return {
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof text === 'string' ? { text } : {}),
  }
}
