import { EarlyConnection } from '../http/early-connection.ts'
import { unlessItThrows } from '../http/reply.ts'
import { DEFAULT_API_URL } from '../pinata/types.ts'

/** An HTTPS URL without credentials, a query, or a fragment. A DNS lookup of any other value could expose a secret. */
const API_URL = /^https:\/\/[\w.-]+(:\d+)?(\/[\w.:~%+/-]*)?$/i

/** Runs a step. Connects to Pinata while the step's code loads, because loading takes about as long as a round trip. */
export function connectEarly(step: (early?: EarlyConnection) => Promise<void>): void {
  const { env } = process
  // Of all inputs, these are the most likely to be wrong. If either is invalid, the step fails, so don't connect.
  const isValid = /^eyJ/.test(env['INPUT_PINATA-JWT'] ?? '') && /^[\w.:/-]+$/.test(env['INPUT_GATEWAY-ID'] ?? '')
  // With `name`, the step may contact GitHub first. A proxy needs a tunnel. In either case, don't connect early.
  const isFirst = isValid && !env.INPUT_NAME && !env.https_proxy && !env.HTTPS_PROXY
  const url = env['INPUT_API-URL'] || DEFAULT_API_URL
  const early = isFirst && API_URL.test(url) ? unlessItThrows(() => new EarlyConnection(new URL(url))) : undefined
  // Loading the step's code blocks the event loop, so let the connection start first.
  setImmediate(() => void step(early))
}
