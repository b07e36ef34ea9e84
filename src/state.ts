// The end of a job loads this file before it knows whether there is anything to do, so it imports types only.
import type { ApiUrl, KeyId, KeyName, RevokeWhen } from './inputs.ts'
import type { Gateway, GatewayName, Key } from './pinata.ts'

/** What main leaves for the end of the job. No secret is in it: the runner keeps it in plain text. */
export interface State {
  apiUrl: ApiUrl
  gateway: GatewayName
  revoke: RevokeWhen
  /** The key that this step made. */
  keyId?: KeyId
  /** The name that is recorded for it. */
  name?: KeyName
  /** Set while a key may have been made that nobody knows of: what the gateway had before. */
  before?: KnownKeys
}

/**
 * The keys of a gateway at one time: by ID or, where they are too many or could not be read, by that time.
 * `unusable`: how many there were whose IDs can't be used.
 */
export type KnownKeys = ({ ids: KeyId[] } | { sinceMs: number }) & { unusable: number }

const NAME = 'end-of-job'

/** As many IDs as fit well into an environment variable, of which Windows takes 32 KiB. */
const MAX_IDS = 500

/** How far the clocks of runner and Pinata may be apart, in milliseconds. */
const CLOCK_SKEW_MS = 15 * 60_000

/** What is known of a gateway's keys, so that {@link newKeys} can tell later which ones came after. */
export function knownKeys(gateway: Gateway | undefined, nowMs: number): KnownKeys {
  if (gateway?.keys === undefined) return { sinceMs: nowMs - CLOCK_SKEW_MS, unusable: 0 }
  const { keys, unusableKeys: unusable } = gateway
  if (keys.length <= MAX_IDS) return { ids: keys.map(key => key.id), unusable }
  const times = keys.map(key => Date.parse(key.createdAt)).filter(ms => !Number.isNaN(ms))
  // By Pinata's own clock where it can be had.
  return { sinceMs: times.reduce((newest, ms) => Math.max(newest, ms), 0) || nowMs - CLOCK_SKEW_MS, unusable }
}

/** The keys that were not there before: their IDs, and how many have IDs that can't be used. */
export function newKeys(
  { keys = [], unusableKeys }: Pick<Gateway, 'keys' | 'unusableKeys'>,
  known: KnownKeys,
): { ids: KeyId[]; unusable: number } {
  const ids = 'ids' in known ? new Set(known.ids) : undefined
  // A key of an unknown age may be new.
  const isNew = (key: Key) => ('sinceMs' in known ? !(Date.parse(key.createdAt) <= known.sinceMs) : !ids?.has(key.id))
  return { ids: keys.filter(isNew).map(key => key.id), unusable: Math.max(0, unusableKeys - known.unusable) }
}

/** Saves the state for the end of the job; `undefined` clears it. What was saved last counts. */
export function writeState(save: (name: string, value: string) => void, state: State | undefined): void {
  save(NAME, state === undefined ? '' : JSON.stringify(state))
}

/** What main saved, read from the environment as `core.getState` does; `undefined` if there is none that can be read. */
export function readState(env: NodeJS.ProcessEnv): State | undefined {
  try {
    const state: Partial<State> | null = JSON.parse(env[`STATE_${NAME}`] ?? '')
    return typeof state?.apiUrl === 'string' && typeof state.gateway?.id === 'string' ? (state as State) : undefined
  } catch {
    return undefined
  }
}

/** What there is to do at the end of the job. */
export interface EndOfJobWork {
  state: State
  /** The key to revoke. */
  revoke?: KeyId
  /** A key that may or may not have to be revoked: the job's status was not given. */
  undecided?: KeyId
}

/**
 * Decides what the end of the job has to do.
 *
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` at the end
 * @returns `undefined` if there is nothing to do
 */
export function workAtEndOfJob(state: State | undefined, jobStatus: string): EndOfJobWork | undefined {
  if (state === undefined) return undefined
  const { keyId, revoke, before } = state
  const failed = jobStatus === 'failure' || jobStatus === 'cancelled'
  if (keyId !== undefined && (revoke === 'after-job' || (revoke === 'on-failure' && failed)))
    return { state, revoke: keyId }
  if (keyId !== undefined && revoke === 'on-failure' && jobStatus !== 'success') return { state, undecided: keyId }
  return before === undefined ? undefined : { state }
}
