import { createHash } from 'node:crypto'
import { type AccessControl, idOf } from '../pinata/types.ts'

/** A gateway's access controls at one point in time. The format is compact, because a step saves it in its state. */
export interface Snapshot {
  /** The fingerprints of the newest access controls, without separators. */
  prints: string
  /** An ISO 8601 time, not rounded, or an empty string. Access controls created before this time are not new. */
  since: string
}

/** The maximum number of fingerprints. It keeps the state below 32 KiB, Windows's limit for an environment variable. */
const MAX_PRINTS = 1200

/** Returns a snapshot of access controls of any kind. */
export function snapshotOf(controls: AccessControl[]): Snapshot {
  const newest = newestFirst(controls).slice(0, MAX_PRINTS)
  const oldest = controls.length > MAX_PRINTS ? newest.at(-1) : undefined
  return { prints: newest.map(fingerprint).join(''), since: oldest?.createdAt ?? '' }
}

/** Returns the access controls that are new since the snapshot, newest first. */
export function newSince({ prints, since }: Snapshot, controls: AccessControl[]): AccessControl[] {
  const known = new Set(prints.match(/.{8}/g))
  const from = since ? comparable(since) : ''
  return newestFirst(controls.filter(each => comparable(each.createdAt) >= from && !known.has(fingerprint(each))))
}

/** Returns a 48-bit fingerprint. With 1,200 known IDs, about one in 200 billion new IDs would look known. */
function fingerprint(control: AccessControl): string {
  return createHash('sha256').update(idOf(control)).digest('base64url').slice(0, 8)
}

function newestFirst(controls: AccessControl[]): AccessControl[] {
  const timed = controls.map(control => ({ control, time: comparable(control.createdAt) }))
  return timed.sort((a, b) => Number(a.time < b.time) - Number(a.time > b.time)).map(({ control }) => control)
}

/** Returns a time with nine fractional digits, as text that sorts chronologically. Unknown times count as newest. */
function comparable(time: string): string {
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) return 'unknown'
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}`
}
