import { ActionError } from '../errors.ts'
import type { Selector } from '../inputs/read.ts'
import { groupBy, latestExpiry, SWEEP_AFTER_MS } from '../names/expiry-and-renewal.ts'
import type { NameRecord } from '../names/record-format.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { gatewayName } from '../pinata/labels.ts'
import { type AccessControl, controlsOf, type Gateway, type KeyId, type Removable } from '../pinata/types.ts'
import { listOf, readableTime } from '../printable-text.ts'
import { type Item, type RevokeContext, type Selection, withOutcome } from './context.ts'

/** Selects what to revoke. @throws ActionError if a date or the key in `replaced-by` is missing */
export function select(selector: Selector, gateway: Gateway, recorded: Recorded[]): Selection {
  const noRecords = { unlistedRecords: [], supersededRecords: [], nowMs: Number.NaN }
  if (selector.by === 'key-id') return { ...noRecords, items: selectKeys(selector.keyIds, gateway) }
  if (selector.by === 'origin') return { ...noRecords, items: selectOrigins(selector.origins, gateway) }
  if (selector.by === 'older-than') return { ...noRecords, items: selectOlder(selector, gateway) }
  if (selector.by === 'expired') return selectExpired(gateway, recorded)
  return selectNames(selector.by === 'name' ? selector.replacedBy : undefined, recorded)
}

/** Keeps the keys in `keep`. @throws ActionError if the gateway does not list them all, because IDs may be mistyped */
export function applyKeep({ items, gateway, address, inputs: { keep } }: RevokeContext): void {
  const listed = new Set(gateway.keys.map(({ subject }) => subject.toLowerCase()))
  const missing = keep.filter(id => !listed.has(id.toLowerCase()))
  const why = `gateway ${gatewayName(address)} does not list ${listOf(missing)}.`
  const advice =
    'Correct any mistyped IDs in the keep input, and delete the IDs of revoked keys. If neither applies, run the job again.'
  if (missing.length > 0) throw new ActionError(`Nothing was revoked: ${why} ${advice}`)
  const kept = new Set(keep.map(id => id.toLowerCase()))
  for (const item of items) if (kept.has(item.subject.toLowerCase())) item.outcome = 'kept'
}

function itemOf(control: Removable, records: NameRecord[] = [], reason?: string): Item {
  const outcome = reason === undefined ? 'selected' : 'not selected'
  return { kind: control.kind, subject: control.subject, name: records[0]?.name, control, records, outcome, reason }
}

function selectKeys(keyIds: KeyId[], { keys }: Gateway): Item[] {
  const byId = new Map(keys.map(key => [key.subject.toLowerCase(), key]))
  return keyIds.map(id => itemOf(byId.get(id.toLowerCase()) ?? { kind: 'key', subject: id, secret: undefined }))
}

function selectOrigins(values: string[], { origins }: Gateway): Item[] {
  return values.flatMap(subject => {
    const items = origins.filter(entry => entry.subject === subject).map(entry => itemOf(entry))
    return items.length > 0 ? items : { kind: 'origin', subject, records: [], outcome: 'not listed' }
  })
}

function selectOlder({ ms, age }: Extract<Selector, { by: 'older-than' }>, { keys, readAtMs }: Gateway): Item[] {
  if (readAtMs === undefined) throw noDate('Pinata', 'api-url')
  return keys.map(key => itemOf(key, [], whyNotOlder(key, readAtMs - ms, age)))
}

/** Returns a reason to skip a key, or `undefined` if it was created before `limitMs`. @param limit the limit as text */
function whyNotOlder({ createdAt }: AccessControl, limitMs: number, limit: string): string | undefined {
  const createdAtMs = Date.parse(createdAt)
  if (Number.isNaN(createdAtMs)) return 'Pinata returned no valid creation time'
  if (Number.isNaN(limitMs)) return `Pinata returned no valid creation time for ${limit}`
  return createdAtMs < limitMs ? undefined : `it is not older than ${limit}`
}

