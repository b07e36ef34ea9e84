import { createHash } from 'node:crypto'
import type { Gateway, Key } from '../pinata/api.ts'
import type { KeyId } from './inputs.ts'

/**
 * The keys of a gateway at one time, so that {@link newKeys} can tell later which ones came after. It is short, however
 * many keys there are, as it is kept in the state of a step.
 */
export interface Snapshot {
  /** The fingerprints of the newest keys, without anything between them. */
  prints: string
  /**
   * Keys created before this time are not new, in Pinata's own time: ISO 8601, with all its digits. Without it, all keys
   * that have no fingerprint here are new.
   */
  since?: string
  /** `false` if the gateway's keys could not be read: then only `since` tells which are new, or nothing does. */
  read: boolean
  /** How many keys it has whose IDs can't be used. */
  unusable: number
}

/** As many fingerprints as leave the state well below 16 KiB. Windows takes 32 KiB in an environment variable. */
const MAX_PRINTS = 1200
/** 48 bits: among 1,200 keys, one new key in 200 billion has the fingerprint of another. */
const PRINT_LENGTH = 8
/** By how much the clocks of Pinata's servers may differ, in milliseconds. */
const SKEW_MS = 5_000

/**
 * What is known of a gateway's keys.
 *
 * @param gateway as Pinata told of it; `undefined` if it could not be read
 * @param serverMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 */
export function snapshotOf(
  gateway: Pick<Gateway, 'keys' | 'unusableKeys'> | undefined,
  serverMs: number | undefined,
): Snapshot {
  if (gateway?.keys === undefined) {
    const since = serverMs === undefined ? {} : { since: new Date(serverMs - SKEW_MS).toISOString() }
    return { prints: '', ...since, read: false, unusable: 0 }
  }
  const newest = newestFirst(gateway.keys).slice(0, MAX_PRINTS)
  const oldest = newest.at(-1)?.createdAt
  return {
    prints: newest.map(({ id }) => fingerprint(id)).join(''),
    ...(gateway.keys.length > MAX_PRINTS && oldest ? { since: oldest } : {}),
    read: true,
    unusable: gateway.unusableKeys,
  }
}

/** The keys that were not there before, the newest first, and how many more there are whose IDs can't be used. */
export function newKeys(
  { keys = [], unusableKeys }: Pick<Gateway, 'keys' | 'unusableKeys'>,
  { prints, since, unusable }: Snapshot,
): { ids: KeyId[]; unusable: number } {
  const known = new Set(fingerprintsIn(prints))
  const from = since === undefined ? Number.NEGATIVE_INFINITY : nanoseconds(since)
  const isNew = ({ id, createdAt }: Key) => nanoseconds(createdAt) >= from && !known.has(fingerprint(id))
  return { ids: newestFirst(keys.filter(isNew)).map(({ id }) => id), unusable: Math.max(0, unusableKeys - unusable) }
}

/** Whether the snapshot has this key for certain. */
export function isKnown({ prints }: Snapshot, keyId: KeyId): boolean {
  return fingerprintsIn(prints).includes(fingerprint(keyId))
}

function fingerprint(keyId: KeyId): string {
  return createHash('sha256').update(keyId).digest('base64url').slice(0, PRINT_LENGTH)
}

function fingerprintsIn(prints: string): string[] {
  return prints.match(/.{8}/g) ?? []
}

/** Keys of an unknown age may be the newest. */
function newestFirst(keys: Key[]): Key[] {
  const times = new Map(keys.map(key => [key, nanoseconds(key.createdAt)]))
  return [...keys].sort((a, b) => compare(times.get(b) ?? 0n, times.get(a) ?? 0n))
}

/** A time of Pinata's in nanoseconds since 1970; infinite if it is unknown. */
function nanoseconds(createdAt: string): bigint | number {
  const [, seconds = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(createdAt) ?? []
  const ms = Date.parse(seconds + zone)
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

function compare(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
