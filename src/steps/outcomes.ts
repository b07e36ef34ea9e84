import type { Removable } from '../pinata/types.ts'
import type { Selected } from './selection.ts'

/** What became of one that was selected. */
export type Outcome = 'revoked' | 'not-listed' | 'kept' | 'would be revoked' | 'not revoked' | 'not tried'

/** What became of each that was selected, in the order of the selection. */
export type Outcomes = Map<Selected, Outcome>

/** Those with this outcome. */
export function withOutcome(outcomes: Outcomes, outcome: Outcome): Selected[] {
  return [...outcomes].filter(([, each]) => each === outcome).map(([one]) => one)
}

/** Those that are not on the gateway any more. */
export function goneOf(outcomes: Outcomes): Selected[] {
  return [...withOutcome(outcomes, 'revoked'), ...withOutcome(outcomes, 'not-listed')]
}

/** What can be removed of them. */
export function controlsIn(selected: Selected[]): Removable[] {
  return selected.map(({ control }) => control).filter(control => control !== undefined)
}
