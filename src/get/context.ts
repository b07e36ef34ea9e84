import { ActionError, messageOf } from '../errors.ts'
import type { CreateInputs } from '../inputs/read.ts'
import type { Named } from '../names/record.ts'
import type { AccessControl, GatewayAddress, GatewayResult } from '../pinata/types.ts'
import { type Phase, saveState } from '../state/state.ts'
import type { Clients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { printable } from '../text.ts'

/** A step that gets an access control, and the gateway as the step found it. */
export interface Context extends Clients {
  inputs: CreateInputs
  step: Step
  /** The gateway before, without what the step removes to replace it; or why it could not be read. */
  gateway: GatewayResult
  address: GatewayAddress
}

/** The access control that a step gets. */
export interface Obtained {
  control: AccessControl
  /** Whether this step created it. */
  isNew: boolean
  /** Its name and expiry, once it is recorded under the step's name. */
  named: Named | undefined
  /** How long the gateway took to accept it, in milliseconds, once the step has waited for that. */
  waitedMs?: number | undefined
}

/** The access control that a step gets, and everything about the step. */
export type Provided = Context & Obtained

/** Saves the state for the post step; `undefined` clears it. @throws ActionError */
export function save({ address: gateway, inputs: { apiUrl, wanted }, step }: Context, phase: Phase | undefined): void {
  try {
    saveState(step.core.saveState, { apiUrl, gateway, wanted }, phase)
  } catch (error) {
    throw new ActionError(`Could not save the state for the post step: ${printable(messageOf(error))}.`)
  }
}

/** Saves the state if possible, because a more important result or error is being handled. */
export function trySave(context: Context, phase: Phase | undefined): void {
  try {
    save(context, phase)
  } catch {}
}
