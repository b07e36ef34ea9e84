// Not in state.ts, which the post step loads before it knows whether there is anything to do.
import type { Name, NameRecord } from '../names/records.ts'
import { idOf, type Removable } from '../pinata/types.ts'
import type { RevokeWhen } from './inputs.ts'
import type { Snapshot } from './snapshot.ts'
import { NAME, type Phase, type Target } from './state.ts'

/**
 * Saves the state of a step. What was saved last counts, also when the process is killed, so each is saved before the
 * thing happens after which it would be wrong to have the one before:
 *
 * 1. `creating`, before Pinata is asked for a key or an origin. If that can't be saved, nothing is created.
 * 2. `rollback`, when the access control is there, before it is recorded or handed over.
 * 3. `ready`, when it is an output and the log tells of it.
 *
 * When it is revoked, or none was created, the state is cleared; if an answer got lost it is `creating` again.
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

  /** @param hasLostAnswer whether there may be one more */
  rollback({ control, name }: { control: Removable; name: Name | undefined }, hasLostAnswer: boolean): void {
    this.#write({ phase: 'rollback', control, name, ...this.#beforeIf(hasLostAnswer) })
  }

  /** @param record of its name */
  ready(
    { control, record, revoke }: { control: Removable; record: NameRecord | undefined; revoke: RevokeWhen },
    hasLostAnswer: boolean,
  ): void {
    const named = record && { name: record.name, record: record.deployment }
    this.#write({ phase: 'ready', control, ...named, revoke, ...this.#beforeIf(hasLostAnswer) })
  }

  clear(): void {
    this.#save(NAME, '')
  }

  #beforeIf(hasLostAnswer: boolean) {
    return hasLostAnswer ? { before: this.#before } : {}
  }

  #write(phase: Phase): void {
    const state = { ...this.#target, ...phase }
    const id = 'control' in phase ? { id: idOf(phase.control) } : {}
    this.#save(NAME, JSON.stringify({ ...state, ...id, control: undefined }))
  }
}
