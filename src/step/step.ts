import { GitHubApi, HEADERS } from '../github/api.ts'
import { readRepository } from '../github/repository.ts'
import type { ConnectionOptions, Exchanger } from '../http/connection.ts'
import { type Backoff, type Clock, Deadline } from '../http/retry.ts'
import { nameWarning } from '../inputs/name.ts'
import type { CreateInputs, RevokeInputs } from '../inputs/read.ts'
import { NameRecords } from '../names/records.ts'
import { PinataApi } from '../pinata/api.ts'
import type { ApiCredentials, GatewayId } from '../pinata/types.ts'
import type { Runner } from '../runner/signals-and-exit.ts'
import type { Secret } from '../secret.ts'
import { backoffFor, type GraceSignals, STEP_LIMIT_MS } from './time-limits.ts'

/** Everything that a step uses: the runner, a clock, and connections. Tests replace these. */
export interface Step extends Runner, GraceSignals {
  clock: Clock
  /** @param baseUrl without a trailing slash */
  connect(baseUrl: string, options: ConnectionOptions): Exchanger
}

/** A step and its API clients. The clients' `with()` methods return clients with different time limits, for cleanup. */
export type Clients = Awaited<ReturnType<typeof openClients>>

/** Creates the clients, finds the gateway, and warns about incomplete names. @throws ActionError */
export async function openClients(inputs: CreateInputs | RevokeInputs, step: Step) {
  // Of the selectors, only the name selector has names. Some of the others have only a token.
  const naming = 'selector' in inputs ? inputs.selector : inputs.naming
  const names = naming && 'name' in naming ? [naming.name] : (naming?.names ?? [])
  for (const warning of names.map(nameWarning)) if (warning) step.log.warning(warning)
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const pinata = openPinata(inputs, backoffFor('Pinata', deadline, step), step)
  const address = await pinata.resolve(inputs.gateway)
  const records = naming?.token && openRecords(naming.token, address.id, backoffFor('GitHub', deadline, step), step)
  return { step, deadline, pinata, address, records }
}

/** Creates the client for Pinata's API. */
export function openPinata(credentials: ApiCredentials, backoff: Backoff, step: Step): PinataApi {
  const connection = step.connect(credentials.apiUrl, { token: credentials.jwt })
  return new PinataApi({ connection, credentials, mask: secret => step.masks.add(secret.reveal()) }, backoff)
}

/** Creates the client for a gateway's records. @throws ActionError if runner variables don't identify a repository */
export function openRecords(token: Secret, gatewayId: GatewayId, backoff: Backoff, step: Step) {
  const repository = readRepository(step.env)
  const connection = step.connect(repository.apiUrl, { token, label: 'GitHub: ', headers: HEADERS })
  return new NameRecords(new GitHubApi(connection, repository, backoff), { repository, gatewayId }, step.log)
}
