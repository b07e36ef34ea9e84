import { ActionError, messageOf } from '../errors.ts'
import type { GatewayName, Key } from '../pinata/api.ts'
import type { Core, Log } from '../runner/log.ts'
import { printable } from '../text.ts'
import type { KeyName, RevokeWhen } from './inputs.ts'

/** A gateway in a sentence: its domain if it is known, else its ID. Both were checked and are safe to print. */
export function nameOf(gateway: GatewayName): string {
  return gateway.url === '' ? gateway.id : gateway.url.slice('https://'.length)
}

/** When the key that a step made will be revoked, for its log and its summary. */
export const REVOKED_WHEN: Record<RevokeWhen, string> = {
  never: 'not by this job (use the revoke action)',
  'on-failure': 'at the end of this job, if it fails or is cancelled',
  'after-job': 'at the end of this job',
}

/**
 * A table for the job summary. Cells are Markdown: whoever makes them has checked or escaped what is in them.
 */
export function table(heading: string, columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return ['', `### ${heading}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** `2024-07-12 15:34:59 UTC` of a time of Pinata's or of milliseconds since 1970, for a person. */
export function readableTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A gateway as a cell of the summary. */
export function gatewayCell(gateway: GatewayName): string {
  return gateway.url === '' ? `\`${gateway.id}\`` : `[${nameOf(gateway)}](${gateway.url})`
}

/** A name that a key has, and when that expires, in milliseconds since 1970; infinite without an expiry. */
export interface Named {
  name: KeyName
  expiresAtMs: number
}

/** The summary of a step that got a key. Never holds the key's value. */
export function keySummary(gateway: GatewayName, key: Key, revoked: string, named?: Named): string {
  const columns = ['Gateway', 'Key ID', 'Made', 'Will be revoked']
  const cells = [gatewayCell(gateway), `\`${key.id}\``, readableTime(key.createdAt), revoked]
  if (named !== undefined) {
    columns.splice(2, 0, 'Name')
    cells.splice(2, 0, `\`${named.name}\``)
    columns.push('Expires')
    cells.push(Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never')
  }
  return table('Pinata gateway key', columns, [cells])
}

/** What a name means for a key, as a sentence for the log; empty without a name. */
export function nameNote(named: Named | undefined): string {
  if (named === undefined) return ''
  return Number.isFinite(named.expiresAtMs)
    ? ` Its name is ${named.name}, and it expires at ${readableTime(named.expiresAtMs)}, when a sweep may revoke it.`
    : ` Its name is ${named.name}.`
}

/**
 * Hands a key to the steps that come after.
 *
 * @param created whether this step made it
 * @throws ActionError if the runner does not take it
 */
export function setOutputs(core: Core, gateway: GatewayName, key: Key, created: boolean): void {
  try {
    core.setOutput('gateway-key', key.value)
    core.setOutput('key-id', key.id)
    core.setOutput('gateway-id', gateway.id)
    core.setOutput('gateway-url', gateway.url)
    core.setOutput('created-at', key.createdAt)
    core.setOutput('created', String(created))
  } catch (error) {
    throw new ActionError(`The key could not be handed to the workflow: ${printable(messageOf(error))}.`)
  }
}

/** Adds to the job summary. A summary that can't be written is no reason to fail. */
export async function addToSummary(core: Core, log: Log, markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write()
  } catch (error) {
    log.info(`There is no job summary: ${printable(messageOf(error))}`)
  }
}
