/**
 * Something the user can act on. Its message is one line: what is wrong, and what to do.
 * Any other error is a bug of ours and keeps its stack for the debug log.
 */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  /** The HTTP status that it comes from, if any. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
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
