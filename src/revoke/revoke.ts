import { ActionError, isRefusal } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import type { Name } from '../names/record.ts'
import type { RecordList } from '../names/records.ts'
import { addressOf, gatewayName } from '../pinata/labels.ts'
import type { Gateway, GatewayResult } from '../pinata/types.ts'
import { type Clients, openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import { type RevokeContext, removeLeftovers, revokeSelected } from './execute.ts'
import { readResult, refuseLastControl, reportDryRun, reportLastControl } from './last-control.ts'
import { leftError, reportOutcomes, setOutputs, warnOfMissing, withOutcome } from './report.ts'
import { type Selection, selectExpired, selectKeys, selectNames, selectOlder, selectOrigins } from './select.ts'

/** How much time a step has for each access control, in addition. In milliseconds. */
const LIMIT_EACH_MS = 3_000

/** Revokes keys and removes origins, except those to keep, and reports each result. @throws ActionError if one is left */
export async function revoke(inputs: RevokeInputs, step: Step): Promise<void> {
  const { selector, dryRun } = inputs
  const clients = await openClients(inputs, 'token' in selector ? selector.token : undefined, step)
  // Read the records before the gateway: see NameRecords.find().
  const lists = await readLists(clients, inputs, step)
  const gateway = await readGateway(clients, inputs)
  const selection = select({ records: clients.records, gateway, lists }, inputs)
  const address = addressOf(
    inputs.gateway,
    gateway instanceof ActionError ? { id: clients.gatewayId, url: '' } : gateway,
  )
  keepListed(selection, gateway, inputs)
  const selected = withOutcome(selection.items, 'selected')
  if (!(gateway instanceof ActionError)) refuseLastControl(gateway, selected, inputs)
  clients.deadline.extend(selected.length * LIMIT_EACH_MS)

  const context = { clients, address, gateway, selection }
  if (dryRun) for (const item of selected) item.outcome = item.isListed ? 'would be revoked' : 'not listed'
  const error = dryRun ? undefined : await revokeSelected(context)
  const followUp = dryRun ? undefined : await checkAgain(context, error, { inputs, step })
  const { items } = selection
  await reportOutcomes(items, address, { inputs, step })
  warnOfMissing(items, address, { inputs, step })
  if (dryRun) reportDryRun(gateway as Gateway, withOutcome(items, 'would be revoked'), inputs, step)
  const outputError = setOutputs(items, step)

  const left = withOutcome(items, 'not revoked', ...(dryRun ? [] : (['selected'] as const)))
  const errors = [left.length > 0 ? leftError(left, selected, error) : error, partialNames(selection), followUp]
  const [failure, ...others] = [...errors, outputError].filter(each => each !== undefined)
  for (const { message } of others) step.log.warning(message)
  if (failure !== undefined) throw failure
}

/** Returns the records of each name, or one list of all records for a sweep. */
async function readLists({ records }: Clients, { selector }: RevokeInputs, { log }: Step): Promise<RecordList[]> {
  if (records === undefined) return []
  if (selector.by !== 'name') {
    const all = await records.findAll()
    const more = 'GitHub has more than 10,000 records, and this step sweeps only those. Run it again for the rest.'
    if (!all.isComplete) log.warning(more)
    return [all]
  }
  const lists: RecordList[] = []
  for (const name of selector.names) {
    const list = await records.find(name)
    const isUnknown = list.isComplete && list.records.length === 0
    if (isUnknown && list.hasOtherGateways) {
      const only = `The name ${name} is recorded for another gateway only`
      log.warning(`${only}, so nothing was revoked for it. Check gateway-id.`)
    } else if (isUnknown) log.info(`No key or origin is recorded under the name ${name}.`)
    lists.push(list)
  }
  return lists
}

/**
 * Reads the gateway. Revoking keys by ID works without, unless the credentials or the gateway are wrong, or something
 * depends on its access controls.
 */
async function readGateway(
  { pinata, gatewayId }: Clients,
  { dryRun, keep, lastControl, selector }: RevokeInputs,
): Promise<GatewayResult> {
  const result = await readResult(pinata, gatewayId)
  if (!(result instanceof ActionError)) return result
  const isRejected = ['unauthorized', 'forbidden', 'not-found'].includes(result.kind)
  if (dryRun || selector.by !== 'key-id' || isRejected) throw result
  if (lastControl !== 'fail' && keep.length === 0) return result
  const why = keep.length > 0 ? 'keep is set' : 'last-control is fail'
  throw new ActionError(
    `Nothing was revoked: ${why}, and the gateway's access controls could not be read. ${result.message}`,
  )
}

function select(
  { records, gateway, lists }: { records: Clients['records']; gateway: GatewayResult; lists: RecordList[] },
  { selector }: RevokeInputs,
): Selection {
  if (selector.by === 'key-id') {
    return selectKeys(selector.keyIds, gateway instanceof ActionError ? undefined : gateway)
  }
  if (gateway instanceof ActionError) throw gateway
  if (selector.by === 'origin') return selectOrigins(selector.origins, gateway)
  if (selector.by === 'older-than') return selectOlder(selector, gateway)
  const [all] = lists
  if (records === undefined || all === undefined) throw new Error('Names need the client for records.')
  return selector.by === 'name'
    ? selectNames(selector, lists, { gateway, records })
    : selectExpired(all, { gateway, records })
}

/** Keeps the keys in `keep`. @throws ActionError if the gateway does not list one of them: its ID may be mistyped */
function keepListed({ items }: Selection, gateway: GatewayResult, { keep }: RevokeInputs): void {
  // With keep, it was read.
  if (gateway instanceof ActionError) return
  const listed = new Set(gateway.keys.map(({ id }) => id.toLowerCase()))
  const missing = keep.filter(id => !listed.has(id.toLowerCase()))
  if (missing.length > 0) {
    throw new ActionError(
      `Nothing was revoked: keep contains ${missing.slice(0, 5).join(', ')}, which gateway ${gatewayName(gateway)} does not list. Check the ID, or remove it from keep.`,
    )
  }
  const kept = new Set(keep.map(id => id.toLowerCase()))
  for (const item of items) if (item.kind === 'key' && kept.has(item.subject.toLowerCase())) item.outcome = 'kept'
}

/** Reads the gateway after the removals, and removes the records that no access control needs. */
async function checkAgain(
  context: RevokeContext,
  error: ActionError | undefined,
  { inputs, step }: { inputs: RevokeInputs; step: Step },
): Promise<ActionError | undefined> {
  const { clients, address, selection } = context
  const hasRemoved = withOutcome(selection.items, 'revoked').length > 0
  const needsReading = hasRemoved || selection.unlistedRecords.length > 0
  const after = needsReading ? await readResult(clients.pinata, address.id) : undefined
  const open = hasRemoved && after ? reportLastControl(after, address, inputs, step) : undefined
  const leftovers = isRefusal(error) ? undefined : await removeLeftovers(context, after, step)
  return open ?? leftovers
}

function partialNames({ partialNames: names }: { partialNames: Name[] }): ActionError | undefined {
  if (names.length === 0) return undefined
  return new ActionError(
    `Nothing was removed for ${names.slice(0, 15).join(', ')}: GitHub's list of the records is incomplete or keeps changing. Run the step again.`,
  )
}
