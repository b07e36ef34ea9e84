/** The log and the annotations of a step. It removes secrets and workflow commands from what it prints. */
export interface Log {
  info(message: string): void
  warning(message: string): void
  debug(message: string): void
  /** Notes the request that is waiting for its response: `GET /gateways`. */
  asking(request: string): void
}
