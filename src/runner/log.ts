import { debug, error, getInput, info, saveState, setOutput, setSecret, warning } from '@actions/core'
import { count, withoutCommands } from '../printable-text.ts'
import type { Masks } from './masks.ts'

/** The parts of `@actions/core` that this action uses. Importing only these keeps the rest out of the bundle. */
export const core = { debug, error, getInput, info, saveState, setOutput, setSecret, warning }
export type Core = typeof core

/** Returns a step's log, which writes a limited amount through `core`. @param title the title of its annotations */
export function logTo(core: Core, masks: Masks, title: string) {
  // Each level has its own limits, so that other lines can't crowd out warnings. Errors are unlimited.
  const infoLeft = { messages: 300, bytes: 32 * 1024, refused: 0 }
  const [warningLeft, debugLeft] = [{ ...infoLeft }, { ...infoLeft }]
  const warnings: string[] = []
  // The runner also masks secrets. Removing them here keeps them out of annotations and debug files as well.
  const clean = (message: string) => withoutCommands(masks.redact(message))
  const limited = (left: typeof infoLeft, print: (message: string) => void) => (message: string) => {
    const text = clean(message)
    const bytes = Buffer.byteLength(text)
    if (left.messages === 0 || left.bytes < bytes) return void left.refused++
    left.messages--
    left.bytes -= bytes
    print(text)
  }
  return {
    info: limited(infoLeft, core.info),
    warning: limited(warningLeft, message => {
      warnings.push(message)
      core.warning(message, { title })
    }),
    warnings,
    error: (message: string) => core.error(clean(message), { title }),
    debug: limited(debugLeft, core.debug),
    lastRequest: 'none',
    close: () => {
      const refused = infoLeft.refused + warningLeft.refused
      if (refused > 0) core.info(`The log omits ${count(refused, 'more message')}.`)
      if (debugLeft.refused > 0) core.debug(`The log omits ${count(debugLeft.refused, 'more message')}.`)
    },
  }
}
