import { ActionError } from '../errors.ts'
import type { Selector } from '../inputs/read.ts'
import { byControl, earlierOf, groupBy, latestExpiry, OLD_RECORD_MS, SWEEP_AFTER_MS } from '../names/expiry.ts'
import type { Name, NameRecord, ProvenRecord } from '../names/record.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { type ControlKind, controlsOf, type Gateway, type KeyId, publicName, type Removable } from '../pinata/types.ts'
import { readableTime } from '../runner/summary.ts'

export type Outcome =
  | 'selected'
  | 'revoked'
  | 'would be revoked'
  | 'not revoked'
  | 'not listed'
  | 'kept'
  | 'not selected'

/** An access control that a step considers, and what happened to it. */
export interface Item {
  kind: ControlKind
  /** The ID of the key, or the value of the origin. */
  subject: string
  name?: Name | undefined
  /** As Pinata returned it. */
  createdAt?: string | undefined
  /** `undefined` if the gateway does not list it and its ID is unknown. */
  control: Removable | undefined
  isListed: boolean
  /** The records to remove once it is revoked. */
  records: NameRecord[]
  outcome: Outcome
  /** Why it was not selected. */
  reason?: string
}

/** The items of a step, and the records to remove with them. */
export interface Selection {
  items: Item[]
  /** Records to remove if a second reading of the gateway does not list their access control either. */
  unlistedRecords: NameRecord[]
  /** Records that have a later record of the same access control. */
  supersededRecords: NameRecord[]
  /** Names with more records than the step reads. Nothing is removed for them. */
  partialNames: Name[]
  /** For a sweep: whether these records of one access control expired long enough ago. */
  isExpired?: (records: ProvenRecord[]) => boolean
}

function selectionOf(items: Item[]): Selection {
  return { items, unlistedRecords: [], supersededRecords: [], partialNames: [] }
}

/** @param reason why it is not selected */
function itemOf(control: Removable, records: NameRecord[] = [], reason?: string): Item {
  const { kind, createdAt } = control
  const item = {
    kind,
    subject: publicName(control),
    name: records[0]?.name,
    createdAt,
    control,
    isListed: true,
    records,
  }
  return reason === undefined ? { ...item, outcome: 'selected' } : { ...item, outcome: 'not selected', reason }
}

/** Selects keys by ID. @param gateway `undefined` if it could not be read */
export function selectKeys(keyIds: KeyId[], gateway: Gateway | undefined): Selection {
  const keys = new Map(gateway?.keys.map(key => [key.id.toLowerCase(), key]))
  const select = (id: KeyId): Item => {
    const key = keys.get(id.toLowerCase())
    return { ...itemOf(key ?? { kind: 'key', id }), isListed: gateway === undefined || key !== undefined }
  }
  return selectionOf(keyIds.map(select))
}

/** Selects all entries of each origin. */
export function selectOrigins(values: string[], { origins }: Gateway): Selection {
  const entries = groupBy(origins, ({ value }) => value)
  const missing = (subject: string): Item => {
    return { kind: 'origin', subject, control: undefined, isListed: false, records: [], outcome: 'not listed' }
  }
  return selectionOf(values.flatMap(value => entries.get(value)?.map(entry => itemOf(entry)) ?? missing(value)))
}

/** Selects keys by age. @throws ActionError without a date in Pinata's response */
export function selectOlder(
  { ms, age }: Extract<Selector, { by: 'older-than' }>,
  { keys, readAtMs }: Gateway,
): Selection {
  if (readAtMs === undefined) throw noDate('Pinata', 'api-url')
  const reasonOf = (createdAtMs: number) => {
    if (Number.isNaN(createdAtMs)) return 'Pinata returned no usable time of its creation'
    return createdAtMs < readAtMs - ms ? undefined : `it is not older than ${age}`
  }
  return selectionOf(keys.map(key => itemOf(key, [], reasonOf(Date.parse(key.createdAt)))))
}

/**
 * Selects the access controls that are recorded under names.
 *
 * @param lists the records of each name, read before the gateway
 * @throws ActionError if the key in `replaced-by` is not on the gateway or not recorded under each name
 */
