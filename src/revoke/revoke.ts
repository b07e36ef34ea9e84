import { ActionError, isRefusal, resultOf, STOPPED } from '../errors.ts'
import { parseUrl } from '../http/reply.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import { groupBy, OLD_RECORD_MS } from '../names/expiry-and-renewal.ts'
import type { Name, NameRecord } from '../names/record-format.ts'
import { type AccessControl, controlsOf, type Gateway, type GatewayResult } from '../pinata/types.ts'
import { count } from '../printable-text.ts'
import { type Clients, openClients, type Step } from '../step/step.ts'
import { backoffFor, CLEANUP_LIMIT_MS, EXTRA_LIMIT_MS } from '../step/time-limits.ts'
import { readTwiceIfEmpty } from '../step/unprotected.ts'
import { findClosed } from './closed.ts'
import { type Item, type RevokeContext, withOutcome } from './context.ts'
import { guardLastControl, reportLastControl } from './last-control.ts'
import { setRevokeOutputs } from './outputs.ts'
import { failuresOf, reportOutcomes, subjectsOf } from './report.ts'
import { applyKeep, compare, reasonToSkip, select } from './select.ts'

/** Revokes keys, except those in `keep`, and removes origins. Reports each result. @throws ActionError on failure */
export async function revoke(inputs: RevokeInputs, step: Step): Promise<void> {
  const clients = await openClients(inputs, step)
  // Read the records before the gateway. Otherwise, a key that is recorded in between would seem to be gone.
  const { lists, partialNames, unchecked } = await readRecords(clients, inputs)
  const gateway = await readGateway(clients, inputs)
  const recorded = clients.records ? compare(lists, gateway, clients.records) : []
  const selection = select(inputs.selector, gateway, recorded)
  const address = { ...clients.address, url: clients.address.url || gateway.url }
  const context = { ...clients, ...selection, inputs, gateway, address, partialNames, mayHaveRemoved: false }
  applyKeep(context)
  const dryRunNote = guardLastControl(context)
  if (inputs.dryRun) {
    for (const item of withOutcome(selection.items, 'selected')) {
      item.outcome = item.control?.createdAt === undefined ? 'not listed' : 'would be revoked'
    }
  }

  const error = await revokeNames(context)
  const revoked = withOutcome(selection.items, 'revoked').flatMap(({ control }) => control ?? [])
  // Always check whether any access controls remain, even if the deadline was reached or the step was stopped.
  context.deadline.extend(CLEANUP_LIMIT_MS)
  const pinata = clients.pinata.with(backoffFor('Pinata', context.deadline, step, step.graceEnded))
  const after = context.mayHaveRemoved ? await readTwiceIfEmpty(pinata, address, revoked) : undefined
  const incomplete = inputs.dryRun ? undefined : await removeRecords(context, after)

  reportOutcomes(context, dryRunNote)
  const unprotected = after && reportLastControl(after, context)
  const outputs = await resultOf(setRevokeOutputs(context))
  // `unprotected` and `incomplete` may have the same cause, so report only one of them.
  const results = [...failuresOf(context, error), unchecked, unprotected ?? incomplete, outputs]
  const [failure, ...others] = results.filter(each => each instanceof ActionError)
  for (const { message } of others) step.log.warning(message)
  if (failure !== undefined) throw failure
}

/** Reads the records of each name or, for a sweep, all records. `unchecked` is set to the error if a check failed. */
async function readRecords({ records, step }: Clients, { selector }: RevokeInputs) {
  if (records === undefined) return { lists: [], partialNames: [] }
  const closed = selector.by === 'closed' ? await findClosed(selector.pattern, records, step) : undefined
  const lists = closed?.lists ?? []
  if (selector.by === 'name') for (const name of selector.names) lists.push(await records.find(name))
  if (selector.by === 'expired') lists.push(await records.find(undefined))
  if (closed?.isPartial || (selector.by === 'expired' && !lists[0]?.isComplete)) {
    const advice = `Run the job again, or set the name input instead of ${selector.by}.`
    step.log.warning(`GitHub has more records than this step can check, so some names were skipped. ${advice}`)
  }
  for (const { name, isComplete, records: found, hasOtherGateways } of lists) {
    if (!name || !isComplete || found.length > 0) continue
    if (hasOtherGateways)
      step.log.warning(`Nothing was revoked for ${name}: all its records are for another gateway. Check gateway-id.`)
    else step.log.info(`No key or origin is recorded under ${name}.`)
  }
  const partialNames = lists.flatMap(({ name, isComplete }) => (name && !isComplete ? name : []))
  return { lists, partialNames, unchecked: closed?.error }
}

/** Reads the gateway. If this fails, keys can still be revoked by ID unless other inputs need its access controls. */
async function readGateway({ pinata, address }: Clients, inputs: RevokeInputs): Promise<Gateway> {
  const { dryRun, keep, lastControl, selector } = inputs
  const mustKeepLast = lastControl === 'fail'
  const result = await (mustKeepLast ? readTwiceIfEmpty(pinata, address) : resultOf(pinata.gateway(address.id)))
  if (!(result instanceof ActionError)) return { ...result, origins: result.origins.map(normalized) }
  const isRejected = ['unauthorized', 'forbidden', 'not-found'].includes(result.kind)
  if (selector.by !== 'key-id' || dryRun || mustKeepLast || keep.length > 0 || isRejected) throw result
  // Assume that the gateway has the specified keys and other access controls.
  const keys = selector.keyIds.map(id => ({ kind: 'key', subject: id, secret: undefined, createdAt: '' }) as const)
  return { url: '', keys, origins: [], controlCount: Number.POSITIVE_INFINITY, readAtMs: undefined }
}

