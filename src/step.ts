import { GitHubApi, HEADERS } from './github/api.ts'
import { readRepository } from './github/repository.ts'
import type { ConnectionOptions, Exchanger } from './http/connection.ts'
import { Backoff, type Clock, Deadline } from './http/retry.ts'
import { nameWarning } from './inputs/parse.ts'
import type { CreateInputs, RevokeInputs } from './inputs/read.ts'
import type { Name } from './names/record.ts'
import { NameRecords } from './names/records.ts'
import { PinataApi } from './pinata/api.ts'
import type { ApiCredentials, GatewayId } from './pinata/types.ts'
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
 * Creates the clients, and finds the gateway. Warns of names that look incomplete.
 *
 * @param token for GitHub, if the step uses names
 * @throws ActionError if the gateway can't be found
 */
export async function openClients(
  inputs: CreateInputs | RevokeInputs,
  token: Secret | undefined,
  step: Step,
): Promise<Clients> {
  for (const warning of namesIn(inputs).map(nameWarning)) if (warning) step.log.warning(warning)
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const backoff = (server: Server) => new Backoff(step.clock, deadline, step.stopped, reporter(server, step))
  const pinata = openPinata(inputs, backoff('Pinata'), step)
  const gatewayId = await pinata.resolve(inputs.gateway)
  const records = token && openRecords({ token, gatewayId }, backoff('GitHub'), step)
  return { deadline, pinata, gatewayId, records }
}

function namesIn(inputs: CreateInputs | RevokeInputs): Name[] {
  if ('naming' in inputs) return inputs.naming ? [inputs.naming.name] : []
  return inputs.selector.by === 'name' ? inputs.selector.names : []
}

/** Creates the client for Pinata's API. */
export function openPinata(credentials: ApiCredentials, backoff: Backoff, step: Step): PinataApi {
  const connection = step.connect(credentials.apiUrl, { token: credentials.jwt })
  const mask = (secret: Secret) => step.masks.add(secret.reveal())
  return new PinataApi({ connection, credentials, mask }, backoff)
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
export function cleanupBackoff(step: Step, server: Server = 'Pinata', ms = CLEANUP_LIMIT_MS): Backoff {
  return new Backoff(step.clock, new Deadline(step.clock, ms), step.graceEnded, reporter(server, step))
}

/**
 * Returns the waits while a step looks for a record before it revokes. Call it before the request for the record, because
 * the time of a stopped step counts from the stop.
 */
export function lookupBackoff(step: Step): () => Backoff {
  const { clock, stopped } = step
  const end = new AbortController()
  stopped.addEventListener('abort', () => setTimeout(() => end.abort(), LOOKUP_GRACE_MS).unref(), { once: true })
  return () => new Backoff(clock, new Deadline(clock, CLEANUP_LIMIT_MS), end.signal, reporter('GitHub', step))
}

type Server = 'Pinata' | 'GitHub'

/** Returns what logs the long waits for a server. */
function reporter(server: Server, { log }: Step): (message: string) => void {
  return message => log.info(`${server}: ${message}`)
}
