import { ActionError, messageOf } from '../errors.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import type { ControlKind, GatewayAddress } from '../pinata/types.ts'
import { addToSummary, code, collapsible, gatewayCell, readableTime, section, table } from '../runner/summary.ts'
import type { Step } from '../step/step.ts'
import { count, printable } from '../text.ts'
import { type Item, OUTCOMES, type Outcome, type RevokeContext, withOutcome } from './select.ts'

/** How many IDs an error contains, how many rows a job summary (1 MiB), and how many lines of a kind the log. */
const MAX_NAMED = 15
const MAX_SKIPPED = 50
const MAX_ROWS = 1000
const MAX_LINES = 120
/** Longer tables of the summary are collapsed. */
const MAX_OPEN_ROWS = 20

function ofKind(items: Item[], kind: ControlKind): Item[] {
  return items.filter(item => item.kind === kind)
}

/** Reports each result, in the log and in the job summary, and warns about what the gateway does not list. */
export async function reportOutcomes(context: RevokeContext): Promise<void> {
  const { address, inputs, selection, step } = context
  const { items } = selection
  const skipped = withOutcome(items, 'not selected')
  const others = items.filter(({ outcome }) => outcome !== 'not selected')
  logItems(others, MAX_LINES, ({ length }) => `${length === 1 ? 'was' : 'were'} selected`, step)
  logItems(skipped, MAX_SKIPPED, () => 'not selected', step)
  const also = (number: number, words: string) => (number === 0 ? '' : `, ${words}`)
  const [missing, kept] = [withOutcome(items, 'not listed').length, withOutcome(items, 'kept').length]
  const result = inputs.dryRun
    ? `Dry run: nothing was revoked; ${countOf(withOutcome(items, 'would be revoked'))} would be`
    : `${summaryOf(items, address)}${also(missing, `${missing} not on the gateway`)}${also(kept, `${kept} kept`)}`
  const sentence = `${result}${also(skipped.length, `${countOf(skipped)} not selected`)}.`
  step.log.info(sentence)
  const title = section('Pinata gateway access', sentence.replace(gatewayName(address), gatewayCell(address)))
  await addToSummary(step, title + tablesOf(items))
  warnOfMissing(context)
}

function logItems(items: Item[], limit: number, more: (rest: Item[]) => string, { log }: Step): void {
  for (const { kind, subject, name, outcome, reason = '' } of items.slice(0, limit)) {
    const { title, revoked } = LABELS[kind]
    const result = OUTCOMES[outcome][1].replace('{revoked}', revoked).replace('{reason}', reason)
    log.info(`${title} ${subject}${name ? ` (${name})` : ''}: ${result}.`)
  }
  const rest = items.slice(limit)
  if (rest.length > 0) log.info(`${countOf(rest, 'more ')} ${more(rest)}.`)
}

/** `2 keys`, `1 origin`, `2 keys and 1 origin`. @param more goes before each word */
function countOf(items: Item[], more = ''): string {
  const kinds = (['key', 'origin'] as const).filter(kind => ofKind(items, kind).length > 0)
  const parts = kinds.map(kind => count(ofKind(items, kind).length, more + kind))
  return parts.join(' and ') || count(0, `${more}key`)
}

/** `2 keys of gateway fun-llama-300.mypinata.cloud revoked, 1 origin removed`. */
function summaryOf(items: Item[], address: GatewayAddress): string {
  const revoked = withOutcome(items, 'revoked')
  const keys = ofKind(revoked, 'key').length
  const origins = count(revoked.length - keys, 'origin')
  const ofGateway = `of gateway ${gatewayName(address)}`
  const hasOrigins = ofKind(items, 'origin').some(({ outcome }) => outcome !== 'not selected')
  if (keys === 0 && hasOrigins) return `${origins} ${ofGateway} removed`
  return `${count(keys, 'key')} ${ofGateway} revoked${revoked.length > keys ? `, ${origins} removed` : ''}`
}

/** Returns one table for each outcome. */
function tablesOf(items: Item[]): string {
  const outcomes = Object.keys(OUTCOMES) as Outcome[]
  const shown = outcomes.flatMap(outcome => withOutcome(items, outcome)).slice(0, MAX_ROWS)
  const tables = outcomes.map(outcome => {
    const rows = withOutcome(shown, outcome)
    const heading = `${OUTCOMES[outcome][0]} (${withOutcome(items, outcome).length})`
    return rows.length === 0 ? '' : tableOf(heading, rows)
  })
  return `${tables.join('')}${items.length > MAX_ROWS ? `\n…and ${items.length - MAX_ROWS} more.\n` : ''}`
}

function tableOf(heading: string, items: Item[]): string {
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
  const markdown = table(titles, rows)
  return items.length > MAX_OPEN_ROWS ? collapsible(heading, markdown) : `\n**${heading}**\n${markdown}`
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
  return subjectsOf(items.slice(0, MAX_NAMED)).join(', ') + more
}

function subjectsOf(items: Item[]): string[] {
  return items.map(({ subject }) => subject)
}

/** Sets the outputs. @returns the error if that fails, so that the results are reported first */
export function setOutputs({ selection: { items }, step }: RevokeContext): ActionError | undefined {
  const revoked = withOutcome(items, 'revoked')
  const keyIds = subjectsOf(ofKind(revoked, 'key'))
  // An origin is removed only if all its entries are.
  const left = new Set(subjectsOf(items.filter(({ outcome }) => outcome !== 'revoked')))
  const origins = new Set(subjectsOf(ofKind(revoked, 'origin')).filter(origin => !left.has(origin)))
  try {
    step.core.setOutput('revoked-key-ids', keyIds.join('\n'))
    step.core.setOutput('revoked-count', String(keyIds.length))
    step.core.setOutput('removed-origins', [...origins].join('\n'))
    return undefined
  } catch (error) {
    return new ActionError(`The revocation is done, but the outputs could not be set: ${printable(messageOf(error))}.`)
  }
}

/** Warns about IDs and origins that the gateway does not list: they count as revoked, but may be mistyped. */
function warnOfMissing({ address, inputs: { selector }, selection, step }: RevokeContext): void {
  const missing = withOutcome(selection.items, 'not listed')
  if (missing.length === 0 || (selector.by !== 'key-id' && selector.by !== 'origin')) return
  step.log.warning(
    `Gateway ${gatewayName(address)} does not list ${listOf(missing)}. If you did not revoke ${missing.length === 1 ? 'it' : 'them'} before, check ${selector.by} and gateway-id.`,
  )
}
