import type { ConnectionOptions, Exchanger } from '../http/connection.ts'
import type { Clock } from '../http/retry.ts'
import type { Runner } from '../runner/process.ts'

/** Everything a step works with: the runner, time, and connections. Tests replace them. */
export interface Step extends Runner {
  clock: Clock
  /** @param baseUrl without a trailing slash */
  connect(baseUrl: string, options: ConnectionOptions): Exchanger
}
