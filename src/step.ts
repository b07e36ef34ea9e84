import * as core from '@actions/core'
import { ActionError, messageOf } from './errors.ts'
import { Connection } from './http.ts'
import type { Access, GatewayId, GitHubToken } from './inputs.ts'
import { type Core, type Log, logTo } from './log.ts'
import type { KeyRecords } from './names.ts'
import { PinataApi } from './pinata.ts'
import { type Clock, Patience, systemClock } from './retry.ts'
import { Secrets } from './secrets.ts'
import { printable } from './text.ts'

/** What a step works with. */
export interface Step {
  core: Core
  secrets: Secrets
  log: Log
  clock: Clock
  /** The variables that the runner set. */
  env: NodeJS.ProcessEnv
  /** Aborts when the runner cancels the job: it sends SIGINT, 7.5 seconds later SIGTERM, and 2.5 seconds later it kills. */
  cancelled: AbortSignal
}

/** A client for Pinata's API on a connection of its own. */
export function openApi({ log, secrets }: Step, access: Pick<Access, 'apiUrl' | 'jwt'>, patience: Patience): PinataApi {
  const connection = new Connection(access.apiUrl, { token: access.jwt, redact: text => secrets.redact(text) })
  return new PinataApi(connection, access, patience, log.debug)
}

/** The records of a gateway's named keys. Without a name, their code is not even loaded. @throws ActionError */
export async function openRecords(
  step: Step,
  token: GitHubToken,
  gatewayId: GatewayId,
  patience: Patience,
): Promise<KeyRecords> {
  const { KeyRecords } = await import('./names.ts')
  return new KeyRecords(step, token, gatewayId, patience)
}

/** The patience of a step, which ends at once when the job is cancelled. */
export function patienceOf({ clock, cancelled }: Step, limitMs: number): Patience {
  return new Patience(clock, limitMs, cancelled)
}

/**
 * A signal that aborts this long after the job is cancelled, for work that should still come to its end then.
 *
 * @param graceMs less than the ten seconds after which the runner kills
 */
export function afterCancellation({ cancelled }: Step, graceMs: number): AbortSignal {
  const grace = new AbortController()
  const start = () => setTimeout(() => grace.abort(), graceMs).unref()
  if (cancelled.aborted) start()
  else cancelled.addEventListener('abort', start, { once: true })
  return grace.signal
}

/** How long a process may go on when its work is done. In milliseconds. */
const LINGER_MS = 1000

/** How a failure is reported: red, or where the job's outcome must not change, as a warning. */
export type OnFailure = 'fail' | 'warn'

/**
 * Runs one entry of the action as a process of its own: reports what it throws in one line, and ends the process
 * even if a connection still hangs.
 */
export async function runStep(work: (step: Step) => Promise<void>, onFailure: OnFailure): Promise<void> {
  const secrets = new Secrets(core.setSecret)
  const log = logTo(core, secrets)
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancel.abort())
  const end = (thrown?: unknown) => {
    if (thrown !== undefined) {
      report(thrown, log, onFailure)
      process.exitCode = onFailure === 'fail' ? core.ExitCode.Failure : core.ExitCode.Success
    }
    // The process ends by itself when the log has taken all, as no idle connection holds it. It is ended only if
    // something else does: Node 24 can hang for ever in process.exit() while V8 compiles in the background.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
  process.on('uncaughtException', end)
  await work({ core, secrets, log, clock: systemClock, env: process.env, cancelled: cancel.signal }).then(
    () => end(),
    end,
  )
}

function report(thrown: unknown, log: Log, onFailure: OnFailure): void {
  const tell = onFailure === 'fail' ? log.error : log.warning
  if (thrown instanceof ActionError) {
    tell(thrown.message)
    return
  }
  if (thrown instanceof Error && thrown.stack !== undefined) log.debug(thrown.stack)
  tell(
    `Unexpected error: ${printable(messageOf(thrown))}. Please report it as an issue of this action; run the job with debug logging for the details.`,
  )
}
