import type * as core from '@actions/core'
import type { Secrets } from './secrets.ts'

/** What this action uses of `@actions/core`. */
export type Core = Pick<
  typeof core,
  'getInput' | 'setSecret' | 'setOutput' | 'saveState' | 'info' | 'warning' | 'error' | 'debug' | 'summary'
>

/**
 * The step's log and annotations. The runner masks what it knows to be secret; here the secrets are taken out before,
 * so that a text holds none wherever it goes.
 */
export interface Log {
  info(message: string): void
  warning(message: string): void
  error(message: string): void
  debug(message: string): void
}

const TITLE = { title: 'Pinata gateway key' }

/** @returns the log of a step that writes through `core` */
export function logTo(core: Core, secrets: Secrets): Log {
  return {
    info: message => core.info(secrets.redact(message)),
    warning: message => core.warning(secrets.redact(message), TITLE),
    error: message => core.error(secrets.redact(message), TITLE),
    debug: message => core.debug(secrets.redact(message)),
  }
}
