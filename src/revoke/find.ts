import { ActionError } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import type { Name } from '../names/record.ts'
import type { RecordList } from '../names/records.ts'
import { addressOf } from '../pinata/labels.ts'
import { type GatewayAddress, type GatewayResult, isSameId } from '../pinata/types.ts'
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
  const selection = select({ clients, gateway, lists }, inputs)
  const outcomes = new Map(selection.groups.flat().map(each => [each, outcomeBefore(each, inputs)]))
  return { clients, address, gateway, selection, outcomes }
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
    if (list.isComplete && list.records.length === 0) reportUnknownName(name, list, step)
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
): Selection {
  if (selector.by === 'key-id') return selectKeys(selector.keyIds, gateway instanceof ActionError ? undefined : gateway)
  if (gateway instanceof ActionError) throw gateway
  if (selector.by === 'origin') return selectOrigins(selector.origins, gateway)
  if (selector.by === 'older-than') return selectOlder(selector, gateway)
  const [all] = lists
  if (records === undefined || all === undefined) throw new Error('Names need the client for records.')
  if (selector.by === 'name') return selectNames(selector, lists, { gateway, records })
  return selectExpired(all, { gateway, records })
}

function outcomeBefore({ control, isListed }: Selected, { keep, dryRun }: RevokeInputs): Outcome {
  if (control?.kind === 'key' && keep.some(id => isSameId(id, control.id))) return 'kept'
  if (control === undefined || (dryRun && !isListed)) return 'not-listed'
  return dryRun ? 'would be revoked' : 'not tried'
}
