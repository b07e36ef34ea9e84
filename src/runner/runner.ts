import * as core from '@actions/core'
import { ActionError, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { printable } from '../text.ts'
import { type Core, logTo, type StepLog } from './log.ts'
import { Masks } from './masks.ts'

/** What the runner gives to a step, and takes from it. */
export interface Runner {
  core: Core
  masks: Masks
  log: Log
  /** The variables that the runner set. */
  env: NodeJS.ProcessEnv
  /** Aborts when the runner stops the step: it sends SIGINT, 7.5 seconds later SIGTERM, and 2.5 seconds later it kills. */
  stopped: AbortSignal
  /** Aborts some seconds later, when there is no time left to revoke or to report what was created. */
  graceEnded: AbortSignal
}

/** How long a step may go on after it was stopped, to revoke or to report what it created. In milliseconds. */
const GRACE_MS = 6_000
/** How long a process may go on when its work is done. In milliseconds. */
const LINGER_MS = 500

/** A signal that aborts when a step that was stopped has no time left to clean up. */
export function endOfGrace(stopped: AbortSignal): AbortSignal {
  const grace = new AbortController()
  stopped.addEventListener('abort', () => setTimeout(() => grace.abort(), GRACE_MS).unref(), { once: true })
  return grace.signal
}

/** How a failure is reported: red, or where the job's outcome must not change, as a warning. */
export type OnFailure = 'fail' | 'warn'

export interface RunOptions {
  onFailure: OnFailure
  /** The title of the annotations. */
  title: string
  /** What a failure means, as a sentence that is added to one that nobody foresaw. */
  about?: string
}

/**
 * Runs one stage of a step as a process of its own: reports what it throws in one line, and ends the process even if a
 * connection still hangs. It does not end without a word: work that has not settled when the process has nothing left to
 * do is a failure.
 */
export async function run(work: (runner: Runner) => Promise<void>, options: RunOptions): Promise<void> {
  const { onFailure, title, about = '' } = options
  const masks = new Masks(core.setSecret)
  const log = logTo(core, masks, title)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  let ended = false
  const end = (thrown?: unknown) => {
    if (ended) return
    ended = true
    log.close()
    if (thrown !== undefined) {
      report(thrown, log, onFailure, about)
      process.exitCode = onFailure === 'fail' ? core.ExitCode.Failure : core.ExitCode.Success
    }
    // The process ends by itself when the log has taken all, as no idle connection holds it. It is ended only if
    // something else does: Node 24 can hang for ever in process.exit() while V8 compiles in the background.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
  process.on('uncaughtException', end)
  process.on('beforeExit', () => {
    const what = `The step ended before its work was done: it was waiting for the answer to ${log.asked}.`
    end(new ActionError(`${what} ${about}Please report it as an issue of this action.`))
  })
  const stopped = stop.signal
  const runner = { core, masks, log, env: process.env, stopped, graceEnded: endOfGrace(stopped) }
  await work(runner).then(() => end(), end)
}

function report(thrown: unknown, log: StepLog, onFailure: OnFailure, about: string): void {
  const tell = onFailure === 'fail' ? log.error : log.warning
  if (thrown instanceof ActionError) {
    tell(thrown.message)
    return
  }
  if (thrown instanceof Error && thrown.stack !== undefined) log.debug(thrown.stack)
  tell(
    `Unexpected error: ${printable(messageOf(thrown))}. ${about}Please report it as an issue of this action; run the job with debug logging for the details.`,
  )
}
