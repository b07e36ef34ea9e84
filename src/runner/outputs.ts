import { ActionError, messageOf } from '../errors.ts'
import { oneLine } from '../printable-text.ts'

/** Writes outputs or the state. @throws ActionError, with a message that starts with `failure`, if a write fails */
export function setAll(values: Record<string, string>, set: (name: string, value: string) => void, failure: string) {
  try {
    for (const [name, value] of Object.entries(values)) set(name, value)
  } catch (error) {
    throw new ActionError(`${failure}: ${oneLine(messageOf(error))}.`)
  }
}
