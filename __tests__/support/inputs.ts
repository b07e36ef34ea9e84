import type { InputSource } from '../../src/inputs/credentials.ts'
import { Masks } from '../../src/runner/masks.ts'

export type Reader<T> = (source: InputSource) => T

export const UUID = 'b29aa046-cf12-4789-a66b-07860eb9a8b5'
/** A string in the form of a key's value. */
export const KEY_VALUE = 'aV3_'.repeat(16)

export const JWT = `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${'eyJzdWIiOiI'.repeat(8)}.c2lnbmF0dXJl`

/** Valid inputs for all actions. */
const VALID = { 'gateway-id': 'abc', 'pinata-jwt': JWT, 'github-token': 'ghs_0123456789abcdef' }
/** The text that messages show in place of a value that looks like a secret. */
export const HIDDEN = '(not shown, because it may contain a secret)'

/** Invalid inputs, and the message that rejects them. */
export type Rejection = [inputs: Record<string, string>, message: string]

/** Returns a table row for each value of an input. @param message receives the value in quotation marks */
export function rejections(input: string, values: string[], message: (quoted: string) => string): Rejection[] {
  return values.map(value => [{ [input]: value }, message(`"${value}"`)])
}

/** Reads these inputs. {@link VALID} contains the defaults. */
export function readInputs<T>(reader: Reader<T>, inputs: Record<string, string>, env: NodeJS.ProcessEnv = {}): T {
  const all: Record<string, string> = { ...VALID, ...inputs }
  return reader({ getInput: name => (all[name] ?? '').trim(), masks: new Masks(() => {}), env })
}

/** Returns the message if a function throws an ActionError. Rethrows other errors. */
export function messageFrom(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if ((error as Error).name !== 'ActionError') throw error
    return (error as Error).message
  }
}
