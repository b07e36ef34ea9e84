import { ActionError, messageOf } from '../errors.ts'
import type { RevokeInputs } from '../inputs/read.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import type { GatewayAddress } from '../pinata/types.ts'
import { addToSummary, code, collapsible, gatewayCell, readableTime, section, table } from '../runner/summary.ts'
import type { Step } from '../step/step.ts'
import { count, printable } from '../text.ts'
import type { Item, Outcome } from './select.ts'

/** How many IDs an error contains, how many rows a job summary (1 MiB), and how many lines of a kind the log. */
const MAX_NAMED = 15
const MAX_SKIPPED = 50
const MAX_ROWS = 1000
const MAX_LINES = 120
/** Longer tables of the summary are collapsed. */
const MAX_OPEN_ROWS = 20

/** Each outcome as a heading of the summary, and what the log says about an item. */
const OUTCOMES: Record<Outcome, [heading: string, words: (item: Item) => string]> = {
  revoked: ['Revoked', ({ kind }) => LABELS[kind].revoked],
  'would be revoked': ['Would be revoked', ({ kind }) => `would be ${LABELS[kind].revoked} (dry run)`],
  'not revoked': ['Not revoked', ({ kind }) => `not ${LABELS[kind].revoked}`],
  selected: ['Not tried', ({ kind }) => `not ${LABELS[kind].revoked}, because of an earlier error`],
  'not listed': ['Not on the gateway', () => 'not on the gateway'],
  kept: ['Kept', () => 'kept, because keep contains it'],
  'not selected': ['Not selected', ({ reason }) => `not selected, because ${reason}`],
}

/** Returns the items with one of these outcomes. */
export function withOutcome(items: Item[], ...outcomes: Outcome[]): Item[] {
  return items.filter(({ outcome }) => outcomes.includes(outcome))
}

/** Reports each result, in the log and in the job summary. */
export async function reportOutcomes(
  items: Item[],
  address: GatewayAddress,
  { inputs: { dryRun }, step }: { inputs: RevokeInputs; step: Step },
): Promise<void> {
  const skipped = withOutcome(items, 'not selected')
  const others = items.filter(({ outcome }) => outcome !== 'not selected')
  logItems(others, MAX_LINES, ({ length }) => `${length === 1 ? 'was' : 'were'} selected`, step)
  logItems(skipped, MAX_SKIPPED, () => 'not selected', step)
  const also = (outcome: Outcome, words: string) => {
    const { length } = withOutcome(items, outcome)
    return length === 0 ? '' : `, ${length} ${words}`
  }
  const notSelected = skipped.length === 0 ? '' : `, ${countOf(skipped)} not selected`
  const sentence = dryRun
    ? `Dry run: nothing was revoked; ${countOf(withOutcome(items, 'would be revoked'))} would be${notSelected}.`
    : `${summaryOf(items, address)}${also('not listed', 'not on the gateway')}${also('kept', 'kept')}${notSelected}.`
  step.log.info(sentence)
  const title = section('Pinata gateway access', sentence.replace(gatewayName(address), gatewayCell(address)))
  await addToSummary(step, title + tablesOf(items))
}

function logItems(items: Item[], limit: number, more: (rest: Item[]) => string, { log }: Step): void {
  for (const item of items.slice(0, limit)) {
    const name = item.name === undefined ? '' : ` (${item.name})`
    log.info(`${LABELS[item.kind].title} ${item.subject}${name}: ${OUTCOMES[item.outcome][1](item)}.`)
  }
  const rest = items.slice(limit)
  if (rest.length > 0) log.info(`${countOf(rest, 'more ')} ${more(rest)}.`)
}

/** `2 keys`, `1 origin`, `2 keys and 1 origin`. @param more goes before each word */
function countOf(items: Item[], more = ''): string {
  const keys = items.filter(({ kind }) => kind === 'key').length
  const origins = items.length - keys
  const parts = [
    keys > 0 || origins === 0 ? count(keys, `${more}key`) : '',
    origins > 0 ? count(origins, `${more}origin`) : '',
  ]
  return parts.filter(Boolean).join(' and ')
}

