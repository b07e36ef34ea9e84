/**
 * The kind of an API error, if the action depends on it. The first three come from the service itself, `rate-limited`
 * (429, or GitHub's 403) and `redirect` from any server.
 */
export type ErrorKind = 'unauthorized' | 'forbidden' | 'not-found' | 'rate-limited' | 'redirect' | 'other'

/** An error that the user can act on, in one line: what happened, and what to do. Any other error is a bug. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly kind: ErrorKind

  constructor(message: string, kind: ErrorKind = 'other') {
    super(message)
    this.kind = kind
  }
}

/** A creation that no response confirmed. */
export class CreationError extends ActionError {
  /** Whether it may have taken effect. */
  readonly isInDoubt: boolean

  constructor({ message, kind }: ActionError, isInDoubt: boolean) {
    super(message, kind)
    this.isInDoubt = isInDoubt
  }
}

/** Returns the message of a thrown value, which need not be an error. */
export function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message
  return typeof message === 'string' ? message : String(thrown)
}

/** The message of a step that received SIGINT or SIGTERM: the runner does not report which of the three happened. */
export const STOPPED =
  'The step was stopped: the job was canceled, its time limit (timeout-minutes) expired, or the runner shut down.'

/** Whether the service would refuse every other request, too. */
export function isRefusal(error: ActionError | undefined): boolean {
  return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
}

/** Returns the result of some work, or its error. */
export async function resultOf<T>(work: Promise<T>): Promise<T | ActionError> {
  try {
    return await work
  } catch (error) {
    return error instanceof ActionError ? error : new ActionError(messageOf(error))
  }
}
