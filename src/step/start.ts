import { EarlyConnection } from '../http/early-connection.ts'
import { parseUrl } from '../http/reply.ts'
import { DEFAULT_API_URL } from '../pinata/types.ts'

/**
 * Runs a step. Connects to Pinata first, because loading the step's code takes about as long as a round trip.
 * @param step calls into `action.js`, which the bundle loads on first use
 */
export function start(step: (early?: EarlyConnection) => Promise<void>): void {
  const { env } = process
  // Without a JWT, the step rejects its inputs. Behind a proxy, it needs a tunnel.
  const isUseful = env['INPUT_PINATA-JWT'] && !env.https_proxy && !env.HTTPS_PROXY
  const url = isUseful ? parseUrl(env['INPUT_API-URL'] || DEFAULT_API_URL) : undefined
  const early = url?.protocol === 'https:' ? new EarlyConnection(url) : undefined
  // Loading blocks the event loop, so let the event loop begin the connection first.
  setImmediate(() => void step(early))
}
