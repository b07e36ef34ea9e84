import { ActionError } from '../errors.ts'
import { groupBy } from '../names/expiry-and-renewal.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import type { ControlKind } from '../pinata/types.ts'
import { count, type Log, listOf, readableTime } from '../printable-text.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import { type Item, OUTCOMES, type Outcome, type RevokeContext, withOutcome } from './context.ts'

/** The most log lines for items that are not selected, rows in a summary (limited to 1 MiB), and other log lines. */
const MAX_SKIPPED = 50
const MAX_ROWS = 800
const MAX_LINES = 120

/** Reports each result, in the log and in the job summary, and warns about items that the gateway does not list. */
export function reportOutcomes(context: RevokeContext): void {
  const { items, address, step } = context
  const others = items.filter(({ outcome }) => outcome !== 'not selected')
  logItems(others, MAX_LINES, `${others.length === MAX_LINES + 1 ? 'was' : 'were'} selected`, step.log)
  logItems(withOutcome(items, 'not selected'), MAX_SKIPPED, 'not selected', step.log)
  const sentence = sentenceOf(context)
  step.log.info(sentence)
  const title = section('Pinata gateway access', sentence.replace(gatewayName(address), gatewayCell(address)))
  addToSummary(step, title + tablesOf(items))
  warnOfMissing(context)
}

function logItems(items: Item[], limit: number, more: string, log: Log): void {
  for (const { kind, subject, name, outcome, reason = '' } of items.slice(0, limit)) {
    const { title, revoked } = LABELS[kind]
    const result = OUTCOMES[outcome][1].replace('{revoked}', revoked).replace('{reason}', reason)
    log.info(`${title} ${subject}${name ? ` (${name})` : ''}: ${result}.`)
  }
  if (items.length > limit) log.info(`${countOf(items.slice(limit), 'more ')} ${more}.`)
}

/** Returns `2 keys of gateway fun-llama-300.mypinata.cloud revoked, 1 origin removed, 1 kept, 3 keys not selected.` */
function sentenceOf({ items, address, inputs }: RevokeContext): string {
  const ofGateway = ` of gateway ${gatewayName(address)}`
  const hasOrigins = items.some(({ kind, outcome }) => kind === 'origin' && outcome !== 'not selected')
  const revoked = tally(withOutcome(items, 'revoked'), hasOrigins ? 'origin' : 'key').map(([kind, number], index) => {
    return `${count(number, kind)}${index === 0 ? ofGateway : ''} ${LABELS[kind].revoked}`
  })
  const others = (['not revoked', 'selected', 'not listed', 'kept'] as const).map(outcome => {
    const { length } = withOutcome(items, outcome)
    return length > 0 && `${length} ${OUTCOMES[outcome][0].toLowerCase()}`
  })
  const skipped = withOutcome(items, 'not selected')
  const parts = inputs.dryRun
    ? [`Dry run: ${countOf(withOutcome(items, 'would be revoked'))}${ofGateway} would be revoked`]
    : [...revoked, ...others]
  return `${[...parts, skipped.length > 0 && `${countOf(skipped)} not selected`].filter(Boolean).join(', ')}.`
}

/** Counts the items of each kind. @param ifNone the kind to count if there are no items */
function tally(items: Item[], ifNone: ControlKind): [ControlKind, number][] {
  const keys = items.filter(({ kind }) => kind === 'key').length
  const numbers = Object.entries({ key: keys, origin: items.length - keys }) as [ControlKind, number][]
  return numbers.filter(([kind, number]) => number > 0 || (items.length === 0 && kind === ifNone))
}

/** Returns `2 keys`, `1 origin`, or `2 keys and 1 origin`. @param more text to put before each noun */
function countOf(items: Item[], more = ''): string {
  const counts = tally(items, 'key').map(([kind, number]) => count(number, more + kind))
  return counts.join(' and ')
}

function tablesOf(items: Item[]): string {
  const sorted = (Object.keys(OUTCOMES) as Outcome[]).flatMap(outcome => withOutcome(items, outcome))
  const tables = [...groupBy(sorted.slice(0, MAX_ROWS), ({ outcome }) => outcome)].map(([outcome, rows]) => {
    return `\n**${OUTCOMES[outcome][0]} (${withOutcome(items, outcome).length})**\n${tableOf(rows)}`
  })
  return `${tables.join('')}${items.length > MAX_ROWS ? `\n…and ${items.length - MAX_ROWS} more.\n` : ''}`
}

function tableOf(items: Item[]): string {
  const subjects = [...new Set(items.map(({ kind }) => LABELS[kind].column))]
  const columns: [string, (item: Item) => string | undefined][] = [
    [subjects.length > 1 ? 'Key ID or origin' : subjects.join(), item => code(item.subject)],
    ['Name', ({ name }) => name && code(name)],
    ['Created', ({ control }) => (control?.createdAt === undefined ? '–' : readableTime(control.createdAt))],
    ['Reason', ({ reason }) => reason],
  ]
  const used = columns.filter(([, cellOf]) => items.some(item => cellOf(item) !== undefined))
  const rows = items.map(item => used.map(([, cellOf]) => cellOf(item) ?? ''))
  const titles = used.map(([title]) => title)
  return table(titles, rows)
}

/** Warns about IDs and origins that the gateway does not list. They count as revoked, but may be mistyped. */
function warnOfMissing({ items, address, inputs: { selector }, step }: RevokeContext): void {
  const missing = withOutcome(items, 'not listed')
  if (missing.length === 0 || (selector.by !== 'key-id' && selector.by !== 'origin')) return
  const { revoked } = LABELS[selector.by === 'origin' ? 'origin' : 'key']
  step.log.warning(
    `Gateway ${gatewayName(address)} does not list ${listSubjects(missing)}. If you haven't already ${revoked} ${missing.length === 1 ? 'it' : 'them'}, check ${selector.by} and gateway-id.`,
  )
}

/** Returns the errors about items that were not revoked, most important first. @param why the first one's reason */
export function failuresOf({ items, partialNames }: RevokeContext, why?: ActionError) {
  const left = withOutcome(items, 'not revoked', 'selected')
  const tried = items.filter(({ control, outcome }) => control && outcome !== 'kept' && outcome !== 'not selected')
  const kinds = new Set(tried.map(({ kind }) => kind))
  const all = kinds.size > 1 ? `${tried.length} keys and origins` : countOf(tried)
  const verb = kinds.has('key') ? 'revoked' : 'removed'
  const failed = `${left.length} of ${all} could not be ${verb}: ${listSubjects(left)}. ${why?.message ?? ''}`
  const partial = `Nothing was revoked for ${listOf(partialNames)}: GitHub's list of the records is incomplete or keeps changing. Run the job again.`
  return [left.length > 0 && new ActionError(failed), partialNames.length > 0 && new ActionError(partial)]
}

function listSubjects(items: Item[]): string {
  const subjects = items.map(({ subject }) => subject)
  return listOf(subjects, ' (see the job summary)')
}
