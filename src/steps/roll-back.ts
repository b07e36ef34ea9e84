import { ActionError, messageOf } from '../errors.ts'
import type { Backoff } from '../http/retry.ts'
import type { ProvenRecord } from '../names/records.ts'
import { type AccessControl, type GatewayAddress, publicName } from '../pinata/types.ts'
import { printable } from '../text.ts'
import type { CreateInputs } from './inputs.ts'
import { removeLostEntry } from './lost-origins.ts'
import { releaseOrigin } from './release.ts'
import type { StateWriter } from './state-writer.ts'
import { openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { gatewayName, notHandedOver } from './summary.ts'
import { reportUnclaimedKeys } from './unclaimed-keys.ts'
import { WORDS } from './words.ts'

/** An access control that was created, before it is handed over. */
export interface Created {
  control: AccessControl
  /** Whether it is what was asked for. */
  isAsAsked: boolean
  gateway: GatewayAddress
  hasLostAnswer: boolean
  state: StateWriter
}

/**
 * Removes what could not be handed over.
 *
 * @param why it could not
 * @returns what to tell of it
 */
export async function rollBack(created: Created, why: unknown, inputs: CreateInputs, step: Step): Promise<ActionError> {
  const { control, gateway, hasLostAnswer, state } = created
  const { naming } = inputs
  const { kind } = control
  const words = WORDS[kind]
  const subject = publicName(control)
  const reserve = reserveOf(step)
  const reason = why instanceof ActionError ? why.message : `${notHandedOver(kind)}: ${printable(messageOf(why))}.`
  // Should this process be killed meanwhile, the post step revokes it. It gets a second try as well.
  const save = () => safely(() => state.rollback({ control, name: naming?.name }, hasLostAnswer))
  save()
  const holder = await holderOf(created, inputs, step)
  if (holder !== undefined) {
    safely(() => (hasLostAnswer ? state.creating() : state.clear()))
    return new ActionError(`${reason} Origin ${subject} stays, as the name ${holder.name} stands for it too.`)
  }
  try {
    await openPinata(step, inputs, reserve()).remove(gateway.id, control)
  } catch (error) {
    if (hasLostAnswer) await cleanUp({ gateway, state, control, reserve }, inputs, step)
    save()
    return new ActionError(
      `${reason} ${words.title} ${subject} was ${words.created} on gateway ${gatewayName(gateway)} and could not be ${words.revoked}: ${words.revoke} it with the revoke action or in Pinata. ${messageOf(error)}`,
    )
  }
  safely(() => (hasLostAnswer ? state.creating() : state.clear()))
  // Not with the records from before: when the step is stopped, their time is over.
  if (naming) await openRecords(step, naming.token, gateway.id, reserve()).removeRecordsOf(naming.name, control)
  if (hasLostAnswer) {
    await cleanUp({ gateway, state, control, reserve }, inputs, step)
    safely(() => state.creating())
  }
  return new ActionError(`${reason} ${words.title} ${subject}, ${words.created} just before, was ${words.revoked}.`)
}

/** A record of another name, written meanwhile, because of which an origin has to stay. This step's records are removed. */
async function holderOf(
  { control, gateway }: Created,
  { naming }: CreateInputs,
  step: Step,
): Promise<ProvenRecord | undefined> {
  if (control.kind === 'key' || naming === undefined) return undefined
  const { name, token } = naming
  try {
    const records = openRecords(step, token, gateway.id, reserveOf(step)())
    const { own, holder } = await releaseOrigin(records, control, { name, deployment: undefined })
    if (holder !== undefined) await records.remove(own, record => `The name ${record.name} is not needed any more`)
    return holder
  } catch {
    // Then nobody else could record it either.
    return undefined
  }
}

/** What there may be more of after a lost answer. */
interface Rest {
  gateway: GatewayAddress
  state: StateWriter
  /** What the step created for certain. */
  control: AccessControl | undefined
  reserve: () => Backoff
}

/** After a lost answer in a step that fails: reports the keys that may be left, and removes the origins. */
export async function cleanUp(
  { gateway, state, control, reserve }: Rest,
  inputs: CreateInputs,
  step: Step,
): Promise<void> {
  const { wanted, naming } = inputs
  const api = openPinata(step, inputs, reserve())
  if (wanted.kind === 'key') {
    const own = control?.kind === 'key' ? control.id : undefined
    // So that the post step need not report them again.
    state.before = await reportUnclaimedKeys(api, { gateway, before: state.before, own }, step)
    return
  }
  const own = control?.kind === 'origin' ? control : undefined
  const records = naming && openRecords(step, naming.token, gateway.id, reserve())
  await removeLostEntry({ gateway, value: wanted.value, before: state.before, own }, api, records, step)
}

/** Whatever it throws, the error that is being handled says more. */
export function safely(action: () => void): void {
  try {
    action()
  } catch {}
}
