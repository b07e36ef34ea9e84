import { ActionError, messageOf } from '../errors.ts'
import type { NameRecord } from '../names/record.ts'
import { controlsOf, type Gateway, type GatewayResult } from '../pinata/types.ts'
import type { Step } from '../step.ts'
import { count } from '../text.ts'
import type { RevokeContext } from './find.ts'
import type { Selected } from './selection.ts'

/**
 * Revokes what is selected, name by name, and then removes the records of what is known to be revoked. So whatever ends
 * the step, the finished names are complete, and another run continues.
 *
 * @returns the first error, if there is one
 */
export async function revokeGroups(context: RevokeContext): Promise<ActionError | undefined> {
  let firstError: ActionError | undefined
  for (const group of context.selection.groups) {
    const error = await revokeGroup(group, context)
    firstError ??= error
    if (isFinal(error)) break
  }
  return firstError
}

async function revokeGroup(group: Selected[], context: RevokeContext): Promise<ActionError | undefined> {
  const { clients, address, outcomes } = context
  let firstError: ActionError | undefined
  try {
    for (const selected of await withoutRenewed(group, context)) {
      if (selected.control === undefined || outcomes.get(selected) !== 'not tried') continue
      try {
        outcomes.set(selected, await clients.pinata.remove(address.id, selected.control, selected.isListed))
      } catch (error) {
        outcomes.set(selected, 'not revoked')
        firstError ??= asActionError(error)
        if (isFinal(firstError)) break
        continue
      }
      const error = await clients.records?.remove(selected.records)
      if (isFinal(error)) return error
    }
    return firstError
  } catch (error) {
    for (const selected of group) if (outcomes.get(selected) === 'not tried') outcomes.set(selected, 'not revoked')
    return asActionError(error)
  }
}

/** In a sweep, reads the records of the name again, and skips what was renewed since. @throws ActionError */
async function withoutRenewed(group: Selected[], context: RevokeContext): Promise<Selected[]> {
  const { clients, gateway, selection, outcomes } = context
  const { isExpired } = selection
  const name = group[0]?.name
  if (isExpired === undefined || name === undefined || clients.records === undefined) return group
  const again = await clients.records.find(name)
  if (!again.isComplete) {
    selection.partialNames.push(name)
    for (const selected of group) outcomes.delete(selected)
    return []
  }
  const { proven } = clients.records.partition(again.records, controlsOf(gateway as Gateway))
  const expired: Selected[] = []
  for (const selected of group) {
    const records = proven.filter(({ control }) => control === selected.control)
    if (isExpired(records)) {
      selected.records = records
      expired.push(selected)
    } else {
      outcomes.delete(selected)
      const reason = records.length > 0 ? 'it was renewed just now' : 'its record was removed just now'
      selection.skipped.push({ ...selected, reason })
    }
  }
  return expired
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
  const isWhole = ({ name }: NameRecord) => !selection.partialNames.includes(name)
  const leftovers = [...selection.supersededRecords, ...(unlisted || [])].filter(isWhole)
  const error = await records?.remove(leftovers)
  if (leftovers.length > 0 && error === undefined) {
    log.info(`Removed ${count(leftovers.length, 'record')} that no access control needs.`)
  }
  return isFinal(error) ? error : undefined
}

/** Whether a request that was rejected for one would be rejected for all. */
export function isFinal(error: ActionError | undefined): boolean {
  return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
}

function asActionError(error: unknown): ActionError {
  return error instanceof ActionError ? error : new ActionError(messageOf(error))
}
