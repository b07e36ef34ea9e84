import { GitHubApi, HEADERS } from '../github/api.ts'
import { readRepository } from '../github/repository.ts'
import { Connection } from '../http/connection.ts'
import { Backoff, type Clock, Deadline } from '../http/retry.ts'
import { NameRecords } from '../names/records.ts'
import { PinataApi } from '../pinata/api.ts'
import type { Access, GatewayId } from '../pinata/types.ts'
import type { Runner } from '../runner/runner.ts'
import type { Secret } from '../secret.ts'
import type { CreateInputs } from './inputs.ts'

/** What a step works with. */
export interface Step extends Runner {
  clock: Clock
}

/** How long a step may take altogether, in milliseconds. Most of it is for rate limits that many jobs share. */
export const STEP_LIMIT_MS = 15 * 60_000
/** How long a step may take to revoke or to report what it created, whatever the rest took. In milliseconds. */
const RESERVE_MS = 60_000

/** What a step that gets an access control begins with. @throws ActionError if the gateway can't be found */
export async function openStep(inputs: CreateInputs, step: Step) {
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const api = openPinata(step, inputs, backoffOf(step, deadline))
  const id = await api.resolve(inputs.gateway)
  const records = inputs.naming && openRecords(step, inputs.naming.token, id, backoffOf(step, deadline))
  return { deadline, api, id, records }
}

/** A client for Pinata's API on a connection of its own. */
export function openPinata(step: Step, access: Access, backoff: Backoff): PinataApi {
  const connection = new Connection(access.apiUrl, { token: access.jwt }, networkOf(step))
  return new PinataApi(connection, access, backoff, secret => step.masks.add(secret.reveal()))
}

/** The records of names of a gateway's access controls. @throws ActionError if the runner does not say which repository it runs for */
export function openRecords(step: Step, token: Secret, gatewayId: GatewayId, backoff: Backoff): NameRecords {
  const repository = readRepository(step.env)
  const options = { token, label: 'GitHub: ', headers: HEADERS }
  const api = new GitHubApi(new Connection(repository.apiUrl, options, networkOf(step)), repository, backoff)
  return new NameRecords({ api, repository, gatewayId, log: step.log })
}

function networkOf({ log, masks }: Step) {
  return { log, redact: (text: string) => masks.redact(text) }
}

/** The pauses of a step's requests to one server; they end at once when the step is stopped. */
export function backoffOf({ clock, stopped }: Step, deadline: Deadline): Backoff {
  return new Backoff(clock, deadline, stopped)
}

/**
 * The same for revoking or reporting what a step created: with a time of its own that begins now, and goes on for some
 * seconds when the step is stopped.
 *
 * @returns makes it for each server
 */
export function reserveOf({ clock, graceEnded }: Step, ms = RESERVE_MS): () => Backoff {
  const deadline = new Deadline(clock, ms)
  return () => new Backoff(clock, deadline, graceEnded)
}
