import { ActionError } from '../errors.ts'
import type { KeyName, KeyRecord, Sorted } from '../names/records.ts'
import type { Gateway, Key, KeyId } from '../pinata/types.ts'
import type { Selector } from './inputs.ts'
import { readableTime } from './summary.ts'

/** Which keys a step is to revoke, and what else there is to say about keys that it looked at. */
export interface Selection {
  /** In the order of the user, of the records or of Pinata; without duplicates. */
  keyIds: KeyId[]
  /** Those of them that are known not to be there any more. */
  gone: Set<KeyId>
  /** Keys that were looked at and not selected, with the reason. */
  stay: Map<KeyId, string>
  /** What keys are called, as far as it was looked up. */
  names: Map<KeyId, KeyName>
  /** What is to be removed with the keys: the records of those selected. */
  records: KeyRecord[]
}

const NOTHING = { live: [], gone: [] }

/**
 * Selects the keys.
 *
 * @param gateway as Pinata told of it; it may be missing only for a selection by ID
 * @param recorded the records of the gateway's keys, for a selection by name or expiry
 * @param nowMs Pinata's time, by which age and expiry are measured, in milliseconds since 1970; `undefined` if no answer
 *   told it
 * @throws ActionError if ages or expiries are asked for and the time is not known
 */
export function select(
  selector: Selector,
  gateway: Gateway | undefined,
  recorded: Pick<Sorted, 'live' | 'gone'> = NOTHING,
  nowMs: number | undefined,
): Selection {
  if (selector.by === 'key-id') return selectionOf(selector.keyIds)
  if (gateway === undefined) throw new ActionError('The keys of the gateway could not be read, so none was selected.')
  if (selector.by === 'name') return ofRecords([...recorded.live, ...recorded.gone], recorded.gone)
  if (nowMs === undefined) {
    throw new ActionError(
      "Nothing was revoked, as ages are measured by Pinata's clock, and its answer had no usable date. Check api-url, and whether a proxy answers in Pinata's place.",
    )
  }
  if (selector.by === 'older-than') return olderThan(selector, gateway.keys, nowMs)
  const { live, gone } = recorded

  // A key with several records expires with the last of them, so that no copy of a record makes it go sooner.
  const expiries = new Map<KeyId, number>()
  for (const { keyId, expiresAtMs } of live) {
    expiries.set(keyId, Math.max(expiresAtMs, expiries.get(keyId) ?? Number.NEGATIVE_INFINITY))
  }
  const hasExpired = ({ keyId }: KeyRecord) => (expiries.get(keyId) ?? 0) <= nowMs
  const selection = ofRecords([...live.filter(hasExpired), ...gone], gone)
  for (const record of live.filter(each => !hasExpired(each))) {
    const expiry = expiries.get(record.keyId) ?? 0
    selection.names.set(record.keyId, record.name)
    selection.stay.set(
      record.keyId,
      Number.isFinite(expiry) ? `stays, as it expires at ${readableTime(expiry)}` : 'stays, as it never expires',
    )
  }
  return selection
}

function olderThan({ ms, age }: Extract<Selector, { by: 'older-than' }>, keys: Key[], nowMs: number): Selection {
  const selection = selectionOf([])
  for (const { id, createdAt } of keys) {
    const createdAtMs = Date.parse(createdAt)
    if (createdAtMs < nowMs - ms) selection.keyIds.push(id)
    else if (Number.isNaN(createdAtMs)) selection.stay.set(id, 'stays, as Pinata gave no time of its creation')
    else selection.stay.set(id, `stays, as it is not older than ${age}`)
  }
  return selection
}

function ofRecords(records: KeyRecord[], gone: KeyRecord[]): Selection {
  return {
    ...selectionOf([...new Set(records.map(({ keyId }) => keyId))]),
    gone: new Set(gone.map(({ keyId }) => keyId)),
    names: new Map(records.map(({ keyId, name }) => [keyId, name])),
    records,
  }
}

function selectionOf(keyIds: KeyId[]): Selection {
  return { keyIds, gone: new Set(), stay: new Map(), names: new Map(), records: [] }
}