/** `2 keys of gateway fun-llama-300.mypinata.cloud revoked, 1 origin removed`. */
function summaryOf(items: Item[], address: GatewayAddress): string {
  const revoked = withOutcome(items, 'revoked')
  const origins = revoked.filter(({ kind }) => kind === 'origin').length
  const keys = revoked.length - origins
  const ofGateway = `of gateway ${gatewayName(address)}`
  const isSelected = ({ kind, outcome }: Item) => kind === 'origin' && outcome !== 'not selected'
  if (keys === 0 && items.some(isSelected)) return `${count(origins, 'origin')} ${ofGateway} removed`
  return `${count(keys, 'key')} ${ofGateway} revoked${origins > 0 ? `, ${count(origins, 'origin')} removed` : ''}`
}

/** Returns one table for each outcome. */
function tablesOf(items: Item[]): string {
  let rows = 0
  const tables = Object.keys(OUTCOMES).map(outcome => {
    const all = withOutcome(items, outcome as Outcome)
    const shown = all.slice(0, Math.max(0, MAX_ROWS - rows))
    rows += shown.length
    return shown.length === 0 ? '' : tableOf(`${OUTCOMES[outcome as Outcome][0]} (${all.length})`, shown)
  })
  return `${tables.join('')}${items.length > MAX_ROWS ? `\n…and ${items.length - MAX_ROWS} more.\n` : ''}`
}

function tableOf(heading: string, items: Item[]): string {
  const kinds = new Set(items.map(({ kind }) => kind))
  const subject = kinds.size > 1 ? 'Key ID or origin' : kinds.has('origin') ? 'Origin' : 'Key ID'
  const columns: [string, (item: Item) => string | undefined][] = [
    [subject, item => code(item.subject)],
    ['Name', ({ name }) => name && code(name)],
    ['Created', ({ createdAt }) => (createdAt === undefined ? '–' : readableTime(createdAt))],
    ['Reason', ({ reason }) => reason],
  ]
  const used = columns.filter(([, cellOf]) => items.some(item => cellOf(item) !== undefined))
  const rows = items.map(item => used.map(([, cellOf]) => cellOf(item) ?? ''))
  const titles = used.map(([title]) => title)
  return items.length > MAX_OPEN_ROWS
    ? collapsible(heading, table(titles, rows))
    : `\n**${heading}**\n${table(titles, rows)}`
}

/** Returns the error that lists what was not revoked. @param selected everything that should have been */
export function leftError(left: Item[], selected: Item[], why: ActionError | undefined): ActionError {
  const kinds = new Set(selected.map(({ kind }) => kind))
  const all = kinds.size > 1 ? `${selected.length} keys and origins` : countOf(selected)
  const verb = kinds.has('key') ? 'revoked' : 'removed'
  return new ActionError(`${left.length} of ${all} could not be ${verb}: ${listOf(left)}. ${why?.message ?? ''}`)
}

function listOf(items: Item[]): string {
  const more = items.length > MAX_NAMED ? ` and ${items.length - MAX_NAMED} more (see the log)` : ''
  return `${items
    .slice(0, MAX_NAMED)
    .map(({ subject }) => subject)
    .join(', ')}${more}`
}

/** Sets the outputs. @returns the error if that fails, so that the results are reported first */
export function setOutputs(items: Item[], { core }: Step): ActionError | undefined {
  const revoked = withOutcome(items, 'revoked')
  const keyIds = revoked.filter(({ kind }) => kind === 'key').map(({ subject }) => subject)
  // An origin is removed only if all its entries are.
  const left = new Set(items.filter(item => !revoked.includes(item)).map(({ subject }) => subject))
  const origins = revoked.filter(({ kind, subject }) => kind === 'origin' && !left.has(subject))
  try {
    core.setOutput('revoked-key-ids', keyIds.join('\n'))
    core.setOutput('revoked-count', String(keyIds.length))
    core.setOutput('removed-origins', [...new Set(origins.map(({ subject }) => subject))].join('\n'))
    return undefined
  } catch (error) {
    return new ActionError(`The revocation is done, but the outputs could not be set: ${printable(messageOf(error))}.`)
  }
}

/** Warns about IDs and origins that the gateway does not list: they count as revoked, but may be mistyped. */
export function warnOfMissing(
  items: Item[],
  address: GatewayAddress,
  { inputs: { selector }, step }: { inputs: RevokeInputs; step: Step },
): void {
  const missing = withOutcome(items, 'not listed')
  if (missing.length === 0 || (selector.by !== 'key-id' && selector.by !== 'origin')) return
  step.log.warning(
    `Gateway ${gatewayName(address)} does not list ${listOf(missing)}. If you did not revoke ${missing.length === 1 ? 'it' : 'them'} before, check ${selector.by} and gateway-id.`,
  )
}