export function selectNames(
  { names, replacedBy }: Extract<Selector, { by: 'name' }>,
  lists: RecordList[],
  { gateway, records }: { gateway: Gateway; records: NameRecords },
): Selection {
  const selection = selectionOf([])
  for (const [index, name] of names.entries()) {
    const { records: found, readAtMs, isComplete } = lists[index] as RecordList
    const { proven, unlisted, unproven } = records.partition(found, controlsOf(gateway))
    records.warnOfUnproven(unproven)
    if (!isComplete) {
      selection.partialNames.push(name)
      continue
    }
    const its = [...byControl(proven)]
    const isReplacing = ({ id }: Removable) => replacedBy?.toLowerCase() === String(id).toLowerCase()
    const replacing = its.map(([control]) => control).find(isReplacing)
    if (replacedBy && !replacing) throw notReplacedBy(replacedBy, name)
    const isOlder = ({ kind, createdAt }: ProvenRecord['control']) =>
      !replacing || (kind === 'key' && Date.parse(createdAt) < Date.parse(replacing.createdAt))
    selection.items.push(...its.filter(([control]) => isOlder(control)).map(each => itemOf(...each)))
    const isOld = ({ createdAtMs }: NameRecord) => (readAtMs ?? 0) - createdAtMs > OLD_RECORD_MS
    selection.unlistedRecords.push(...unlisted.filter(isOld))
  }
  return selection
}

function notReplacedBy(keyId: KeyId, name: string): ActionError {
  return new ActionError(
    `Nothing was revoked: key ${keyId} in replaced-by is not on the gateway or not recorded under the name ${name}. Set replaced-by to the key-id of the key that replaces the others.`,
  )
}

/**
 * Selects what expired more than an hour ago.
 *
 * @param list the records of all names, read before the gateway
 * @throws ActionError without a date in both responses
 */
export function selectExpired(
  list: RecordList,
  { gateway, records }: { gateway: Gateway; records: NameRecords },
): Selection {
  if (gateway.readAtMs === undefined) throw noDate('Pinata', 'api-url')
  const nowMs = earlierOf(list.readAtMs, gateway.readAtMs)
  if (nowMs === undefined) throw noDate('GitHub', 'GITHUB_API_URL')
  const isOver = (expiresAtMs: number) => expiresAtMs + SWEEP_AFTER_MS < nowMs
  const isExpired = (its: ProvenRecord[]) => its.length > 0 && isOver(latestExpiry(its))
  const { proven, unlisted, unproven } = records.partition(list.records, controlsOf(gateway))
  records.warnOfUnproven(unproven)

  const groups = [...byControl(proven)]
  const items = groups.map(([control, its]) =>
    itemOf(control, its, isExpired(its) ? undefined : reasonFor(latestExpiry(its), nowMs)),
  )
  const supersededIn = (its: ProvenRecord[]) => {
    const latest = isExpired(its) ? Number.NEGATIVE_INFINITY : latestExpiry(its)
    return its.filter(({ expiresAtMs, createdAtMs }) => expiresAtMs < latest && nowMs - createdAtMs > OLD_RECORD_MS)
  }
  return {
    items,
    unlistedRecords: unlisted.filter(({ expiresAtMs }) => isOver(expiresAtMs)),
    supersededRecords: groups.flatMap(([, its]) => supersededIn(its)),
    partialNames: [],
    isExpired,
  }
}

function reasonFor(expiresAtMs: number, nowMs: number): string {
  if (!Number.isFinite(expiresAtMs)) return 'it does not expire'
  const time = readableTime(expiresAtMs)
  return expiresAtMs > nowMs ? `it expires at ${time}` : `it expired at ${time}, less than an hour ago`
}

function noDate(service: string, setting: string): ActionError {
  return new ActionError(
    `Nothing was revoked: ${service}'s response has no usable date, and ages are measured by it. Check ${setting}, and whether a proxy responds instead of ${service}.`,
  )
}
