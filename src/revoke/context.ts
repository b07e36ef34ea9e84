import type { RevokeInputs } from '../inputs/read.ts'
import type { Name, NameRecord } from '../names/record-format.ts'
import type { Gateway, Removable } from '../pinata/types.ts'
import type { Clients } from '../step/step.ts'

/** The outcomes in reporting order. Each has a label (for origins, `removed` replaces `revoked`) and details. */
export const OUTCOMES = {
  revoked: ['revoked', ''],
  'would be revoked': ['would be revoked', ' (dry run)'],
  'not revoked': ['not revoked', ''],
  selected: ['skipped', ' because of an earlier error'],
  'not listed': ['not on the gateway', ''],
  kept: ['kept', ', because keep contains it'],
  'not selected': ['not selected', ', because {reason}'],
} as const
export type Outcome = keyof typeof OUTCOMES

/** An access control that is a candidate for revocation, and the outcome. */
export interface Item extends Pick<NameRecord, 'kind' | 'subject'> {
  name?: Name | undefined
  /** An unlisted key's `control` has no `createdAt`. An unlisted origin has no `control`, because its ID is unknown. */
  control?: Removable
  /** The records to remove once the access control is revoked. */
  records: NameRecord[]
  outcome: Outcome
  reason?: string | undefined
}

export interface Selection {
  items: Item[]
  /** Records to remove if they are old and their access controls are still unlisted when the gateway is read again. */
  unlistedRecords: NameRecord[]
  /** Records to remove if they are old. Their access controls also have records with later expiries. */
  supersededRecords: NameRecord[]
  /** The time from which ages are calculated, in milliseconds since 1970, or `NaN` if it is unknown or not needed. */
  nowMs: number
}

/** The context for revoking. `gateway` was read before any revocation, or is what `readGateway()` assumed. */
export interface RevokeContext extends Clients, Selection {
  inputs: RevokeInputs
  gateway: Gateway
  /** Names whose lists of records are incomplete or keep changing. Nothing is revoked or removed for these names. */
  partialNames: Name[]
  /** Whether a request by this step may have removed an access control. */
  mayHaveRemoved: boolean
}

/** Returns the items that have one of the outcomes. */
export function withOutcome(items: Item[], ...outcomes: Outcome[]): Item[] {
  return items.filter(({ outcome }) => outcomes.includes(outcome))
}
