import type { Name, NameRecord, ProvenRecord } from '../names/record.ts'
import { type ControlKind, publicName, type Removable } from '../pinata/types.ts'

/** An access control that a step considered. */
interface Subject {
  kind: ControlKind
  /** The ID of the key, or the value of the origin. */
  subject: string
  name?: Name | undefined
  /** As Pinata returned it. */
  createdAt?: string | undefined
}

/** One to be revoked. */
export interface Selected extends Subject {
  /** `undefined` if the gateway does not list it and its ID is unknown. */
  control: Removable | undefined
  isListed: boolean
  /** The records to remove once it is revoked. */
  records: NameRecord[]
}

/** One that was considered and not selected. */
export interface Skipped extends Subject {
  reason: string
}

/** What a step revokes, name by name, and what else it reports. */
export interface Selection {
  groups: Selected[][]
  skipped: Skipped[]
  /** Records to remove if a second reading of the gateway does not list their access control either. */
  unlistedRecords: NameRecord[]
  /** Records that have a later record of the same access control. */
  supersededRecords: NameRecord[]
  /** Names with more records than the step reads. Nothing is removed for them. */
  partialNames: Name[]
  /** For a sweep: whether these records of one access control expired long enough ago. */
  isExpired?: (records: ProvenRecord[]) => boolean
}

/** The result for one that was selected. */
export type Outcome = 'revoked' | 'not-listed' | 'kept' | 'would be revoked' | 'not revoked' | 'not tried'

/** The results, in the order of the selection. */
export type Outcomes = Map<Selected, Outcome>

/** Returns a selection of these groups, and nothing else. */
export function selectionOf(groups: Selected[][]): Selection {
  return { groups, skipped: [], unlistedRecords: [], supersededRecords: [], partialNames: [] }
}

/** Selects an access control, with its records. */
export function selectedOf(control: Removable, records: NameRecord[] = [], isListed = true): Selected {
  const { kind, createdAt } = control
  return { kind, subject: publicName(control), name: records[0]?.name, createdAt, control, isListed, records }
}

/** Returns those with this outcome. */
export function withOutcome(outcomes: Outcomes, ...wanted: Outcome[]): Selected[] {
  return [...outcomes].filter(([, outcome]) => wanted.includes(outcome)).map(([selected]) => selected)
}

/** Returns what can be removed of them. */
export function controlsIn(selected: Selected[]): Removable[] {
  return selected.map(({ control }) => control).filter(control => control !== undefined)
}
