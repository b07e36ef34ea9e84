import { ActionError, messageOf } from '../errors.ts'
import type { CreateInputs } from '../inputs/read.ts'
import type { AccessControl, GatewayAddress } from '../pinata/types.ts'
import { type Phase, saveState } from '../state/state.ts'
import type { Clients, Step } from '../step.ts'
import { printable } from '../text.ts'

/** A new access control that is not yet passed on. */
export interface NewControl {
  control: AccessControl
  gateway: GatewayAddress
  clients: Clients
  save: SaveState
}

/** Saves the state for the post step; `undefined` clears it. @throws ActionError */
export type SaveState = (phase: Phase | undefined) => void

/** Returns how a step saves its state. */
export function stateSaver(gateway: GatewayAddress, { apiUrl, wanted }: CreateInputs, { core }: Step): SaveState {
  return phase => {
    try {
      saveState(core.saveState, { apiUrl, gateway, wanted }, phase)
    } catch (error) {
      throw new ActionError(`Could not save the state for the post step: ${printable(messageOf(error))}.`)
    }
  }
}

/** Ignores what the action throws, because a more important result or error is being handled. */
export function ignoreErrors(action: () => void): void {
  try {
    action()
  } catch {}
}
