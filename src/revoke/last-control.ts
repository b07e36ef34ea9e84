import { ActionError, isRefusal, resultOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName } from '../pinata/labels.ts'
import { controlsOf, type GatewayAddress, type GatewayResult, idOf, type Removable } from '../pinata/types.ts'
import { addToSummary, code } from '../runner/summary.ts'
import type { Clients } from '../step/step.ts'
import { cleanupBackoff } from '../step/time-limits.ts'
import { type RevokeContext, withOutcome } from './context.ts'

/** Applies `last-control` if all access controls are selected. Returns a note in dry runs. @throws ActionError */
export function guardLastControl({ items, gateway, address, inputs }: RevokeContext): string | undefined {
  const ids = new Set(withOutcome(items, 'selected').map(({ control }) => control && idOf(control)))
  const removed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length
  if (removed !== gateway.controlCount) return undefined
  const isRefused = inputs.lastControl === 'fail'
  // Don't revoke an unlisted key, because the list may lag and the key may be the last access control.
  if (removed === 0 && isRefused) for (const item of withOutcome(items, 'selected')) item.outcome = 'not listed'
  if (removed === 0 || !(isRefused || inputs.dryRun)) return undefined
  const name = gatewayName(address)
  const refused = isRefused ? ' Because last-control is set to fail, a real run would fail and revoke nothing.' : ''
  if (inputs.dryRun) return `This would leave gateway ${name} without access controls.${refused}`
  const effect = `gateway ${name} would have no access controls left, so anyone could read its pinned content.`
  const advice = 'Create another key first, or set last-control to allow.'
  throw new ActionError(`Nothing was revoked: last-control is set to fail, and ${effect} ${advice}`)
}

/** Reports a gateway that has, or may have, no access controls left. Returns an error if `last-control` is `fail`. */
export function reportLastControl(after: GatewayResult, { address, inputs, step }: RevokeContext) {
  const sentence = unprotectedSentence(after, address)
  if (sentence === undefined) return undefined
  const advice =
    ' To prevent this in the future, keep another key or origin, or set last-control to fail. To allow this without a warning, set last-control to allow.'
  // The job summary repeats all warnings, so add only other messages to it.
  if (inputs.lastControl === 'warn') step.log.warning(after instanceof ActionError ? sentence : sentence + advice)
  else addToSummary(step, `\n${code(sentence)}\n`)
  if (inputs.lastControl === 'allow') step.log.info(sentence)
  return inputs.lastControl === 'fail' ? new ActionError(sentence) : undefined
}

/** Reads the gateway, and again if it seems to have no access controls. `controlCount` excludes those in `removed`. */
export async function readTwiceIfEmpty(pinata: PinataApi, { id }: GatewayAddress, removed: Removable[] = []) {
  const ids = new Set(removed.map(idOf))
  const read = async () => {
    const gateway = await pinata.gateway(id)
    const lagging = controlsOf(gateway).filter(control => ids.has(idOf(control)))
    return { ...gateway, controlCount: gateway.controlCount - lagging.length }
  }
  // Pinata's list may be empty for a short time even if the gateway has access controls.
  return await resultOf(read().then(first => (first.controlCount > 0 ? first : read())))
}

type Removing = Pick<Clients, 'pinata' | 'address' | 'step'>

/** Warns and returns `true` if the gateway might be unprotected. @param removed what was removed, or an error */
export async function warnIfUnprotected({ pinata, address, step }: Removing, removed: Removable[] | ActionError) {
  const hasFailed = removed instanceof ActionError
  if (hasFailed && isRefusal(removed)) return false
  const after = await readTwiceIfEmpty(pinata.with(cleanupBackoff(step)), address, hasFailed ? [] : removed)
  const sentence = unprotectedSentence(after, address)
  // If the gateway could not be read either, the message about the failed removal is enough.
  if (sentence === undefined || (hasFailed && after instanceof ActionError)) return false
  step.log.warning(sentence)
  return true
}

function unprotectedSentence(after: GatewayResult, address: GatewayAddress): string | undefined {
  const name = gatewayName(address)
  if (after instanceof ActionError)
    return `Could not check whether gateway ${name} still has any access controls. Without them, anyone can read its pinned content. Check its access controls in Pinata. ${after.message}`
  if (after.controlCount > 0) return undefined
  return `Gateway ${name} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`
}
