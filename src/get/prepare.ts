import { ActionError } from '../errors.ts'
import { unlessItThrows } from '../http/reply.ts'
import { MAX_TRIES } from '../http/retry.ts'
import type { CreateInputs } from '../inputs/read.ts'
import type { Named } from '../names/record-format.ts'
import { creationOf } from '../pinata/labels.ts'
import { type AccessControl, controlsOf, type GatewayResult, isMatch } from '../pinata/types.ts'
import { setAll } from '../runner/outputs.ts'
import { type Phase, stateOf } from '../state/state.ts'
import type { Clients } from '../step/step.ts'

/** A step's inputs and clients, and the data that the step reads before it gets its access control. */
export type Context = Awaited<ReturnType<typeof prepare>>

/** An access control that a step creates or reuses. */
export interface Obtained {
  control: AccessControl
  isNew: boolean
  /** Whether a new access control has the requested value. Pinata might change an origin's value. */
  isAsRequested?: boolean
  /** The access control's name and expiry, once they are recorded. */
  named?: Named | undefined
  /** For the summary: the path of the content that the gateway served, and how long the step waited for it. */
  served?: string | undefined
}

/** The context of a step that has obtained its access control. */
export type Provided = Context & Obtained

/** Reads the gateway's `entries` (all keys, or the origin's entries) and their `proven` records. @throws ActionError */
export async function prepare(clients: Clients, inputs: CreateInputs) {
  const { wanted, waitFor, naming } = inputs
  // Read the records first. Otherwise, they could refer to an access control that is newer than the gateway's list.
  const recordList = naming && (await clients.records?.find(naming.name))
  const gateway = await readGateway(clients, inputs)
  const read = gateway instanceof ActionError ? undefined : gateway
  const address = { id: clients.address.id, url: clients.address.url || (read?.url ?? '') }
  if (waitFor !== undefined && address.url === '') {
    const why = gateway instanceof ActionError ? gateway.message : "Pinata's response does not contain it."
    const advice = "To avoid this, set gateway-id to the gateway's domain, or remove wait-for."
    throw new ActionError(`Could not use wait-for: the domain of gateway ${address.id} is unknown. ${why} ${advice}`)
  }
  const entries = read ? controlsOf(read).filter(each => isMatch(wanted, each)) : []
  const relevant = recordList?.records.filter(each => isMatch(wanted, each)) ?? []
  const { proven = [], unproven = [] } = clients.records?.partition(relevant, entries) ?? {}
  /** Saves the state for the post step; `undefined` clears it. @throws ActionError */
  const save = (phase: Phase | undefined) => {
    const state = stateOf({ gateway: address, wanted }, phase)
    setAll(state, clients.step.core.saveState, 'Could not save the state for the post step')
  }
  /** Saves the state but ignores failures, because a more important result or error is being handled. */
  const trySave = (phase: Phase | undefined) => void unlessItThrows(() => save(phase))
  const found = { recordList, gateway, readAtMs: read?.readAtMs, entries, proven, unproven }
  // `replaced` is the number of access controls that the step replaces. The `first-control` check ignores them.
  return { ...clients, ...found, inputs, wanted, address, replaced: 0, save, trySave }
}

/** How many times a step tries to read the gateway if it can create the key without a successful read. */
const OPTIONAL_TRIES = 3

/** Returns the gateway, or an error if it can't be read. @throws ActionError if the step can't proceed */
async function readGateway({ pinata, address }: Clients, inputs: CreateInputs): Promise<GatewayResult> {
  const { naming, firstControl, waitFor } = inputs
  const isKey = 'keyId' in inputs
  // The step needs the gateway's list to find what to reuse. A rotation reuses nothing, so it needs no list.
  const isRequired = !isKey || inputs.keyId !== undefined || (naming !== undefined && !inputs.rotate)
  // If `first-control` or `wait-for` needs the gateway, a later check reports a failure in a message about that input.
  const usesAllTries = isRequired || firstControl === 'fail' || (waitFor !== undefined && address.url === '')
  const read = pinata.gateway(address.id, usesAllTries ? MAX_TRIES : OPTIONAL_TRIES)
  // Errors other than `ActionError` are bugs, not outages, so rethrow them.
  const gateway = await read.catch(error => (error instanceof ActionError ? error : Promise.reject(error)))
  // A redirect shows that `api-url` does not point to Pinata. After a 401, Pinata would also reject the create request.
  const isFinal = gateway instanceof ActionError && (isRequired || ['redirect', 'unauthorized'].includes(gateway.kind))
  if (!isFinal) return gateway
  const failed = isKey ? '' : `Could not ${creationOf(inputs.wanted)}. `
  throw new ActionError(failed + gateway.message, gateway.kind)
}
