import { GitHubApi, HEADERS } from './github/api.ts'
import { readRepository } from './github/repository.ts'
import type { ConnectionOptions, Exchanger } from './http/connection.ts'
import { Backoff, type Clock, Deadline } from './http/retry.ts'
import type { GatewayInputs } from './inputs/read.ts'
import { NameRecords } from './names/records.ts'
import { PinataApi } from './pinata/api.ts'
import { resolveGateway } from './pinata/resolve.ts'
import type { Access, GatewayId } from './pinata/types.ts'
import type { Runner } from './runner/runner.ts'
import type { Secret } from './secret.ts'

/** Everything a step works with: the runner, time, and connections. Tests replace them. */
export interface Step extends Runner {
  clock: Clock
  /** @param baseUrl without a trailing slash */
  connect(baseUrl: string, options: ConnectionOptions): Exchanger
}

/** The API clients of a step. Each is created once; a cleanup uses views on them with other time limits. */
export interface Clients {
  deadline: Deadline
  pinata: PinataApi
  gatewayId: GatewayId
  /** The records of names, if the step uses names. */
  records: NameRecords | undefined
}

/** How long a step may take, in milliseconds. The protocol for names depends on it (src/names/expiry.ts). */
const STEP_LIMIT_MS = 15 * 60_000
/** How long a step may take in addition to revoke or report what it created. In milliseconds. */
const CLEANUP_LIMIT_MS = 60_000
/** When a stopped step ends its lookup of a record, so that some seconds are left to revoke. In milliseconds. */
const LOOKUP_GRACE_MS = 4_000

/**
 * Creates the clients, and finds the gateway.
 *
 * @param token for GitHub, if the step uses names
 * @throws ActionError if the gateway can't be found
 */
export async function openClients(inputs: GatewayInputs, token: Secret | undefined, step: Step): Promise<Clients> {
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const backoff = () => new Backoff(step.clock, deadline, step.stopped)
  const pinata = openPinata(inputs, backoff(), step)
  const gatewayId = await resolveGateway(pinata, inputs.gateway)
  const records = token && openRecords({ token, gatewayId }, backoff(), step)
  return { deadline, pinata, gatewayId, records }
}

/** Creates the client for Pinata's API. */
export function openPinata(access: Access, backoff: Backoff, step: Step): PinataApi {
  const connection = step.connect(access.apiUrl, { token: access.jwt })
  return new PinataApi(connection, access, backoff, secret => step.masks.add(secret.reveal()))
}

/**
 * Creates the client for the records of a gateway's access controls.
 *
 * @throws ActionError if the runner does not say which repository it runs for
 */
export function openRecords(
  { token, gatewayId }: { token: Secret; gatewayId: GatewayId },
  backoff: Backoff,
  step: Step,
): NameRecords {
  const repository = readRepository(step.env)
  const connection = step.connect(repository.apiUrl, { token, label: 'GitHub: ', headers: HEADERS })
  return new NameRecords(new GitHubApi(connection, repository, backoff), { repository, gatewayId }, step.log)
}

/**
 * The waits while a step revokes or reports what it created: with a time limit that starts now. They leave a stopped step
 * some seconds.
 */
export function cleanupBackoff({ clock, graceEnded }: Step, ms = CLEANUP_LIMIT_MS): Backoff {
  return new Backoff(clock, new Deadline(clock, ms), graceEnded)
}

/** The waits while a step looks for a record before it revokes. */
export function lookupBackoff({ clock, stopped }: Step): Backoff {
  const end = new AbortController()
  const endSoon = () => setTimeout(() => end.abort(), LOOKUP_GRACE_MS).unref()
  if (stopped.aborted) endSoon()
  else stopped.addEventListener('abort', endSoon, { once: true })
  return new Backoff(clock, new Deadline(clock, CLEANUP_LIMIT_MS), end.signal)
}
