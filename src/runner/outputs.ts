import { ActionError, messageOf } from '../errors.ts'
import { oneLine } from '../printable-text.ts'
import type { Core } from './log.ts'

/** Sets a step's outputs. @throws ActionError if the runner does not accept them @param failure starts its message */
export function setOutputs(outputs: Record<string, string>, core: Core, failure = 'Could not set the outputs'): void {
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  } catch (error) {
    throw new ActionError(`${failure}: ${oneLine(messageOf(error))}.`)
  }
}
