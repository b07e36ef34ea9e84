import { createHash } from 'node:crypto'
import { type AccessControl, idOf, type Removable } from '../pinata/types.ts'

/**
 * The access controls of one kind that a gateway has at one time, so that {@link newSince} can tell later which ones came
 * after. It is short, however many there are, as it is kept in the state of a step.
 */
export interface Snapshot {
  /** The fingerprints of the newest ones, without anything between them. */
  prints: string
  /**
   * What was created before this time is not new, in Pinata's own time: ISO 8601, with all its digits. Without it, all
   * that has no fingerprint here is new.
   */
  since?: string
  /** `false` if the gateway could not be read: then only `since` tells what is new, or nothing does. */
  read: boolean
}

/** As many fingerprints as leave the state well below 16 KiB. Windows takes 32 KiB in an environment variable. */
const MAX_PRINTS = 1200
/** 48 bits: among 1,200 IDs, one new ID in 200 billion has the fingerprint of another. */
const PRINT_LENGTH = 8
/** By how much the clocks of Pinata's servers may differ, in milliseconds. */
const SKEW_MS = 5_000

/**
 * What is known of a gateway's access controls.
 *
 * @param controls those of one kind, or of one value; `undefined` if they could not be read
 * @param serverMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 */
export function snapshotOf(controls: AccessControl[] | undefined, serverMs: number | undefined): Snapshot {
  if (controls === undefined) {
    const since = serverMs === undefined ? {} : { since: new Date(serverMs - SKEW_MS).toISOString() }
    return { prints: '', ...since, read: false }
  }
  const newest = newestFirst(controls).slice(0, MAX_PRINTS)
  const oldest = newest.at(-1)?.createdAt
  return {
    prints: newest.map(fingerprint).join(''),
    ...(controls.length > MAX_PRINTS && oldest ? { since: oldest } : {}),
    read: true,
  }
}

/** Those that were not there before, the newest first. */
export function newSince<T extends AccessControl>({ prints, since }: Snapshot, controls: T[]): T[] {
  const known = new Set(fingerprintsIn(prints))
  const from = since === undefined ? Number.NEGATIVE_INFINITY : nanoseconds(since)
  return newestFirst(controls.filter(each => nanoseconds(each.createdAt) >= from && !known.has(fingerprint(each))))
}

/** Whether the snapshot has this access control for certain. */
export function isKnown({ prints }: Snapshot, control: Removable): boolean {
  return fingerprintsIn(prints).includes(fingerprint(control))
}

function fingerprint(control: Removable): string {
  return createHash('sha256').update(idOf(control)).digest('base64url').slice(0, PRINT_LENGTH)
}

function fingerprintsIn(prints: string): string[] {
  return prints.match(/.{8}/g) ?? []
}

/** Those of an unknown age may be the newest. */
function newestFirst<T extends AccessControl>(controls: T[]): T[] {
  const times = new Map(controls.map(each => [each, nanoseconds(each.createdAt)]))
  return [...controls].sort((a, b) => compare(times.get(b) ?? 0n, times.get(a) ?? 0n))
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
