/** The log and the annotations of a step. What is written to it holds no secret by then, and starts no command. */
export interface Log {
  info(message: string): void
  warning(message: string): void
  debug(message: string): void
  /** Notes the request whose answer is waited for: `GET /gateways`. */
  asking(request: string): void
}
