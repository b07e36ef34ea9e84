// The post step loads this file before it knows whether there is anything to do, so it imports no code that is large.
import type { KeyName } from '../names/records.ts'
import { type ApiUrl, type GatewayAddress, isGatewayId, isKeyId, type KeyId } from '../pinata/types.ts'
import type { RevokeWhen } from './inputs.ts'
import type { Snapshot } from './unclaimed-keys.ts'

/**
 * What a step leaves for its post step. No secret is in it: the runner keeps it in plain text.
 *
 * - `creating`: a key may have been created that nobody knows of; `before` is what the gateway had before.
 * - `rollback`: the key was created and is not handed over, so the post step revokes it.
 * - `ready`: the key is handed over, and `revoke` says what becomes of it.
 */
export type State = Target & Phase

interface Target {
  apiUrl: ApiUrl
  gateway: GatewayAddress
  /** Whether the gateway had no access control before, as far as is known. */
  mayBeFirst: boolean
}

type Phase =
  | { phase: 'creating'; before: Snapshot }
  | (CreatedKey & { phase: 'rollback' })
  | (CreatedKey & { phase: 'ready'; revoke: RevokeWhen })

interface CreatedKey {
  keyId: KeyId
  /** The name that is recorded for it. */
  name?: KeyName | undefined
  /** Set if an answer got lost, so that there may be one more key. */
  before?: Snapshot | undefined
}

const NAME = 'post-step'

/**
 * Saves the state of a step. What was saved last counts, also when the process is killed, so each is saved before the
 * thing happens after which it would be wrong to have the one before:
 *
 * 1. `creating`, before Pinata is asked for a key. If that can't be saved, no key is created.
 * 2. `rollback`, when the key is there, before it is recorded or handed over.
 * 3. `ready`, when the key is an output and the log tells of it.
 *
 * When the key is revoked, or none was created, the state is cleared; if an answer got lost it is `creating` again.
 */
export class StateWriter {
  readonly #save: (name: string, value: string) => void
  readonly #target: Target
  #before: Snapshot

  /** @param save as `core.saveState`; what it throws is thrown here */
  constructor(save: (name: string, value: string) => void, target: Target, before: Snapshot) {
    this.#save = save
    this.#target = target
    this.#before = before
  }

  /** What the gateway had when it was looked at last: what was reported since is not reported again. */
  get before(): Snapshot {
    return this.#before
  }

  set before(snapshot: Snapshot) {
    this.#before = snapshot
  }

  creating(): void {
    this.#write({ phase: 'creating', before: this.#before })
  }

  /** @param hasLostAnswer whether there may be one more key */
  rollback(key: { keyId: KeyId; name: KeyName | undefined }, hasLostAnswer: boolean): void {
    this.#write({ phase: 'rollback', ...key, ...this.#beforeIf(hasLostAnswer) })
  }

  ready(key: { keyId: KeyId; name: KeyName | undefined; revoke: RevokeWhen }, hasLostAnswer: boolean): void {
    this.#write({ phase: 'ready', ...key, ...this.#beforeIf(hasLostAnswer) })
  }

  clear(): void {
    this.#save(NAME, '')
  }

  #beforeIf(hasLostAnswer: boolean) {
    return hasLostAnswer ? { before: this.#before } : {}
  }

  #write(phase: Phase): void {
    const state: State = { ...this.#target, ...phase }
    this.#save(NAME, JSON.stringify(state))
  }
}

/** What the step saved, read from the environment as `core.getState` does; `undefined` if it is nothing, or no state. */
export function readState(env: NodeJS.ProcessEnv): State | undefined {
  try {
    const state: unknown = JSON.parse(env[`STATE_${NAME}`] ?? '')
    return isState(state) ? state : undefined
  } catch {
    return undefined
  }
}

function isState(value: unknown): value is State {
  const state = value as Partial<Record<string, unknown>> | null
  const gateway = state?.gateway as Partial<GatewayAddress> | null | undefined
  if (typeof state?.apiUrl !== 'string' || !/^https?:\/\//.test(state.apiUrl)) return false
  if (!isGatewayId(gateway?.id) || typeof gateway?.url !== 'string') return false
  const { mayBeFirst, phase, before, keyId, name, revoke } = state
  if (typeof mayBeFirst !== 'boolean') return false
  if (before !== undefined ? !isSnapshot(before) : phase === 'creating') return false
  if (phase === 'creating') return true
  if (!isKeyId(keyId) || (name !== undefined && typeof name !== 'string')) return false
  return phase === 'rollback' || (phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke)))
}

function isSnapshot(value: unknown): value is Snapshot {
  const { prints, since, read } = value as Partial<Record<string, unknown>>
  return typeof prints === 'string' && typeof read === 'boolean' && (since === undefined || typeof since === 'string')
}

/** What there is to do for the post step. */
export interface PostWork {
  state: State
  /** The key to revoke. */
  revoke?: KeyId
  /** A key that may or may not have to be revoked: the job's status was not given. */
  undecided?: KeyId
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
  const { keyId } = state
  if (state.phase === 'rollback' || state.revoke === 'after-job') return { state, revoke: keyId }
  if (state.revoke === 'never' || jobStatus === 'success') return rest
  const failed = jobStatus === 'failure' || jobStatus === 'cancelled'
  return failed ? { state, revoke: keyId } : { state, undecided: keyId }
}