/** A list of records (of one name, or of all names), compared with the gateway. */
type Recorded = ReturnType<typeof compare>[number]

/** Compares lists of records with the gateway, and warns about records that have no effect. */
export function compare(lists: RecordList[], gateway: Gateway, records: NameRecords) {
  const compared = lists.map(list => ({ list, ...records.partition(list.records, controlsOf(gateway)) }))
  records.warnOfUnproven(compared.flatMap(({ unproven }) => unproven))
  return compared.map(({ proven, ...rest }) => ({ groups: [...groupBy(proven, ({ control }) => control)], ...rest }))
}

/** Selects the access controls recorded under the names; with `replacedBy`, selects only keys older than that key. */
function selectNames(replacedBy: KeyId | undefined, recorded: Recorded[]): Selection {
  const [items, unlistedRecords]: [Item[], NameRecord[]] = [[], []]
  for (const { list, groups, unlisted } of recorded) {
    if (!list.isComplete) continue
    const replacement = groups.find(([control]) => control.subject.toLowerCase() === replacedBy?.toLowerCase())?.[0]
    const why = `key ${replacedBy} in replaced-by is not on the gateway or is not recorded under the name ${list.name}.`
    const advice = 'Check the replaced-by, name, and gateway-id inputs. If they are correct, run the job again.'
    if (replacedBy && !replacement) throw new ActionError(`Nothing was revoked: ${why} ${advice}`)
    for (const [control, records] of groups) {
      if (replacement && (control.kind === 'origin' || control === replacement)) continue
      const reason = replacement && whyNotOlder(control, Date.parse(replacement.createdAt), `key ${replacedBy}`)
      items.push(itemOf(control, records, reason))
    }
    // With `replacedBy`, keep the records of unlisted keys, because it is unknown whether that key replaced them.
    if (!replacement) unlistedRecords.push(...unlisted)
  }
  return { items, unlistedRecords, supersededRecords: [], nowMs: recorded[0]?.list.readAtMs ?? Number.NaN }
}

function selectExpired(gateway: Gateway, [compared]: Recorded[]): Selection {
  if (gateway.readAtMs === undefined) throw noDate('Pinata', 'api-url')
  if (compared?.list.readAtMs === undefined) throw noDate('GitHub', 'GITHUB_API_URL')
  // If an access control expired before the earlier of the two dates, it has expired according to both clocks.
  const nowMs = Math.min(compared.list.readAtMs, gateway.readAtMs)
  const items = compared.groups.map(([control, records]) => itemOf(control, records, reasonToSkip(records, nowMs)))
  const unlistedRecords = compared.unlisted.filter(record => reasonToSkip([record], nowMs) === undefined)
  const supersededRecords = withOutcome(items, 'not selected').flatMap(({ records }) => {
    const latestMs = latestExpiry(records)
    return records.filter(({ expiresAtMs }) => expiresAtMs < latestMs)
  })
  return { items, unlistedRecords, supersededRecords, nowMs }
}

/** Returns why a sweep skips the access control with these records, or `undefined` if it expired long enough ago. */
export function reasonToSkip(records: NameRecord[], nowMs: number): string | undefined {
  if (records.length === 0) return 'GitHub no longer lists its record'
  const expiresAtMs = latestExpiry(records)
  if (!Number.isFinite(expiresAtMs)) return 'it does not expire'
  if (expiresAtMs + SWEEP_AFTER_MS < nowMs) return undefined
  const time = readableTime(expiresAtMs)
  return expiresAtMs > nowMs ? `it expires at ${time}` : `it expired at ${time}, less than an hour ago`
}

function noDate(server: string, setting: string): ActionError {
  const why = `${server} sent no valid Date header, so the current time is unknown.`
  const advice = `Check ${setting}, and check whether a proxy is responding instead of ${server}.`
  return new ActionError(`Nothing was revoked: ${why} ${advice}`)
}
