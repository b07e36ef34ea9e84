import { debug, error, getInput, info, saveState, setOutput, setSecret, warning } from '@actions/core'
import { count, withoutCommands } from '../printable-text.ts'
import type { Masks } from './masks.ts'

/** The parts of `@actions/core` that this action uses. Importing only these keeps the rest out of the bundle. */
export const core = { debug, error, getInput, info, saveState, setOutput, setSecret, warning }
export type Core = typeof core

/** The most that a step prints at each level, so that other lines don't displace warnings. Errors are not limited. */
const LIMITS = { messages: 300, bytes: 32 * 1024 }

/** Returns the log of a step, which writes a limited amount through `core`. @param title the annotations' title */
export function logTo(core: Core, masks: Masks, title: string) {
  const info = { ...LIMITS, refused: 0 }
  const [warning, debug] = [{ ...info }, { ...info }]
  const warnings: string[] = []
  // The runner also masks secrets. Removing them here keeps them out of annotations and debug files as well.
  const clean = (message: string) => withoutCommands(masks.redact(message))
  const limited = (left: typeof info, print: (message: string) => void) => (message: string) => {
    const text = clean(message)
    const bytes = Buffer.byteLength(text)
    if (left.messages === 0 || left.bytes < bytes) return void left.refused++
    left.messages--
    left.bytes -= bytes
    print(text)
  }
  return {
    info: limited(info, core.info),
    warning: limited(warning, message => {
      warnings.push(message)
      core.warning(message, { title })
    }),
    warnings,
    error: (message: string) => core.error(clean(message), { title }),
    debug: limited(debug, core.debug),
    lastRequest: 'none',
    close: () => {
      const refused = info.refused + warning.refused
      if (refused > 0) core.info(`Left out ${count(refused, 'more message')}.`)
      if (debug.refused > 0) core.debug(`Left out ${count(debug.refused, 'more message')}.`)
    },
  }
}
