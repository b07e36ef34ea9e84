import { ActionError, messageOf } from '../errors.ts'
import { unlessItThrows } from '../http/reply.ts'
import type { CreateInputs } from '../inputs/read.ts'
import type { Named } from '../names/record-format.ts'
import type { AccessControl, GatewayResult } from '../pinata/types.ts'
import { oneLine } from '../printable-text.ts'
import { type Phase, saveState } from '../state/state.ts'
import type { Clients } from '../step/clients.ts'

/** A step that gets an access control. `gateway.accessControls` does not count the entries that the step replaces. */
export type Context<I extends CreateInputs = CreateInputs> = ReturnType<typeof contextOf<I, GatewayResult>>

/** Returns the context of a step. @throws ActionError if `wait-for` is set and the gateway's domain is unknown */
export function contextOf<I extends CreateInputs, G extends GatewayResult>(clients: Clients, inputs: I, gateway: G) {
  const { wanted, waitFor } = inputs
  const { id, url } = clients.address
  const address = gateway instanceof ActionError ? clients.address : { id, url: url || gateway.url }
  if (waitFor !== undefined && address.url === '') {
    const why = gateway instanceof ActionError ? gateway.message : "Pinata's response does not contain it."
    throw new ActionError(
      `Could not use wait-for: the domain of gateway ${address.id} is unknown. ${why} Set gateway-id to the gateway's domain, or remove wait-for.`,
    )
  }
  /** Saves the state for the post step; `undefined` clears it. @throws ActionError */
  const save = (phase: Phase | undefined) => {
    try {
      saveState(clients.step.core.saveState, { gateway: address, wanted }, phase)
    } catch (error) {
      throw new ActionError(`Could not save the state for the post step: ${oneLine(messageOf(error))}.`)
    }
  }
  /** Saves the state, but ignores a failure, because a more important result or error is being handled. */
  const trySave = (phase: Phase | undefined) => void unlessItThrows(() => save(phase))
  return { ...clients, inputs, gateway, address, save, trySave }
}

/** The access control that a step gets. */
export interface Obtained {
  control: AccessControl
  isNew: boolean
  /** The access control's name and expiry, once it is recorded under the step's name. */
  named: Named | undefined
  /** How long the gateway took to accept the access control, in milliseconds; set once the step has waited for that. */
  waitedMs?: number | undefined
}

export type Provided = Context & Obtained