/** Converts an origin to the form that browsers send. Users may have typed capital letters or a trailing slash. */
function normalized(entry: AccessControl): AccessControl {
  const url = parseUrl(entry.subject)
  return url?.href === `${url?.origin}/` ? { ...entry, subject: url.origin } : entry
}

/** Revokes the items, one name at a time. Returns the error that made it stop or, if it finished, the first error. */
async function revokeNames(context: RevokeContext): Promise<ActionError | undefined> {
  const selected = withOutcome(context.items, 'selected')
  context.deadline.extend(selected.length * EXTRA_LIMIT_MS)
  let firstError: ActionError | undefined
  for (const [name, group] of groupBy(selected, item => item.name)) {
    const readError = await resultOf(skipRenewed(name, group, context))
    firstError ??= readError
    if (isRefusal(readError)) return readError
    if (readError !== undefined) continue
    for (const item of withOutcome(group, 'selected')) {
      if (context.step.stopped.aborted) return new ActionError(`${STOPPED} Run the job again.`)
      const error = await revokeItem(item, context)
      firstError ??= error
      if (isRefusal(error)) return error
    }
  }
  return firstError
}

/** In a sweep, reads the name's records again and skips items that have been renewed. @throws ActionError */
async function skipRenewed(name: Name | undefined, group: Item[], context: RevokeContext): Promise<undefined> {
  const { records, inputs, nowMs } = context
  if (!records || !name || inputs.selector.by !== 'expired') return
  const again = await records.find(name)
  if (!again.isComplete) context.partialNames.push(name)
  // All items in a sweep are listed. To avoid quadratic time, compare the records only with these items.
  const controls = group.map(({ control }) => control as AccessControl)
  const proven = groupBy(records.partition(again.records, controls).proven, ({ control }) => control)
  for (const item of group) {
    item.records = proven.get(item.control as AccessControl) ?? []
    item.reason = again.isComplete ? reasonToSkip(item.records, nowMs) : "GitHub's list of records is incomplete"
    if (item.reason !== undefined) item.outcome = 'not selected'
  }
}

async function revokeItem(item: Item, context: RevokeContext): Promise<ActionError | undefined> {
  const { pinata, address, records } = context
  if (item.control === undefined) return undefined
  const result = await resultOf(pinata.remove(address.id, item.control))
  if (result instanceof ActionError) {
    item.outcome = 'not revoked'
    // A failed request may have removed the item, unless Pinata refused the request.
    context.mayHaveRemoved ||= !isRefusal(result)
    return result
  }
  // An unlisted ID may be mistyped, so warn about it even if an unconfirmed request may have revoked the key.
  item.outcome = result === 'in doubt' ? 'not listed' : result
  context.mayHaveRemoved ||= result !== 'not listed' || item.control.createdAt !== undefined
  // The client has already logged the error. Return it only for a rate limit, which would also affect other items.
  const error = await records?.remove(item.records)
  return error?.kind === 'rate-limited' ? error : undefined
}

/** Removes unneeded records. @param after the gateway after the revocations, or `undefined` if it was not read */
async function removeRecords(context: RevokeContext, after?: GatewayResult): Promise<ActionError | undefined> {
  const { gateway, records, unlistedRecords, supersededRecords, partialNames, nowMs, pinata, address, step } = context
  if (records === undefined) return undefined
  // Pinata's list may be empty for a short time, so only a second read shows which access controls are gone.
  const later = after ?? (unlistedRecords.length > 0 ? await resultOf(pinata.gateway(address.id)) : gateway)
  if (later instanceof ActionError) {
    const failed = `Could not check whether the gateway still has ${subjectsOf(unlistedRecords)}.`
    return unlistedRecords.length > 0 ? new ActionError(`${failed} ${later.message}`) : undefined
  }
  const { unlisted, proven: hidden } = records.partition(unlistedRecords, controlsOf(later))
  const isOld = ({ createdAtMs }: NameRecord) => nowMs - createdAtMs > OLD_RECORD_MS
  const leftovers = [...supersededRecords, ...unlisted].filter(each => isOld(each) && !partialNames.includes(each.name))
  const error = await records.remove(leftovers)
  const why = `Pinata's list for the gateway was incomplete (it lacked ${subjectsOf(hidden)}). Run the job again.`
  if (hidden.length > 0) return new ActionError(`Could not revoke everything: ${why}`)
  // An origin whose entry was replaced needs no warning, because another entry has or had the same value.
  const listed = new Set(controlsOf(gateway).map(({ subject }) => subject))
  const young = unlisted.filter(record => !isOld(record) && !listed.has(record.subject))
  const unclear = `${subjectsOf(young)}, whose records may be less than an hour old`
  const advice = "Pinata's list may lag, so run the job again in an hour."
  if (young.length > 0) step.log.warning(`The gateway does not list ${unclear}. ${advice}`)
  if (leftovers.length > 0 && !error) step.log.info(`Removed ${count(leftovers.length, 'unneeded record')}.`)
  return undefined
}
