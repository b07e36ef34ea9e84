/** The kind of an API error. Only Pinata and GitHub send the first three kinds. Any server can send the others. */
export type ErrorKind = 'unauthorized' | 'forbidden' | 'not-found' | 'rate-limited' | 'redirect' | 'other'

/** An error that users can act on. Its one-line message shows what happened and what to do. Other errors are bugs. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly kind: ErrorKind

  constructor(message: string, kind: ErrorKind = 'other') {
    super(message)
    this.kind = kind
  }
}

/** The error if no response confirms that a create request succeeded. */
export class CreationError extends ActionError {
  /** Whether the request may have taken effect. */
  readonly isInDoubt: boolean

  constructor({ message, kind }: ActionError, isInDoubt: boolean) {
    super(message, kind)
    this.isInDoubt = isInDoubt
  }
}

/** Returns the message of a thrown value, even if the value is not an error. */
export function messageOf(thrown: unknown): string {
  return String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown)
}

/** The message for a step that a signal stopped. The runner does not report which of the three causes applies. */
export const STOPPED =
  'The step was stopped: the job was canceled, a time limit (timeout-minutes) expired, or the runner shut down.'

/** Returns whether an error shows that the service would also refuse all other requests. */
export function isRefusal(error: ActionError | undefined): boolean {
  return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
}

/** Returns the result of `work`. If `work` is rejected, returns the error as an `ActionError`. */
export function resultOf<T>(work: Promise<T>): Promise<T | ActionError> {
  return work.catch((error: unknown) => (error instanceof ActionError ? error : new ActionError(messageOf(error))))
}
