import { messageOf } from '../errors.ts'
import type { Named, NameRecords } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import { type GatewayAddress, type HostOrigin, idOf, originsOf } from '../pinata/types.ts'
import { newSince, type Snapshot } from './snapshot.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'

/** An origin that requests may have added whose answers got lost. */
export interface LostOrigin {
  gateway: GatewayAddress
  value: string
  /** The origins of the gateway before the step. */
  before: Snapshot
  /** The entry that the step has in hand. */
  own?: HostOrigin | undefined
}

/**
 * The entries of this value that came to the gateway since the snapshot, but the step's own one, and that no record stands
 * for: an origin is known by its value, so they count as created by the step.
 *
 * @param records of names; without them, another job may have added what is found
 * @throws ActionError if the gateway or the records can't be read
 */
export async function lostEntries(
  { gateway, value, before, own }: LostOrigin,
  api: PinataApi,
  records: NameRecords | undefined,
): Promise<HostOrigin[]> {
  const { origins } = await api.gateway(gateway.id)
  const entries = newSince(before, originsOf(origins, value)).filter(entry => !own || idOf(entry) !== idOf(own))
  if (records === undefined || entries.length === 0) return entries
  const { live } = records.sort(await records.find(), entries)
  const recorded = new Set(live.map(({ control }) => control))
  return entries.filter(entry => !recorded.has(entry))
}

/**
 * Removes the entry that a step left on the gateway. Where it can't, or it may be another job's, that is a warning: if the
 * step has an entry in hand, or if there is more than one.
 */
export async function removeLostEntry(
  lost: LostOrigin,
  api: PinataApi,
  records: NameRecords | undefined,
  { log }: Pick<Step, 'log'>,
): Promise<void> {
  const { gateway, value } = lost
  try {
    const entries = await lostEntries(lost, api, records)
    if (entries.length === 0) log.info(`${mayBe(lost, 'later')} It is not there now.`)
    const mayBeOthers = lost.own !== undefined || entries.length > 1
    if (mayBeOthers && entries.length > 0) log.warning(`${mayBe(lost, 'once more, without a record')} ${REMOVE}`)
    for (const entry of mayBeOthers ? [] : entries) {
      await api.remove(gateway.id, entry)
      log.info(`Removed origin ${value}, which a request whose answer got lost had added.`)
    }
  } catch (error) {
    log.warning(`${mayBe(lost, 'without a record')} ${REMOVE} ${messageOf(error)}`)
  }
}

/** Records the entries that are left besides the step's own one, so that they go with its name. */
export async function recordLostEntries(
  lost: LostOrigin,
  { api, records, record }: { api: PinataApi; records: NameRecords | undefined; record: Named | undefined },
  { log }: Pick<Step, 'log'>,
): Promise<void> {
  try {
    const entries = records && record ? await lostEntries(lost, api, records) : []
    if (records && record) for (const entry of entries) await records.add(record, entry, lost.gateway)
    const how = entries.length > 0 ? 'once more. It goes with the name' : 'once more, later'
    log.info(`${mayBe(lost, how)} ${REMOVE_ALL}`)
  } catch (error) {
    log.warning(`${mayBe(lost, 'once more, without a record')} ${REMOVE_ALL} ${messageOf(error)}`)
  }
}

const REMOVE = 'Remove it with the revoke action (origin) or in Pinata if no other job uses it.'
const REMOVE_ALL = 'The revoke action removes all of them by origin.'

function mayBe({ gateway, value }: LostOrigin, how: string): string {
  return `An answer of Pinata's got lost, so origin ${value} may be on gateway ${gatewayName(gateway)} ${how}.`
}
