import { ActionError } from '../errors.ts'
import type { RevokeInputs } from '../inputs/selector.ts'
import type { Name, ProvenRecord } from '../names/record.ts'
import type { RecordList } from '../names/records.ts'
import { addressOf } from '../pinata/labels.ts'
import type { GatewayAddress, GatewayResult } from '../pinata/types.ts'
import { type Clients, openClients, type Step } from '../step.ts'
import { selectExpired, selectKeys, selectNames, selectOlder, selectOrigins } from './select.ts'
import type { Outcome, Outcomes, Selected, Selection } from './selection.ts'

/** What a step works on. */
export interface RevokeContext {
  clients: Clients
  address: GatewayAddress
  /** The gateway before, or why it could not be read. */
  gateway: GatewayResult
  selection: Selection
  outcomes: Outcomes
  /** For a sweep: whether these records of one access control expired long enough ago. */
  isExpired?: ((records: ProvenRecord[]) => boolean) | undefined
}

/** Reads what exists, and selects what to revoke. @throws ActionError */
export async function findSelection(inputs: RevokeInputs, step: Step): Promise<RevokeContext> {
  const { selector } = inputs
  const clients = await openClients(inputs, 'token' in selector ? selector.token : undefined, step)
  // Read the records before the gateway: see NameRecords.find().
  const lists = await readLists(clients, inputs, step)
  const gateway = await readGateway(clients, inputs)
  const { gatewayId } = clients
  const address = addressOf(inputs.gateway, gateway instanceof ActionError ? { id: gatewayId, url: '' } : gateway)
  const { selection, isExpired } = select({ clients, gateway, lists }, inputs)
  const keep = new Set(inputs.keep.map(id => id.toLowerCase()))
  const outcomes = new Map(selection.groups.flat().map(each => [each, outcomeBefore(each, keep)]))
  return { clients, address, gateway, selection, outcomes, isExpired }
}

/** Returns the records of each name, or one list of all records for a sweep. */
async function readLists({ records }: Clients, { selector }: RevokeInputs, step: Step): Promise<RecordList[]> {
  if (records === undefined) return []
  if (selector.by !== 'name') {
    const all = await records.findAll()
    if (!all.isComplete) {
      step.log.warning(
        'GitHub has more than 10,000 records, and this step sweeps only those. Run it again for the rest.',
      )
    }
    return [all]
  }
  const lists: RecordList[] = []
  for (const name of selector.names) {
    const list = await records.find(name)
    if (list.records.length === 0) reportUnknownName(name, list, step)
    lists.push(list)
  }
  return lists
}

function reportUnknownName(name: Name, { hasOtherGateways }: RecordList, { log }: Step): void {
  if (hasOtherGateways) {
    log.warning(
      `The name ${name} is recorded for another gateway only, so nothing was revoked for it. Check gateway-id.`,
    )
  } else {
    log.info(`No key or origin is recorded under the name ${name}.`)
  }
}

/**
 * Reads the gateway. Revoking keys by ID works without, unless the credentials or the gateway are wrong, or something
 * depends on its access controls.
 */
async function readGateway(
  { pinata, gatewayId }: Clients,
  { dryRun, keep, lastControl, selector }: RevokeInputs,
): Promise<GatewayResult> {
  try {
    return await pinata.gateway(gatewayId)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const isRejected = ['unauthorized', 'forbidden', 'not-found'].includes(error.kind)
    if (dryRun || selector.by !== 'key-id' || isRejected) throw error
    if (lastControl !== 'fail' && keep.length === 0) return error
    const why = keep.length > 0 ? 'keep is set' : 'last-control is fail'
    throw new ActionError(
      `Nothing was revoked: ${why}, and the gateway's access controls could not be read. ${error.message}`,
    )
  }
}

function select(
  { clients: { records }, gateway, lists }: { clients: Clients; gateway: GatewayResult; lists: RecordList[] },
  { selector }: RevokeInputs,
): { selection: Selection; isExpired?: RevokeContext['isExpired'] } {
  if (selector.by === 'key-id') {
    return { selection: selectKeys(selector.keyIds, gateway instanceof ActionError ? undefined : gateway) }
  }
  if (gateway instanceof ActionError) throw gateway
  if (selector.by === 'origin') return { selection: selectOrigins(selector.origins, gateway) }
  if (selector.by === 'older-than') return { selection: selectOlder(selector, gateway) }
  const [all] = lists
  if (records === undefined || all === undefined) throw new Error('Names need the client for records.')
  if (selector.by === 'name') return { selection: selectNames(selector, lists, { gateway, records }) }
  return selectExpired(all, { gateway, records })
}

function outcomeBefore({ control }: Selected, keep: Set<string>): Outcome {
  if (control === undefined) return 'not-listed'
  return control.kind === 'key' && keep.has(control.id.toLowerCase()) ? 'kept' : 'not tried'
}
