import * as core from '@actions/core'
import { ActionError, messageOf } from '../errors.ts'
import { Connection } from '../http/connection.ts'
import { type Clock, Deadline, Patience, systemClock } from '../http/retry.ts'
import { KeyRecords } from '../names/records.ts'
import { PinataApi } from '../pinata/api.ts'
import { type Core, type Log, logTo } from '../runner/log.ts'
import { Secrets } from '../runner/masks.ts'
import { printable } from '../text.ts'
import type { Access, GatewayId, GitHubToken } from './inputs.ts'

/** What a step works with. */
export interface Step {
  core: Core
  secrets: Secrets
  log: Log
  clock: Clock
  /** The variables that the runner set. */
  env: NodeJS.ProcessEnv
  /** Aborts when the runner stops the step: it sends SIGINT, 7.5 seconds later SIGTERM, and 2.5 seconds later it kills. */
  cancelled: AbortSignal
  /** Aborts some seconds later, when there is no time left to revoke or to name what was created. */
  graceEnded: AbortSignal
}

/** A client for Pinata's API on a connection of its own. */
export function openApi({ log, secrets }: Step, access: Pick<Access, 'apiUrl' | 'jwt'>, patience: Patience): PinataApi {
  const connection = new Connection(access.apiUrl, { token: access.jwt, redact: text => secrets.redact(text) })
  return new PinataApi(connection, access, patience, log)
}

/** The records of a gateway's named keys. @throws ActionError if the runner does not say which repository it runs for */
export function openRecords(step: Step, token: GitHubToken, gatewayId: GatewayId, patience: Patience): KeyRecords {
  return new KeyRecords(step, token, gatewayId, patience)
}

/** The patience of a step with one server, which ends at once when the step is stopped. */
export function patienceOf({ clock, cancelled }: Step, deadline: Deadline): Patience {
  return new Patience(clock, deadline, cancelled)
}

/** How long a step may go on after it was stopped, to revoke or to name what it created. In milliseconds. */
const GRACE_MS = 6_000
/** How long a step may take to revoke or to name what it created, whatever the rest took. In milliseconds. */
const RESERVE_MS = 60_000

/**
 * The patience with which a step revokes or names what it created: a time of its own that begins now, and goes on for
 * some seconds when the step is stopped.
 *
 * @returns makes it for each server
 */
export function reserveOf(step: Step, ms = RESERVE_MS): () => Patience {
  const deadline = new Deadline(step.clock, ms)
  return () => new Patience(step.clock, deadline, step.graceEnded)
}

/** A signal that aborts when a step that was stopped has no time left to clean up. */
export function endOfGrace(cancelled: AbortSignal): AbortSignal {
  const grace = new AbortController()
  cancelled.addEventListener('abort', () => setTimeout(() => grace.abort(), GRACE_MS).unref(), { once: true })
  return grace.signal
}

/** How long a process may go on when its work is done. In milliseconds. */
const LINGER_MS = 500

/** How a failure is reported: red, or where the job's outcome must not change, as a warning. */
export type OnFailure = 'fail' | 'warn'

/**
 * Runs one entry of the action as a process of its own: reports what it throws in one line, and ends the process
 * even if a connection still hangs. It does not end without a word: work that has not settled when the process has
 * nothing left to do is a failure.
 *
 * @param about what a failure means, as a sentence that is added to one that nobody foresaw
 */
export async function runStep(work: (step: Step) => Promise<void>, onFailure: OnFailure, about = ''): Promise<void> {
  const secrets = new Secrets(core.setSecret)
  const log = logTo(core, secrets)
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancel.abort())
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
  const cancelled = cancel.signal
  const step = {
    core,
    secrets,
    log,
    clock: systemClock,
    env: process.env,
    cancelled,
    graceEnded: endOfGrace(cancelled),
  }
  await work(step).then(() => end(), end)
}

function report(thrown: unknown, log: Log, onFailure: OnFailure, about: string): void {
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
