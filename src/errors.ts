/**
 * What an error that an API answered is about, as far as the action decides by it:
 * `unauthorized` (401), `forbidden` (403), `not-found` (404), `rate-limited` (429), `redirect` (3xx), or something else.
 */
export type ErrorKind = 'unauthorized' | 'forbidden' | 'not-found' | 'rate-limited' | 'redirect' | 'other'

/**
 * Something the user can act on. Its message is one line: what is wrong, and what to do.
 * Any other error is a bug of ours and keeps its stack for the debug log.
 */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly kind: ErrorKind

  constructor(message: string, kind: ErrorKind = 'other') {
    super(message)
    this.kind = kind
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message
  return typeof message === 'string' ? message : String(thrown)
}

/** Why a step ends that got SIGINT or SIGTERM: the runner does not tell which of these it was. */
export const STOPPED =
  'The step was stopped: the job was cancelled, its time limit (timeout-minutes) was over, or the runner shut down.'
