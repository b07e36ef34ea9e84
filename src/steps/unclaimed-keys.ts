import { createHash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { GatewayAddress, Key, KeyId } from '../pinata/types.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'

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
 * @param keys as Pinata told of them; `undefined` if they could not be read
 * @param serverMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 */
export function snapshotOf(keys: Key[] | undefined, serverMs: number | undefined): Snapshot {
  if (keys === undefined) {
    const since = serverMs === undefined ? {} : { since: new Date(serverMs - SKEW_MS).toISOString() }
    return { prints: '', ...since, read: false }
  }
  const newest = newestFirst(keys).slice(0, MAX_PRINTS)
  const oldest = newest.at(-1)?.createdAt
  return {
    prints: newest.map(({ id }) => fingerprint(id)).join(''),
    ...(keys.length > MAX_PRINTS && oldest ? { since: oldest } : {}),
    read: true,
  }
}

/** The IDs of the keys that were not there before, the newest first. */
export function newKeys(keys: Key[], { prints, since }: Snapshot): KeyId[] {
  const known = new Set(fingerprintsIn(prints))
  const from = since === undefined ? Number.NEGATIVE_INFINITY : nanoseconds(since)
  const isNew = ({ id, createdAt }: Key) => nanoseconds(createdAt) >= from && !known.has(fingerprint(id))
  return newestFirst(keys.filter(isNew)).map(({ id }) => id)
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

/** As many IDs as a warning can hold. */
const MAX_NAMED = 50
/** As many as the log takes. */
const MAX_LISTED = 300

/**
 * After a lost answer: reports the keys that appeared on the gateway meanwhile and that nobody claims. They are not
 * revoked, because another job may have created them at the same time.
 *
 * @param own the key that this step created after all
 * @returns the gateway's keys now, so that nothing is reported twice
 */
export async function reportUnclaimedKeys(
  api: PinataApi,
  { gateway, before, own }: { gateway: GatewayAddress; before: Snapshot; own: KeyId | undefined },
  { log, clock }: Pick<Step, 'log' | 'clock'>,
): Promise<Snapshot> {
  const lost = `An answer of Pinata's got lost, so there may be a key on gateway ${gatewayName(gateway)} that nobody knows of.`
  try {
    const { keys } = await api.gateway(gateway.id)
    const unclaimed = newKeys(keys, before).filter(keyId => keyId !== own)
    if (unclaimed.length === 0) {
      log.info(`${lost} No new key is on the gateway.`)
      return before
    }
    const inLog = unclaimed.length > MAX_LISTED ? `of which the newest ${MAX_LISTED - MAX_NAMED}` : 'which'
    const more =
      unclaimed.length > MAX_NAMED ? ` and ${unclaimed.length - MAX_NAMED} more, ${inLog} are in the log` : ''
    log.warning(
      `${lost} ${whatTheyAre(before)}: ${unclaimed.slice(0, MAX_NAMED).join(', ')}${more}. Revoke what no other job created, with the revoke action or in Pinata.`,
    )
    for (let from = MAX_NAMED; from < Math.min(unclaimed.length, MAX_LISTED); from += MAX_NAMED) {
      log.info(`New on the gateway as well: ${unclaimed.slice(from, from + MAX_NAMED).join(', ')}`)
    }
    return snapshotOf(keys, undefined)
  } catch (error) {
    // By the runner's clock, as a person at a computer would read it.
    log.warning(
      `${lost} Look there for a key created at about ${new Date(clock.now()).toISOString().slice(0, 16)}Z that no job uses. ${messageOf(error)}`,
    )
    return before
  }
}

function whatTheyAre({ read, since }: Snapshot): string {
  if (read) return 'New on the gateway and not used by this step'
  return since === undefined
    ? "Which keys are new can't be told, as the gateway could not be read before. Not used by this step, the newest first"
    : 'The gateway could not be read before. Created since then, or just before, and not used by this step'
}
