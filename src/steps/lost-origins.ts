import { messageOf } from '../errors.ts'
import type { NameRecords } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { GatewayAddress, HostOrigin } from '../pinata/types.ts'
import { newSince, type Snapshot } from './snapshot.ts'
import type { Step } from './step.ts'
import { gatewayName } from './summary.ts'

/** An origin that a step added, and with it perhaps more than once, as an answer got lost. */
export interface LostOrigin {
  gateway: GatewayAddress
  value: string
  /** The entries of this value before the step. */
  before: Snapshot
}

/**
 * The entries of an origin that came to the gateway since the snapshot and that no record stands for. After a lost answer
 * they count as created by the step: an origin is known by its value.
 *
 * @param records of names; `undefined` if the step has no name
 * @throws ActionError if the gateway or the records can't be read
 */
export async function lostEntries(
  { gateway, value, before }: LostOrigin,
  api: PinataApi,
  records: NameRecords | undefined,
): Promise<HostOrigin[]> {
  const { origins } = await api.gateway(gateway.id)
  const entries = newSince(before, originsOf(origins, value))
  if (records === undefined || entries.length === 0) return entries
  const { live } = records.sort(await records.find(), entries)
  const recorded = new Set(live.map(({ control }) => control))
  return entries.filter(entry => !recorded.has(entry))
}

/** Removes the entries of an origin that a step left on the gateway; where it can't, that is a warning. */
export async function removeLostEntries(
  lost: LostOrigin,
  api: PinataApi,
  records: NameRecords | undefined,
  { log }: Pick<Step, 'log'>,
): Promise<void> {
  const { gateway, value } = lost
  const where = `gateway ${gatewayName(gateway)}`
  try {
    const entries = await lostEntries(lost, api, records)
    for (const entry of entries) {
      await api.remove(gateway.id, entry)
      log.info(`Removed origin ${value} from ${where}: a request whose answer got lost had added it.`)
    }
    if (entries.length === 0) log.info(`${mayBeLate(lost)} It is not there now.`)
  } catch (error) {
    log.warning(
      `An answer of Pinata's got lost, so origin ${value} may be on ${where} without a record. Remove it with the revoke action (origin) or in Pinata if no other job uses it. ${messageOf(error)}`,
    )
  }
}

/** What a lost answer means for an origin that is not there, or not yet. */
function mayBeLate({ gateway, value }: LostOrigin): string {
  return `An answer of Pinata's got lost, so origin ${value} may be on gateway ${gatewayName(gateway)} later.`
}

/** What a lost answer means for an origin that stays. */
export function maybeTwice({ gateway, value }: LostOrigin): string {
  return `An answer of Pinata's got lost, so origin ${value} may be on gateway ${gatewayName(gateway)} a second time, without a record. The revoke action removes all of them by origin.`
}

/** The entries of this value. */
export function originsOf(origins: HostOrigin[], value: string): HostOrigin[] {
  return origins.filter(each => each.value === value)
}
