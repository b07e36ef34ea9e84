import { ActionError } from '../errors.ts'
import { groupBy } from '../names/expiry-and-renewal.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { count, listOf, readableTime } from '../printable-text.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import { type Item, OUTCOMES, type Outcome, type RevokeContext, withOutcome } from './context.ts'

export const REVOKE_HEADING = 'Pinata gateway access'

/** The job summary, which GitHub limits to 1 MiB, lists up to `MAX_ROWS` items. The log lists up to `MAX_LINES`. */
const MAX_ROWS = 800
const MAX_LINES = 120
const IN_SUMMARY = ' (see the job summary)'

/** Reports each result in the log and in the job summary, and warns about items that the gateway does not list. */
export function reportOutcomes(context: RevokeContext, note = ''): void {
  const { items, address, step } = context
  const sorted = (Object.keys(OUTCOMES) as Outcome[]).flatMap(outcome => withOutcome(items, outcome))
  for (const item of sorted.slice(0, MAX_LINES)) {
    const name = item.name ? ` (${item.name})` : ''
    step.log.info(`${LABELS[item.kind].title} ${item.subject}${name}: ${describe(item)}.`)
  }
  if (items.length > MAX_LINES) step.log.info(`And ${count(items.length - MAX_LINES, 'more result')}${IN_SUMMARY}.`)
  const counts = countsOf(sorted)
  step.log.info(`Gateway ${gatewayName(address)}: ${counts}.`)
  if (note) step.log.info(note)
  addToSummary(
    step,
    section(REVOKE_HEADING, `Gateway ${gatewayCell(address)}: ${counts}.${note && ` ${note}`}`) + tableOf(sorted),
  )
  warnOfMissing(context)
}

function describe(item: Item): string {
  return labelOf(item) + OUTCOMES[item.outcome][1].replace('{reason}', item.reason ?? '')
}

function labelOf({ kind, outcome }: Item): string {
  return OUTCOMES[outcome][0].replace('revoked', LABELS[kind].revoked)
}

/** Returns, for example, `2 keys revoked, 1 origin removed, 3 keys not selected`. */
function countsOf(sorted: Item[]): string {
  const counts = [...groupBy(sorted, ({ kind }) => kind)].flatMap(([kind, ofKind]) =>
    [...groupBy(ofKind, labelOf)].map(([label, { length }]) => `${count(length, kind)} ${label}`),
  )
  return counts.join(', ') || 'no keys or origins selected'
}

function tableOf(items: Item[]): string {
  if (items.length === 0) return ''
  const rows = items.slice(0, MAX_ROWS).map(item => {
    const created = readableTime(item.control?.createdAt ?? '')
    return [code(item.subject), item.name ? code(item.name) : '', created, describe(item)]
  })
  const more = items.length > MAX_ROWS ? `\n…and ${count(items.length - MAX_ROWS, 'more result')}.\n` : ''
  return table(['Key ID or origin', 'Name', 'Created', 'Result'], rows) + more
}

/** Warns about key IDs and origins that the gateway does not list. They may be mistyped, but this is not a failure. */
function warnOfMissing({ items, address, inputs: { selector }, step }: RevokeContext): void {
  const missing = withOutcome(items, 'not listed')
  if (missing.length === 0 || (selector.by !== 'key-id' && selector.by !== 'origin')) return
  const { revoked } = LABELS[selector.by === 'origin' ? 'origin' : 'key']
  step.log.warning(
    `Gateway ${gatewayName(address)} does not list ${subjectsOf(missing, IN_SUMMARY)}. If you haven't already ${revoked} ${missing.length === 1 ? 'it' : 'them'}, check ${selector.by} and gateway-id.`,
  )
}

/** Returns errors about what was not revoked, the most important first. @param why the error to give as the cause */
export function failuresOf({ items, partialNames }: RevokeContext, why?: ActionError) {
  const left = withOutcome(items, 'not revoked', 'selected')
  const failed = `Could not revoke everything (${countsOf(left)}): ${subjectsOf(left, IN_SUMMARY)}. ${why?.message ?? ''}`
  const partial = `Nothing was revoked for ${listOf(partialNames)}: GitHub's list of the records is incomplete or keeps changing. Run the job again.`
  return [left.length > 0 && new ActionError(failed), partialNames.length > 0 && new ActionError(partial)]
}

/** Lists the subjects of items or records. @param hint where to find the omitted subjects */
export function subjectsOf(items: Pick<Item, 'subject'>[], hint = ''): string {
  return listOf([...new Set(items.map(({ subject }) => subject))], hint)
}
