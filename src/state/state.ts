// The post step loads this file before it knows whether there is anything to do, so it imports no large code.
import type { RevokeWhen } from '../inputs/read.ts'
import type { Snapshot } from '../lost/snapshot.ts'
import type { DraftRecord } from '../names/record.ts'
import {
  type ApiUrl,
  type GatewayAddress,
  idOf,
  isGatewayId,
  isId,
  isKeyId,
  isOrigin,
  type Removable,
  type Wanted,
} from '../pinata/types.ts'
import { Secret } from '../secret.ts'

/** The data of a step for its post step. It contains no JWT and no key, because the runner keeps it in plain text. */
export type State = Target & Phase

/** The access control that a step creates, and its gateway. */
export interface Target {
  apiUrl: ApiUrl
  gateway: GatewayAddress
  wanted: Wanted
}

/**
 * The progress of the step. The last one that it saved counts, also if the process is killed.
 *
 * - `creating`, before the request to Pinata: something may have been created that no log mentions.
 * - `created`: the post step revokes it, unless `record` is set and GitHub lists this record.
 * - `ready`: passed on. The post step revokes it as `revoke` says.
 *
 * A step clears its state if there is nothing left to do.
 */
export type Phase =
  | { phase: 'creating'; before: Snapshot; startedAtMs: number }
  | { phase: 'created'; control: Removable; record?: SavedRecord | undefined }
  | { phase: 'ready'; control: Removable; revoke: RevokeWhen }

/** Identifies the record that the step may have added. The proof is not secret: the record contains it. */
export type SavedRecord = Pick<DraftRecord, 'name' | 'proof'>

const STATE_KEY = 'post-step'

/** Saves the state through `core.saveState`, and throws what that throws. @param phase `undefined` clears the state */
export function saveState(save: (key: string, value: string) => void, target: Target, phase: Phase | undefined): void {
  const { control, ...rest } = { control: undefined, ...phase }
  const saved = control && { id: idOf(control), createdAt: control.createdAt }
  save(STATE_KEY, phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }))
}

/** Returns the saved state: `undefined` if the step saved none or cleared it, `unreadable` if it can't be read. */
export function readState(env: NodeJS.ProcessEnv): State | 'unreadable' | undefined {
  const text = env[`STATE_${STATE_KEY}`] ?? ''
  if (text === '') return undefined
  try {
    return parseState(JSON.parse(text)) ?? 'unreadable'
  } catch {
    return 'unreadable'
  }
}

function parseState(state: Partial<Record<string, unknown>>): State | undefined {
  const { apiUrl, phase, before, startedAtMs, id, createdAt, record, revoke } = state
  const gateway = state.gateway as GatewayAddress
  const wanted = state.wanted as Wanted
  if (typeof apiUrl !== 'string' || !/^https?:\/\//.test(apiUrl)) return undefined
  if (!isGatewayId(gateway.id) || typeof gateway.url !== 'string') return undefined
  if (wanted.kind !== 'key' && !(wanted.kind === 'origin' && isOrigin(wanted.value))) return undefined
  const target = { apiUrl: apiUrl as ApiUrl, gateway, wanted }
  if (phase === 'creating') {
    const isComplete = isSnapshot(before) && typeof startedAtMs === 'number'
    return isComplete ? { ...target, phase, before, startedAtMs } : undefined
  }
  const control = controlOf(wanted, id, createdAt)
  if (control === undefined || (record !== undefined && !isSavedRecord(record))) return undefined
  if (phase === 'created') return { ...target, phase, control, record }
  const isReady = phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke))
  return isReady ? { ...target, phase, control, revoke: revoke as RevokeWhen } : undefined
}

function controlOf(wanted: Wanted, id: unknown, createdAt: unknown): Removable | undefined {
  if (typeof createdAt !== 'string') return undefined
  if (wanted.kind === 'key') return isKeyId(id) ? { kind: 'key', id, createdAt } : undefined
  return isId(id) ? { ...wanted, id: new Secret(id), createdAt } : undefined
}

function isSavedRecord(value: unknown): value is SavedRecord {
  const { name, proof } = value as Partial<Record<string, unknown>>
  return typeof name === 'string' && typeof proof === 'string' && proof !== ''
}

function isSnapshot(value: unknown): value is Snapshot {
  const { prints, sinceMs, read } = value as Partial<Record<string, unknown>>
  return (
    typeof prints === 'string' && typeof read === 'boolean' && (sinceMs === undefined || typeof sinceMs === 'number')
  )
}
