import { ActionError, isRefusal, messageOf } from '../errors.ts'
import { groupBy } from '../names/expiry.ts'
import type { NameRecords } from '../names/records.ts'
import { controlsOf, type Gateway, type GatewayAddress, type GatewayResult } from '../pinata/types.ts'
import type { Clients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { count } from '../text.ts'
import type { Item, Selection } from './select.ts'

/** The clients, the gateway and the selection of a step. */
export interface RevokeContext {
  clients: Clients
  address: GatewayAddress
  /** The gateway before, or why it could not be read. */
  gateway: GatewayResult
  selection: Selection
}

/**
 * Revokes what is selected, name by name, and then removes the records of what is known to be revoked. So whatever ends
 * the step, the finished names are complete, and another run continues.
 *
 * @returns the first error, if there is one
 */
export async function revokeSelected(context: RevokeContext): Promise<ActionError | undefined> {
  const selected = context.selection.items.filter(({ outcome }) => outcome === 'selected')
  let firstError: ActionError | undefined
  for (const group of groupBy(selected, ({ name }) => name).values()) {
    const error = await revokeGroup(group, context)
    firstError ??= error
    if (isRefusal(error)) break
  }
  return firstError
}

async function revokeGroup(group: Item[], context: RevokeContext): Promise<ActionError | undefined> {
  const { records } = context.clients
  let firstError: ActionError | undefined
  try {
    if (records && context.selection.isExpired) await skipRenewed(group, records, context)
  } catch (error) {
    return asActionError(error)
  }
  for (const item of group.filter(({ outcome }) => outcome === 'selected')) {
    const error = (await revokeItem(item, context)) ?? (await records?.remove(item.records))
    if (isRefusal(error)) return error
    if (item.outcome === 'not revoked') firstError ??= error
  }
  return firstError
}

async function revokeItem(
  item: Item,
  { clients: { pinata }, address }: RevokeContext,
): Promise<ActionError | undefined> {
  if (item.control === undefined) return undefined
  try {
    item.outcome = await pinata.remove(address.id, item.control, item.isListed)
    return undefined
  } catch (error) {
    item.outcome = 'not revoked'
    return asActionError(error)
  }
}

/** In a sweep, reads the records of the name again, and skips what was renewed since. @throws ActionError */
async function skipRenewed(group: Item[], records: NameRecords, { gateway, selection }: RevokeContext): Promise<void> {
  const name = group[0]?.name
  if (name === undefined) return
  const again = await records.find(name)
  if (!again.isComplete) {
    selection.partialNames.push(name)
    selection.items = selection.items.filter(item => !group.includes(item))
    for (const item of group) item.outcome = 'not selected'
    return
  }
  const { proven } = records.partition(again.records, controlsOf(gateway as Gateway))
  for (const item of group) {
    const its = proven.filter(({ control }) => control === item.control)
    item.records = its
    if (selection.isExpired?.(its)) continue
    item.outcome = 'not selected'
    item.reason = its.length > 0 ? 'it was renewed just now' : 'its record was removed just now'
  }
}

/**
 * Removes the records that nothing depends on: those with a later record, and those whose access control a second reading
 * of the gateway does not list either, because Pinata's list may lag or be empty once.
 *
 * @param gateway the second reading
 */
export async function removeLeftovers(
  { clients: { records }, selection }: RevokeContext,
  gateway: GatewayResult | undefined,
  { log }: Step,
): Promise<ActionError | undefined> {
  const isRead = gateway !== undefined && !(gateway instanceof ActionError)
  const unlisted = isRead && records?.partition(selection.unlistedRecords, controlsOf(gateway)).unlisted
  const leftovers = [...selection.supersededRecords, ...(unlisted || [])].filter(
    ({ name }) => !selection.partialNames.includes(name),
  )
  const error = await records?.remove(leftovers)
  if (unlisted && unlisted.length < selection.unlistedRecords.length) {
    return new ActionError(
      "Could not revoke everything: Pinata's list of the gateway was incomplete. Run the step again.",
    )
  }
  if (leftovers.length > 0 && error === undefined) {
    log.info(`Removed ${count(leftovers.length, 'record')} that no access control needs.`)
  }
  return isRefusal(error) ? error : undefined
}

function asActionError(error: unknown): ActionError {
  return error instanceof ActionError ? error : new ActionError(messageOf(error))
}
