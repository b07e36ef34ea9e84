import type * as core from '@actions/core'
import type { Log } from '../log.ts'
import { withoutCommands } from '../text.ts'
import type { Masks } from './masks.ts'

/** The part of `@actions/core` that this action uses. */
export type Core = Pick<
  typeof core,
  'getInput' | 'setSecret' | 'setOutput' | 'saveState' | 'info' | 'warning' | 'error' | 'debug' | 'summary'
>

/** The log of a step, with what its last messages need. */
export interface StepLog extends Log {
  error(message: string): void
  /** The request that was noted last. */
  readonly asked: string
  /** Prints how many messages were left out, if any. */
  close(): void
}

/** How much a step prints at most. Debug lines have separate limits of the same size. Errors are not limited. */
const MAX_MESSAGES = 300
const MAX_BYTES = 32 * 1024

/**
 * @param title of the annotations
 * @returns the log of a step, which writes a limited amount through `core`
 */
export function logTo(core: Core, masks: Masks, title: string): StepLog {
  const [all, debug] = [new Budget(), new Budget()]
  let asked = 'nothing'
  // The runner masks secrets too. Removing them here keeps them out of annotations and debug files as well.
  const clean = (message: string) => withoutCommands(masks.redact(message))
  const limited = (budget: Budget, print: (message: string) => void) => (message: string) => {
    const text = clean(message)
    if (budget.take(text)) print(text)
  }
  return {
    info: limited(all, core.info),
    warning: limited(all, message => core.warning(message, { title })),
    error: message => core.error(clean(message), { title }),
    debug: limited(debug, core.debug),
    asking: request => {
      asked = request
    },
    get asked() {
      return asked
    },
    close: () => {
      if (all.refused > 0) core.info(`${all.refused} more messages were left out.`)
      if (debug.refused > 0) core.debug(`${debug.refused} more messages were left out.`)
    },
  }
}

class Budget {
  refused = 0
  #messages = 0
  #bytes = 0

  take(text: string): boolean {
    const bytes = Buffer.byteLength(text)
    if (this.#messages >= MAX_MESSAGES || this.#bytes + bytes > MAX_BYTES) {
      this.refused++
      return false
    }
    this.#messages++
    this.#bytes += bytes
    return true
  }
}
