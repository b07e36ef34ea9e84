import { ActionError } from '../errors.ts'
import type { RevokeInputs, Selector } from '../inputs/read.ts'
import { byControl, earlierOf, groupBy, latestExpiry, OLD_RECORD_MS, SWEEP_AFTER_MS } from '../names/expiry.ts'
import type { Name, NameRecord } from '../names/record.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import type { ControlKind, Gateway, GatewayAddress, GatewayResult, KeyId, Removable } from '../pinata/types.ts'
import { controlsOf, publicName } from '../pinata/types.ts'
import { readableTime } from '../runner/summary.ts'
import type { Clients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'

/** Each outcome as a heading of the summary, and what the log says about an item. */
export const OUTCOMES = {
  revoked: ['Revoked', '{revoked}'],
  'would be revoked': ['Would be revoked', 'would be {revoked} (dry run)'],
  'not revoked': ['Not revoked', 'not {revoked}'],
  selected: ['Not tried', 'not {revoked}, because of an earlier error'],
  'not listed': ['Not on the gateway', 'not on the gateway'],
  kept: ['Kept', 'kept, because keep contains it'],
  'not selected': ['Not selected', 'not selected, because {reason}'],
} as const
export type Outcome = keyof typeof OUTCOMES

/** An access control that a step considers, and what happened to it. */
export interface Item {
  kind: ControlKind
  /** The ID of the key, or the value of the origin. */
  subject: string
  name?: Name | undefined
  /** `undefined` if the gateway does not list it and its ID is unknown. */
  control?: Removable
  isListed: boolean
  /** Whether a request that failed may have removed it. */
  isInDoubt?: boolean
  /** The records to remove once it is revoked. */
  records: NameRecord[]
  outcome: Outcome
  /** Why it was not selected. */
  reason?: string | undefined
}

/** What a step considers. */
export interface Selection {
  items: Item[]
  /** Records to remove if a second reading of the gateway does not list their access control either. */
  unlistedRecords: NameRecord[]
  /** Records that have a later record of the same access control. */
  supersededRecords: NameRecord[]
  /** Names with more records than the step reads. Nothing is removed for them. */
  partialNames: Name[]
  /** For a sweep: whether these records of one access control expired long enough ago. */
  isExpired?: (records: NameRecord[]) => boolean
}

/** The context of a revocation. */
export interface RevokeContext extends Clients {
  address: GatewayAddress
  /** The gateway before, or why it could not be read. */
  gateway: GatewayResult
  selection: Selection
  inputs: RevokeInputs
  step: Step
}

/** The client for records, and the lists it read before the gateway: one for each name, or one of all names. */
type Recorded = { records: NameRecords | undefined; lists: RecordList[] }

/** Returns the items with one of these outcomes. */
export function withOutcome(items: Item[], ...outcomes: Outcome[]): Item[] {
  return items.filter(({ outcome }) => outcomes.includes(outcome))
}

/** Selects what to revoke. @throws ActionError without the gateway, date or key in `replaced-by` that the selector needs */
export function select(selector: Selector, gateway: GatewayResult, recorded: Recorded): Selection {
  if (selector.by === 'key-id') return selectKeys(selector.keyIds, gateway)
  if (gateway instanceof ActionError) throw gateway
  if (selector.by === 'origin') return selectOrigins(selector.origins, gateway)
  if (selector.by === 'older-than') return selectOlder(selector, gateway)
  if (selector.by === 'expired') return selectExpired(gateway, recorded)
  return selectNames(selector.by === 'name' ? selector.replacedBy : undefined, gateway, recorded)
}

function selectionOf(items: Item[]): Selection {
  return { items, unlistedRecords: [], supersededRecords: [], partialNames: [] }
}

function itemOf(control: Removable, more: Pick<Partial<Item>, 'records' | 'reason' | 'isListed'>): Item {
  const item = { kind: control.kind, subject: publicName(control), name: more.records?.[0]?.name, control }
  const outcome = more.reason === undefined ? 'selected' : 'not selected'
  return { ...item, isListed: true, records: [], outcome, ...more }
}

function selectKeys(keyIds: KeyId[], gateway: GatewayResult): Selection {
  const isRead = !(gateway instanceof ActionError)
  const keys = isRead ? gateway.keys : []
  // IDs compare without case, but the exact one counts first.
  const byId = new Map(keys.map(key => [key.id.toLowerCase(), key]))
  for (const key of keys) byId.set(key.id, key)
  const select = (id: KeyId) => {
    const key = byId.get(id) ?? byId.get(id.toLowerCase())
    return itemOf(key ?? { kind: 'key', id }, { isListed: !isRead || key !== undefined })
  }
  return selectionOf(keyIds.map(select))
}

/** Selects all entries of each origin. */
function selectOrigins(values: string[], { origins }: Gateway): Selection {
  const entries = groupBy(origins, ({ value }) => value)
  const itemsOf = (subject: string): Item[] =>
    entries.get(subject)?.map(entry => itemOf(entry, {})) ?? [
      { kind: 'origin', subject, isListed: false, records: [], outcome: 'not listed' },
    ]
  return selectionOf(values.flatMap(itemsOf))
}

function selectOlder({ ms, age }: Extract<Selector, { by: 'older-than' }>, { keys, readAtMs }: Gateway): Selection {
  if (readAtMs === undefined) throw noDate('Pinata', 'api-url')
  const reasonOf = (createdAtMs: number) => {
    if (Number.isNaN(createdAtMs)) return 'Pinata returned no usable time of its creation'
    return createdAtMs < readAtMs - ms ? undefined : `it is not older than ${age}`
  }
  return selectionOf(keys.map(key => itemOf(key, { reason: reasonOf(Date.parse(key.createdAt)) })))
}

/** Compares records with the gateway, and warns about those that have no effect. */
function compare({ records: found }: RecordList, gateway: Gateway, records: NameRecords | undefined) {
  if (records === undefined) throw new Error('Names need the client for records.')
  const { proven, unlisted, unproven } = records.partition(found, controlsOf(gateway))
  records.warnOfUnproven(unproven)
  return { groups: [...byControl(proven)], unlisted }
}

function selectNames(replacedBy: KeyId | undefined, gateway: Gateway, { records, lists }: Recorded): Selection {
  const selection = selectionOf([])
  for (const list of lists) {
    const { groups, unlisted } = compare(list, gateway, records)
    const replacing = groups.find(([{ id }]) => String(id).toLowerCase() === replacedBy?.toLowerCase())?.[0]
    if (replacedBy && !(replacing && list.isComplete)) {
      throw new ActionError(
        `Nothing was revoked: key ${replacedBy} in replaced-by is not on the gateway or not recorded under the name ${list.name}. Set replaced-by to the key-id of the key that replaces the others.`,
      )
    }
    if (!list.isComplete) {
      selection.partialNames.push(list.name as Name)
      continue
    }
    const replacedAtMs = replacing ? Date.parse(replacing.createdAt) : undefined
    const replaced = groups.filter(
      ([{ kind, createdAt }]) => replacedAtMs === undefined || (kind === 'key' && Date.parse(createdAt) < replacedAtMs),
    )
    selection.items.push(...replaced.map(([control, its]) => itemOf(control, { records: its })))
    const isOld = ({ createdAtMs }: NameRecord) => (list.readAtMs ?? 0) - createdAtMs > OLD_RECORD_MS
    selection.unlistedRecords.push(...unlisted.filter(isOld))
  }
  return selection
}

/** Selects what expired more than an hour ago. */
function selectExpired(gateway: Gateway, { records, lists: [list] }: Recorded): Selection {
  if (gateway.readAtMs === undefined) throw noDate('Pinata', 'api-url')
  const nowMs = earlierOf(list?.readAtMs, gateway.readAtMs)
  if (list === undefined || nowMs === undefined) throw noDate('GitHub', 'GITHUB_API_URL')
  const { groups, unlisted } = compare(list, gateway, records)
  const isExpired = (its: NameRecord[]) => reasonToSkip(its, nowMs) === undefined
  const items = groups.map(([control, its]) => itemOf(control, { records: its, reason: reasonToSkip(its, nowMs) }))
  const isSuperseded = (record: NameRecord, its: NameRecord[]) =>
    !isExpired(its) && record.expiresAtMs < latestExpiry(its) && nowMs - record.createdAtMs > OLD_RECORD_MS
  return {
    ...selectionOf(items),
    unlistedRecords: unlisted.filter(record => isExpired([record])),
    supersededRecords: groups.flatMap(([, its]) => its.filter(record => isSuperseded(record, its))),
    isExpired,
  }
}

/** Why a sweep does not select what these records are about; `undefined` if it expired long enough ago. */
function reasonToSkip(records: NameRecord[], nowMs: number): string | undefined {
  const expiresAtMs = latestExpiry(records)
  if (!Number.isFinite(expiresAtMs)) return 'it does not expire'
  if (expiresAtMs + SWEEP_AFTER_MS < nowMs) return undefined
  const time = readableTime(expiresAtMs)
  return expiresAtMs > nowMs ? `it expires at ${time}` : `it expired at ${time}, less than an hour ago`
}

function noDate(service: string, setting: string): ActionError {
  return new ActionError(
    `Nothing was revoked: ${service}'s response has no usable date, and ages are measured by it. Check ${setting}, and whether a proxy responds instead of ${service}.`,
  )
}
