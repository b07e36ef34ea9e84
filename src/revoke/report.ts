import { ActionError, messageOf } from '../errors.ts'
import type { RevokeInputs } from '../inputs/selector.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import type { ControlKind } from '../pinata/types.ts'
import { addToSummary, code, collapsible, gatewayCell, readableTime, section, table } from '../runner/summary.ts'
import type { Step } from '../step.ts'
import { count, printable } from '../text.ts'
import type { RevokeContext } from './find.ts'
import { type Outcome, type Outcomes, type Selected, type Skipped, withOutcome } from './selection.ts'

/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const MAX_NAMED = 50
const MAX_ROWS = 1000
/** As many lines as the log takes of them. */
const MAX_LINES = 120
/** Longer tables of the summary are folded. */
const MAX_OPEN_ROWS = 20

/** Reports each result, in the log and in the job summary. */
export async function reportOutcomes(result: RevokeContext, { dryRun }: RevokeInputs, step: Step): Promise<void> {
  const { log } = step
  const { selection, outcomes } = result
  const { skipped } = selection
  const all = [...outcomes.keys()]
  for (const one of all.slice(0, MAX_LINES)) log.info(lineOf(one, inWords(one.kind, outcomes.get(one) as Outcome)))
  for (const one of skipped.slice(0, MAX_NAMED)) log.info(lineOf(one, `not selected, because ${one.reason}`))
  const [moreLines, moreSkipped] = [all.slice(MAX_LINES), skipped.slice(MAX_NAMED)]
  if (moreLines.length > 0) {
    log.info(`${countOf(moreLines, 'more ')} ${moreLines.length === 1 ? 'was' : 'were'} selected.`)
  }
  if (moreSkipped.length > 0) log.info(`${countOf(moreSkipped, 'more ')} not selected.`)
  const stay = skipped.length === 0 ? '' : `, ${countOf(skipped)} not selected`
  const sentence = dryRun
    ? `Dry run: nothing was revoked; ${countOf(withOutcome(outcomes, 'would be revoked'))} would be${stay}.`
    : `${whatWasRevoked(result)}${also(outcomes, 'not-listed', 'not on the gateway')}${also(outcomes, 'kept', 'kept')}${stay}.`
  log.info(sentence)
  await addToSummary(step, summaryOf(result, sentence))
}

function lineOf({ kind, subject, name }: Selected | Skipped, words: string): string {
  return `${LABELS[kind].title} ${subject}${name === undefined ? '' : ` (${name})`}: ${words}.`
}

/** `, 2 kept`, or nothing if there are none. */
function also(outcomes: Outcomes, outcome: Outcome, words: string): string {
  const { length } = withOutcome(outcomes, outcome)
  return length === 0 ? '' : `, ${length} ${words}`
}

/** "2 keys", "1 origin", "2 keys and 1 origin". @param more goes before each word */
function countOf(all: { kind: ControlKind }[], more = ''): string {
  const keys = all.filter(({ kind }) => kind === 'key').length
  const origins = all.length - keys
  return [
    ...(keys > 0 || origins === 0 ? [count(keys, `${more}key`)] : []),
    ...(origins > 0 ? [count(origins, `${more}origin`)] : []),
  ].join(' and ')
}

/** "2 keys could not be revoked", with one word for all kinds. */
export function notRevoked(all: Selected[]): string {
  const kinds = new Set(all.map(({ kind }) => kind))
  const what = kinds.size > 1 ? `${all.length} keys and origins` : countOf(all)
  return `${what} could not be ${kinds.has('key') ? 'revoked' : 'removed'}`
}

/** IDs and origins in a sentence, as many as it can hold. */
export function listOf(all: Selected[]): string {
  const more = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : ''
  const some = all.slice(0, MAX_NAMED).map(({ subject }) => subject)
  return `${some.join(', ')}${more}`
}

function inWords(kind: ControlKind, outcome: Outcome): string {
  const { revoked } = LABELS[kind]
  const words: Record<Outcome, string> = {
    revoked,
    'not-listed': 'not on the gateway',
    kept: 'kept, because keep contains it',
    'would be revoked': `would be ${revoked} (dry run)`,
    'not revoked': `not ${revoked}`,
    'not tried': `not ${revoked}, because of an earlier error`,
  }
  return words[outcome]
}

