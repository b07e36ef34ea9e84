import { createHash } from 'node:crypto'
import { type AccessControl, idOf, type Removable } from '../pinata/types.ts'

/**
 * The access controls of one kind that a gateway has at one time, so that {@link newSince} can recognize new ones later. It
 * is short, however many there are, because the state of a step contains it.
 */
export interface Snapshot {
  /** The fingerprints of the newest ones, without anything between them. */
  prints: string
  /** Access controls created before this time are not new. By Pinata's clock, in milliseconds since 1970. */
  sinceMs?: number | undefined
  /** `false` if the gateway could not be read, so that only `sinceMs` shows what is new. */
  read: boolean
}

/** As many fingerprints as leave the state well below 16 KiB. Windows allows 32 KiB in an environment variable. */
const MAX_PRINTS = 1200
/** 48 bits: among 1,200 IDs, one new ID in 200 billion has the fingerprint of another. */
const PRINT_LENGTH = 8
/** By how much the clocks of Pinata's servers may differ, in milliseconds. */
const SKEW_MS = 5_000

/**
 * Returns a snapshot.
 *
 * @param controls those of one kind, or of one value; `undefined` if they could not be read
 * @param serverMs Pinata's time, in milliseconds since 1970; `undefined` if no response had one
 */
export function snapshotOf(controls: AccessControl[] | undefined, serverMs: number | undefined): Snapshot {
  if (controls === undefined) return { prints: '', sinceMs: serverMs && serverMs - SKEW_MS, read: false }
  const newest = newestFirst(controls).slice(0, MAX_PRINTS)
  const isWhole = newest.length === controls.length
  const sinceMs = isWhole ? undefined : Date.parse(newest.at(-1)?.createdAt ?? '') || undefined
  return { prints: newest.map(fingerprint).join(''), sinceMs, read: true }
}

/** Returns those that did not exist before, the newest first. */
export function newSince<T extends AccessControl>({ prints, sinceMs = 0 }: Snapshot, controls: T[]): T[] {
  const known = new Set(fingerprintsIn(prints))
  return newestFirst(controls.filter(each => createdAtMs(each) >= sinceMs && !known.has(fingerprint(each))))
}

/** Returns whether the snapshot contains this access control for certain. */
export function isKnown({ prints }: Snapshot, control: Removable): boolean {
  return fingerprintsIn(prints).includes(fingerprint(control))
}

function fingerprint(control: Removable): string {
  return createHash('sha256').update(idOf(control)).digest('base64url').slice(0, PRINT_LENGTH)
}

function fingerprintsIn(prints: string): string[] {
  return prints.match(/.{8}/g) ?? []
}

function newestFirst<T extends AccessControl>(controls: T[]): T[] {
  return [...controls].sort((a, b) => createdAtMs(b) - createdAtMs(a))
}

/** Infinite if the age is unknown, because then it may be the newest. */
function createdAtMs({ createdAt }: AccessControl): number {
  return Date.parse(createdAt) || Number.POSITIVE_INFINITY
}
