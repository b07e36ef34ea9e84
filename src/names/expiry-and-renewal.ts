import type { NameRecord } from './record-format.ts'

/**
 * How long after its expiry an access control can be swept or an origin replaced. By then, no step can reuse or renew
 * it: a step can reuse an origin for 30 minutes after its expiry and run for up to 20 (15, plus up to 5 for cleanups).
 */
export const SWEEP_AFTER_MS = 3_600_000
/** How old the record of an unlisted access control must be before it can be removed, because Pinata's list may lag. */
export const OLD_RECORD_MS = 3_600_000

/** How long a step can still reuse an origin after it expires, because the preview may be open in browsers. */
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000

/** Returns whether a record's expiry still allows a step to reuse its access control. */
export function isReusable({ kind, expiresAtMs }: NameRecord, nowMs: number): boolean {
  return expiresAtMs + (kind === 'origin' ? REUSE_AFTER_EXPIRY_MS : 0) > nowMs
}

/** Returns the new expiry if a renewal is due; otherwise, `undefined`. @param periodMs infinite without `expires-in` */
export function renewedExpiry(expiresAtMs: number, nowMs: number, periodMs: number): number | undefined {
  const leftMs = expiresAtMs - nowMs
  // An expired origin needs a new expiry even without `expires-in`.
  return leftMs <= 0 || (Number.isFinite(periodMs) && leftMs < periodMs / 2) ? nowMs + periodMs : undefined
}

/** Returns the effective expiry: the latest in an access control's records, in milliseconds since 1970. */
export function latestExpiry(records: NameRecord[]): number {
  return Math.max(...records.map(({ expiresAtMs }) => expiresAtMs))
}

/** Groups items by what `keyOf` returns, preserving their order. */
export function groupBy<T, K>(items: T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map(items.map(item => [keyOf(item), [] as T[]]))
  for (const item of items) groups.get(keyOf(item))?.push(item)
  return groups
}
