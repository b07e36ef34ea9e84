import { ActionError } from '../errors.ts'
import { gatewayName } from '../pinata/labels.ts'
import { controlsOf, type GatewayResult, idOf } from '../pinata/types.ts'
import { addToSummary, code } from '../runner/summary.ts'
import { unprotectedSentence } from '../step/unprotected.ts'
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
