import { ActionError } from '../errors.ts'
import type { Selector } from '../inputs/read.ts'
import { byControl, earlierOf, groupBy, latestExpiry, OLD_RECORD_MS, SWEEP_AFTER_MS } from '../names/expiry.ts'
import type { ProvenRecord } from '../names/record.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { type AccessControl, controlsOf, type Gateway, isSameId, type KeyId } from '../pinata/types.ts'
import { readableTime } from '../runner/summary.ts'
import { type Selected, type Selection, selectedOf, selectionOf } from './selection.ts'

/** Selects keys by ID. @param gateway `undefined` if it could not be read */
export function selectKeys(keyIds: KeyId[], gateway: Gateway | undefined): Selection {
  const keys = new Map(gateway?.keys.map(key => [key.id.toLowerCase(), key]))
  const select = (id: KeyId) => {
    const key = keys.get(id.toLowerCase())
    return selectedOf(key ?? { kind: 'key', id }, [], gateway === undefined || key !== undefined)
  }
  const given = new Map(keyIds.map(id => [id.toLowerCase(), id]))
  return selectionOf([[...given.values()].map(select)])
}

/** Selects all entries of each origin. */
export function selectOrigins(values: string[], gateway: Gateway): Selection {
  const entries = groupBy(gateway.origins, ({ value }) => value)
  const missing = (subject: string): Selected => {
    return { kind: 'origin', subject, control: undefined, isListed: false, records: [] }
  }
  return selectionOf([values.flatMap(value => entries.get(value)?.map(entry => selectedOf(entry)) ?? missing(value))])
}

/** Selects keys by age. @throws ActionError without a date in Pinata's response */
export function selectOlder(
  { ms, age }: Extract<Selector, { by: 'older-than' }>,
  { keys, readAtMs }: Gateway,
): Selection {
  if (readAtMs === undefined) throw noDate('Pinata')
  const selection = selectionOf([[]])
  for (const key of keys) {
    const createdAtMs = Date.parse(key.createdAt)
    const skip = (reason: string) => selection.skipped.push({ ...selectedOf(key), reason })
    if (createdAtMs < readAtMs - ms) selection.groups[0]?.push(selectedOf(key))
    else if (Number.isNaN(createdAtMs)) skip('Pinata returned no usable time of its creation')
    else skip(`it is not older than ${age}`)
  }
  return selection
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
  const replacing = replacedBy && gateway.keys.find(({ id }) => isSameId(id, replacedBy))
  const replacedAtMs = replacing ? Date.parse(replacing.createdAt) : Number.NaN
  const isSelected = (control: AccessControl) =>
    replacedBy === undefined || (control.kind === 'key' && Date.parse(control.createdAt) < replacedAtMs)
  for (const [index, name] of names.entries()) {
    const { records: found, readAtMs, isComplete } = lists[index] as RecordList
    const { proven, unlisted, unproven } = records.partition(found, controlsOf(gateway))
    records.warnOfUnproven(unproven)
    if (!isComplete) {
      selection.partialNames.push(name)
      continue
    }
    const its = byControl(proven)
    if (replacedBy && !(replacing && its.has(replacing))) throw notReplacedBy(replacedBy, name)
    const selected = [...its].filter(([control]) => isSelected(control))
    selection.groups.push(selected.map(([control, records]) => selectedOf(control, records)))
    const isOld = ({ createdAtMs }: { createdAtMs: number }) => (readAtMs ?? 0) - createdAtMs > OLD_RECORD_MS
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
  const nowMs = earlierOf(list.readAtMs, gateway.readAtMs)
  if (nowMs === undefined) throw noDate(gateway.readAtMs === undefined ? 'Pinata' : 'GitHub')
  const isOver = (expiresAtMs: number) => expiresAtMs + SWEEP_AFTER_MS < nowMs
  const isExpired = (its: ProvenRecord[]) => its.length > 0 && isOver(latestExpiry(its))
  const { proven, unlisted, unproven } = records.partition(list.records, controlsOf(gateway))
  records.warnOfUnproven(unproven)

  const selection = selectionOf([])
  const expired: Selected[] = []
  for (const [control, its] of byControl(proven)) {
    if (isExpired(its)) {
      expired.push(selectedOf(control, its))
      continue
    }
    const latest = latestExpiry(its)
    selection.skipped.push({ ...selectedOf(control, its), reason: reasonOf(latest, nowMs) })
    const isSuperseded = (record: ProvenRecord) =>
      record.expiresAtMs < latest && nowMs - record.createdAtMs > OLD_RECORD_MS
    selection.supersededRecords.push(...its.filter(isSuperseded))
  }
  selection.groups = [...groupBy(expired, ({ name }) => name).values()]
  selection.unlistedRecords = unlisted.filter(({ expiresAtMs }) => isOver(expiresAtMs))
  return { ...selection, isExpired }
}

function reasonOf(expiresAtMs: number, nowMs: number): string {
  if (!Number.isFinite(expiresAtMs)) return 'it does not expire'
  const time = readableTime(expiresAtMs)
  return expiresAtMs > nowMs ? `it expires at ${time}` : `it expired at ${time}, less than an hour ago`
}

function noDate(service: string): ActionError {
  const setting = service === 'GitHub' ? 'GITHUB_API_URL' : 'api-url'
  return new ActionError(
    `Nothing was revoked: ${service}'s response has no usable date, and ages are measured by it. Check ${setting}, and whether a proxy responds instead of ${service}.`,
  )
}
