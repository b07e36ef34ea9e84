import type { NameRecord } from './record-format.ts'

/**
 * How long ago an access control must have expired before a step sweeps or replaces it. By then, no step can reuse or
 * renew it, because a step starts to reuse an origin at most 30 minutes after expiry and runs for at most 20 minutes.
 */
export const SWEEP_AFTER_MS = 3_600_000
/** The age at which an unneeded record can be removed. A newer record's access control may not be listed yet. */
export const OLD_RECORD_MS = 3_600_000

/** How long after an origin's expiry a step can still reuse it, because the preview may still be open in browsers. */
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000

/** Returns whether a record's expiry still allows a step to reuse its access control. */
export function isReusable({ kind, expiresAtMs }: NameRecord, nowMs: number): boolean {
  return expiresAtMs + (kind === 'origin' ? REUSE_AFTER_EXPIRY_MS : 0) > nowMs
}

/** Returns the new expiry, or `undefined` if no renewal is due. @param periodMs infinite without `expires-in` */
export function renewedExpiry(expiresAtMs: number, nowMs: number, periodMs: number): number | undefined {
  const leftMs = expiresAtMs - nowMs
  // An expired origin needs a new expiry even without `expires-in`.
  return leftMs <= 0 || (Number.isFinite(periodMs) && leftMs < periodMs / 2) ? nowMs + periodMs : undefined
}

/** Returns an access control's effective expiry: the latest expiry in its records, in milliseconds since 1970. */
export function latestExpiry(records: NameRecord[]): number {
  return Math.max(...records.map(({ expiresAtMs }) => expiresAtMs))
}

/** Groups items by the values that `keyOf` returns, and preserves their order. */
export function groupBy<T, K>(items: T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map(items.map(item => [keyOf(item), [] as T[]]))
  for (const item of items) groups.get(keyOf(item))?.push(item)
  return groups
}
