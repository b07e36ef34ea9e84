import type { Network } from '../../src/http/connection.ts'

/** Of connections whose log nobody reads. */
export const NETWORK: Network = { log: { debug: () => {}, lastRequest: '' }, redact: text => text }
