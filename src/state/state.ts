// The post step loads this file before it knows whether there is anything to do, so it imports nothing large.
import { unlessItThrows } from '../http/reply.ts'
import type { RevokeWhen } from '../inputs/read.ts'
import type { Snapshot } from '../lost/snapshot.ts'
import type { DraftRecord } from '../names/record-format.ts'
import type { ControlSpec, GatewayAddress, Removable } from '../pinata/types.ts'
import { idOf, isId, isOrigin } from '../pinata/types.ts'
import { Secret } from '../secret.ts'

interface Target {
  gateway: GatewayAddress
  wanted: ControlSpec
}

/**
 * How far the step got. The last saved phase counts, even if the process is killed.
 *
 * - `creating`, before the request to Pinata: an access control that no log mentions may have been created.
 * - `created`: the post step revokes the access control, unless `record` is set and GitHub lists this record. The proof
 *   is not secret, because the record contains it.
 * - `ready`: the access control was passed on. The post step revokes it as `revoke` specifies.
 *
 * A step clears its state if there is nothing left to do.
 */
export type Phase =
  | { phase: 'creating'; before?: Snapshot | undefined; startedAtMs: number }
  | { phase: 'created'; control: Removable; record?: Pick<DraftRecord, 'name' | 'proof'> | undefined }
  | { phase: 'ready'; control: Removable; revoke: Exclude<RevokeWhen, 'never'> }

/** The data that a step saves for its post step. It contains no JWT or key, because the runner stores plain text. */
export type State = Target & Phase
export type StateIn<P extends Phase['phase']> = Target & Extract<Phase, { phase: P }>
export type SavedState = State | { phase: 'unreadable' }

const STATE_KEY = 'post-step'

/** Saves the state with `core.saveState`. @throws whatever that throws @param phase `undefined` clears the state */
export function saveState(save: (key: string, value: string) => void, target: Target, phase: Phase | undefined): void {
  const { control, ...rest } = { control: undefined, ...phase }
  const saved = control && { id: idOf(control), createdAt: control.createdAt }
  save(STATE_KEY, phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }))
}

/** Returns the saved state; `undefined` if the step saved none or cleared it. */
export function readState(env: NodeJS.ProcessEnv): SavedState | undefined {
  const text = env[`STATE_${STATE_KEY}`] ?? ''
  return text === '' ? undefined : (unlessItThrows(() => parseState(JSON.parse(text))) ?? { phase: 'unreadable' })
}

type Fields = Partial<Record<string, unknown>>

function parseState(saved: Fields): State | undefined {
  const { phase, before, startedAtMs, record, revoke, id, createdAt } = saved
  const [gateway, wanted] = [saved.gateway as Fields, saved.wanted as Fields]
  const isKey = wanted.kind === 'key'
  const isKind = isKey || (wanted.kind === 'origin' && isOrigin(wanted.value))
  if (typeof gateway.url !== 'string' || !isId(gateway.id) || !isKind) return undefined
  const target = { gateway, wanted } as unknown as Target
  if (phase === 'creating' && (before === undefined || isSnapshot(before)) && typeof startedAtMs === 'number') {
    return { ...target, phase, before, startedAtMs }
  }
  if (!isId(id) || typeof createdAt !== 'string') return undefined
  const control = { ...target.wanted, id: isKey ? id : new Secret(id), createdAt } as Removable
  if (phase === 'created' && isSavedRecord(record)) return { ...target, phase, control, record }
  const isReady = phase === 'ready' && (revoke === 'on-failure' || revoke === 'after-job')
  return isReady ? { ...target, phase, control, revoke } : undefined
}

function isSavedRecord(value: unknown): value is StateIn<'created'>['record'] {
  const { name, proof } = (value ?? { name: '', proof: 'none' }) as Fields
  return typeof name === 'string' && typeof proof === 'string' && proof !== ''
}

function isSnapshot(value: unknown): value is Snapshot {
  const { prints, since = '' } = value as Fields
  return typeof prints === 'string' && typeof since === 'string'
}
