// The post step loads this file before it knows whether there is anything to do, so it imports no code that is large.
import type { Name } from '../names/records.ts'
import {
  type ApiUrl,
  type GatewayAddress,
  isGatewayId,
  isId,
  isKeyId,
  isOrigin,
  type Removable,
  type Wanted,
} from '../pinata/types.ts'
import { Secret } from '../secret.ts'
import type { RevokeWhen } from './inputs.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * What a step leaves for its post step. The runner keeps it in plain text, so no JWT and no key's value is in it. The ID
 * of an origin is, by which the origin is removed.
 *
 * - `creating`: something may have been created that nobody knows of; `before` is what the gateway had before.
 * - `rollback`: it was created and is not handed over, so the post step revokes it.
 * - `ready`: it is handed over, and `revoke` says what becomes of it.
 */
export type State = Target & Phase

export interface Target {
  apiUrl: ApiUrl
  gateway: GatewayAddress
  /** Whether the gateway had no access control before, as far as is known. */
  mayBeFirst: boolean
  wanted: Wanted
}

export type Phase =
  | { phase: 'creating'; before: Snapshot }
  | (Created & { phase: 'rollback' })
  | (Created & { phase: 'ready'; revoke: RevokeWhen })

interface Created {
  control: Removable
  /** The name that is recorded for it. */
  name?: Name | undefined
  /** The deployment that records it. */
  record?: number | undefined
  /** Set if an answer got lost, so that there may be one more. */
  before?: Snapshot | undefined
}

/** Of the state, as `core.saveState` takes it. */
export const NAME = 'post-step'

/** What the step saved, read from the environment as `core.getState` does; `undefined` if it is nothing, or no state. */
export function readState(env: NodeJS.ProcessEnv): State | undefined {
  try {
    return parseState(JSON.parse(env[`STATE_${NAME}`] ?? ''))
  } catch {
    return undefined
  }
}

function parseState(state: Partial<Record<string, unknown>>): State | undefined {
  const { apiUrl, mayBeFirst, phase, before, id, name, record, revoke } = state
  const gateway = state.gateway as GatewayAddress
  const wanted = state.wanted as Wanted
  if (typeof apiUrl !== 'string' || !/^https?:\/\//.test(apiUrl) || typeof mayBeFirst !== 'boolean') return undefined
  if (!isGatewayId(gateway.id) || typeof gateway.url !== 'string') return undefined
  if (wanted.kind !== 'key' && !(wanted.kind === 'origin' && isOrigin(wanted.value))) return undefined
  if (before !== undefined ? !isSnapshot(before) : phase === 'creating') return undefined
  const target = { apiUrl: apiUrl as ApiUrl, gateway, mayBeFirst, wanted }
  if (phase === 'creating') return { ...target, phase, before: before as Snapshot }
  const control = controlOf(wanted, id)
  if (control === undefined || (name !== undefined && typeof name !== 'string')) return undefined
  if (record !== undefined && !Number.isSafeInteger(record)) return undefined
  const created = {
    control,
    name: name as Name | undefined,
    record: record as number | undefined,
    before: before as Snapshot | undefined,
  }
  if (phase === 'rollback') return { ...target, ...created, phase }
  const isReady = phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke))
  return isReady ? { ...target, ...created, phase, revoke: revoke as RevokeWhen } : undefined
}

function controlOf(wanted: Wanted, id: unknown): Removable | undefined {
  if (wanted.kind === 'key') return isKeyId(id) ? { kind: 'key', id } : undefined
  return isId(id) ? { ...wanted, id: new Secret(id), createdAt: '' } : undefined
}

function isSnapshot(value: unknown): value is Snapshot {
  const { prints, since, read } = value as Partial<Record<string, unknown>>
  return typeof prints === 'string' && typeof read === 'boolean' && (since === undefined || typeof since === 'string')
}

/** What there is to do for the post step. */
export interface PostWork {
  state: State
  /** What to revoke. */
  revoke?: Removable
  /** What may or may not have to be revoked: the job's status was not given. */
  undecided?: Removable
}

/**
 * Decides what the post step has to do.
 *
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
export function postWorkOf(state: State | undefined, jobStatus: string): PostWork | undefined {
  if (state === undefined) return undefined
  const rest = state.before === undefined ? undefined : { state }
  if (state.phase === 'creating') return rest
  const { control } = state
  if (state.phase === 'rollback' || state.revoke === 'after-job') return { state, revoke: control }
  if (state.revoke === 'never' || jobStatus === 'success') return rest
  const failed = jobStatus === 'failure' || jobStatus === 'cancelled'
  return failed ? { state, revoke: control } : { state, undecided: control }
}
