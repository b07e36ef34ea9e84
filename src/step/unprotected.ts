import { ActionError, isRefusal, resultOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import { gatewayName } from '../pinata/labels.ts'
import { controlsOf, type GatewayAddress, type GatewayResult, idOf, type Removable } from '../pinata/types.ts'
import type { Clients } from './step.ts'
import { cleanupBackoff } from './time-limits.ts'

/** Reads the gateway, twice if it seems to have no access controls. `controlCount` excludes those in `removed`. */
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

/** Returns the message about a gateway that has, or may have, no access controls, or `undefined` if it has any. */
export function unprotectedSentence(after: GatewayResult, address: GatewayAddress): string | undefined {
  const name = gatewayName(address)
  if (after instanceof ActionError)
    return `Could not check whether gateway ${name} still has any access controls. Without them, anyone can read its pinned content. Check its access controls in Pinata. ${after.message}`
  if (after.controlCount > 0) return undefined
  return `Gateway ${name} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`
}