/** "2 keys of gateway fun-llama-300.mypinata.cloud revoked, 1 origin removed". */
function whatWasRevoked({ address, selection, outcomes }: RevokeContext): string {
  const revoked = withOutcome(outcomes, 'revoked')
  const origins = revoked.filter(({ kind }) => kind === 'origin').length
  const keys = revoked.length - origins
  const areOrigins = keys === 0 && (origins > 0 || selection.groups.flat().some(({ kind }) => kind === 'origin'))
  const of = `of gateway ${gatewayName(address)}`
  if (areOrigins) return `${count(origins, 'origin')} ${of} removed`
  return `${count(keys, 'key')} ${of} revoked${origins > 0 ? `, ${count(origins, 'origin')} removed` : ''}`
}

/** Sets the outputs. @returns the error if that fails, so that the results are reported first */
export function setOutputs(outcomes: Outcomes, { core }: Step): ActionError | undefined {
  const revoked = withOutcome(outcomes, 'revoked')
  const keyIds = revoked.filter(({ kind }) => kind === 'key').map(({ subject }) => subject)
  // An origin is removed only if all its entries are.
  const left = new Set([...outcomes.keys()].filter(one => !revoked.includes(one)).map(({ subject }) => subject))
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

/** One table for each result. */
function summaryOf({ address, selection, outcomes }: RevokeContext, sentence: string): string {
  const groups: [string, Selected[] | Skipped[]][] = [
    ['Revoked', withOutcome(outcomes, 'revoked')],
    ['Would be revoked', withOutcome(outcomes, 'would be revoked')],
    ['Not revoked', [...withOutcome(outcomes, 'not revoked'), ...withOutcome(outcomes, 'not tried')]],
    ['Not on the gateway', withOutcome(outcomes, 'not-listed')],
    ['Kept', withOutcome(outcomes, 'kept')],
    ['Not selected', selection.skipped],
  ]
  let rows = 0
  const tables = groups.map(([title, group]) => {
    const shown = group.slice(0, Math.max(0, MAX_ROWS - rows))
    rows += shown.length
    return shown.length === 0 ? '' : groupTable(title, shown, group.length)
  })
  const all = [...outcomes.keys(), ...selection.skipped]
  const more = all.length > MAX_ROWS ? `\n…and ${all.length - MAX_ROWS} more.\n` : ''
  return (
    section('Pinata gateway access', sentence.replace(gatewayName(address), gatewayCell(address))) +
    tables.join('') +
    more
  )
}

function groupTable(title: string, group: (Selected | Skipped)[], total: number): string {
  const hasNames = group.some(({ name }) => name !== undefined)
  const hasReasons = group.some(one => 'reason' in one)
  const rows = group.map(one => [
    code(one.subject),
    ...(hasNames ? [code(one.name ?? '')] : []),
    one.createdAt === undefined ? '–' : readableTime(one.createdAt),
    ...(hasReasons ? ['reason' in one ? one.reason : ''] : []),
  ])
  const columns = [columnOf(group), ...(hasNames ? ['Name'] : []), 'Created', ...(hasReasons ? ['Reason'] : [])]
  const heading = `${title} (${total})`
  return rows.length > MAX_OPEN_ROWS
    ? collapsible(heading, table(columns, rows))
    : `\n**${heading}**\n${table(columns, rows)}`
}

function columnOf(group: (Selected | Skipped)[]): string {
  const kinds = new Set(group.map(({ kind }) => kind))
  return kinds.size > 1 ? 'Key ID or origin' : kinds.has('origin') ? 'Origin' : 'Key ID'
}

/** Warns about IDs and origins that the gateway does not list: they count as revoked, but may be mistyped. */
export function warnOfMissing({ address, outcomes }: RevokeContext, { selector }: RevokeInputs, { log }: Step): void {
  if (selector.by !== 'key-id' && selector.by !== 'origin') return
  const missing = withOutcome(outcomes, 'not-listed')
  if (missing.length === 0) return
  log.warning(
    `Gateway ${gatewayName(address)} does not list ${listOf(missing)}. If you did not revoke ${missing.length === 1 ? 'it' : 'them'} before, check ${selector.by} and gateway-id.`,
  )
}
